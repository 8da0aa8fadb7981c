// A server on loopback that answers each path as a test requires, and counts requests.
import http from "node:http";
import type { AddressInfo } from "node:net";

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export interface Listener {
  readonly origin: string;
  /** Sets the handler of a path. A path without a handler is 404. */
  on(path: string, handler: Handler): void;
  /** How often a path was requested, or all paths together. */
  count(path?: string): number;
  stop(): Promise<void>;
}

export async function startListener(): Promise<Listener> {
  const handlers = new Map<string, Handler>();
  const counts = new Map<string, number>();
  const server = http.createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    counts.set(path, (counts.get(path) ?? 0) + 1);
    response.on("error", () => {});
    const handler = handlers.get(path);
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    on: (path, handler) => void handlers.set(path, handler),
    count: (path) =>
      path === undefined ? [...counts.values()].reduce((sum, n) => sum + n, 0) : (counts.get(path) ?? 0),
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** A handler that answers 200 with JSON. */
export const json =
  (body: unknown): Handler =>
  (_, response) =>
    void response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
