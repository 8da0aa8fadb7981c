/** What every answer carries. `Strict-Transport-Security` is the gate's. */
const COMMON = {
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
};

/**
 * What a page may do. Scripts, styles and the vault's worker come from files of ours only; `'wasm-unsafe-eval'` lets the
 * vault start and allows no JavaScript from strings. `latchkey` is the vault's policy, which knows one address: its
 * worker's. Forms are handled by script and never sent, so `form-action` is empty.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types latchkey",
].join("; ");

/** The app needs none of these, so nothing that gets into the page can ask for them. */
const PERMISSIONS_POLICY = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "geolocation",
  "gyroscope",
  "hid",
  "identity-credentials-get",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "usb",
  "xr-spatial-tracking",
]
  .map((feature) => `${feature}=()`)
  .join(", ");

const PAGE = {
  ...COMMON,
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Permissions-Policy": PERMISSIONS_POLICY,
};

const API = {
  ...COMMON,
  "Cache-Control": "private, no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};

/** An answer of the app: `response`, with what a page needs and how long it may be kept. */
export function withPageHeaders(response: Response, cacheControl: string): Response {
  return withHeaders(response, { ...PAGE, "Cache-Control": cacheControl });
}

/** An answer of the API: never stored, never shown as a page. */
export function withApiHeaders(response: Response): Response {
  return withHeaders(response, API);
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  const changed = new Response(response.body, response);
  for (const [name, value] of Object.entries(headers)) changed.headers.set(name, value);
  return changed;
}
