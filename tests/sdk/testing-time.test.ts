// `latchkey-auth/testing`: time that a test skips, awake and asleep, and the sessions that end by it.
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { AuthClient } from "latchkey-auth";
import { type FakeService, type FakeServiceOptions, fakeService } from "latchkey-auth/testing";

const ADA = "ada@example.com";
const ME = "https://app.example.com/api/me";
const DAY = 86_400;
/** When each test begins. */
const START = 1_800_000_000_000;

/** A service and a client that is signed in, at {@link START}: `Date` stands still. */
async function signedIn(t: TestContext, options: FakeServiceOptions = {}) {
  t.mock.timers.enable({ apis: ["Date"], now: START });
  const service = fakeService({ users: [{ email: ADA }], api: () => new Response("hello"), ...options });
  service.openSession(ADA);
  const auth = await service.createClient();
  t.after(() => auth.dispose());
  await auth.fetch(ME);
  return { service, auth };
}

/** The changes of a client: seconds since {@link START}, the state, and the number of renewals. */
function changes(service: FakeService, auth: AuthClient): [at: number, status: string, refreshes: number][] {
  const seen: [number, string, number][] = [];
  auth.subscribe(() => seen.push([(service.now() - START) / 1000, auth.status, auth.tokenClock.refreshes]));
  return seen;
}

