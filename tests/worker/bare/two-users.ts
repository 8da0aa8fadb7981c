// Checks 20 and 24: two users, alternating at random on many connections to one isolate. They are never
// confused.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import net from "node:net";
import { describe, test } from "node:test";
import { again, person, type World } from "./world.ts";

/** `REQUESTS=100000` makes it a long run, which takes minutes on a small machine. */
const REQUESTS = Number(process.env.REQUESTS || 15_000);
const CONNECTIONS = 32;
/** The number of requests that wait on each connection, so that the gate always handles many at a time. */
const PIPELINE = 8;

export function twoUsers(world: () => World): void {
  describe("two users in one isolate", () => {
    test(`check_20 check_24 ${REQUESTS} interleaved requests, and the users are never confused`, async (t) => {
      const { origin, port } = world();
      const [one, two] = [await person(origin), await person(origin)];
      const people = [one, two, await again(origin, one), await again(origin, two)];
      const requests = people.flatMap(({ token, cookie, id }) => [
        // Mostly the shortest path through the gate, sometimes one with a list of revocations, an account or
        // a cookie.
        ...Array.from({ length: 20 }, () => ({ bytes: request("none", `Authorization: Bearer ${token}`), id })),
        ...Array.from({ length: 10 }, () => ({ bytes: request("5s", `Authorization: Bearer ${token}`), id })),
        { bytes: request("strict", `Authorization: Bearer ${token}`), id },
        { bytes: request("page", `Cookie: ${cookie}`), id },
      ]);
      let left = REQUESTS;
      const start = performance.now();
      const counts = new Map<string, number>();
      await Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
          const expected: string[] = [];
          let pending = "";
          const send = () => {
            let bytes = "";
            while (left > 0 && expected.length < PIPELINE) {
              left -= 1;
              const next = requests[randomInt(requests.length)] as (typeof requests)[number];
              expected.push(next.id);
              bytes += next.bytes;
            }
            if (bytes) socket.write(bytes, "latin1");
          };
          send();
          for await (const chunk of socket) {
            pending += (chunk as Buffer).toString("latin1");
            for (let answer = take(pending); answer; answer = take(pending)) {
              pending = pending.slice(answer.length);
              const id = expected.shift() as string;
              assert.equal(answer.status, 200);
              assert.equal(answer.body, id, "the caller's claims");
              counts.set(id, (counts.get(id) ?? 0) + 1);
            }
            send();
            if (expected.length === 0) break;
          }
        }),
      );
      assert.equal(
        [...counts.values()].reduce((sum, count) => sum + count, 0),
        REQUESTS,
      );
      assert.deepEqual([...counts.keys()].sort(), [one.id, two.id].sort());
      t.diagnostic(`${REQUESTS} requests in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    });
  });
}

const request = (kind: string, proof: string) =>
  `GET /service/${kind}/who HTTP/1.1\r\nHost: localhost\r\n${proof}\r\n\r\n`;

/** The first of these responses, if it is complete; they have a length or are chunked. */
function take(text: string): { status: number; body: string; length: number } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const status = Number(text.slice(9, 12));
  const start = end + 4;
  const announced = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  if (announced !== undefined) {
    const length = start + Number(announced);
    return text.length < length ? undefined : { status, body: text.slice(start, length), length };
  }
  let body = "";
  for (let at = start; ; ) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    const next = line + 2 + size + 2;
    if (text.length < next) return undefined;
    if (size === 0) return { status, body, length: next };
    body += text.slice(line + 2, line + 2 + size);
    at = next;
  }
}
