// uPlot makes a formatter for `navigator.language` when it is loaded. WebKitGTK has the system's locale there, which is "c" if
// that is C.UTF-8, and `Intl` throws a RangeError.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en", configurable: true });
}

export {};
