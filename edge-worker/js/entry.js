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
 * @property {(head: string, now: number, plan: Plan) => boolean} admit Fills in the plan for a request that may go to its upstream;
 *   false if that can't be said yet.
 * @property {(number: number, genuine: boolean, now: number, plan: Plan) => boolean} settle The same, when the signature of its
 *   token has been checked.
 * @property {(request: Request, head: string, env: Env, context: unknown, plan: Plan, number?: number) => undefined | Promise<undefined>}
 *   answer Fills in the plan for any request; `number`: the one that `settle` was called with.
 * @property {(env: Env) => string} settings As JSON.
 * @property {(name: string) => number} outbound What becomes of a header on its way to an upstream.
 * @property {(cookies: string) => string | undefined} otherCookies A `Cookie` header without our cookie.
 * @property {(cookies: string) => string} allowedCookies `Set-Cookie` values as lines, without those that set our cookie.
 * @property {() => Response} unavailable
 * @property {() => Response} contentRejected
 * @property {() => void} renew Does nothing; see `heal`.
 * @property {(route: number, id: string, code: string, cause: string) => Response} failed
 */

/** @typedef {Record<string, unknown>} Env */
/** @typedef {[name: string, value: string][]} Pairs */

/**
 * @typedef {object} Route
 * @property {string} [service] The binding of the Worker that is the upstream.
 * @property {string} [origin] Or its origin.
 * @property {string} [resolveOverride] The host that the request goes to, although its URL has another.
 * @property {string} [secret] The binding of the secret that proves to it who asks.
 * @property {number} timeout Milliseconds until the answer's head must be there.
 * @property {boolean} authorization Whether the upstream gets the token too.
 * @property {Pairs} sets On the answer.
 * @property {string[]} removes From the answer.
 * @property {string[]} keeps Inbound headers, in lower case, that pass although they are removed elsewhere.
 */

/** What an answer's headers get and lose. @typedef {{ sets: Pairs, removes: string[] }} Dress */
/** @typedef {{ instance: string, always: Pairs, listed: Pairs, forwarded: Pairs, secretHeader: string,
 *   viaHeader: string, withCookie: Dress, routes: Route[] }} Settings */

/** A request's number, and the instance that gave it: another instance gives it to another request.
 *  @typedef {{ number: number, instance: number }} Checked */

/** What becomes of a request. Rust fills it in, by numbers, which cross to JavaScript for next to nothing. */
class Plan {
  #number = 0;
  /** The origin of the page that asks, if it is listed. @type {string | null} */
  listed = null;
  timing = "";
  /** Whose upstream is asked; -1: nobody's. */
  route = -1;
  /** What it is told of the caller: names and values in turn. @type {string[]} */
  identity = [];
  /** How much of the URL it sees; 0: all of it. */
  urlEnds = 0;
  /** The `Set-Cookie` of the session, which the answer gets; "": none. */
  cookie = "";
  /** Until when, by `Date.now()`. A later answer goes without it: it could overwrite a newer cookie in the browser. */
  cookieUntil = 0;
  /** What the Worker answers itself. @type {Response | undefined} */
  own;
  /** Whether the signature of the request's token is genuine, while that is checked. @type {Promise<boolean> | undefined} */
  genuine;
  /** By what the instance knows the request meanwhile. @type {Checked | undefined} */
  checked;

  /** @param {string | null} origin Of the page that asks. */
  constructor(origin) {
    this.origin = origin;
  }

  /** @param {number} number @param {boolean} listed */
  begin(number, listed) {
    this.#number = number;
    if (listed) this.listed = this.origin;
  }

