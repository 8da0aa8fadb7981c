// HTTP without restrictions: no cookie jar, no redirects, any header. A browser forbids a page to send some
// of this (Cookie, Origin, Sec-Fetch-Site, a raw path, a header twice), but an attacker's program can.
import http from "node:http";
import net from "node:net";
import { STEP_LIMIT } from "./until.ts";

export type HeaderList = [name: string, value: string][];

export interface Ask {
  method?: string;
  /** A list may contain a header twice; in a record, `undefined` omits the header. */
  headers?: HeaderList | Record<string, string | undefined>;
  body?: string | Uint8Array;
  /** Sends the body without a Content-Length. */
  chunked?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly text: string;
  /** All values of a header, joined by ", " as HTTP allows; `undefined` if it is absent. */
  header(name: string): string | undefined;
  readonly setCookies: string[];
  // biome-ignore lint/suspicious/noExplicitAny: what a server sent has no type until it has been checked
  json(): any;
}

/** How long a request may wait for the next bytes of its response, in milliseconds. */
const TIMEOUT = STEP_LIMIT;

/** Sends one request. Rejects only if there is no response. */
export function ask(
  origin: string,
  path: string,
  { method = "GET", headers = {}, body, chunked = false }: Ask = {},
): Promise<Answer> {
  const { hostname, port, host } = new URL(origin);
  const list = asList(headers);
  if (!has(list, "host")) list.unshift(["Host", host]);
  if (body !== undefined && !chunked && !has(list, "content-length"))
    list.push(["Content-Length", String(Buffer.byteLength(body))]);
  if (body !== undefined && chunked) list.push(["Transfer-Encoding", "chunked"]);
  if (body === undefined && method !== "GET" && method !== "HEAD") list.push(["Content-Length", "0"]);
  return new Promise((resolve, reject) => {
    // A flat list is sent unchanged, including duplicates and upper case.
    const options = { hostname, port, path, method, agent: false, headers: list.flat(), timeout: TIMEOUT };
    const request = http.request(options as unknown as http.RequestOptions, (response) => {
      const chunks: Buffer[] = [];
      const end = () => resolve(answer(response, Buffer.concat(chunks)));
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", end);
      response.on("error", end);
    });
    request.on("timeout", () =>
      request.destroy(new Error(`${method} ${path}: no response within ${TIMEOUT / 1000} s`)),
    );
    // A server may reject a body before it has read it; only its response matters.
    request.on("error", reject);
    request.end(body);
  });
}

/**
 * Sends bytes that no HTTP library would, and reads the status; `0` if the connection was closed without a
 * response.
 */
export function rawStatus(origin: string, request: string | Uint8Array): Promise<number> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = net.connect({ host: hostname, port: Number(port) }, () => socket.write(request));
    const done = () => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0));
    };
    socket.setTimeout(TIMEOUT, () => socket.destroy(new Error("no response to a raw request")));
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (/^HTTP\/1\.1 \d{3}/.test(received)) done();
    });
    socket.on("end", done);
    socket.on("error", (error) => (received ? done() : reject(error)));
  });
}

function answer(response: http.IncomingMessage, body: Buffer): Answer {
  const flat = response.rawHeaders;
  const headers: HeaderList = [];
  for (let i = 0; i + 1 < flat.length; i += 2) headers.push([flat[i] as string, flat[i + 1] as string]);
  const values = (name: string) =>
    headers.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  const text = body.toString("utf8");
  return {
    status: response.statusCode ?? 0,
    headers,
    text,
    header: (name) => (values(name).length ? values(name).join(", ") : undefined),
    setCookies: values("set-cookie"),
    json: () => JSON.parse(text),
  };
}

function asList(headers: NonNullable<Ask["headers"]>): HeaderList {
  if (Array.isArray(headers)) return [...headers];
  return Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

const has = (list: HeaderList, name: string) => list.some(([n]) => n.toLowerCase() === name);
