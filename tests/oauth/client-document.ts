// A host of client ID metadata documents on https: the address of a document is the id of a client.
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

export interface DocumentHost {
  readonly host: string;
  /** The address of a path, which is a `client_id`. */
  url(path: string): string;
  /** Serves this metadata at a path, with the members that every document needs. */
  serve(path: string, metadata: Record<string, unknown>, headers?: Record<string, string>): string;
  /** Answers a path in another way. */
  answer(path: string, handler: (response: ServerResponse) => unknown): string;
  /** How often a path was requested. */
  count(path: string): number;
  stop(): Promise<void>;
}

const tool = new URL("../../tools/certificate.mjs", import.meta.url).href;

/** The certificate of servers on this machine, which the Worker trusts if it is started with `NODE_EXTRA_CA_CERTS`. */
export async function certificate(): Promise<{ keyPath: string; certPath: string; cert: string }> {
  return (await import(tool)).localCertificate();
}

export async function startDocumentHost(): Promise<DocumentHost> {
  const { keyPath, cert } = await certificate();
  const handlers = new Map<string, (response: ServerResponse) => unknown>();
  const counts = new Map<string, number>();
  const server = https.createServer({ key: await readFile(keyPath), cert }, ({ url: path = "" }, response) => {
    counts.set(path, (counts.get(path) ?? 0) + 1);
    const handler = handlers.get(path) ?? (() => response.writeHead(404).end());
    handler(response);
  });
  await new Promise<void>((done) => server.listen(0, "localhost", done));
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  const url = (path: string) => `https://${host}${path}`;
  const answer: DocumentHost["answer"] = (path, handler) => {
    handlers.set(path, handler);
    return url(path);
  };
  return {
    ...{ host, url, answer, count: (path) => counts.get(path) ?? 0 },
    serve: (path, metadata, headers = {}) =>
      answer(path, (response) => {
        const usual = { client_id: url(path), client_uri: `https://${host}/`, client_name: "An agent" };
        response.writeHead(200, { "Content-Type": "application/json", ...headers });
        response.end(JSON.stringify({ ...usual, ...metadata }));
      }),
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
