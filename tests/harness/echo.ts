// An API behind the gate that returns the request it received: the upstream's side of the contract.
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { HeaderList } from "./http.ts";

export interface Seen {
  method: string;
  url: string;
  headers: HeaderList;
  body: string;
}

export interface EchoApi {
  readonly origin: string;
  /** All requests received. */
  readonly seen: Seen[];
  /** Handles the next request instead of the echo, so that a test can hold a stream open. */
  next(handler: http.RequestListener): void;
  stop(): Promise<void>;
}

/** Responds to every request with 200 and the request as JSON. */
export async function startEcho(): Promise<EchoApi> {
  const seen: Seen[] = [];
  let once: http.RequestListener | undefined;
  const server = http.createServer((request, response) => {
    const handler = once;
    once = undefined;
    if (handler) return handler(request, response);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const entry = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: pairs(request.rawHeaders),
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(entry);
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(entry));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    next: (handler) => {
      once = handler;
    },
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

const pairs = (flat: string[]): HeaderList =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] as string, flat[2 * i + 1] as string]);
