/** `Strict-Transport-Security` is the gate's; public/_headers has the page's. */
const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "private, no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};

/** An answer of the API: never stored, never shown as a page. */
export function withApiHeaders(response: Response): Response {
  const changed = new Response(response.body, response);
  for (const [name, value] of Object.entries(HEADERS)) changed.headers.set(name, value);
  return changed;
}