describe("time that is skipped", () => {
  test("a client renews its token in between, each time when it is due, with its own time", async (t) => {
    const { service, auth } = await signedIn(t);
    const seen = changes(service, auth);
    await service.skip(600);
    assert.deepEqual(seen, [
      [240, "signed-in", 2],
      [480, "signed-in", 3],
    ]);
    assert.deepEqual(auth.tokenClock, { expiresAt: START + 780_000, refreshes: 3 });
    assert.equal(service.now(), START + 600_000);
    assert.deepEqual(service.sessions(), [
      {
        ...{ id: "session-2", email: ADA, generation: 3, createdAt: START, lastUsedAt: START + 480_000 },
        ...{ idleExpiresAt: START + 480_000 + 7 * DAY * 1000, expiresAt: START + 30 * DAY * 1000 },
        ...{ endReason: null, endedAt: null },
      },
    ]);
    // Not a second earlier, and the second in which it is due counts.
    await service.skip(119);
    assert.equal(auth.tokenClock.refreshes, 3);
    await service.skip(1);
    assert.deepEqual(seen.at(-1), [720, "signed-in", 4]);
  });

  test("with the test's own time: what one of them lets pass, the other need not", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: START });
    const service = fakeService({ users: [{ email: ADA }] });
    service.openSession(ADA);
    const auth = await service.createClient();
    const seen = changes(service, auth);
    await service.skip(0);
    t.mock.timers.tick(200_000);
    await service.skip(39);
    assert.equal(auth.tokenClock.refreshes, 1);
    t.mock.timers.tick(1000);
    await service.skip(0);
    t.mock.timers.tick(100_000);
    await service.skip(200);
    assert.deepEqual(
      seen.filter(([, , refreshes]) => refreshes > 1),
      [
        [240, "signed-in", 2],
        [480, "signed-in", 3],
      ],
    );
    assert.equal(service.now(), START + 540_000);
    assert.equal(Date.now(), START + 301_000, "the test's own clock");
  });

  test("without replaced functions it is exact, too: real time stands still", async () => {
    const service = fakeService({ users: [{ email: ADA }] });
    service.openSession(ADA);
    const auth = await service.createClient();
    await service.skip(0);
    const times: number[] = [auth.tokenClock.expiresAt ?? 0];
    auth.subscribe(() => times.push(auth.tokenClock.expiresAt ?? 0));
    await service.skip(500);
    const [first = 0, second = 0, third = 0] = times;
    assert.equal(times.length, 3);
    assert.equal(third - second, 240_000);
    // Between the two calls of `skip`, real time has passed.
    assert.ok(second - first >= 240_000);
  });

  test("timers of all tabs and browsers run in the order of their times", async (t) => {
    const { service, auth } = await signedIn(t);
    await service.skip(100);
    const other = service.browser();
    other.openSession(ADA);
    const later = await other.createClient();
    await service.skip(0);
    const order: string[] = [];
    for (const [name, client] of [["first", auth] as const, ["later", later] as const]) {
      client.subscribe(() => order.push(`${name} at ${(service.now() - START) / 1000}`));
    }
    await service.skip(500);
    assert.deepEqual(order, ["first at 240", "later at 340", "first at 480", "later at 580"]);
  });

  test("waits for what is under way, and skips follow one another", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: START });
    const service = fakeService({ users: [{ email: ADA }], api: () => new Response("hello") });
    service.openSession(ADA);
    const auth = await service.createClient();
    const call = auth.fetch(ME);
    await Promise.all([service.skip(100), service.skip(139)]);
    assert.equal(auth.tokenClock.expiresAt, START + 300_000, "the token arrived before time went on");
    assert.equal((await call).status, 200);
    assert.equal(service.now(), START + 239_000);
  });

  test("slow responses arrive at their time, and a renewal is given up after the timeout", async (t) => {
    const { service, auth } = await signedIn(t);
    service.faults.delayMs = 3000;
    const arrived = auth.fetch(ME).then(({ status }) => [status, service.now() - START]);
    await service.skip(10);
    assert.deepEqual(await arrived, [200, 3000]);
    service.faults.delayMs = 30_000;
    const seen = changes(service, auth);
    await service.skip(260);
    assert.deepEqual(seen[0], [260, "offline", 1]);
    assert.equal(auth.lastError?.code, "timeout");
  });

  test("an API that waits for something else is not waited for", async (t) => {
    let answer = (_: Response) => {};
    const { service, auth } = await signedIn(t, {
      api: async ({ method }) =>
        method === "GET"
          ? new Response()
          : new Promise((done) => {
              answer = done;
            }),
    });
    const call = auth.fetch(ME, { method: "POST" });
    await service.skip(300);
    assert.equal(auth.tokenClock.refreshes, 2);
    answer(new Response("hello"));
    assert.equal(await (await call).text(), "hello");
  });

  test("offline: retried until the network is back, by the same session", async (t) => {
    const { service, auth } = await signedIn(t);
    service.faults.offline = true;
    await service.skip(300);
    assert.deepEqual([auth.status, auth.lastError?.code, auth.tokenClock.refreshes], ["offline", "network", 1]);
    assert.equal(service.sessions()[0]?.generation, 1);
    service.faults.offline = false;
    await service.skip(0);
    assert.deepEqual([auth.status, auth.tokenClock.refreshes], ["signed-in", 2]);
    assert.equal(service.sessions()[0]?.generation, 2);
  });

  test("codes of authenticator apps, and what else has a time at the service", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: START });
    const service = fakeService({ users: [{ email: ADA, totp: true, emailVerified: true }], mail: true });
    const auth = await service.createClient();
    await auth.signIn({ email: ADA, password: "correct horse battery staple" });
    await auth.secondFactor.verify({ code: service.totpCode(ADA) });
    service.totpCode(ADA);
    await service.skip(601);
    await assert.rejects(auth.changePassword({ currentPassword: "a", newPassword: "b" }), {
      code: "reauthentication_required",
    });
    await auth.email.sendCode();
    assert.equal(service.mails[0]?.at, START + 601_000);
    await service.skip(600);
    await assert.rejects(auth.reauthenticate({ code: service.mails[0]?.code ?? "" }), { code: "challenge_expired" });
  });

  test("only a number of seconds can be skipped", () => {
    const service = fakeService();
    for (const seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => service.skip(seconds), RangeError);
      assert.throws(() => service.sleep(seconds), RangeError);
    }
  });
});

