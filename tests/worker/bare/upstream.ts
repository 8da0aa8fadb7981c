// The same API as `workers/upstream.ts`, reached by URL: the last segment of the path selects the behaviour.
import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { CLOSE, closing, frameOf, readFrame, TEXT as TEXT_FRAME } from "./frames.ts";

const TEXT = "0123456789abcdefghijklmnopqrstuvwxyz";
const CHUNK = Buffer.alloc(64 * 1024, "latchkey");

export interface Upstream {
  readonly origin: string;
  /** How many requests it received. */
  readonly reached: () => number;
  stop(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  let reached = 0;
  const server = http.createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    reached += 1;
    answer(request, response);
  });
  const upgraded = new Set<Socket>();
  server.on("upgrade", (request, socket: Socket) => {
    reached += 1;
    upgraded.add(socket.once("close", () => upgraded.delete(socket)));
    accept(request, socket);
  });
  server.on("clientError", (_, socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached: () => reached,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
        server.close(() => done());
      }),
  };
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const manner = /([a-z0-9-]*)(\?.*)?$/.exec(request.url ?? "")?.[1] ?? "";
  response.on("error", () => {});
  switch (manner) {
    case "duplex":
      response.writeHead(200, { "Content-Type": "application/octet-stream" }).flushHeaders();
      request.pipe(response);
      return;
    case "hash": {
      const hash = createHash("sha256");
      request.pipe(hash).on("finish", () => response.end(hash.digest("hex")));
      return;
    }
    case "large":
      large(request, response);
      return;
    case "text":
      text(request, response);
      return;
    case "events":
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(`data: ${request.headers["latchkey-subject"]}\n\n`);
      return;
    case "redirect":
      response.writeHead(302, { Location: "/open/other" }).end();
      return;
    case "s600":
    case "s999":
      response.writeHead(Number(manner.slice(1))).end("a status that no response can have");
      return;
    case "s204":
    case "s205":
      response.writeHead(Number(manner.slice(1)), { "X-Theirs": manner }).end();
      return;
    case "gzip":
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("gzip bytes as they are\n"));
      return;
    case "cookies":
      response.writeHead(200, { "Set-Cookie": ["a=1; Path=/", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"] });
      response.end();
      return;
    case "cacheable":
      response.writeHead(200, JSON.parse(String(request.headers["x-answer-with"] ?? "{}"))).end("secret");
      return;
    case "closes":
      request.socket.destroy();
      return;
    case "garbage":
      request.socket.end("I am not an HTTP server\r\n\r\n");
      return;
    case "silent":
      return;
    case "torn":
      response.writeHead(200, { "Content-Length": 1000 });
      response.write("half of ", () => setImmediate(() => request.socket.destroy()));
      return;
    default: {
      const headers = request.rawHeaders.flatMap((name, i, all) => (i % 2 ? [] : [[name.toLowerCase(), all[i + 1]]]));
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ method: request.method, path: request.url, headers }));
    }
  }
}

function text(request: http.IncomingMessage, response: http.ServerResponse): void {
  const headers: http.OutgoingHttpHeaders = { ETag: '"v1"', "Accept-Ranges": "bytes" };
  if (request.headers["if-none-match"] === '"v1"') {
    response.writeHead(304, headers).end();
    return;
  }
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  const part = range ? TEXT.slice(Number(range[1]), Number(range[2]) + 1) : TEXT;
  if (range) headers["Content-Range"] = `bytes ${range[1]}-${range[2]}/${TEXT.length}`;
  response.writeHead(range ? 206 : 200, { ...headers, "Content-Length": part.length });
  response.end(request.method === "HEAD" ? undefined : part);
}

/** As many bytes as the query says, at the reader's pace. */
function large(request: http.IncomingMessage, response: http.ServerResponse): void {
  let left = Number(new URL(request.url ?? "", "http://upstream").searchParams.get("bytes"));
  response.writeHead(200, { "Content-Length": left });
  const write = () => {
    while (left > 0) {
      const chunk = CHUNK.subarray(0, Math.min(left, CHUNK.length));
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once("drain", write);
        return;
      }
    }
    response.end();
  };
  write();
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Echoes, returns the caller, and closes with a requested code. */
function accept(request: http.IncomingMessage, socket: Socket): void {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  let pending = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = readFrame(pending); frame; frame = readFrame(pending)) {
      pending = pending.subarray(frame.length);
      if (frame.opcode === CLOSE) {
        socket.end(frameOf(CLOSE, frame.payload));
        return;
      }
      const said = frame.payload.toString();
      const code = /^close (\d+)$/.exec(said)?.[1];
      if (code) socket.write(frameOf(CLOSE, closing(Number(code), "as you wish")));
      else if (said === "who")
        socket.write(frameOf(TEXT_FRAME, Buffer.from(String(request.headers["latchkey-subject"]))));
      else socket.write(frameOf(frame.opcode, frame.payload));
    }
  });
}
