import type { Answer } from "./protocol.js";

/** The answer as `fetch` would have given it. */
export function rebuild(
  { status, statusText, headers, url, redirected, type }: Answer,
  body: BodyInit | null,
): Response {
  // A redirect that isn't followed has the status 0, which only an error response can have.
  const response = status ? new Response(body, { status, statusText, headers }) : Response.error();
  return dress(response, { url, redirected, type });
}

/** A response from a constructor knows nothing of where it came from. Nor does its clone, so that is dressed too. */
export function dress(response: Response, facts: Pick<Response, "url" | "redirected" | "type">): Response {
  const clone = () => dress(Response.prototype.clone.call(response), facts);
  const entries = Object.entries({ ...facts, clone }).map(([name, value]) => [name, { value, configurable: true }]);
  return Object.defineProperties(response, Object.fromEntries(entries));
}
