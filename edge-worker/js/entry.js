// The Worker's door. What a request may do is decided in Rust; here is done what would cost a crossing between WebAssembly and
// JavaScript for every header there: copying them, asking the upstream, and putting the answer's headers on. Nothing in this file
// knows a policy: which headers go and which are set, it is told.
//
// A request that is let through needs one call into Rust, if all that decides is at hand. While the upstream works on it nothing
// of it is in WebAssembly, so that a panic there can't take it along.
import Bound from "./index.js";

export * from "./index.js";

/**
 * What Rust exports (edge-worker/src/entry.rs).
 * @typedef {object} Rust
 * @property {(head: string, now: number) => string | undefined} admit The plan for a request that may go to its upstream; undefined
 *   when that can't be said at once.
 * @property {(request: Request, head: string, env: Env, context: unknown) => Answered | Promise<Answered>} answer
 * @property {(env: Env) => string} settings As JSON.
 * @property {(name: string) => number} outbound What becomes of a header on its way to an upstream.
 * @property {(cookies: string) => string | undefined} otherCookies A `Cookie` header without our cookie.
 * @property {(cookies: string) => string} allowedCookies `Set-Cookie` values as lines, without those that set our cookie.
 * @property {() => Response} unavailable
 * @property {() => void} renew Does nothing; see `heal`.
 * @property {(route: number, id: string, code: string, cause: string) => Response} failed
 */

/** The plan, and the answer where the Worker gives it itself. @typedef {[plan: string, own?: Response]} Answered */
/** @typedef {Record<string, unknown>} Env */
/** @typedef {[name: string, value: string][]} Pairs */

/**
 * @typedef {object} Route
 * @property {string} [service] The binding of the Worker that is the upstream.
 * @property {string} [origin] Or its origin.
 * @property {string} [secret] The binding of the secret that proves to it who asks.
 * @property {number} timeout Milliseconds until the answer's head must be there.
 * @property {boolean} authorization Whether the upstream gets the token too.
 * @property {Pairs} sets On the answer.
 * @property {string[]} removes From the answer.
 */

/** @typedef {{ always: Pairs, secretHeader: string, routes: Route[] }} Settings */

const rust = /** @type {Rust} */ (Bound.prototype);

/** @type {Settings | undefined} */
let known;

/** Can't change while the isolate lives. @param {Env} env */
const settings = (env) => (known ??= /** @type {Settings} */ (JSON.parse(rust.settings(env))));

export default {
  /** @param {Request} request @param {Env} env @param {unknown} context @returns {Promise<Response>} */
  fetch(request, env, context) {
    const head = headOf(request);
    const plan = atOnce(head);
    return plan === undefined ? consider(request, env, context, head) : forward(request, env, plan.split("\n"));
  },
};

/** What decides about most requests: a line each for the method, the URL, names and values. @param {Request} request */
function headOf({ method, url, headers }) {
  const token = headers.get("authorization");
  const origin = headers.get("origin");
  let head = `${method}\n${url}`;
  if (token !== null) head += `\nauthorization\n${token}`;
  if (origin !== null) head += `\norigin\n${origin}`;
  if (method !== "OPTIONS") return head;
  const asked = headers.get("access-control-request-method");
  return asked === null ? head : `${head}\naccess-control-request-method\n${asked}`;
}

/** A panic here is seen again by `consider`, which says so to the caller. @param {string} head */
function atOnce(head) {
  try {
    if (state.criticalError) heal();
    return rust.admit(head, Date.now());
  } catch (error) {
    fell(error);
    return undefined;
  }
}

/** @param {Request} request @param {Env} env @param {unknown} context @param {string} head @returns {Promise<Response>} */
async function consider(request, env, context, head, again = true) {
  try {
    if (state.criticalError) heal();
    const found = rust.answer(request, head, env, context);
    const answered = found instanceof Promise ? await unlessLost(found) : found;
    if (answered) {
      const [plan, own] = answered;
      const lines = plan.split("\n");
      return own ? dress(own, env, lines) : await forward(request, env, lines);
    }
    // Another request's panic took ours along. Nothing was done for it yet that can't be done twice, unless its body was read.
    if (again && !request.bodyUsed) return await consider(request, env, context, head, false);
  } catch (error) {
    fell(error);
  }
  return unavailable();
}

