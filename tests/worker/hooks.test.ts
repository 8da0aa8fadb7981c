// The deployer's hook: asked before a sign-up, told afterwards, at least once and in order.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { assertProblem, assertTokenResponse } from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { untilLogged } from "../harness/log.ts";
import { newCredential, type Operator, operator } from "../harness/operator.ts";
import { until } from "../harness/until.ts";
import { call, newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { type Durable, fromOurPage, ISSUER, type Life, person, startDurable } from "./durable/world.ts";
import { startUsers } from "./elsewhere/users.ts";
import {
  documentedVerification,
  type Message,
  NO_VERDICT,
  PATH,
  type Receiver,
  says,
  startReceiver,
} from "./hooks/receiver.ts";
import { Browser } from "./providers/browser.ts";
import { CLIENT, startFakeProvider } from "./providers/fake-provider.ts";

const admin = newCredential();
const DAY = 86_400;

let [hook, world] = [] as unknown as [Receiver, Durable];
/** Another process has another port. */
const program = (): Operator => operator(world.origin, admin.secret);

const life = ({ origin, secret }: Receiver, config: Record<string, unknown> = {}): Life => ({
  config: {
    hooks: { url: origin, path: PATH, secret_binding: "HOOK", timeout_ms: 4_000 },
    admin_credentials: [admin.hash],
    ...config,
  },
  secrets: { HOOK: secret },
  reachesLoopback: true,
});

const send = (method: string, path: string, body?: unknown, more: { token?: string } = {}): Promise<Answer> =>
  call(world.origin, method, path, body, { ...fromOurPage, ...more });
const signUp = (email: string) => send("POST", "/auth/sign-up", { email, password: PASSWORD });
const signIn = (email: string) => send("POST", "/auth/sign-in", { email, password: PASSWORD });

/** A new user. */
async function user(email = newEmail()) {
  const { session, access_token: token } = assertTokenResponse(await signUp(email), 201, 300);
  return { email, token, id: session.user.id, session };
}

const types = (messages: Message[]) => messages.map(({ type }) => type);
const arrived = (email: string, ...expected: Message["type"][]) =>
  until(`${email}: ${expected}, got ${types(hook.of(email))}`, () => hook.of(email).length >= expected.length).then(
    () => assert.deepEqual(types(hook.of(email)), expected),
  );
const rows = (id: string): Promise<{ attempts: number; due_at: number; body: string }[]> =>
  world.look("ACCOUNT", id, "SELECT * FROM delivery ORDER BY number");

/** Lets an account's alarm ring `seconds` later than now. */
async function later(id: string, seconds: number): Promise<void> {
  await world.clock(Date.now() + seconds * 1000);
  await world.look("ACCOUNT", id, "ring");
  await world.clock(null);
}

before(async () => {
  hook = await startReceiver();
  world = await startDurable(life(hook));
});
after(async () => {
  await world?.stop();
  await hook?.stop();
});

describe("the hook", { concurrency: 1 }, () => {
  afterEach(async () => {
    hook.answer(undefined);
    await world.clock(null);
    await world.fault(null);
  });

  test("the documented verification accepts a signature for five minutes, and no other request", async () => {
    await user();
    const verify = await documentedVerification();
    const { headers, body } = hook.raw[0] as Receiver["raw"][0];
    const time = Number(headers["webhook-timestamp"]);
    assert.ok(Math.abs(time - Date.now() / 1000) < 60);
    assert.equal(headers["content-type"], "application/json");
    const accepts = (changes: Record<string, string | undefined>, text = body, secret = hook.secret, now = time) => {
      try {
        verify(secret, { ...headers, ...changes }, text, now);
        return true;
      } catch {
        return false;
      }
    };
    assert.equal(accepts({}), true);
    for (const now of [time - 300, time + 300]) assert.equal(accepts({}, body, hook.secret, now), true);
    for (const now of [time - 301, time + 301]) assert.equal(accepts({}, body, hook.secret, now), false);
    assert.equal(accepts({}, `${body} `), false);
    assert.equal(accepts({}, body, "another secret of thirty-two bytes"), false);
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"])
      for (const value of [undefined, "", "v1,", "x", String(time + 1)])
        assert.equal(accepts({ [name]: value }), false, `${name} ${value}`);
  });

  test("is asked before a sign-up and told what follows, in order; it never sees the password", async () => {
    const { email, id, token } = await user();
    const again = assertTokenResponse(await signIn(email), 200, 300);
    await send("DELETE", "/auth/account", { current_password: PASSWORD }, { token });
    await arrived(email, "signed_up", "signed_in", "deleted");
    const asked = hook.received.find((message) => message.email === email);
    assert.deepEqual(
      { ...asked, id: "", time: 0 },
      { id: "", type: "before_sign_up", time: 0, email, method: "password", client_address: "", user_agent: "" },
    );
    const [signedUp, signedIn, deleted] = hook.of(email) as [Message, Message, Message];
    assert.deepEqual(signedUp.user, {
      ...{ id, email, email_verified: false, roles: [], profile: {}, metadata: {} },
      created_at: signedUp.user.created_at,
    });
    assert.deepEqual(Object.keys(signedUp).sort(), ["id", "time", "type", "user"]);
    const { id: opened, methods } = signedIn.session;
    assert.deepEqual([opened, methods], [again.session.id, ["pwd"]]);
    assert.equal(deleted.user.id, id);
    const messages = [asked, signedUp, signedIn, deleted];
    assert.equal(new Set(messages.map((message) => message?.id)).size, 4, "each has an id of its own");
    for (const { body, headers } of hook.raw) {
      assert.ok(!body.includes(PASSWORD) && !JSON.stringify(headers).includes(PASSWORD));
      assert.ok(!body.includes(hook.secret) && !JSON.stringify(headers).includes(hook.secret));
    }
    await until("the storage is empty", async () => (await world.look("ACCOUNT", id, "SELECT 1 FROM delivery")).failed);
  });

  test("an acceptance sets roles and metadata of the account", async () => {
    hook.answer(says(200, '{"verdict":"accepted","roles":["editor"],"metadata":{"plan":"pro"}}'));
    const { id, session } = await user();
    hook.answer(undefined);
    assert.deepEqual([session.user.roles, session.user.metadata], [["editor"], { plan: "pro" }]);
    const { roles, metadata } = (await program().get(`/${id}`)).json();
    assert.deepEqual([roles, metadata], [["editor"], { plan: "pro" }]);
  });

  test("is asked before a new user of a provider gets an account: a refusal, no verdict and an acceptance end in the app", async (t) => {
    const provider = await startFakeProvider();
    t.after(() => provider.stop());
    const { config, secrets, ...more } = life(hook, {
      sign_up: "open",
      providers: { google: { issuer: provider.issuer, client_id: CLIENT.id, client_secret_binding: "FAKE" } },
    });
    const there = await startDurable({ ...more, config: config ?? {}, secrets: { ...secrets, FAKE: CLIENT.secret } });
    t.after(() => there.stop());
    const admins = operator(there.origin, admin.secret);
    const enter = async (person: { sub: string; email: string; email_verified: boolean }) => {
      const browser = new Browser(there.origin);
      const begun = await browser.navigate("/auth/providers/google/start?return_to=/home");
      const parameters = provider.approve(begun.header("location") ?? "", person);
      const answer = await browser.navigate(`/auth/providers/google/callback?${parameters}`, "other-site");
      assert.equal(answer.status, 302, answer.text);
      return { browser, location: answer.header("location") };
    };
    const newcomer = { sub: "hooked", email: newEmail(), email_verified: true };
    const asked = () =>
      hook.received.filter(({ type, email }) => type === "before_sign_up" && email === newcomer.email);
    const signedIn = (browser: Browser) => browser.cookie("__Host-Http-latchkey");
    for (const [answering, code] of [
      [says(403, '{"verdict":"refused"}'), "sign_up_refused"],
      [says(500), "unavailable"],
      [says(200, '{"verdict":"maybe"}'), "unavailable"],
    ] as const) {
      hook.answer(answering);
      const before = asked().length;
      const { browser, location } = await enter(newcomer);
      assert.equal(location, `${ISSUER}/home?error=${code}`);
      assert.equal(signedIn(browser), undefined, "no session");
      assert.equal(asked().length, before + 1);
      assert.deepEqual((await admins.get(`?email=${newcomer.email}`)).json().users, [], "no account");
    }
    hook.answer((message, response) =>
      message.type === "before_sign_up"
        ? says(200, '{"verdict":"accepted","roles":["editor"],"metadata":{"plan":"pro"}}')(message, response)
        : void response.writeHead(204).end(),
    );
    const first = await enter(newcomer);
    assert.equal(first.location, `${ISSUER}/home`);
    const [question] = asked().slice(-1);
    assert.deepEqual([question?.method, question?.email], ["provider", newcomer.email]);
    const [stored] = (await admins.get(`?email=${newcomer.email}`)).json().users;
    assert.deepEqual([stored.roles, stored.metadata, stored.sessions], [["editor"], { plan: "pro" }, 1]);
    const told = () => hook.received.filter(({ user }) => user?.id === stored.id);
    await until("signed_up", () => told().length === 1);
    // A user who has an account is not asked about again.
    hook.answer((message, response) =>
      message.type === "before_sign_up" ? says(500)(message, response) : void response.writeHead(204).end(),
    );
    const count = asked().length;
    assert.equal((await enter(newcomer)).location, `${ISSUER}/home`);
    assert.equal(asked().length, count);
    // An account with the same address, which its user has never proved, loses it only to a user who gets an account.
    hook.answer(undefined);
    const unproved = await person(there.origin);
    const byPassword = () =>
      post(there.origin, "/auth/sign-in", { email: unproved.email, password: PASSWORD }, fromOurPage);
    const second = { sub: "second", email: unproved.email, email_verified: true };
    for (const answering of [says(403, '{"verdict":"refused"}'), says(500)]) {
      hook.answer(answering);
      assert.match((await enter(second)).location ?? "", /error=/);
      assert.equal((await byPassword()).status, 200);
    }
    hook.answer(undefined);
    assert.equal((await enter(second)).location, `${ISSUER}/home`);
    assertProblem(await byPassword(), "invalid_credentials");
    await until("signed_in", () => told().length === 2);
    assert.deepEqual(types(told()), ["signed_up", "signed_in"]);
    assert.deepEqual([told()[1]?.user.email, told()[1]?.session.methods], [newcomer.email, ["fed"]]);
  });

  test("a refusal is 403, nothing is stored, and the address stays available", async () => {
    for (const status of [200, 403]) {
      const email = newEmail();
      hook.answer(says(status, '{"verdict":"refused"}'));
      assertProblem(await signUp(email), "sign_up_refused");
      assert.deepEqual((await program().get(`?email=${email}`)).json().users, []);
      assertProblem(await signIn(email), "invalid_credentials");
      hook.answer(undefined);
      await user(email);
      await arrived(email, "signed_up");
    }
    await untilLogged(world.logs, /"reason":"hook"/);
  });

  test("whatever is not a verdict is 503 without an account; the log has the cause and nothing of the answer", async () => {
    for (const [name, answering, cause] of NO_VERDICT) {
      const email = newEmail();
      const from = world.logs().length;
      hook.answer(answering);
      assertProblem(await signUp(email), "unavailable", { what: name });
      hook.answer(undefined);
      const line = await until(`${name}: the log`, () => /.*"part":"hook".*/.exec(world.logs().slice(from))?.[0]);
      assert.match(JSON.parse(line).cause, cause, name);
      assert.ok(!line.includes("verdict") || /no verdict/.test(line), line);
      assert.deepEqual((await program().get(`?email=${email}`)).json().users, [], name);
    }
    await user();
  });

  test("no user waits for the messages afterwards", async () => {
    const { email } = await user();
    await arrived(email, "signed_up");
    const held: (() => void)[] = [];
    hook.answer((_, response) => void held.push(() => response.writeHead(204).end()));
    // The hook answers only after the responses to the user.
    assert.equal((await signIn(email)).status, 200);
    await until("the message is on its way", () => held.length > 0);
    assert.equal((await signIn(email)).status, 200);
    assert.equal((await signIn(email)).status, 200);
    hook.answer(undefined);
    for (const release of held) release();
    await arrived(email, "signed_up", "signed_in", "signed_in", "signed_in");
  });

  test("while the hook is down, messages wait in their order, also for a restart; a lost answer repeats one with its id", async () => {
    const { email, id } = await user();
    await arrived(email, "signed_up");
    const signedUp =
      (await until("it is confirmed", async () => (await rows(id)).length === 0)) && hook.of(email).length;
    hook.answer(says(503));
    for (const _ of "123") assert.equal((await signIn(email)).status, 200);
    await until("the first failed", async () => ((await rows(id))[0]?.attempts ?? 0) > 0);
    const waiting = await rows(id);
    assert.equal(waiting.length, 3);
    assert.deepEqual(
      waiting.slice(1).map(({ attempts }) => attempts),
      [0, 0],
      "the others wait for the first",
    );
    await world.start();
    assert.equal((await rows(id)).length, 3);
    // The hook handles the first message, but its answer is lost.
    let lost = 0;
    hook.answer((_, response) => {
      lost += 1;
      if (lost === 1) response.socket?.destroy();
      else response.writeHead(204).end();
    });
    await later(id, 20);
    await later(id, 60);
    await until("all are confirmed", async () => (await rows(id)).length === 0);
    hook.answer(undefined);
    const sessions = hook.of(email).slice(signedUp);
    const delivered = sessions.slice(-4);
    assert.equal(delivered[0]?.id, delivered[1]?.id, "the repeated one has the same id");
    assert.equal(new Set(sessions.map((message) => message.id)).size, 3);
    const order = [...new Set(sessions.map((message) => message.session.id))];
    assert.deepEqual(
      order,
      waiting.map(({ body }) => JSON.parse(body).session.id),
    );
    await untilLogged(world.logs, /"delivery_failed"/);
  });

  test("a deletion is complete for everybody at once; only the messages outlive it, until they are delivered", async () => {
    const { email, id, token } = await user();
    await arrived(email, "signed_up");
    hook.answer(says(500));
    assert.equal((await signIn(email)).status, 200);
    assert.equal((await send("DELETE", "/auth/account", { current_password: PASSWORD }, { token })).status, 204);
    assertProblem(await program().get(`/${id}`), "not_found");
    assertProblem(await signIn(email), "invalid_credentials");
    await until("the first failed", async () => ((await rows(id))[0]?.attempts ?? 0) > 0);
    const tables: { name: string }[] = await world.look(
      "ACCOUNT",
      id,
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
    );
    for (const { name } of tables) {
      const [{ n }] = await world.look("ACCOUNT", id, `SELECT count(*) AS n FROM ${name}`);
      assert.equal(n, { delivery: 2, schema_version: 1 }[name] ?? 0, name);
    }
    hook.answer(undefined);
    const { id: other } = await user(email);
    assert.notEqual(other, id, "the address is free");
    await until("the new account's", () => hook.of(email).some(({ user }) => user.id === other));
    await later(id, 20);
    const told = hook.of(email).filter(({ user }) => user.id === id);
    assert.deepEqual(types(told).slice(-2), ["signed_in", "deleted"]);
    assert.match((await world.look("ACCOUNT", id, "SELECT 1 FROM delivery")).failed, /no such table/);
    assert.equal(await world.look("ACCOUNT", id, "alarm"), null);
    assert.equal((await signIn(email)).status, 200, "the new account is untouched");
  });

  test("after seven days a message is given up, and the next one is sent", async () => {
    const { email, id } = await user();
    await arrived(email, "signed_up");
    hook.answer(says(500));
    assert.equal((await signIn(email)).status, 200);
    assert.equal((await program().del(`/${id}`)).status, 204);
    await until("the first failed", async () => ((await rows(id))[0]?.attempts ?? 0) > 0);
    await later(id, 7 * DAY - 60);
    assert.equal((await rows(id)).length, 2);
    await later(id, 7 * DAY + 10);
    hook.answer(undefined);
    assert.match(
      (await world.look("ACCOUNT", id, "SELECT 1 FROM delivery")).failed,
      /no such table/,
      "both are given up",
    );
    const lines = await until("the log says that both are given up", () => {
      const all = world.logs().split("\n");
      const lines = all.filter((line) => line.includes("delivery_given_up") && line.includes(id));
      return lines.length >= 2 && lines;
    });
    assert.equal(lines.length, 2);
    assert.ok(!lines.some((line) => line.includes(email)), "the log has no address");
  });

  test("at most 100 messages of an account wait; the newest sign-ins displace the oldest, and nothing displaces a deletion", async () => {
    const { email, id } = await user();
    await arrived(email, "signed_up");
    hook.answer(says(500));
    const { Ring } = (await world.object("KEYRING", "keyring", { Ring: { known: null } })).json();
    const keys = Ring.refresh.map(({ id, material }: { id: string; material: string }) => ({ id, bytes: material }));
    const asker = { actor: "user", credential: null, request_id: "", source: {} };
    const stored = (await world.object("ACCOUNT", id, { Credentials: {} })).json().Credentials.credentials;
    const proof = { account: id, credential_version: stored[0].version, methods: ["pwd"], profile: null };
    for (let i = 0; i < 104; i += 1) {
      const at = { time: Math.floor(Date.now() / 1000), once: null };
      const opened = await world.object("ACCOUNT", id, {
        OpenSession: { asker, proof: { ...proof, ...at }, signed_up: false, keys, challenge: "" },
      });
      assert.ok(opened.json().OpenSession.Ok, opened.text);
    }
    assert.equal((await program().del(`/${id}`)).status, 204);
    const left = (await rows(id)).map(({ body }) => JSON.parse(body));
    assert.equal(left.length, 100);
    assert.equal(left.at(-1).type, "deleted");
    assert.equal(left.filter(({ type }) => type === "signed_in").length, 99);
    await untilLogged(world.logs, /"delivery_displaced"/);
    hook.answer(undefined);
    for (let i = 0; i < 10 && Array.isArray(await rows(id)); i += 1) await later(id, 100 * (i + 1));
    assert.deepEqual(hook.of(email).at(-1)?.type, "deleted");
  });

  test("an administrator's accounts are not asked about, and the hook is told of them", async () => {
    hook.answer(says(200, '{"verdict":"refused"}'));
    const email = newEmail();
    const from = hook.received.length;
    assert.equal((await program().post("", { email, roles: ["editor"] })).status, 201);
    await arrived(email, "signed_up");
    hook.answer(undefined);
    assert.deepEqual(types(hook.received.slice(from)), ["signed_up"]);
    assert.deepEqual(hook.of(email)[0]?.user.roles, ["editor"]);
  });

  test("check_44 every call of a sign-up fails once: the result or unavailable; the hook is told of the account, and of none that does not exist", async () => {
    await world.fault(null);
    await user();
    const calls = await world.seen();
    let failures = 0;
    for (let at = 1; at <= calls.length; at += 1) {
      // For a statement, or a cryptographic operation, failing after its effect is the same as the next one failing.
      const kinds = /^(?:sql|crypto) /.test(calls[at - 1] ?? "")
        ? (["refused"] as const)
        : (["refused", "lost"] as const);
      for (const kind of kinds) {
        const email = newEmail();
        await world.fault({ at, kind });
        const answer = await signUp(email);
        await world.fault(null);
        if (answer.status !== 201) {
          assertProblem(answer, "unavailable", { what: `${kind} ${calls[at - 1]}` });
          failures += 1;
        }
        const repeated = await signUp(email);
        if (repeated.status !== 201) assertProblem(repeated, "email_taken");
        const { id } = (await program().get(`?email=${email}`)).json().users[0];
        await later(id, 700);
        const told = await until(`${kind} ${calls[at - 1]}`, () => hook.of(email).length > 0 && hook.of(email));
        assert.deepEqual([...new Set(told.map(({ user }) => user.id))], [id]);
        assert.equal(new Set(told.map((message) => message.id)).size, 1, "one message, perhaps repeated");
      }
    }
    assert.ok(failures > 0);
  });
});

test("with external credentials the hook is asked at the first sign-in; the roles stay those of the external system; 100 first sign-ins at once make one account, about which it is told once", async (t) => {
  const [users, receiver] = await Promise.all([startUsers(), startReceiver()]);
  const elsewhere = { url: users.listener.origin, path: "/internal/sign-in", secret_binding: "SHARED" };
  const hooks = { url: receiver.origin, path: PATH, secret_binding: "HOOK", timeout_ms: 30_000 };
  const start = life(receiver, { hooks, sign_up: "closed", sign_in: { elsewhere } });
  const other = await startDurable({ ...start, secrets: { ...start.secrets, SHARED: users.secret } });
  t.after(() => Promise.all([other.stop(), users.stop(), receiver.stop()]));
  const email = newEmail();
  users.known.set(email, { id: "u-1", password: PASSWORD, roles: ["theirs"] });
  const attempt = () => call(other.origin, "POST", "/auth/sign-in", { email, password: PASSWORD }, fromOurPage);
  receiver.answer(says(403, '{"verdict":"refused"}'));
  assertProblem(await attempt(), "sign_up_refused");
  receiver.answer(says(500));
  assertProblem(await attempt(), "unavailable");
  receiver.answer((message, response) =>
    says(200, message.type === "before_sign_up" ? '{"verdict":"accepted","roles":["ours"],"metadata":{"a":1}}' : "")(
      message,
      response,
    ),
  );
  const attempts = await Promise.all(Array.from({ length: 100 }, attempt));
  const sessions = attempts.map((answer) => assertTokenResponse(answer, 200, 300).session);
  assert.equal(new Set(sessions.map(({ user }) => user.id)).size, 1, "100 at once: one account");
  const session = sessions[0] as (typeof sessions)[0];
  assert.deepEqual([session.user.roles, session.user.metadata], [["theirs"], { a: 1 }]);
  // An account keeps 100 messages. If none is delivered before there are 101, one sign-in is not told.
  const told = await until("the messages", () => receiver.of(email).length >= 100 && receiver.of(email));
  assert.deepEqual(types(told), ["signed_up", ...told.slice(1).map(() => "signed_in")]);
  assert.equal(receiver.received.find(({ type }) => type === "before_sign_up")?.method, "external");
});
