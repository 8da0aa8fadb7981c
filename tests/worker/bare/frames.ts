// The part of RFC 6455 that short, unfragmented messages need.
import http from "node:http";
import type { Socket } from "node:net";
import { STEP_LIMIT } from "../../harness/until.ts";

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;

export interface Frame {
  opcode: number;
  payload: Buffer;
  /** The length of the whole frame. */
  length: number;
}

/** The first frame of these bytes, if it is complete. */
export function readFrame(bytes: Buffer): Frame | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const size = second & 0x7f;
  if (size > 125) throw new Error("only short messages");
  const start = second & 0x80 ? 6 : 2;
  const length = start + size;
  if (bytes.length < length) return undefined;
  const mask = second & 0x80 ? bytes.subarray(2, 6) : Buffer.alloc(4);
  const payload = Buffer.from(bytes.subarray(start, length).map((byte, i) => byte ^ (mask[i % 4] as number)));
  return { opcode: first & 0x0f, payload, length };
}

/** `masked`, as required of a client: with a mask of zeros, which changes nothing. */
export function frameOf(opcode: number, payload: Buffer, masked = false): Buffer {
  const head = [0x80 | opcode, (masked ? 0x80 : 0) | payload.length];
  return Buffer.concat([Buffer.from(head), ...(masked ? [Buffer.alloc(4)] : []), payload]);
}

export function closing(code: number, reason: string): Buffer {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  payload.writeUInt16BE(code);
  return payload;
}

/** The client's side of an upgraded connection. */
export class WebSocketClient {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#pending = Buffer.from(head);
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    socket.on("error", () => {});
    socket.setTimeout(STEP_LIMIT, () => socket.destroy());
  }

  /** Requests the upgrade; returns the status of the response if it is rejected. */
  static async open(
    port: number,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<WebSocketClient | { refused: number; text: string }> {
    const request = http.request({
      port,
      host: "127.0.0.1",
      path,
      agent: false,
      headers: {
        Upgrade: "websocket",
        Connection: "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
    });
    request.end();
    return new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("upgrade", (_, socket, head) => resolve(new WebSocketClient(socket as Socket, head)));
      request.on("response", async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve({ refused: response.statusCode ?? 0, text });
      });
    });
  }

  send(opcode: number, payload: Buffer | string): void {
    this.#socket.write(frameOf(opcode, Buffer.from(payload), true));
  }

  async next(): Promise<{ opcode: number; payload: Buffer }> {
    for (;;) {
      const frame = readFrame(this.#pending);
      if (frame) {
        this.#pending = this.#pending.subarray(frame.length);
        return frame;
      }
      const { done, value: chunk } = await this.#chunks.next();
      if (done) throw new Error("the connection was closed");
      this.#pending = Buffer.concat([this.#pending, chunk]);
    }
  }

  async closed(): Promise<{ code: number; reason: string }> {
    const { opcode, payload } = await this.next();
    if (opcode !== CLOSE) throw new Error(`not closed, but ${opcode}: ${payload}`);
    return { code: payload.length >= 2 ? payload.readUInt16BE() : 1005, reason: payload.subarray(2).toString() };
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
