// What the page talks to: the real stack behind the page's own origin, and below `/api/x/` answers that no real API
// gives on demand.
import { createHash } from "node:crypto";
import type http from "node:http";
import { type HostPage, STRICT_CSP, startPage } from "../harness/page.ts";

/** The page, and what it has heard below `/api/x/`. */
export interface World {
  readonly page: HostPage;
  /** Another origin, to which a redirect leads, and which has the package's files too. */
  readonly other: HostPage;
  /** How often the service was asked to renew. */
  refreshes(): number;
  /** The `Authorization` of every request that reached the other origin. */
  readonly leaked: (string | undefined)[];
  /** How many answers under way the page has broken off. */
  brokenOff(): number;
  stop(): Promise<void>;
}

const SCRIPTS = ["/start.js", "/scenarios.js"].map((src) => `<script type="module" src="${src}"></script>`);
export const BIG = 10_000_000;

export async function startWorld(service: string, secure: boolean, scenarios: string): Promise<World> {
  const other = await startPage({ secure, headers: { "Access-Control-Allow-Origin": "*" } });
  const csp = `${STRICT_CSP.replace("connect-src 'self'", `connect-src 'self' ${other.origin}`)}; img-src 'self'`;
  const head = SCRIPTS.join("");
  const page = await startPage({ service, secure, head, csp });
  // As an app whose files come from the other origin.
  page.on("/cdn", (_, response) => {
    const policy = csp.replace("worker-src 'self'", "worker-src blob:");
    const headers = { "Content-Type": "text/html", "Content-Security-Policy": policy };
    response.writeHead(200, headers).end(`<!doctype html><html lang="en"><head>${head}</head></html>`);
  });
  // Some ask for it whatever the page says.
  page.on("/favicon.ico", (_, response) => void response.writeHead(404).end());
  page.on("/scenarios.js", (_, response) => {
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(scenarios);
  });
  const leaked: (string | undefined)[] = [];
  other.on("/elsewhere", (request, response) => {
    leaked.push(request.headers.authorization);
    const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization" };
    response.writeHead(200, { ...cors, "Content-Type": "text/plain" }).end("elsewhere");
  });
  let broken = 0;
  answers(page, other.origin, () => {
    broken += 1;
  });
  return {
    ...{ page, other, leaked },
    refreshes: () => page.seen.filter(({ path }) => path === "/auth/refresh").length,
    brokenOff: () => broken,
    stop: async () => {
      await Promise.all([page.stop(), other.stop()]);
    },
  };
}

function answers(page: HostPage, other: string, broken: () => void): void {
  const text = { "Content-Type": "text/plain", "X-Content-Type-Options": "nosniff" };

  let finish = () => {};
  page.on("/api/x/stream", (_, response) => {
    response.writeHead(200, text).write("first".padEnd(2048));
    finish = () => response.end("second");
  });
  page.on("/api/x/stream/go", (_, response) => {
    finish();
    response.writeHead(204).end();
  });
  page.on("/api/x/endless", (_, response) => {
    response.writeHead(200, text).write("first".padEnd(2048));
    response.on("close", broken);
  });
  let waiting = false;
  page.on("/api/x/silent", (_, response) => {
    waiting = true;
    response.on("close", broken);
  });
  page.on("/api/x/silent/seen", (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(waiting));
  });
  page.on("/api/x/big", (_, response) => {
    response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(big);
  });
  page.on("/api/x/upload", async (request, response) => {
    const body = await bodyOf(request);
    const { "content-type": type = null, "x-one": one = null, authorization } = request.headers;
    response.writeHead(200, { "Content-Type": "application/json" }).end(
      JSON.stringify({
        ...{ method: request.method, type, one, bearer: authorization?.startsWith("Bearer ey") ?? false },
        ...{ bytes: body.length, digest: digest(body), ...(await formOf(type, body)) },
        ...(body.length < 200 ? { text: body.toString() } : {}),
      }),
    );
  });
  page.on("/api/x/redirect", (_, response) => void response.writeHead(302, { Location: "/api/me" }).end());
  page.on("/api/x/away", (_, response) => void response.writeHead(302, { Location: `${other}/elsewhere` }).end());
  page.on("/api/x/broken", (_, response) => void response.destroy());
  page.on("/api/x/teapot", (_, response) => {
    const headers = { ...text, "X-Shown": "yes", "Set-Cookie": "hidden=1", "X-Twice": ["a", "b"] };
    response.writeHead(418, "Short and stout", headers).end("teapot");
  });
  page.on("/api/x/empty", (_, response) => void response.writeHead(204).end());
  // The first token it sees is no good any more; every other one is.
  let stale: string | undefined;
  page.on("/api/x/stale/reset", (_, response) => {
    stale = undefined;
    response.writeHead(204).end();
  });
  page.on("/api/x/stale", async (request, response) => {
    const { authorization } = request.headers;
    stale ??= authorization;
    const text = (await bodyOf(request)).toString();
    response.writeHead(authorization === stale ? 401 : 200).end(JSON.stringify({ text }));
  });
}

const big = Buffer.from(Uint8Array.from({ length: BIG }, (_, i) => (i * 31 + (i >> 8)) & 255));
export const digest = (data: Buffer): string => createHash("sha256").update(data).digest("hex");
export const BIG_DIGEST = digest(big);

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The parts of a form, as another reader than the browser's understands them. */
async function formOf(type: string | null, body: Buffer): Promise<object> {
  if (!type?.startsWith("multipart/form-data")) return {};
  const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": type } }).formData();
  const file = form.get("file");
  if (!(file instanceof File)) return { form: null };
  const content = Buffer.from(await file.arrayBuffer());
  return { form: { name: form.get("name"), file: file.name, type: file.type, digest: digest(content) } };
}
