// Modules that tools/build/package.mjs provides when it bundles `latchkey-auth/testing` into one file.

/** The vault's WebAssembly, as bytes. */
declare module "#vault" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

/** `tab.ts` with all that it imports, as the body of a function. Each call is a tab with its own modules. */
declare module "#tab" {
  /** `require` provides the one module that is not part of the bundle: `errors.ts`, so that there is one class `AuthError`. */
  export function runTab(
    given: import("./given.js").Given,
    require: (name: string) => Pick<typeof import("../errors.js"), "AuthError">,
  ): typeof import("./tab.js");
}