// A plan is lines: the route's index (nothing where there is no upstream), names and values for the answer, an empty line, names
// and values for the upstream. What leads to it can't hold a line break.

/** @param {string[]} lines */
function endOfAnswer(lines) {
  let at = 1;
  while (lines[at]) at += 2;
  return at;
}

/** @param {Request} request @param {Env} env @param {string[]} lines */
async function forward(request, env, lines) {
  const index = Number(lines[0]);
  const route = /** @type {Route} */ (settings(env).routes[index]);
  /** @param {string} code @param {unknown} cause */
  const failed = (code, cause) => dress(rust.failed(index, lines[2] ?? "", code, String(cause)), env, lines, route);
  const headers = outbound(request.headers, route);
  for (let at = endOfAnswer(lines) + 1; at + 1 < lines.length; at += 2)
    headers.set(/** @type {string} */ (lines[at]), /** @type {string} */ (lines[at + 1]));
  try {
    const asked = ask(request, env, route, headers);
    if (!asked) return failed("unavailable", "the upstream's binding is missing");
    const answer = await unlessLate(asked, route.timeout);
    // What is still under way ends with this request.
    return answer ? dress(answer, env, lines, route) : failed("gateway_timeout", "no answer in time");
  } catch (error) {
    return failed("bad_gateway", error);
  }
}

/** @template T @param {Promise<T>} asked @param {number} milliseconds @returns {Promise<T | undefined>} */
function unlessLate(asked, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    asked.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** @param {Request} request @param {Env} env @param {Route} route @param {Headers} headers @returns {Promise<Response> | undefined} */
function ask(request, env, route, headers) {
  const reads = request.method === "GET" || request.method === "HEAD";
  if (reads && request.body !== null) return ask(withoutBody(request, headers), env, route, headers);
  if (route.service !== undefined) {
    const service = /** @type {{ fetch: typeof fetch } | undefined} */ (env[route.service]);
    return service?.fetch(request, { headers, redirect: "manual" });
  }
  if (route.secret !== undefined) {
    const secret = env[route.secret];
    if (typeof secret !== "string") return undefined;
    headers.set(settings(env).secretHeader, secret);
  }
  const { url, method, body } = request;
  const rest = url.slice(url.indexOf("/", url.indexOf("://") + 3));
  return fetch(`${route.origin}${rest}`, { method, headers, body, redirect: "manual", cache: "no-store" });
}

/** What only reads has no body, though some proxies announce one of no length; none may be sent on. @param {Request} request
 *  @param {Headers} headers */
function withoutBody({ url, method }, headers) {
  headers.delete("content-length");
  headers.delete("transfer-encoding");
  return new Request(url, { method, headers });
}

/** What Rust says of a header. */
const KEPT = 0;
const COOKIE = 2;
const AUTHORIZATION = 3;
const CONNECTION = 4;

/** @type {Map<string, number>} */
const kinds = new Map();

/** There are few names, unless somebody makes them up. */
const MOST_NAMES = 1000;

/** @param {string} name */
function kindOf(name) {
  let kind = kinds.get(name);
  if (kind === undefined) {
    if (kinds.size >= MOST_NAMES) kinds.clear();
    kind = rust.outbound(name);
    kinds.set(name, kind);
  }
  return kind;
}

/** @param {Headers} inbound @param {Route} route */
function outbound(inbound, route) {
  const headers = new Headers(inbound);
  for (const name of [...headers.keys()]) {
    const kind = kindOf(name);
    if (kind === KEPT || (kind === AUTHORIZATION && route.authorization)) continue;
    if (kind === COOKIE) {
      const rest = rust.otherCookies(headers.get(name) ?? "");
      if (rest === undefined) headers.delete(name);
      else headers.set(name, rest);
    } else if (kind === CONNECTION) hopByHop(headers);
    else headers.delete(name);
  }
  return headers;
}

/** Removes what was meant for the connection only (RFC 9110 section 7.6.1). An upgrade is handed on. @param {Headers} headers */
function hopByHop(headers) {
  const upgrades = headers.has("upgrade");
  for (const listed of (headers.get("connection") ?? "").split(",")) {
    const name = listed.trim();
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && !(upgrades && name.toLowerCase() === "upgrade")) headers.delete(name);
  }
  if (!upgrades) headers.delete("connection");
}

