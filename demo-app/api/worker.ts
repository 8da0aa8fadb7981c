import { WorkerEntrypoint } from "cloudflare:workers";
import { gateIdentity } from "latchkey-auth/server";
import latchkey, * as classes from "latchkey-worker";
import type { Env } from "./env.ts";
import { answerCall, control } from "./lab/control.ts";
import { enter } from "./lab/entry.ts";
import { inspected } from "./lab/inspected.ts";
import { addNote, listNotes, removeNote } from "./notes.ts";
import { notesPage } from "./notes-page.ts";
import { Problem } from "./problem.ts";
import type { Ask, Handler } from "./resource.ts";
import { withApiHeaders } from "./security-headers.ts";

// One Worker: the gate and the token service, with the classes of its Durable Objects, and the demo's API.
export * from "latchkey-worker";
export { DemoProvider } from "./demo-provider.ts";
export { Inbox } from "./inbox-object.ts";
export { Mailbox } from "./mailbox.ts";
export { Notes } from "./notes-object.ts";

/** The lab also shows what an account and the list of revocations store. */
export class Account extends inspected(classes.Account) {}
export class Revocations extends inspected(classes.Revocations) {}

/** Latchkey's Worker, which the lab watches at work (lab/entry.ts). */
export default {
  fetch: (request, env, context) => enter(latchkey, request, env, context),
} satisfies ExportedHandler<Env>;

/** The API: each path, with its methods. */
const RESOURCES: readonly (readonly [path: RegExp, methods: Readonly<Record<string, Handler>>])[] = [
  [/^\/api\/me$/, { GET: ({ user }) => Response.json({ id: user.subject, roles: user.roles }) }],
  [/^\/api\/recent$/, { GET: () => Response.json({ required: "a proof of the last 2 minutes" }) }],
  [/^\/api\/two-factors$/, { GET: () => Response.json({ required: "two factors" }) }],
  [/^\/api\/notes$/, { GET: listNotes, POST: addNote }],
  [/^\/api\/notes\/([^/]+)$/, { DELETE: removeNote }],
  [/^\/lab\/api\/([^/]+)$/, { GET: answerCall, POST: answerCall }],
  [/^\/lab\/control\/(.+)$/, { GET: control, POST: control, DELETE: control }],
];

/** Only the gate can reach it: the service binding DEMO of wrangler.toml names it. */
export class Demo extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/notes") return notesPage(this.env, request);
    return withApiHeaders(await api(this.env, request, pathname));
  }
}

async function api(env: Env, request: Request, pathname: string): Promise<Response> {
  try {
    const user = gateIdentity(request, { trust: "network" });
    if (!user) throw new Problem("unauthenticated");
    return await answer({ env, request, user }, pathname);
  } catch (error) {
    if (error instanceof Problem) return error.toResponse();
    throw error;
  }
}

function answer(ask: Omit<Ask, "id">, pathname: string): Response | Promise<Response> {
  for (const [path, methods] of RESOURCES) {
    const match = path.exec(pathname);
    if (!match) continue;
    const handler = methods[asIfGet(ask.request.method)];
    if (!handler) throw new Problem("method_not_allowed", undefined, { Allow: allowed(Object.keys(methods)) });
    return handler({ ...ask, id: match[1] ?? "" });
  }
  throw new Problem("not_found");
}

/** `HEAD` is answered as `GET` is; the platform drops the body. */
function asIfGet(method: string): string {
  return method === "HEAD" ? "GET" : method;
}

function allowed(methods: readonly string[]): string {
  return (methods.includes("GET") ? ["HEAD", ...methods] : methods).join(", ");
}
