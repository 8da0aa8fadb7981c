// Check 16: one request panics while others are in progress, in the gate and at the upstream, in the same
// isolate. The panic is real: an object answers with a value that the crate considers impossible and unwraps.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertProblem } from "../../harness/contract.ts";
import { type Answer, ask } from "../../harness/http.ts";
import { STEP_LIMIT, until } from "../../harness/until.ts";
import { TEXT, WebSocketClient } from "./frames.ts";
import { withFaults } from "./shim.ts";
import { again, type Person, person, startWorld, type World } from "./world.ts";

const IN_FLIGHT = 100;
const ROUNDS = 4;

export function panic(): void {
  describe("a panic", { concurrency: 1 }, () => {
    let world: World;
    let people: Person[];
    before(async () => {
      world = await startWorld({ shim: (built) => withFaults(built, 1), flags: ["nodejs_als"], objectsApart: true });
      const [one, two] = [await person(world.origin), await person(world.origin)];
      people = [one, two, await again(world.origin, one), await again(world.origin, two)];
    });
    after(() => world?.stop());

    const get = (path: string, { token }: Person, fault: object = {}): Promise<Answer> =>
      ask(world.origin, path, {
        headers: { Authorization: `Bearer ${token}`, "X-Case": JSON.stringify({ copy: 0, ...fault }) },
      });
    const personOf = (i: number) => people[i % people.length] as Person;
    const panics = () => world.workerd.logs().match(/panicked at|RuntimeError|RangeError/g)?.length ?? 0;

    test(`check_16 one of ${IN_FLIGHT + 1} requests panics: the others are answered, and the next ones too`, async (t) => {
      for (let i = 0; i < people.length; i++) assert.equal((await get("/service/strict/who", personOf(i))).status, 200);
      for (let round = 0; round < ROUNDS; round++) {
        const before = panics();
        const others = Array.from({ length: IN_FLIGHT }, (_, i) => {
          const who = personOf(i);
          // Half of them wait for the upstream, half for an object, and so inside Rust code.
          const answer =
            i % 2 ? get("/service/strict/late", who) : get("/service/strict/who", who, { at: "ACCOUNT", mode: "late" });
          return answer.then(
            ({ status, text }) =>
              status === 200 ? (text === who.id ? "200" : "another's claims") : `${status} ${text.slice(0, 80)}`,
            (error) => `no answer: ${error.message}`,
          );
        });
        // All of them have been sent, and none is answered within a second.
        await pause(400);
        const every = round % 2 === 1;
        const unlucky = await get("/service/strict/who", personOf(round), { at: "ACCOUNT", mode: "panic", every });
        const next = await Promise.all(Array.from({ length: 20 }, (_, i) => get("/service/none/who", personOf(i))));
        const tally = Map.groupBy(await Promise.all(others), (outcome) => outcome);
        t.diagnostic(
          `the one that panics: ${unlucky.status}; the others: ${[...tally].map(([what, all]) => `${all.length} × ${what}`).join(", ")}`,
        );
        // A request that panicked once may be repeated; a permanent panic makes the resource unavailable.
        if (unlucky.status === 200 && !every) assert.equal(unlucky.text, personOf(round).id);
        else assertProblem(unlucky, "unavailable");
        for (const [i, answer] of next.entries()) assert.deepEqual([answer.status, answer.text], [200, personOf(i).id]);
        assert.deepEqual([...tally.keys()], ["200"], "all other requests succeed");
        await until("the panic is in the log", () => panics() > before);
      }
      for (let i = 0; i < people.length; i++) assert.equal((await get("/service/strict/who", personOf(i))).status, 200);
      // A panic must not affect the requests that follow.
      const lines = world.workerd.logs().split("\n");
      assert.ok(lines.filter((line) => line.includes("panicked at")).length >= ROUNDS);
      assert.deepEqual(
        lines.filter((line) => line.includes("panicked at") && !line.includes("worker-0")),
        [],
        "only the forced panic occurred",
      );
      for (const trace of ["out of bounds", "dlmalloc", "RangeError"])
        assert.deepEqual(
          lines.filter((line) => line.includes(trace)),
          [],
          trace,
        );
    });

    test("check_16 streams through the gate continue when another request panics", async () => {
      const headers = { Authorization: `Bearer ${personOf(0).token}` };
      const socket = await WebSocketClient.open(Number(new URL(world.origin).port), "/service/none/socket", headers);
      assert.ok(socket instanceof WebSocketClient, JSON.stringify(socket));
      const { port } = new URL(world.origin);
      const stream = http.request({
        port,
        path: "/url/none/duplex",
        method: "POST",
        headers,
        agent: false,
        timeout: STEP_LIMIT,
      });
      try {
        stream.write("one");
        const [response] = (await once(stream, "response")) as [http.IncomingMessage];
        const chunks = response[Symbol.asyncIterator]();
        assert.equal(String((await chunks.next()).value), "one");
        const panicked = panics();
        await get("/service/strict/who", personOf(1), { at: "ACCOUNT", mode: "panic", every: true });
        await until("the panic is in the log", () => panics() > panicked);
        stream.end("two");
        assert.equal(String((await chunks.next()).value), "two");
        assert.equal((await chunks.next()).done, true);
        socket.send(TEXT, "who");
        assert.equal(String((await socket.next()).payload), personOf(0).id);
      } finally {
        socket.destroy();
        stream.destroy();
      }
    });
  });
}
