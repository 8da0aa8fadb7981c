// `latchkey-auth/testing`: with the fake service, clients keep the contract that they keep with the real one; its
// faults, its time, and what it needs of its surroundings.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { AuthError, isAuthError } from "latchkey-auth";
import { type FakeApi, type FakeServiceOptions, fakeService } from "latchkey-auth/testing";
import { BEHAVIOURS, opened } from "./behaviours.ts";
import { fakeSubject } from "./fake-subject.ts";

const PASSWORD = "correct horse battery staple";
/** The origin of the fake page and service, unless a test chooses another. */
const APP = "https://app.example.com";

test("a ticket: a new one each time, at the end of the URL", async () => {
  const service = fakeService({ users: [{ email: "ada@example.com" }] });
  service.openSession("ada@example.com");
  const auth = await service.createClient();
  const [one, other, socket] = [
    await auth.ticket("/live?from=7#part"),
    await auth.ticket(new URL("https://app.example.com/live")),
    await auth.ticket("wss://app.example.com/live"),
  ];
  assert.match(one, /^https:\/\/app\.example\.com\/live\?from=7&latchkey-ticket=[^&]+$/);
  assert.match(other, /^https:\/\/app\.example\.com\/live\?latchkey-ticket=[^&]+$/);
  assert.match(socket, /^wss:\/\/app\.example\.com\/live\?latchkey-ticket=[^&]+$/);
  assert.equal(new Set([one, other, socket].map((url) => url.split("=").at(-1))).size, 3);
});

describe("the contract of every client, by the fake", () => {
  for (const [name, behaviour] of Object.entries(BEHAVIOURS)) test(name, () => behaviour(fakeSubject(APP)));
});

const ADA = { email: "ada@example.com", password: PASSWORD };
const ME = `${APP}/api/me`;

/** A service, and a client of it that is signed in. */
async function signedIn(options: FakeServiceOptions = {}) {
  const service = fakeService({ users: [ADA], api: () => new Response("hello"), ...options });
  service.openSession(ADA.email);
  const auth = await service.createClient();
  await auth.fetch(ME);
  return { service, auth };
}

