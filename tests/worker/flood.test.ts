// One or many clients sign in as fast as they can, always with a correct password. Another client still gets
// in, and waits for no more than its turn. The wait is counted in hashes of the others, because times depend
// on the machine; times are printed.
// `LATCHKEY_WORKER=<directory>` measures the built edge-worker of another checkout.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { quantile } from "../bench/harness/statistics.ts";
import { assertProblem } from "../harness/contract.ts";
import { UNLIMITED } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { fromOurPage, startDurable } from "./durable/world.ts";

const edgeWorker = process.env.LATCHKEY_WORKER;
/** The defaults: 64 places in the queue, two per address; and the attempts per address. */
const [PLACES, SHARE, ATTEMPTS] = [64, 2, 200];
/** The time in which they count, in seconds. By default a new one is possible after each 4.5 s, on a busy machine soon. */
const WINDOW = 86_400;
const limits = { attempt_window: WINDOW };
const world = await startDurable({ config: { limits, passwords: {} }, ...(edgeWorker ? { edgeWorker } : {}) });
after(() => world.stop());

const from = (address: string) => ({ headers: { ...fromOurPage.headers, "CF-Connecting-IP": address } });
const signIn = (email: string, address: string) =>
  post(world.origin, "/auth/sign-in", { email, password: PASSWORD }, from(address));

let networks = 0;
const newAddress = () => `2001:db8:0:${(networks++).toString(16)}::1`;

async function account(): Promise<string> {
  const email = newEmail();
  const answer = await post(world.origin, "/auth/sign-up", { email, password: PASSWORD }, from(newAddress()));
  assert.equal(answer.status, 201, answer.text);
  return email;
}

async function accounts(count: number): Promise<string[]> {
  const made = [];
  for (let i = 0; i < count; i += 1) made.push(await account());
  return made;
}

interface Loop {
  email: string;
  address: string;
}

/** Signs in one client repeatedly, while every loop of the flood does the same from its own address. */
async function measure(times: number, loops: Loop[]) {
  const victim = { email: await account(), address: newAddress() };
  const flood: Record<number, number> = {};
  let over = false;
  const flooding = loops.map(async ({ email, address }) => {
    while (!over) {
      const { status } = await signIn(email, address);
      flood[status] = (flood[status] ?? 0) + 1;
    }
  });
  const took: number[] = [];
  let [failures, ahead] = [0, 0];
  for (let i = 0; i < times; i += 1) {
    const [begin, before] = [performance.now(), flood[200] ?? 0];
    const { status } = await signIn(victim.email, victim.address);
    if (status !== 200) failures += 1;
    else {
      took.push(performance.now() - begin);
      ahead = Math.max(ahead, (flood[200] ?? 0) - before);
    }
  }
  over = true;
  await Promise.all(flooding);
  const [median, p95] = [0.5, 0.95].map((q) => Math.round(quantile(took, q)));
  const shown = `${times} sign-ins: ${failures} failed, median ${median} ms, p95 ${p95} ms, at most ${ahead} of the flood's meanwhile; the flood got ${JSON.stringify(flood)}`;
  return { failures, ahead, shown };
}

const scenario = (name: string, times: number, most: number, loops: () => Promise<Loop[]>) =>
  test(name, async (t) => {
    const { failures, ahead, shown } = await measure(times, await loops());
    t.diagnostic(shown);
    assert.equal(failures, 0);
    assert.ok(ahead <= most, `${ahead} sign-ins of the flood while the client waited, expected at most ${most}`);
  });

/**
 * Responses already in progress when the client sent its request, and one that started before it entered the
 * queue.
 */
const SLACK = SHARE + 1;

scenario("a sign-in without a flood", 41, 0, async () => []);
scenario("check_41 20 loops at one address keep no other client out", 41, SHARE + SLACK, async () => {
  const address = newAddress();
  return (await accounts(20)).map((email) => ({ email, address }));
});
scenario("check_41 50 addresses with one loop each: another client waits its turn", 5, 50 + SLACK, async () =>
  (await accounts(50)).map((email) => ({ email, address: newAddress() })),
);
scenario("check_41 50 addresses with four loops each: the same", 4, PLACES + SLACK, async () =>
  (await accounts(50)).flatMap((email) => {
    const address = newAddress();
    return [1, 2, 3, 4].map(() => ({ email, address }));
  }),
);

