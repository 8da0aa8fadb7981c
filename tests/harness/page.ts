// A minimal page around the built package, without a bundler, for what the demo has no button for.
//
//   const page = await startPage({ service: stack.origin });
//   const tab = await context.newPage();
//   await tab.goto(page.origin);                                   // returns once `latchkey` is defined
//   await tab.evaluate(() => latchkey.createClient({ service: location.origin, vault: "page" }));
//
// One origin serves the page, the built package (`/dist/…`) and, with `service`, everything else from a
// running stack: `/auth`, `/api`, the key set, WebSockets. Page and service then share one origin. For two
// origins of one site, omit `service` and list the page's origin in the stack's configuration. `on` sets a
// test's own response for any path: a fault, a second module, an API. `between` handles everything that would
// be forwarded to the stack; `forward` still reaches it. Types of the page's content: `import type {} from
// "../harness/page.ts"` declares the global `latchkey`.
import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

declare global {
  /** The package, in the page. */
  var latchkey: typeof import("latchkey-auth");
}

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void | Promise<void>;

export interface PageOptions {
  /**
   * Origin of the running stack that answers all paths other than the page's own; a function if it is known
   * only later.
   */
  service?: string | (() => string);
  /** Serves https, with the certificate of `npm start -- --https`. */
  secure?: boolean;
  /** The page's Content-Security-Policy. */
  csp?: string;
  /** Headers of all of the page's own responses, such as COOP and COEP. */
  headers?: Readonly<Record<string, string>>;
  /** Content of the page's `<head>`. */
  head?: string;
}

/** One received request, unchanged. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface HostPage {
  readonly origin: string;
  /** The certificate as PEM, with `secure`. */
  readonly certificate: string | null;
  /** All requests so far, the page's own files included. */
  readonly seen: readonly Seen[];
  /** Sets the handler of a path (without its query), in place of the page, the package or the stack. */
  on(path: string, handler: Handler): void;
  /** Removes that handler. */
  off(path: string): void;
  /** Handles everything that would be forwarded, to simulate a broken network. `null` removes it. */
  between(handler: Handler | null): void;
  /** Forwards a request to the stack and its response back. */
  readonly forward: Handler;
  stop(): Promise<void>;
}

/**
 * The strictest policy under which a page with a vault works: no inline script, no eval, no `blob:`, Trusted
 * Types enforced.
 */
export const STRICT_CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types latchkey",
].join("; ");

const HEAD = '<script type="module" src="/start.js"></script>';
const START = 'import * as latchkey from "/dist/index.js";\nglobalThis.latchkey = latchkey;\n';

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

export async function startPage({
  service,
  secure = false,
  csp = STRICT_CSP,
  headers = {},
  head = HEAD,
}: PageOptions = {}): Promise<HostPage> {
  const handlers = new Map<string, Handler>();
  const seen: Seen[] = [];
  let onTheWay: Handler | null = null;
  const sockets = new Set<Socket>();
  const certificate = secure ? await localCertificate() : null;
  const target = () => service && new URL(typeof service === "string" ? service : service());

  const own = (type: string) => ({ "Cache-Control": "no-store", "Content-Type": type, ...headers });
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Latchkey</title>${head}</head><body></body></html>`;

  const forward: Handler = (request, response) => {
    const to = target();
    if (!to) return void response.writeHead(404).end();
    const onward = http.request(to, {
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: addressedTo(to, request.headers, origin),
    });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    // The stack is down. The page sees a network error.
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  };

  const answer: Handler = async (request, response) => {
    const path = pathOf(request);
    const handler = handlers.get(path);
    if (handler) return handler(request, response);
    if (path === "/") {
      response.writeHead(200, { ...own("text/html; charset=utf-8"), "Content-Security-Policy": csp }).end(html);
    } else if (path === "/start.js") response.writeHead(200, own("text/javascript")).end(START);
    else if (path.startsWith("/dist/") && !path.includes("..")) {
      const file = await readFile(built(path)).catch(() => null);
      // A worker's script needs the policy as well, because the page's does not apply to it.
      const policy = { "Content-Security-Policy": csp };
      const type = TYPES[extname(path)] ?? "application/octet-stream";
      if (file) response.writeHead(200, { ...own(type), ...policy }).end(file);
      else response.writeHead(404, own("text/plain")).end();
    } else await (onTheWay ?? forward)(request, response);
  };

  const listen: http.RequestListener = (request, response) => {
    seen.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers });
    response.on("error", () => {});
    Promise.resolve(answer(request, response)).catch(() => response.destroy());
  };
  const server = certificate ? https.createServer(certificate, listen) : http.createServer(listen);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request, socket, first) => {
    seen.push({ method: "GET", path: request.url ?? "", headers: request.headers });
    const to = target();
    if (to) tunnel(to, request, socket as Socket, first, origin);
    else socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, "localhost", done));
  const origin = `${secure ? "https" : "http"}://localhost:${(server.address() as AddressInfo).port}`;

  return {
    ...{ origin, certificate: certificate?.cert ?? null, seen, forward },
    on: (path, handler) => void handlers.set(path, handler),
    off: (path) => void handlers.delete(path),
    between: (handler) => {
      onTheWay = handler;
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const pathOf = (request: http.IncomingMessage) => (request.url ?? "/").split("?")[0] ?? "/";

const built = (path: string) => fileURLToPath(new URL(`../../sdk-wasm${path}`, import.meta.url));

/**
 * Rewrites headers as a reverse proxy does: requests of the page's origin appear to come from the stack's
 * origin. Other origins are unchanged.
 */
function addressedTo(target: URL, headers: http.IncomingHttpHeaders, own: string): http.OutgoingHttpHeaders {
  const origin = headers.origin === own ? { origin: target.origin } : {};
  return { ...headers, ...origin, host: target.host };
}

function tunnel(target: URL, request: http.IncomingMessage, socket: Socket, first: Buffer, own: string): void {
  const onward = connect(Number(target.port), target.hostname, () => {
    const headers = Object.entries(addressedTo(target, request.headers, own));
    const lines = headers.flatMap(([name, value]) => [value ?? []].flat().map((each) => `${name}: ${each}`));
    onward.write([`GET ${request.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    if (first.length > 0) onward.write(first);
    onward.pipe(socket).pipe(onward);
  });
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}

async function localCertificate(): Promise<{ key: Buffer; cert: string }> {
  const tool = new URL("../../tools/certificate.mjs", import.meta.url).href;
  const { localCertificate: make } = (await import(tool)) as {
    localCertificate(): Promise<{ keyPath: string; cert: string }>;
  };
  const { keyPath, cert } = await make();
  return { key: await readFile(keyPath), cert };
}