  /** The platform copies the bytes before this returns. @param {AlgorithmIdentifier} algorithm @param {CryptoKey} key
   *  @param {BufferSource} signature @param {BufferSource} data */
  check(algorithm, key, signature, data) {
    this.checked = { number: this.#number, instance: state.instanceId };
    this.genuine = crypto.subtle.verify(algorithm, key, signature, data);
  }

  /** @param {boolean} hit @param {number} keysAge @param {number} revocationsAge In milliseconds; below 0: none. */
  time(hit, keysAge, revocationsAge) {
    this.timing = `token;desc=${hit ? "hit" : "miss"}, keys;dur=${keysAge}`;
    if (revocationsAge >= 0) this.timing += `, revocations;dur=${revocationsAge}`;
  }

  /** @param {number} route @param {string[]} identity @param {number} urlEnds */
  forward(route, identity, urlEnds) {
    this.route = route;
    this.identity = identity;
    this.urlEnds = urlEnds;
  }

  /** @param {string} cookie @param {number} within Milliseconds. */
  setCookie(cookie, within) {
    this.cookie = cookie;
    this.cookieUntil = Date.now() + within;
  }

  /** @param {Response} own */
  answer(own) {
    this.own = own;
  }

  /** @param {Settings} settings */
  id({ instance }) {
    return instance + this.#number.toString(16).padStart(8, "0");
  }
}

const rust = /** @type {Rust} */ (Bound.prototype);

/** @type {Settings | undefined} */
let known;

/** Can't change while the instance lives. @param {Env} env */
const settings = (env) => (known ??= /** @type {Settings} */ (JSON.parse(rust.settings(env))));

export default {
  /** @param {Request} request @param {Env} env @param {unknown} context @returns {Promise<Response>} */
  fetch(request, env, context) {
    const { headers } = request;
    const origin = headers.get("origin");
    const head = headOf(request, headers, origin);
    const plan = new Plan(origin);
    if (atOnce(() => rust.admit(head, Date.now(), plan))) return forward(request, env, plan);
    const { genuine } = plan;
    return genuine ? settle(genuine, request, env, context, head, plan) : consider(request, env, context, head, plan);
  },
};

/** When the signature has been checked. @param {Promise<boolean>} genuine @param {Request} request @param {Env} env
 *  @param {unknown} context @param {string} head @param {Plan} plan */
async function settle(genuine, request, env, context, head, plan) {
  try {
    const verdict = await genuine;
    const decide = () => {
      const number = numberOf(plan.checked);
      return number !== undefined && rust.settle(number, verdict, Date.now(), plan);
    };
    if (atOnce(decide)) return await forward(request, env, plan);
  } catch (error) {
    // The platform could not check it. It is checked again, where a fault is answered as one.
    console.error("signature", error);
  }
  return consider(request, env, context, head, new Plan(plan.origin), plan.checked);
}

/** @param {Checked} [checked] */
const numberOf = (checked) => (checked?.instance === state.instanceId ? checked.number : undefined);

/** What decides about most requests: a line each for the method, the URL, names and values.
 *  @param {Request} request @param {Headers} headers @param {string | null} origin */
function headOf({ method, url }, headers, origin) {
  const token = headers.get("authorization");
  const serviceWorker = headers.get("service-worker");
  const via = headers.get("latchkey-via");
  let head = `${method}\n${url}`;
  if (token !== null) head += `\nauthorization\n${token}`;
  if (origin !== null) head += `\norigin\n${origin}`;
  if (serviceWorker !== null) head += `\nservice-worker\n${serviceWorker}`;
  if (via !== null) head += `\nlatchkey-via\n${via}`;
  if (method !== "OPTIONS") return head;
  const asked = headers.get("access-control-request-method");
  return asked === null ? head : `${head}\naccess-control-request-method\n${asked}`;
}

/** A panic here is seen again by `consider`, which says so to the caller. @param {() => boolean} decide */
function atOnce(decide) {
  try {
    if (state.criticalError) heal();
    return decide();
  } catch (error) {
    fell(error);
    return false;
  }
}

/** @param {Request} request @param {Env} env @param {unknown} context @param {string} head @param {Plan} plan
 *  @param {Checked} [checked] @returns {Promise<Response>} */
async function consider(request, env, context, head, plan, checked, again = true) {
  try {
    if (state.criticalError) heal();
    const filling = rust.answer(request, head, env, context, plan, numberOf(checked));
    const filled = filling === undefined || (await unlessLost(filling));
    if (filled) return plan.own ? dress(plan.own, env, plan) : await forward(request, env, plan);
    // Another request's panic took ours along. Nothing was done for it yet that can't be done twice, unless its body was read.
    if (again && !request.bodyUsed)
      return await consider(request, env, context, head, new Plan(plan.origin), undefined, false);
  } catch (error) {
    fell(error);
  }
  return lost(env, plan);
}

/** @param {Env} env @param {Plan} plan */
function lost(env, plan) {
  try {
    return dress(rust.unavailable(), env, plan);
  } catch {
    return new Response(null, { status: 503, headers: { "Cache-Control": "no-store", "Retry-After": "1" } });
  }
}

/** Whether a response with its status can be made (Fetch standard, section 5.5); an HTTP server may send any from 100 to 999.
 *  @param {Response} answer */
function isAnswerable(answer) {
  const { status } = answer;
  return (status >= 200 && status <= 599) || /** @type {{ webSocket?: unknown }} */ (answer).webSocket != null;
}

/** @param {Request} request @param {Env} env @param {Plan} plan */
async function forward(request, env, plan) {
  try {
    const route = /** @type {Route} */ (settings(env).routes[plan.route]);
    const { identity, urlEnds } = plan;
    // The platform cannot forward content of these methods, and without its content the request would be a different one.
    const hasBody = request.body !== null && (request.method === "GET" || request.method === "HEAD");
    if (hasBody && (await unlessLate(hasContent(request.body), route.timeout)) !== false)
      return dress(rust.contentRejected(), env, plan, route);
    const headers = outbound(request.headers, route, settings(env).forwarded);
    for (let at = 0; at < identity.length; at += 2)
      headers.set(/** @type {string} */ (identity[at]), /** @type {string} */ (identity[at + 1]));
    /** @type {Response | undefined} */
    let answer;
    try {
      const sent = urlEnds === 0 && !hasBody ? request : withoutBody(request, headers, urlEnds || undefined);
      const asked = ask(sent, env, route, headers);
      if (!asked) return failed(env, plan, route, "unavailable", "the upstream's binding is missing");
      answer = await unlessLate(asked, route.timeout);
    } catch (error) {
      return failed(env, plan, route, "bad_gateway", error);
    }
    if (answer && !isAnswerable(answer)) {
      void answer.body?.cancel().catch(() => {});
      return failed(env, plan, route, "bad_gateway", `the upstream's status is ${answer.status}`);
    }
    // What is still under way ends with this request.
    return answer ? dress(answer, env, plan, route) : failed(env, plan, route, "gateway_timeout", "no answer in time");
  } catch (error) {
    fell(error);
    return lost(env, plan);
  }
}

/** @param {Env} env @param {Plan} plan @param {Route} route @param {string} code @param {unknown} cause */
function failed(env, plan, route, code, cause) {
  return dress(rust.failed(plan.route, plan.id(settings(env)), code, String(cause)), env, plan, route);
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
  const sent = {
    method,
    headers,
    body,
    redirect: /** @type {const} */ ("manual"),
    cache: /** @type {const} */ ("no-store"),
  };
  const { origin = "", resolveOverride } = route;
  if (resolveOverride === undefined) return fetch(`${origin}${rest}`, sent);
  headers.set(settings(env).viaHeader, origin);
  return fetch(`${origin}${rest}`, /** @type {RequestInit} */ ({ ...sent, cf: { resolveOverride } }));
}

/** A request of a method whose body the platform does not forward; some proxies announce one without content.
 *  @param {Request} request @param {Headers} headers @param {number} [urlEnds] */
function withoutBody({ url, method }, headers, urlEnds) {
  headers.delete("content-length");
  headers.delete("transfer-encoding");
  return new Request(url.slice(0, urlEnds), { method, headers });
}

/** In bytes, as for the service's own endpoints (http/incoming.rs): a client may miss the response while it sends more. */
const MAX_DRAINED = 4 * 1024 * 1024;

/** Whether a body has content. Reads it to its end, up to a bound. @param {ReadableStream<Uint8Array>} body */
async function hasContent(body) {
  const reader = body.getReader();
  let length = 0;
  try {
    while (length <= MAX_DRAINED) {
      const { done, value } = await reader.read();
      if (done) return length > 0;
      length += value.length;
    }
  } catch {
    // The client broke off, so it was about to send some.
    return true;
  }
  void reader.cancel().catch(() => {});
  return true;
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

/** @param {Headers} inbound @param {Route} route @param {Pairs} forwarded What the gate says of the request itself. */
function outbound(inbound, route, forwarded) {
  const headers = new Headers(inbound);
  for (const name of [...headers.keys()]) {
    const kind = kindOf(name);
    if (kind === KEPT || (kind === AUTHORIZATION && route.authorization)) continue;
    if (kind === COOKIE) {
      const rest = rust.otherCookies(headers.get(name) ?? "");
      if (rest === undefined) headers.delete(name);
      else headers.set(name, rest);
    } else if (kind === CONNECTION) hopByHop(headers);
    else if (!route.keeps.includes(name)) headers.delete(name);
  }
  for (const [name, value] of forwarded) headers.set(name, value);
  const client = inbound.get("cf-connecting-ip");
  if (client !== null) headers.set("X-Forwarded-For", client);
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
 *  @param {Response} answer @param {Env} env @param {Plan} plan @param {Route} [route] */
function dress(answer, env, plan, route) {
  if (/** @type {{ webSocket?: unknown }} */ (answer).webSocket) return answer;
  const known = settings(env);
  const dressed = new Response(answer.body, answer);
  const { headers } = dressed;
  if (route) {
    if (headers.has("set-cookie")) refuseCookies(headers);
    putOn(headers, route);
  }
  if (plan.cookie !== "" && Date.now() <= plan.cookieUntil) {
    putOn(headers, known.withCookie);
    headers.append("set-cookie", plan.cookie);
  }
  for (const [name, value] of known.always) headers.set(name, value);
  headers.set("Latchkey-Request-Id", plan.id(known));
  if (plan.timing !== "") headers.set("Server-Timing", plan.timing);
  if (plan.listed !== null) {
    headers.set("Access-Control-Allow-Origin", plan.listed);
    for (const [name, value] of known.listed) headers.set(name, value);
  }
  // Whoever asks, or a cache would mix up what pages of different origins may read.
  const vary = headers.get("vary");
  if (vary === null) headers.set("vary", "Origin");
  else if (!vary.split(",").some((name) => /^\s*(?:origin|\*)\s*$/i.test(name))) headers.append("vary", "Origin");
  return dressed;
}

/** @param {Headers} headers @param {Dress} dress */
function putOn(headers, { sets, removes }) {
  for (const name of removes) headers.delete(name);
  for (const [name, value] of sets) headers.set(name, value);
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

/** @type {Set<(filled: false) => void>} */
const waiting = new Set();

/** Whether the plan is filled in: false when its instance is no more. @param {Promise<undefined>} filling @returns {Promise<boolean>} */
function unlessLost(filling) {
  return new Promise((resolve, reject) => {
    waiting.add(resolve);
    filling.then(
      () => {
        waiting.delete(resolve);
        resolve(true);
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
  known = undefined;
  for (const tell of waiting) tell(false);
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
