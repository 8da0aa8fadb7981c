// The load: a few connections that are kept open, each asking again as soon as it was answered. Requests are bytes that
// were put together beforehand and answers are parsed no further than to their end, so that what is measured is the
// server.
import { once } from "node:events";
import net from "node:net";

/** As many as a browser opens to a host, and two more: enough to keep one core busy. */
export const CONNECTIONS = 8;

export interface Answers {
  seconds: number;
  /** Of each request, in microseconds, in the order in which they ended. */
  latencies: Float64Array;
  /** Those that weren't answered 2xx. */
  failures: number;
}

/** One answer: to the n-th request, after so many microseconds, as it came. */
export type Answered = (n: number, microseconds: number, answer: Buffer) => void;

/** Open connections to one server. */
export class Connections {
  readonly #sockets: net.Socket[];

  private constructor(sockets: net.Socket[]) {
    this.#sockets = sockets;
  }

  static async open(port: number, count = CONNECTIONS): Promise<Connections> {
    const sockets = Array.from({ length: count }, () => net.connect({ port, host: "127.0.0.1", noDelay: true }));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    return new Connections(sockets);
  }

  /**
   * Sends all requests and waits for all answers. Rejects when a connection breaks.
   * @param count How many, over all connections; fewer, when `request` has no more.
   * @param request The bytes of the n-th.
   */
  async send(count: number, request: (n: number) => Buffer | undefined, answered?: Answered): Promise<Answers> {
    const latencies: number[] = [];
    let sent = 0;
    let failures = 0;
    const start = performance.now();
    await Promise.all(
      this.#sockets.map(async (socket) => {
        let asked = 0;
        await converse(socket, {
          next: () => {
            if (sent >= count) return undefined;
            asked = sent++;
            return request(asked);
          },
          answered: (status, microseconds, answer) => {
            latencies.push(microseconds);
            if (status < 200 || status > 299) failures++;
            answered?.(asked, microseconds, answer);
          },
        });
      }),
    );
    return { seconds: (performance.now() - start) / 1000, latencies: Float64Array.from(latencies), failures };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

interface Talk {
  next: () => Buffer | undefined;
  answered: (status: number, microseconds: number, answer: Buffer) => void;
}

function converse(socket: net.Socket, { next, answered }: Talk): Promise<void> {
  return new Promise((resolve, reject) => {
    let pending: Buffer | undefined;
    let asked = 0;
    const ask = () => {
      const request = next();
      if (request) {
        asked = performance.now();
        socket.write(request);
        return;
      }
      socket.off("data", take).off("close", broken);
      resolve();
    };
    const take = (chunk: Buffer) => {
      const answer = pending ? Buffer.concat([pending, chunk]) : chunk;
      const status = completeAnswer(answer);
      pending = status === undefined ? answer : undefined;
      if (status === undefined) return;
      answered(status, (performance.now() - asked) * 1000, answer);
      ask();
    };
    const broken = () => reject(new Error("The server closed a connection during the measurement."));
    socket.on("data", take).on("close", broken);
    ask();
  });
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");

/** The status of an answer that has arrived as a whole. One is asked for at a time, so nothing can follow it. */
function completeAnswer(bytes: Buffer): number | undefined {
  const head = bytes.indexOf(HEAD_END);
  if (head === -1) return undefined;
  const text = bytes.toString("latin1", 0, head);
  const status = Number(text.slice(9, 12));
  if (status === 204) return status;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  const whole =
    length === undefined
      ? bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
      : bytes.length >= head + HEAD_END.length + Number(length);
  return whole ? status : undefined;
}
