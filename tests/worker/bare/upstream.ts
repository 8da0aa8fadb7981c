// The same API as `workers/upstream.ts`, reached by URL: what it does is said by the last segment of the path.
import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";

const TEXT = "0123456789abcdefghijklmnopqrstuvwxyz";
const CHUNK = Buffer.alloc(64 * 1024, "latchkey");

export interface Upstream {
  readonly origin: string;
  /** How many requests reached it. */
  readonly reached: () => number;
  stop(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  let reached = 0;
  const server = http.createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    reached += 1;
    answer(request, response);
  });
  server.on("upgrade", (request, socket: Socket) => {
    reached += 1;
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
        server.close(() => done());
      }),
  };
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): unknown {
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
      return large(request, response);
    case "text":
      return text(request, response);
    case "redirect":
      return response.writeHead(302, { Location: "/open/elsewhere" }).end();
    case "s204":
    case "s205":
      return response.writeHead(Number(manner.slice(1)), { "X-Theirs": manner }).end();
    case "gzip":
      return response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("gzip bytes as they are\n"));
    case "cookies":
      return response
        .writeHead(200, { "Set-Cookie": ["a=1; Path=/", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"] })
        .end();
    case "cacheable":
      return response.writeHead(200, JSON.parse(String(request.headers["x-answer-with"] ?? "{}"))).end("secret");
    case "closes":
      return request.socket.destroy();
    case "garbage":
      return request.socket.end("I am not an HTTP server\r\n\r\n");
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

function text(request: http.IncomingMessage, response: http.ServerResponse): unknown {
  const headers: http.OutgoingHttpHeaders = { ETag: '"v1"', "Accept-Ranges": "bytes" };
  if (request.headers["if-none-match"] === '"v1"') return response.writeHead(304, headers).end();
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  const part = range ? TEXT.slice(Number(range[1]), Number(range[2]) + 1) : TEXT;
  if (range) headers["Content-Range"] = `bytes ${range[1]}-${range[2]}/${TEXT.length}`;
  response.writeHead(range ? 206 : 200, { ...headers, "Content-Length": part.length });
  response.end(request.method === "HEAD" ? undefined : part);
}

/** As many bytes as the query says, at the pace at which they are taken. */
function large(request: http.IncomingMessage, response: http.ServerResponse): void {
  let left = Number(new URL(request.url ?? "", "http://upstream").searchParams.get("bytes"));
  response.writeHead(200, { "Content-Length": left });
  const write = () => {
    while (left > 0) {
      const chunk = CHUNK.subarray(0, Math.min(left, CHUNK.length));
      left -= chunk.length;
      if (!response.write(chunk)) return response.once("drain", write);
    }
    response.end();
  };
  write();
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** As much of RFC 6455 as short, unfragmented messages need: echoes, and closes with the code it is told. */
function accept(request: http.IncomingMessage, socket: Socket): void {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  let pending = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = read(pending); frame; frame = read(pending)) {
      pending = pending.subarray(frame.length);
      if (frame.opcode === 8) return void socket.end(write(8, frame.payload));
      const said = frame.payload.toString();
      const code = /^close (\d+)$/.exec(said)?.[1];
      if (code) {
        const payload = Buffer.concat([Buffer.alloc(2), Buffer.from("as you wish")]);
        payload.writeUInt16BE(Number(code));
        socket.write(write(8, payload));
      } else if (said === "who") socket.write(write(1, Buffer.from(String(request.headers["latchkey-subject"]))));
      else socket.write(write(frame.opcode, frame.payload));
    }
  });
}

function read(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  if (bytes.length < 6) return undefined;
  const size = (bytes[1] as number) & 0x7f;
  if (size > 125) throw new Error("only short messages");
  if (bytes.length < 6 + size) return undefined;
  const mask = bytes.subarray(2, 6);
  const payload = Buffer.from(bytes.subarray(6, 6 + size).map((byte, i) => byte ^ (mask[i % 4] as number)));
  return { opcode: (bytes[0] as number) & 0x0f, payload, length: 6 + size };
}

const write = (opcode: number, payload: Buffer) =>
  Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