describe("sessions end by time", () => {
  test("in use: after 30 days, when the browser drops the cookie", async (t) => {
    // Fewer renewals than with the default of 300 seconds.
    const { service, auth } = await signedIn(t, { accessTokenSeconds: DAY });
    await service.skip(30 * DAY - 900);
    assert.equal(auth.tokenClock.expiresAt, START + 30 * DAY * 1000, "no token outlives the session");
    await service.skip(899);
    assert.deepEqual([auth.status, service.sessions()[0]?.endReason], ["signed-in", null]);
    const seen = changes(service, auth);
    // The last tokens live for a second, and are renewed after one at the earliest.
    await service.skip(1.5);
    assert.deepEqual(seen.at(-1)?.slice(0, 2), [30 * DAY + 0.5, "signed-out"]);
    assert.deepEqual([auth.lastError?.code, auth.lastError?.reason], ["session_ended", "none"]);
    const [session] = service.sessions();
    assert.deepEqual([session?.endReason, session?.endedAt], ["expired", START + 30 * DAY * 1000]);
  });

  test("a browser whose cookie has not expired yet, because its clock is behind, gets the reason expired", async (t) => {
    const { service, auth } = await signedIn(t, { accessTokenSeconds: DAY });
    service.faults.skewSeconds = 40 * DAY;
    service.expireTokens();
    await assert.rejects(auth.fetch(ME), { code: "signed_out" });
    assert.equal(auth.lastError?.reason, "expired");
  });

  test("not used, because the device sleeps: after 7 days, and not a second earlier", async (t) => {
    const { service, auth } = await signedIn(t);
    await service.sleep(7 * DAY - 1);
    assert.deepEqual([auth.status, auth.tokenClock.refreshes], ["signed-in", 2]);
    assert.equal(service.sessions()[0]?.lastUsedAt, START + (7 * DAY - 1) * 1000);
    await service.sleep(7 * DAY);
    assert.deepEqual([auth.status, auth.lastError?.reason], ["signed-out", "idle"]);
    const [session] = service.sessions();
    assert.deepEqual([session?.endReason, session?.endedAt], ["idle", START + (14 * DAY - 1) * 1000]);
  });

  test("not used, because the network is away", async (t) => {
    const { service, auth } = await signedIn(t);
    service.faults.offline = true;
    await service.skip(300);
    await service.sleep(7 * DAY);
    assert.equal(auth.status, "offline", "only the service can end a session");
    service.faults.offline = false;
    await service.skip(0);
    assert.deepEqual([auth.status, auth.lastError?.reason], ["signed-out", "idle"]);
  });

  test("asleep for 30 days: the cookie is gone", async (t) => {
    const { service, auth } = await signedIn(t);
    await service.sleep(30 * DAY);
    assert.deepEqual([auth.status, auth.lastError?.reason], ["signed-out", "none"]);
    assert.equal(service.sessions()[0]?.endReason, "idle", "three weeks before");
    const later = await service.createClient();
    await service.skip(0);
    assert.deepEqual([later.status, later.lastError], ["signed-out", null]);
  });

  test("asleep, timers stand still; the device's clock does not", async (t) => {
    const { service, auth } = await signedIn(t);
    await service.sleep(200);
    assert.deepEqual([auth.tokenClock.refreshes, service.now()], [1, START + 200_000]);
    const seen = changes(service, auth);
    await service.sleep(50);
    assert.deepEqual(seen, [[250, "signed-in", 2]], "at the wake-up, because the token's time had come");
  });

  test("an end keeps its reason, and its time", async (t) => {
    const { service } = await signedIn(t);
    await service.sleep(100);
    service.endSessions("reused");
    await service.sleep(40 * DAY);
    service.endSessions("revoked");
    const [session] = service.sessions();
    assert.deepEqual([session?.endReason, session?.endedAt], ["reused", START + 100_000]);
  });
});