describe("the faults of the fake", () => {
  test("a change too long after the password was proved fails, and the error says how to prove it again", async () => {
    const { service, auth } = await signedIn();
    service.faults.skewSeconds = 700;
    const change = auth.changePassword({ currentPassword: PASSWORD, newPassword: "another password" });
    await assert.rejects(change, { code: "reauthentication_required", methods: ["password"], field: undefined });
  });

  test("a response slower than the timeout fails with timeout, and an earlier one does not", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    const { service } = await signedIn();
    service.faults.delayMs = 5000;
    const patient = await service.createClient({ timeoutSeconds: 6 });
    // In a browser of its own: in the first one it would wait for its turn.
    const hasty = await service.browser().createClient({ timeoutSeconds: 4 });
    t.mock.timers.tick(4000);
    await settle();
    assert.equal(hasty.lastError?.code, "timeout");
    assert.equal(hasty.status, "offline");
    assert.equal(patient.status, "loading");
    t.mock.timers.tick(1000);
    await settle();
    assert.equal(patient.status, "signed-in");
  });

  test("a token is renewed a minute before it expires, by the timers as they are", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_800_000_000_000 });
    const { auth } = await signedIn();
    assert.deepEqual(auth.tokenClock, { expiresAt: 1_800_000_300_000, refreshes: 1 });
    t.mock.timers.tick(239_000);
    await settle();
    assert.equal(auth.tokenClock.refreshes, 1);
    t.mock.timers.tick(1000);
    await settle();
    assert.deepEqual(auth.tokenClock, { expiresAt: 1_800_000_540_000, refreshes: 2 });
  });

  test("time passes by setTimeout alone, and does not go back with Date", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { auth } = await signedIn();
    t.mock.timers.tick(240_000);
    await settle();
    assert.equal(auth.tokenClock.refreshes, 2);
    t.mock.timers.reset();
    t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
    const { service, auth: other } = await signedIn();
    service.faults.lostAnswers = 1;
    service.expireTokens();
    await assert.rejects(other.fetch(ME), TypeError);
    t.mock.timers.setTime(400_000);
    assert.equal((await other.fetch(ME)).status, 200);
    assert.equal(other.tokenClock.refreshes, 2);
  });

  test("needs none of the global functions that test runners replace together with the timers", async (t) => {
    const { queueMicrotask } = globalThis;
    const callers: string[] = [];
    t.mock.method(globalThis, "queueMicrotask", (task: () => void) => {
      callers.push(new Error().stack ?? "");
      queueMicrotask(task);
    });
    for (const name of ["setImmediate", "setInterval"] as const) {
      t.mock.method(globalThis, name, () => assert.fail(name));
    }
    t.mock.method(performance, "now", () => assert.fail("performance.now"));
    const { auth } = await signedIn();
    assert.equal(auth.status, "signed-in");
    // Node's own `Response` uses it.
    assert.deepEqual(
      callers.filter((stack) => !stack.includes("undici")),
      [],
    );
  });

  test("a session that is not used for a week ends as idle", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    const { service, auth } = await signedIn();
    auth.dispose();
    t.mock.timers.tick(7 * 86_400_000);
    const later = await service.createClient();
    await settle();
    assert.deepEqual([later.status, later.lastError?.reason], ["signed-out", "idle"]);
  });

  test("the request of a lost response has been carried out", async () => {
    const notes: string[] = [];
    const api: FakeApi = ({ method }) => Response.json({ notes: notes.push(method) });
    const { service, auth } = await signedIn({ api });
    service.faults.lostAnswers = 1;
    await assert.rejects(auth.fetch(ME, { method: "POST" }), TypeError);
    assert.deepEqual(await (await auth.fetch(ME)).json(), { notes: 3 });
    assert.deepEqual(service.requests, ["POST /auth/refresh", "GET /api/me", "POST /api/me", "GET /api/me"]);
  });

  test("503: what the service says to a renewal and the gate to a call; Retry-After is kept to, and a wake doesn't break it", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    const { service, auth } = await signedIn();
    service.faults.unavailable = 7;
    const refused = await auth.fetch(ME);
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "7"]);
    const other = await service.createClient();
    await settle();
    assert.deepEqual([other.status, other.lastError?.code, other.lastError?.retryAfter], ["offline", "unavailable", 7]);
    service.faults.unavailable = false;
    const before = service.requests.length;
    await assert.rejects(other.fetch(ME), { code: "unavailable" });
    service.wake();
    await settle();
    assert.equal(service.requests.length, before, "no request was sent");
    t.mock.timers.tick(7000);
    await settle();
    assert.equal(other.status, "signed-in");
  });

  test("a wake retries at once what failed, as does the network's return", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    const { service } = await signedIn();
    service.faults.portal = true;
    const auth = await service.createClient();
    await settle();
    assert.equal(auth.lastError?.code, "bad_response");
    service.faults.portal = false;
    service.wake();
    await settle();
    assert.equal(auth.status, "signed-in");
    service.faults.offline = true;
    const other = await service.createClient();
    await settle();
    assert.equal(other.status, "offline");
    service.faults.offline = false;
    await settle();
    assert.equal(other.status, "signed-in");
  });

  test("a service whose clock is a day off: only the times in the session differ", async () => {
    for (const days of [-1, 1]) {
      const service = fakeService({ users: [ADA], api: () => new Response("hello") });
      service.faults.skewSeconds = days * 86_400;
      const auth = await service.createClient();
      const session = await opened(auth.signIn(ADA));
      assert.ok(Math.abs(session.createdAt - Date.now() - days * 86_400_000) < 60_000);
      assert.ok(Math.abs((auth.tokenClock.expiresAt ?? 0) - Date.now() - 300_000) < 60_000, "by this side's clock");
      assert.equal((await auth.fetch(ME)).status, 200);
      assert.equal(auth.tokenClock.refreshes, 0);
    }
  });

  test("theft: the next call gets a 401, and the renewal the reason", async () => {
    const { service, auth } = await signedIn();
    service.endSessions("reused", ADA.email);
    await assert.rejects(auth.fetch(ME), { code: "signed_out" });
    assert.deepEqual(
      [auth.status, auth.lastError?.code, auth.lastError?.reason],
      ["signed-out", "session_ended", "reused"],
    );
  });

  test("browsers are strangers to each other; sessions end by account", async () => {
    const service = fakeService({ users: [ADA, { email: "bob@example.com" }], api: () => new Response("hello") });
    const elsewhere = service.browser();
    service.openSession(ADA.email);
    elsewhere.openSession("bob@example.com");
    const [ada, bob] = [await service.createClient(), await elsewhere.createClient()];
    await Promise.all([ada.fetch(ME), bob.fetch(ME)]);
    assert.deepEqual([ada.session?.user.email, bob.session?.user.email], [ADA.email, "bob@example.com"]);
    service.endSessions("revoked", ADA.email);
    await assert.rejects(ada.fetch(ME), { code: "signed_out" });
    assert.equal((await bob.fetch(ME)).status, 200);
    assert.throws(() => service.openSession("unknown@example.com"), /no user/);
  });

  test("an API that answers 401 itself is called twice, and its second answer is returned", async () => {
    const { service, auth } = await signedIn({ api: () => new Response("no", { status: 401 }) });
    const before = service.requests.length;
    assert.equal((await auth.fetch(ME)).status, 401);
    const sent = service.requests.slice(before);
    assert.ok(sent.filter((request) => request === "POST /auth/refresh").length <= 1, String(sent));
    assert.equal(auth.status, "signed-in");
  });

  test("the API sees the request as it was made, and the caller's roles; sign-up can be closed", async () => {
    const seen: unknown[] = [];
    const api: FakeApi = async (request, { user, sessionId }) => {
      seen.push([request.method, new URL(request.url).search, await request.text(), user.roles, sessionId]);
      return new Response(null, { status: 204 });
    };
    const service = fakeService({ users: [{ ...ADA, roles: ["editor"] }], api, signUp: "closed" });
    const auth = await service.createClient();
    await assert.rejects(auth.signUp({ email: "new@example.com", password: PASSWORD }), { code: "sign_up_closed" });
    const { id } = await opened(auth.signIn(ADA));
    await auth.fetch("/api/notes?draft=1", { method: "PUT", body: "Buy milk" });
    assert.deepEqual(seen, [["PUT", "?draft=1", "Buy milk", ["editor"], id]]);
  });
});

