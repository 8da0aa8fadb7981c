// Sends the request to the upstream and passes its response on. This file contains no policy: the plan states which
// headers to remove and to set.
import * as rust from "#rust";
import type { Plan } from "./plan.ts";
import { repair } from "./recovery.ts";
import { type Changes, type Env, type Pairs, type Route, type Settings, settings } from "./settings.ts";

/** What workerd adds to the platform's types. */
type WorkerResponse = Response & { readonly webSocket?: unknown };

export async function forward(request: Request, env: Env, plan: Plan): Promise<Response> {
  try {
    const known = settings(env);
    const route = known.routes[plan.route];
    if (!route) return lost(env, plan);
    const { identity, urlEnds } = plan;
    // The platform can't forward content of these methods, and without its content the request would be a different
    // one.
    const body = request.method === "GET" || request.method === "HEAD" ? request.body : null;
    if (body && (await unlessLate(hasContent(body, known.maxDrained), route.timeout)) !== false) {
      const rejected = rust.contentRejected(plan.id(known), `${request.method} ${new URL(request.url).pathname}`);
      return withHeaders(rejected, env, plan, route);
    }
    const headers = outbound(request.headers, route, known);
    for (let at = 0; at + 1 < identity.length; at += 2) headers.set(identity[at] ?? "", identity[at + 1] ?? "");
    let answer: WorkerResponse | undefined;
    try {
      const sent = urlEnds === 0 && !body ? request : withoutBody(request, headers, urlEnds || undefined);
      const asked = ask(sent, env, route, headers);
      if (!asked) return failed(env, plan, route, "unbound", "the upstream's binding is missing");
      answer = await unlessLate(asked, route.timeout);
    } catch (error) {
      return failed(env, plan, route, "bad_gateway", error);
    }
    if (!answer) return failed(env, plan, route, "gateway_timeout", "no answer in time");
    if (!isAnswerable(answer)) {
      void answer.body?.cancel().catch(() => {});
      return failed(env, plan, route, "bad_gateway", `the upstream's status is ${answer.status}`);
    }
    return withHeaders(answer, env, plan, route);
  } catch (error) {
    repair(error);
    return lost(env, plan);
  }
}

/** The response if no other can be made. */
export function lost(env: Env, plan: Plan): Response {
  try {
    return withHeaders(rust.unavailable(), env, plan);
  } catch {
    return new Response(null, { status: 503, headers: { "Cache-Control": "no-store", "Retry-After": "1" } });
  }
}

/** Whether a response with its status can be made (Fetch standard, section 5.5); an HTTP server may send any from 100 to 999. */
const isAnswerable = ({ status, webSocket }: WorkerResponse) =>
  (status >= 200 && status <= 599) || (webSocket !== undefined && webSocket !== null);

function failed(env: Env, plan: Plan, route: Route, code: string, cause: unknown): Response {
  return withHeaders(rust.failed(plan.route, plan.id(settings(env)), code, String(cause)), env, plan, route);
}

/** `undefined` if it takes longer. What is still in progress then ends with the request. */
function unlessLate<T>(asked: Promise<T>, milliseconds: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, undefined);
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

/** `undefined` if a binding is missing. */
function ask(request: Request, env: Env, route: Route, headers: Headers): Promise<Response> | undefined {
  if (route.service !== undefined) {
    const service = env[route.service] as { fetch: typeof fetch } | undefined;
    return service?.fetch(request, { headers, redirect: "manual" });
  }
  if (route.secret !== undefined) {
    const secret = env[route.secret];
    if (typeof secret !== "string") return undefined;
    headers.set(settings(env).secretHeader, secret);
  }
  const { url, method, body } = request;
  const rest = url.slice(url.indexOf("/", url.indexOf("://") + 3));
  const sent: RequestInit = { method, headers, body, redirect: "manual", cache: "no-store" };
  const { origin = "", resolveOverride } = route;
  if (resolveOverride === undefined) return fetch(`${origin}${rest}`, sent);
  headers.set(settings(env).viaHeader, origin);
  return fetch(`${origin}${rest}`, { ...sent, cf: { resolveOverride } } as RequestInit);
}

