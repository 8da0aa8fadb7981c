import { asset } from "./assets.ts";
import type { Env } from "./env.ts";
import { type Identity, identityOf } from "./identity.ts";
import { addNote, listNotes, removeNote } from "./notes.ts";
import { Problem } from "./problem.ts";
import { withApiHeaders } from "./security-headers.ts";

export { Notes } from "./notes-object.ts";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/api" && !pathname.startsWith("/api/")) return asset(env, request);
    return withApiHeaders(await api(env, request, pathname));
  },
} satisfies ExportedHandler<Env>;

async function api(env: Env, request: Request, pathname: string): Promise<Response> {
  try {
    return await route(env, identityOf(request), request, pathname);
  } catch (error) {
    if (error instanceof Problem) return error.toResponse();
    throw error;
  }
}

function route(env: Env, user: Identity, request: Request, pathname: string): Response | Promise<Response> {
  const id = /^\/api\/notes\/([^/]+)$/.exec(pathname)?.[1];
  if (id !== undefined) return byMethod(request, { DELETE: () => removeNote(env, user, id) });

  switch (pathname) {
    case "/api/me":
      return byMethod(request, { GET: () => Response.json({ id: user.subject, roles: user.roles }) });
    case "/api/notes":
      return byMethod(request, { GET: () => listNotes(env, user), POST: () => addNote(env, user, request) });
    default:
      throw new Problem("not_found");
  }
}

type Handlers = Partial<Record<"GET" | "POST" | "DELETE", () => Response | Promise<Response>>>;

/** Calls the method's handler. `HEAD` is `GET`: the platform drops the body. */
function byMethod(request: Request, handlers: Handlers): Response | Promise<Response> {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = Object.entries(handlers).find(([name]) => name === method);
  if (found) return found[1]();
  const allowed = Object.keys(handlers).flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
  throw new Problem("method_not_allowed", undefined, { Allow: allowed.join(", ") });
}
