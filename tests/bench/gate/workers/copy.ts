// What no gate in JavaScript can be faster than: everything that the gate does to a request and to its response, and
// nothing to decide about it. The caller is always the same.
interface Env {
  UPSTREAM: { fetch(request: Request): Promise<Response> };
  /** The identity headers of the caller whose tokens the bench uses. */
  IDENTITY: Record<string, string>;
}

const PRIVATE = ["CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control", "Expires", "Pragma"];
const CORS = [
  ...["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods"],
  ...["Access-Control-Allow-Headers", "Access-Control-Allow-Private-Network", "Access-Control-Expose-Headers"],
  "Access-Control-Max-Age",
];
/** Header names that the gate removes are far more; that this list is short favours this candidate. */
const MISLEADING = /^(?:latchkey[-_]|x[-_]forwarded[-_]|authorization$|forwarded$|x[-_]real[-_]ip$)/;

const misleading = new Map<string, boolean>();
let number = 0;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const headers = new Headers(request.headers);
    for (const name of [...headers.keys()]) {
      const removed = misleading.get(name) ?? MISLEADING.test(name);
      misleading.set(name, removed);
      if (removed) headers.delete(name);
    }
    headers.set("X-Forwarded-Host", "localhost:8787");
    headers.set("X-Forwarded-Proto", "http");
    for (const [name, value] of Object.entries(env.IDENTITY)) headers.set(name, value);
    const answer = await env.UPSTREAM.fetch(new Request(request, { headers, redirect: "manual" }));
    const dressed = new Response(answer.body, answer);
    const own = dressed.headers;
    for (const name of CORS) own.delete(name);
    for (const name of PRIVATE) own.delete(name);
    own.set("Cache-Control", "private, no-store");
    own.set("X-Content-Type-Options", "nosniff");
    own.set("Latchkey-Request-Id", (number++).toString(16).padStart(16, "0"));
    own.set("Server-Timing", "token;desc=hit, keys;dur=0, revocations;dur=0");
    const vary = own.get("vary");
    if (vary === null) own.set("vary", "Origin");
    else own.append("vary", "Origin");
    return dressed;
  },
};