/** A request of a method whose body the platform does not forward; some proxies announce one without content. */
function withoutBody({ url, method }: Request, headers: Headers, urlEnds?: number): Request {
  headers.delete("content-length");
  headers.delete("transfer-encoding");
  return new Request(url.slice(0, urlEnds), { method, headers });
}

/** Whether a body has content. Reads it to its end, up to a bound, because a client that is still sending would not read the response. */
async function hasContent(body: ReadableStream<Uint8Array>, maxDrained: number): Promise<boolean> {
  const reader = body.getReader();
  let length = 0;
  try {
    while (length <= maxDrained) {
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

/** What Rust says of each header name. There are few names, unless a client makes them up. */
const kinds = new Map<string, number>();
const MAX_NAMES = 1000;

function kindOf(name: string): number {
  let kind = kinds.get(name);
  if (kind === undefined) {
    if (kinds.size >= MAX_NAMES) kinds.clear();
    kind = rust.outbound(name);
    kinds.set(name, kind);
  }
  return kind;
}

function outbound(inbound: Headers, route: Route, { outbound: kind, forwarded }: Settings): Headers {
  const headers = new Headers(inbound);
  for (const name of [...headers.keys()]) {
    const found = kindOf(name);
    if (found === kind.kept || (found === kind.authorization && route.authorization)) continue;
    if (found === kind.cookie) {
      const rest = rust.otherCookies(headers.get(name) ?? "");
      if (rest === undefined) headers.delete(name);
      else headers.set(name, rest);
    } else if (found === kind.connection) hopByHop(headers);
    else if (!route.keeps.includes(name)) headers.delete(name);
  }
  setAll(headers, forwarded);
  const client = inbound.get("cf-connecting-ip");
  if (client !== null) headers.set("X-Forwarded-For", client);
  return headers;
}

/** Removes what was meant for the connection only (RFC 9110 section 7.6.1). An upgrade is passed on. */
function hopByHop(headers: Headers): void {
  const upgrades = headers.has("upgrade");
  for (const listed of (headers.get("connection") ?? "").split(",")) {
    const name = listed.trim();
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && !(upgrades && name.toLowerCase() === "upgrade")) headers.delete(name);
  }
  if (!upgrades) headers.delete("connection");
}

/** The response with its headers; its body is passed on, not copied. A WebSocket's response stays as it is. */
export function withHeaders(answer: WorkerResponse, env: Env, plan: Plan, route?: Route): Response {
  if (answer.webSocket) return answer;
  const known = settings(env);
  const dressed = new Response(answer.body, answer);
  const { headers } = dressed;
  if (route) {
    if (headers.has("set-cookie")) refuseCookies(headers);
    change(headers, route);
  }
  if (plan.cookie !== "" && Date.now() <= plan.cookieUntil) {
    change(headers, known.withCookie);
    headers.append("set-cookie", plan.cookie);
  }
  setAll(headers, known.always);
  headers.set("Latchkey-Request-Id", plan.id(known));
  if (known.serverTiming && plan.timing !== "") headers.set("Server-Timing", plan.timing);
  if (plan.listed !== null) {
    headers.set("Access-Control-Allow-Origin", plan.listed);
    setAll(headers, known.listed);
  }
  if (known.variesByOrigin) varyByOrigin(headers);
  return dressed;
}

function setAll(headers: Headers, pairs: Pairs): void {
  for (const [name, value] of pairs) headers.set(name, value);
}

function change(headers: Headers, { sets, removes }: Changes): void {
  for (const name of removes) headers.delete(name);
  setAll(headers, sets);
}

/** On every response, whatever its request's origin: otherwise a cache would mix up what pages of different origins may read. */
function varyByOrigin(headers: Headers): void {
  const vary = headers.get("vary");
  if (vary === null) headers.set("vary", "Origin");
  else if (!vary.split(",").some((name) => /^\s*(?:origin|\*)\s*$/i.test(name))) headers.append("vary", "Origin");
}

function refuseCookies(headers: Headers): void {
  const cookies = headers.getSetCookie().join("\n");
  const allowed = rust.allowedCookies(cookies);
  if (allowed === cookies) return;
  headers.delete("set-cookie");
  for (const cookie of allowed.split("\n")) if (cookie !== "") headers.append("set-cookie", cookie);
}