test("a client that is not disposed of does not keep the process alive", () => {
  const script = `
    import { fakeService } from "latchkey-auth/testing";
    const auth = await fakeService().createClient();
    await auth.signUp({ email: "ada@example.com", password: "${PASSWORD}" });
    console.log(auth.status);`;
  const options = { cwd: import.meta.dirname, encoding: "utf8", timeout: 60_000 } as const;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], options);
  // The next renewal is four minutes away.
  assert.deepEqual([status, stdout], [0, "signed-in\n"]);
});

test("options are checked, and errors are of the class that the package exports", async () => {
  const service = fakeService({ origin: "http://app.example.com" });
  await assert.rejects(service.createClient(), { code: "invalid_options" });
  const { createClient } = fakeService();
  for (const options of [{ timeoutSeconds: 21 }, { apiOrigins: ["https://api.example.com/v1"] }, { audience: "x" }]) {
    const error = await createClient(options).catch((reason) => reason);
    assert.ok(error instanceof AuthError && isAuthError(error), String(error));
    assert.equal(error.code, "invalid_options");
  }
  const [workerUrl, wasmUrl] = ["/vault-worker.js", "/vault_bg.wasm"];
  const auth = await createClient({ vault: "worker", serviceWorker: "refuse", workerUrl, wasmUrl });
  assert.equal(auth.status, "loading");
});

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((done) => setImmediate(done));
}

test("headers and onUploadProgress work as with the real client", async () => {
  const seen: (string | null)[] = [];
  const api: FakeApi = async (request) => {
    seen.push(request.headers.get("traceparent"), request.headers.get("x-mine"));
    return Response.json({ bytes: (await request.arrayBuffer()).byteLength });
  };
  const service = fakeService({ users: [{ email: "ada@example.com" }], api });
  service.openSession("ada@example.com");
  const headers = ({ url, method }: { url: string; method: string }) => ({
    ...{ traceparent: `${method} ${new URL(url).pathname}`, authorization: "Bearer mine", "x-mine": "added" },
  });
  const auth = await service.createClient({ headers });
  const reports: unknown[] = [];
  const onUploadProgress = (progress: unknown) => void reports.push(progress);
  const init = { method: "POST", body: "12345", headers: { "X-Mine": "own" }, onUploadProgress };
  assert.deepEqual(await (await auth.fetch("/api/files", init)).json(), { bytes: 5 });
  assert.deepEqual([seen, reports], [["POST /api/files", "own"], [{ loaded: 5, total: 5 }]]);
  const stream = { ...init, body: new Blob(["x"]).stream(), duplex: "half" } as RequestInit;
  await assert.rejects(auth.fetch("/api/files", stream), TypeError);
});
