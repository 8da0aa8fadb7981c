import type latchkey from "latchkey-worker";
import { cookieOf } from "./cookies.ts";
import { faulty } from "./faults.ts";
import { observedObjects } from "./observed-objects.ts";

/** The cookie that carries the refresh cookie of the lab's user, because the browser keeps the visitor's under its own name. */
export const LAB_COOKIE = "lab-session";
/** The service's cookie (auth-core/src/wire). */
export const SERVICE_COOKIE = "__Host-Http-latchkey";

/** The routes of the lab's calls. */
const CALLS = "/lab/api/";

type Latchkey = typeof latchkey;
type LabEnv = object & { readonly LAB_SECRET?: string };

/**
 * The Worker's entry point while the lab is on, which it is on a developer's machine only (`LAB_SECRET`). Latchkey's Worker
 * answers every request, and this passes all but three kinds on as they are.
 *
 * Calls of the lab (`/lab/api/…`): the response says which objects the Worker has asked for it (`Lab-Objects`, one word for
 * each call: the binding and the beginning of the object's id) and how long the credential was (`Lab-Credential-Bytes`).
 * For the route that takes the cookie, the lab's cookie takes the place of the visitor's.
 *
 * Requests with `Lab-Store: down`: every call of a Durable Object fails, as it does during an outage of the platform.
 *
 * Requests of a browser that has asked for a fault of the network (faults.ts).
 */
export async function enter(
  worker: Latchkey,
  request: Request,
  env: LabEnv,
  context: ExecutionContext,
): Promise<Response> {
  if (env.LAB_SECRET === undefined) return worker.fetch(request, env, context);
  return faulty(request, () => watched(worker, request, env, context));
}

async function watched(worker: Latchkey, request: Request, env: LabEnv, context: ExecutionContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  const isCall = pathname.startsWith(CALLS);
  const isDown = request.headers.get("Lab-Store") === "down";
  if (!isCall && !isDown) return worker.fetch(request, env, context);
  const calls = new Calls(pathname);
  const observed = observedObjects(env, {
    asked(binding, object) {
      calls.add(`${binding}#${object.slice(0, 8)}`);
      if (isDown) throw new Error("the lab has switched the store off");
    },
  });
  const sent = pathname === `${CALLS}session` ? withLabCookie(request) : request;
  const response = await worker.fetch(sent, observed, context);
  if (!isCall) return response;
  if (request.headers.get("Sec-Fetch-Site") === "cross-site") noteForged(request, response.status);
  const labelled = new Response(response.body, response);
  labelled.headers.set("Lab-Objects", calls.seal());
  labelled.headers.set("Lab-Credential-Bytes", String(credentialBytes(sent)));
  return labelled;
}

/** A request that another site's page has caused in a browser, as it arrived. */
export interface Arrived {
  readonly request: string;
  readonly status: number;
  readonly answer: string;
}

/** What has arrived, by the run of the attack that has caused it. */
const forged = new Map<string, Arrived[]>();
const MAX_RUNS = 20;

function noteForged(request: Request, status: number): void {
  const { pathname, searchParams } = new URL(request.url);
  const run = searchParams.get("run");
  if (run === null || !/^[\w-]{1,40}$/.test(run)) return;
  if (forged.size >= MAX_RUNS && !forged.has(run)) forged.clear();
  const { headers, method } = request;
  const cookie = cookieOf(request, LAB_COOKIE) === undefined ? "without the cookie" : "with the cookie";
  const from = ["Origin", "Sec-Fetch-Site", "Sec-Fetch-Dest"]
    .filter((name) => headers.has(name))
    .map((name) => `${name}: ${headers.get(name)}`);
  const line = `${searchParams.get("by")}: ${method} ${pathname}, ${cookie}\n${from.join(", ")}`;
  const arrived = { request: line, status, answer: status < 400 ? "the handler's answer" : "rejected" };
  forged.set(run, [...(forged.get(run) ?? []), arrived]);
}

export const arrivedIn = (run: string): readonly Arrived[] => forged.get(run) ?? [];

/** What was asked after a response had left (a copy that was renewed aside), by path: the next response reports it. */
const late = new Map<string, string[]>();

class Calls {
  readonly #path: string;
  #made: string[] | null = [];

  constructor(path: string) {
    this.#path = path;
  }

  add(call: string): void {
    if (this.#made) this.#made.push(call);
    else late.set(this.#path, [...(late.get(this.#path) ?? []), call]);
  }

  /** All calls so far, with those that earlier requests to this path made too late. */
  seal(): string {
    const all = [...(late.get(this.#path) ?? []), ...(this.#made ?? [])];
    late.delete(this.#path);
    this.#made = null;
    return all.join(" ");
  }
}

/** The request with the lab's cookie under the service's name, and without the visitor's own. */
function withLabCookie(request: Request): Request {
  const headers = new Headers(request.headers);
  const value = cookieOf(request, LAB_COOKIE);
  headers.delete("Cookie");
  if (value !== undefined) headers.set("Cookie", `${SERVICE_COOKIE}=${value}`);
  return new Request(request, { headers });
}

/** The length of the header that carries the credential, name included. */
function credentialBytes({ headers }: Request): number {
  for (const name of ["Authorization", "Cookie"]) {
    const value = headers.get(name);
    if (value !== null) return `${name}: ${value}`.length;
  }
  return 0;
}