/** The answer with its headers on; its body is handed on, not copied. A WebSocket's answer stays as it is.
 *  @param {Response} answer @param {Env} env @param {string[]} lines @param {Route} [route] */
function dress(answer, env, lines, route) {
  if (/** @type {{ webSocket?: unknown }} */ (answer).webSocket) return answer;
  const dressed = new Response(answer.body, answer);
  const { headers } = dressed;
  if (route) {
    if (headers.has("set-cookie")) refuseCookies(headers);
    for (const name of route.removes) headers.delete(name);
    for (const [name, value] of route.sets) headers.set(name, value);
  }
  for (const [name, value] of settings(env).always) headers.set(name, value);
  for (let at = 1; lines[at]; at += 2)
    headers.set(/** @type {string} */ (lines[at]), /** @type {string} */ (lines[at + 1]));
  // Whoever asks, or a cache would mix up what pages of different origins may read.
  const vary = headers.get("vary");
  if (vary === null) headers.set("vary", "Origin");
  else if (!vary.split(",").some((name) => /^\s*(?:origin|\*)\s*$/i.test(name))) headers.append("vary", "Origin");
  return dressed;
}

/** @param {Headers} headers */
function refuseCookies(headers) {
  const cookies = headers.getSetCookie().join("\n");
  const allowed = rust.allowedCookies(cookies);
  if (allowed === cookies) return;
  headers.delete("set-cookie");
  for (const cookie of allowed.split("\n")) if (cookie !== "") headers.append("set-cookie", cookie);
}

// A panic ends the WebAssembly instance; the next call makes another one. What was waiting in the old one would wait for ever,
// so everybody who has a request there is told.

/** Rust's own word: whether it panicked, and how many instances there were. */
const state = /** @type {{ __worker_init_state: { criticalError: boolean, instanceId: number } }} */ (
  /** @type {unknown} */ (globalThis)
).__worker_init_state;

/** @type {Set<(lost: undefined) => void>} */
const waiting = new Set();

/** What is found, or nothing when it was lost. @template T @param {Promise<T>} finding @returns {Promise<T | undefined>} */
function unlessLost(finding) {
  return new Promise((resolve, reject) => {
    waiting.add(resolve);
    finding.then(
      (found) => {
        waiting.delete(resolve);
        resolve(found);
      },
      (error) => {
        waiting.delete(resolve);
        reject(error);
      },
    );
  });
}

/** @param {unknown} error */
function fell(error) {
  console.error("Critical", error);
  heal();
}

/**
 * Replaces an instance that ended. At once, and by a call that takes nothing and gives nothing: wasm-bindgen would do it inside the next
 * call whatever that is, when its arguments lie in the old memory already.
 */
function heal() {
  const ended = state.instanceId;
  try {
    rust.renew();
  } catch (error) {
    console.error("Critical", error);
  }
  // The classes of worker-build would replace the new instance once more.
  state.criticalError = false;
  if (state.instanceId === ended) return;
  for (const tell of waiting) tell(undefined);
  waiting.clear();
}

addEventListener("error", ({ error }) => fell(error));
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError) fell(reason);
});

// What Rust has to do later. The platform's own function goes through the runtime for each; and here it is seen when one panics.
const now = Promise.resolve();
globalThis.queueMicrotask = (task) => {
  now.then(() => {
    try {
      task();
    } catch (error) {
      fell(error);
    }
  });
};

function unavailable() {
  try {
    return rust.unavailable();
  } catch {
    return new Response(null, { status: 503, headers: { "Cache-Control": "no-store", "Retry-After": "1" } });
  }
}
