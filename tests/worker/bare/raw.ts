// Requests as bytes, because HTTP libraries normalise their input.
import net from "node:net";
import { STEP_LIMIT } from "../../harness/until.ts";

export interface RawAnswer {
  /** `0`: the connection was closed without a response. */
  status: number;
  /** The status line and the headers, in latin-1. */
  head: string;
  body: string;
}

const PATIENCE_MS = STEP_LIMIT;

/** Sends the bytes on a new connection and reads until it ends; the request must ask for it to be closed. */
export function exchange(port: number, request: string | Uint8Array): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(request));
    socket.setTimeout(PATIENCE_MS, () =>
      socket.destroy(new Error(`the response did not end: ${JSON.stringify(request)}`)),
    );
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => socket.end());
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => resolve(parse(Buffer.concat(chunks).toString("latin1"))));
  });
}

function parse(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end);
  const rest = end < 0 ? "" : text.slice(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  return { status, head, body: /^transfer-encoding: chunked$/im.test(head) ? dechunked(rest) : rest };
}

function dechunked(text: string): string {
  let body = "";
  for (let at = 0; ; ) {
    const line = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (line < 0 || !size) return body;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}