test("check_40 attempts per address are limited even if all succeed; another address has its own limit", async () => {
  const [address, emails] = [newAddress(), await accounts(4)];
  const known = await account();
  assert.equal((await signIn(known, address)).status, 200);
  let passed = 1;
  for (;;) {
    const { status } = await signIn(emails[passed % emails.length] ?? "", address);
    if (status !== 200) break;
    passed += 1;
  }
  // The accounts know the address from their first sign-in on, and then have a tenth of the attempts in
  // addition to the address's.
  const exempt = ATTEMPTS / 10;
  assert.ok(passed >= ATTEMPTS && passed <= ATTEMPTS + exempt * emails.length, `${passed} passed`);
  const stranger = await account();
  const limited = await signIn(stranger, address);
  assertProblem(limited, "rate_limited");
  assert.ok(Number(limited.header("retry-after")) <= WINDOW / ATTEMPTS + 1, limited.header("retry-after"));
  const up = await post(world.origin, "/auth/sign-up", { email: newEmail(), password: PASSWORD }, from(address));
  assertProblem(up, "rate_limited", { what: "sign-ups count among them" });
  assert.equal((await signIn(known, address)).status, 200, "a known client has a separate limit");
  assert.equal((await signIn(stranger, newAddress())).status, 200, "another address");
});

test("check_41 a request that finds the queue full, or its address's share taken, is answered before any object is asked", async (t) => {
  const crowded = await startDurable({ config: { passwords: { queue: 4, queue_per_address: 2, failure_ms: 0 } } });
  t.after(() => crowded.stop());
  const attempt = (address: string) =>
    post(crowded.origin, "/auth/sign-in", { email: newEmail(), password: PASSWORD }, from(address));
  // Two objects at the beginning and at the end, the address's account, and the event.
  const each = 7;
  const asked = (calls: number) =>
    until(`${calls} calls`, async () => {
      const settled = await crowded.settled();
      return settled.length >= calls && settled.length;
    });
  assertProblem(await attempt(newAddress()), "invalid_credentials");
  assert.equal(await asked(each), each);
  const one = newAddress();
  for (const [what, code, addressOf] of [
    ["one address", "rate_limited", () => one],
    ["many addresses", "unavailable", newAddress],
  ] as const) {
    await crowded.fault(null);
    const answers = await Promise.all(Array.from({ length: 60 }, () => attempt(addressOf())));
    const rejected = answers.filter(({ status }) => status !== 401);
    assert.ok(rejected.length >= 40, `${what}: ${rejected.length} rejected`);
    for (const answer of rejected) assertProblem(answer, code, { what });
    const expected = each * (answers.length - rejected.length);
    assert.equal(await asked(expected), expected, `${what}: only the others asked objects`);
  }
});

test("check_40 without an address from the platform, attempts are not limited by it, because all clients would share it", async (t) => {
  const limits = { ...UNLIMITED.limits, attempts: 3 };
  const behind = await startDurable({ config: { limits } });
  t.after(() => behind.stop());
  const attempts = async (headers: Record<string, string>) => {
    const body = { email: newEmail(), password: PASSWORD };
    const statuses = [];
    for (let i = 0; i < 5; i += 1)
      statuses.push((await post(behind.origin, "/auth/sign-in", body, { headers })).status);
    return statuses;
  };
  assert.deepEqual(await attempts(fromOurPage.headers), [401, 401, 401, 401, 401]);
  assert.deepEqual(await attempts(from(newAddress()).headers), [401, 401, 401, 429, 429]);
});

test("check_39 by default, a failed sign-in is answered at least half a second after the request", async () => {
  for (const email of [await account(), newEmail("unknown")]) {
    const begin = performance.now();
    const body = { email, password: "not the password" };
    assertProblem(await post(world.origin, "/auth/sign-in", body, from(newAddress())), "invalid_credentials");
    const took = performance.now() - begin;
    // Both clocks count whole milliseconds.
    assert.ok(took >= 499, `${took} ms`);
  }
});
