// Another address for the account: the user proves it, the former one is told and can undo the change, and nothing
// shows whose an address is. Notifications: what users are told by mail, and that it delays and fails nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Authenticator } from "../harness/authenticator.ts";
import { assertProblem, assertTokenResponse, CHALLENGE_COOKIE } from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";
import { again, type Durable, ISSUER, type Person, person, refresh, startDurable } from "./durable/world.ts";
import { type Mailbox, startMailbox } from "./mail/mailbox.ts";
import { type As, challenge, endsChallenge, opened, sender, shown } from "./mail/user.ts";

const admin = newCredential();
const DAY = 86_400_000;
let [world, mailbox] = [] as unknown as [Durable, Mailbox];
const send = sender(() => world);
const config = (more: Record<string, unknown> = {}) => ({
  admin_credentials: [admin.hash],
  passwords: { failure_ms: 0 },
  mail: {
    ...(mailbox.life.config?.mail as object),
    notify: [
      "new_browser",
      "password_changed",
      "email_changed",
      "passkey_added",
      "api_key_created",
      "second_factor_reset",
    ],
  },
  ...more,
});

before(async () => {
  mailbox = await startMailbox();
  world = await startDurable({ ...mailbox.life, config: config() });
});
after(async () => {
  await world?.stop();
  await mailbox?.stop();
});

const change = (email: string, as: As) => send("/auth/email/change", { email }, as);
const verify = (code: string, as: As) => send("/auth/email/change/verify", { code }, as);
const undo = (email: string, code: string) => send("/auth/email/change/undo", { email, code });
const signIn = (email: string, password = PASSWORD) => send("/auth/sign-in", { email, password });
const mailed = (email: string, kind: string) =>
  until(`${kind} to ${email}`, () => mailbox.to(email).find((mail) => mail.kind === kind));
const account = async (user: { token: string }) => {
  const answer = await send("/auth/email/verification", undefined, user);
  return challenge(answer).split(".")[1] ?? "";
};

/** In a world of its own, because the limiter does not forget that time has passed. */
async function inAnotherWorld(work: () => Promise<void>): Promise<void> {
  const main = world;
  world = await startDurable({ ...mailbox.life, config: config() });
  try {
    await work();
  } finally {
    await world.stop();
    world = main;
  }
}

/** A user who has verified the address. */
async function verified(email = newEmail()): Promise<Person> {
  const user = await person(world.origin, email);
  const cookie = challenge(await send("/auth/email/verification", undefined, user));
  const answer = await send("/auth/email/verify", { code: mailbox.code(email) }, { ...user, cookie });
  assert.equal(answer.status, 200, answer.text);
  return user;
}

/** The account has another address from now on. */
async function moved(user: Person, to: string): Promise<{ token: string; answer: Answer }> {
  const cookie = challenge(await change(to, user));
  const answer = await verify(mailbox.code(to), { ...user, cookie });
  return { token: assertTokenResponse(answer, 200, 300).access_token, answer };
}

describe("a change of the address", () => {
  test("the user proves the new one: the session continues with it, and the former one signs no user in", async () => {
    const user = await verified();
    const other = await again(world.origin, user.email);
    const to = newEmail();
    const { token, answer } = await moved(user, to);
    const { session } = assertTokenResponse(answer, 200, 300);
    assert.deepEqual([session.user.email, session.user.email_verified], [to, true]);
    assert.equal(session.id, user.session);
    assert.ok(endsChallenge(answer));
    assertProblem(await change(newEmail(), { token: user.token }), "invalid_token", {
      what: "the old token may name the old address",
    });
    assert.equal((await change(newEmail(), { token })).status, 202);
    const refreshed = await refresh(world.origin, other.cookie);
    assert.equal(assertTokenResponse(refreshed, 200, 300).session.user.email, to);
    assertProblem(await signIn(user.email), "invalid_credentials");
    assert.equal((await signIn(to)).status, 200);
    // The former address is told, with the code that undoes the change; it is the account's for seven days.
    const mail = await mailed(user.email, "email_changed");
    assert.match(mail.code ?? "", /^([B-Z]{4}-){3}[B-Z]{4}$/);
    assert.ok(!mail.link?.includes("code="), mail.link);
    assert.ok(!mail.text.includes(to), "the former address may be in other hands");
    const forgot = challenge(await send("/auth/password/forgot", { email: user.email }));
    assert.equal(mailbox.to(user.email)[0]?.kind, "no_account");
    assertProblem(
      await send(
        "/auth/password/reset",
        { email: user.email, code: mail.code?.slice(0, 9), new_password: PASSWORD },
        { cookie: forgot },
      ),
      "code_invalid",
    );
    const enter = challenge(await send("/auth/email/code", { email: user.email }));
    const body = { email: user.email, code: mailbox.code(user.email) };
    assertProblem(await send("/auth/email/code/verify", body, { cookie: enter }), "email_taken");
    assertProblem(await send("/auth/sign-up", { email: user.email, password: PASSWORD }), "email_taken");
  });

  test("the code that the former address got undoes it: all sessions end, and the account has that address again", async () => {
    const user = await verified();
    const id = await account(user);
    const to = newEmail();
    await moved(user, to);
    const { code = "" } = await mailed(user.email, "email_changed");
    assertProblem(await undo(user.email, "BBBB-BBBB-BBBB-BBBB"), "code_invalid");
    assertProblem(await undo(to, code), "code_invalid");
    assertProblem(await undo(newEmail(), code), "code_invalid");
    const answer = await undo(user.email.toUpperCase(), code.toLowerCase().replaceAll("-", " "));
    assert.equal(answer.status, 204, answer.text);
    assertProblem(await refresh(world.origin, user.cookie), "session_ended", { reason: "revoked" });
    assertProblem(await signIn(to), "invalid_credentials");
    const back = opened(await signIn(user.email));
    assert.deepEqual([back.user.id, back.user.email, back.user.email_verified], [id, user.email, true]);
    assertProblem(await undo(user.email, code), "code_invalid", { what: "used" });
    assert.equal((await send("/auth/sign-up", { email: to, password: PASSWORD })).status, 201, "the other one is free");
    const events = (await operator(world.origin, admin.secret).events(id)).map(({ event }) => event);
    for (const event of ["email_changed", "email_change_undone"]) assert.ok(events.includes(event), `${events}`);
  });

  for (const [pause, between] of [
    ["a minute", 60_000],
    ["no time", 0],
  ] as const)
    test(`of two changes with ${pause} between them the first can be undone, whatever came after it`, () =>
      inAnotherWorld(async () => {
        const user = await verified();
        const id = await account(user);
        const [second, third] = [newEmail(), newEmail()];
        const now = Date.now();
        await world.clock(now);
        const { token } = await moved(user, second);
        const { code = "" } = await mailed(user.email, "email_changed");
        await world.clock(now + between);
        await moved({ ...user, token }, third);
        await world.look("ACCOUNT", id, "ring");
        const { code: later = "" } = await mailed(second, "email_changed");
        assert.equal((await undo(user.email, code)).status, 204);
        assertProblem(await undo(second, later), "code_invalid");
        await world.clock(null);
        assert.equal((await signIn(user.email)).status, 200);
        for (const email of [second, third]) {
          assertProblem(await signIn(email), "invalid_credentials");
          assert.equal((await send("/auth/sign-up", { email, password: PASSWORD })).status, 201);
        }
      }));

  test("after seven days a change cannot be undone, and the former address is free", () =>
    inAnotherWorld(async () => {
      const user = await verified();
      const now = Math.ceil(Date.now() / 1000) * 1000;
      await world.clock(now);
      await moved(user, newEmail());
      const { code = "" } = await mailed(user.email, "email_changed");
      await world.clock(now + 7 * DAY - 1000);
      assertProblem(await send("/auth/sign-up", { email: user.email, password: PASSWORD }), "email_taken");
      await world.clock(now + 7 * DAY);
      assertProblem(await undo(user.email, code), "code_invalid");
      assert.equal((await send("/auth/sign-up", { email: user.email, password: PASSWORD })).status, 201);
    }));

  test("an address that was never proved is neither told nor held, and one of another account that was not is released", async () => {
    const [ada, squatter] = [await person(world.origin), await person(world.origin)];
    const { token } = await moved(ada, squatter.email);
    assertProblem(await signIn(ada.email), "invalid_credentials");
    assert.equal((await send("/auth/sign-up", { email: ada.email, password: PASSWORD })).status, 201, "free at once");
    assert.deepEqual(mailbox.to(ada.email), [], "it may be a stranger's");
    assert.equal(opened(await signIn(squatter.email)).user.id, await account({ token }));
    const theirs = await refresh(world.origin, squatter.cookie);
    assert.equal(theirs.status, 200, "the other account exists without its address");
    const before = mailbox.to(squatter.email).length;
    const token2 = (theirs.json() as { access_token: string }).access_token;
    assertProblem(await send("/auth/email/verification", undefined, { token: token2 }), "email_taken");
    assert.equal(mailbox.to(squatter.email).length, before, "no mail of the other account");
  });

  test("nothing shows whether another account has the address: the same response, the same calls, one mail", async () => {
    const [user, other] = [await verified(), await verified()];
    const free = newEmail();
    const one = await shown(world, () => change(other.email, user));
    const cookie = challenge(await change(other.email, user));
    assert.deepEqual(one, await shown(world, () => change(free, user)));
    assert.deepEqual(mailbox.to(other.email).map(({ kind, code }) => [kind, code !== undefined])[0], [
      "email_in_use",
      false,
    ]);
    assert.equal(mailbox.to(free)[0]?.kind, "email_change");
    assertProblem(await verify("BBBB-BBBB", { ...user, cookie }), "code_invalid");
    assert.equal((await signIn(other.email)).status, 200);
  });

  test("a code counts in its browser and session only, five times, once; the session must be recent", async () => {
    const [user, eve] = [await verified(), await person(world.origin)];
    const to = newEmail();
    const cookie = challenge(await change(to, user));
    const code = mailbox.code(to);
    assertProblem(await verify(code, { ...eve, cookie }), "challenge_expired");
    assertProblem(await verify(code, { token: user.token }), "challenge_expired");
    assertProblem(await send("/auth/email/verify", { code }, { ...user, cookie }), "challenge_expired");
    assertProblem(await change(user.email, user), "invalid_request", { field: "email" });
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(code, { ...user, cookie })));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const { status, text } of answers)
      assert.match(text, status === 200 ? /access_token/ : /challenge_expired|invalid_token/);
    const again = opened(await signIn(to));
    const second = challenge(await change(newEmail(), again));
    for (let i = 0; i < 5; i += 1)
      assertProblem(await verify("BBBBBBBB", { ...again, cookie: second }), "code_invalid");
    assertProblem(await verify(mailbox.code(to), { ...again, cookie: second }), "challenge_expired");
  });

  test("the session must be recent", () =>
    inAnotherWorld(async () => {
      const user = await verified();
      await world.clock(Date.now() + 700_000);
      const token = assertTokenResponse(await refresh(world.origin, user.cookie), 200, 300).access_token;
      for (const answer of [await change(newEmail(), { token }), await verify("BBBB-BBBB", { token })])
        assert.deepEqual([answer.status, (answer.json() as { code: string }).code], [403, "reauthentication_required"]);
    }));

  test("two accounts that prove one address: one has it", async () => {
    const [ada, bob] = [await verified(), await verified()];
    const to = newEmail();
    const one = challenge(await change(to, ada));
    const hers = mailbox.code(to);
    const other = challenge(await change(to, bob));
    const his = mailbox.code(to);
    const answers = await Promise.all([verify(hers, { ...ada, cookie: one }), verify(his, { ...bob, cookie: other })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    assert.equal((await signIn(to)).status, 200);
  });

  test("a fault in any call leaves the former address and a usable code, or the new address", async () => {
    for (const kind of ["refused", "lost"] as const) {
      for (let at = 0; ; at += 1) {
        const user = await verified();
        const to = newEmail();
        const cookie = challenge(await change(to, user));
        const code = mailbox.code(to);
        await world.fault({ at, of: "call ", kind });
        const answer = await verify(code, { ...user, cookie });
        const calls = (await world.seen()).filter((step) => step.startsWith("call ")).length;
        await world.fault(null);
        const what = `${kind} ${at}`;
        if (answer.status === 200 && calls <= at) break;
        const session = assertTokenResponse(await refresh(world.origin, user.cookie), 200, 300);
        const { email } = session.session.user;
        if (email === user.email) {
          assertProblem(answer, "unavailable", { what });
          assert.equal((await verify(code, { ...user, cookie })).status, 200, what);
        }
        // The Directory follows, by the account's alarm if not at once.
        await world.look("ACCOUNT", cookie.split(".")[1] ?? "", "ring");
        await until(`${what}: the new address signs in`, async () => (await signIn(to)).status === 200);
        await until(`${what}: the former one does not`, async () => (await signIn(user.email)).status === 401);
      }
    }
  });
});

describe("notifications", () => {
  test("of a changed and a recovered password, to verified addresses only; they delay and fail nothing", async () => {
    const [user, unverified] = [await verified(), await person(world.origin)];
    mailbox.isDown = true;
    const password = { current_password: PASSWORD, new_password: "another password of theirs" };
    assert.equal((await send("/auth/password", password, user)).status, 200);
    assert.equal((await send("/auth/password", password, unverified)).status, 200);
    mailbox.isDown = false;
    const mail = await mailed(user.email, "password_changed");
    assert.match(mail.text, /was changed on \d{4}-/);
    assert.equal(mailbox.to(user.email).filter(({ kind }) => kind === "password_changed").length, 1);
    assert.deepEqual(mailbox.to(unverified.email), []);
    const cookie = challenge(await send("/auth/password/forgot", { email: user.email }));
    const body = { email: user.email, code: mailbox.code(user.email), new_password: PASSWORD };
    assert.equal((await send("/auth/password/reset", body, { cookie })).status, 200);
    await until(
      "a second notification",
      () => mailbox.to(user.email).filter(({ kind }) => kind === "password_changed").length === 2,
    );
  });

  test("of a sign-in from a browser in which the user has not signed in before", async () => {
    const user = await verified();
    const device = async (cookie?: string) => {
      const answer = await send("/auth/sign-in", { email: user.email, password: PASSWORD }, cookie ? { cookie } : {});
      assert.equal(answer.status, 200, answer.text);
      const set = answer.setCookies.find((each) => each.startsWith("__Host-Http-latchkey-device="));
      return (set ?? "").split(";")[0] ?? "";
    };
    const count = () => mailbox.to(user.email).filter(({ kind }) => kind === "new_browser").length;
    const known = await device();
    await until("a notification", () => count() === 1);
    const renewed = await device(known);
    const again = await device(renewed);
    await device();
    await until("another notification", () => count() === 2);
    await device(again);
    // The next mail shows that no other one was waiting before it.
    await device();
    await until("the third", () => count() === 3);
  });

  test("of a new API key, whether the user or an administrator has created it", async (t) => {
    const keyed = await startDurable({ ...mailbox.life, config: config({ api_keys: {} }) });
    t.after(() => keyed.stop());
    const there = sender(() => keyed);
    const user = await person(keyed.origin);
    const create = () => there("/auth/api-keys", { name: "build" }, user);
    assert.equal((await create()).status, 201, "not to an address that was not proved");
    const cookie = challenge(await there("/auth/email/verification", undefined, user));
    const proved = await there("/auth/email/verify", { code: mailbox.code(user.email) }, { ...user, cookie });
    const count = () => mailbox.to(user.email).filter(({ kind }) => kind === "api_key_created").length;
    assert.equal((await create()).status, 201);
    await until("a notification", () => count() === 1);
    const [mail] = mailbox.to(user.email);
    assert.match(mail?.text ?? "", /An API key was created .* on \d{4}-/);
    assert.ok(!/lk_[a-z0-9]+_[0-9A-Za-z]{76}/.test(JSON.stringify(mail)), "the key is in no mail");
    const path = `/${proved.json().user.id}/api-keys`;
    const made = await operator(keyed.origin, admin.secret).post(path, { name: "nightly" });
    assert.equal(made.status, 201, made.text);
    await until("another notification", () => count() === 2);
  });

  test("of an added passkey, once it is added; neither a failed ceremony nor one that is repeated is told", async (t) => {
    const passkeys = { rp_name: "Example", origins: [ISSUER] };
    const there = await startDurable({ ...mailbox.life, config: config({ passkeys }) });
    t.after(() => there.stop());
    const send = sender(() => there);
    const user = await person(there.origin);
    const proof = challenge(await send("/auth/email/verification", undefined, user));
    const proved = await send("/auth/email/verify", { code: mailbox.code(user.email) }, { ...user, cookie: proof });
    assert.equal(proved.status, 200, proved.text);
    const count = () => mailbox.to(user.email).filter(({ kind }) => kind === "passkey_added").length;
    const begin = async () => {
      const answer = await send("/auth/passkeys/options", {}, user);
      const set = answer.setCookies.find((cookie) => cookie.startsWith(`${CHALLENGE_COOKIE}=1`));
      return { options: answer.json(), cookie: `${user.cookie}; ${set?.split(";")[0]}` };
    };
    const [device, { options, cookie }] = [new Authenticator(ISSUER), await begin()];
    const wrong = { credential: new Authenticator("https://evil.example").create(options) };
    assert.ok((await send("/auth/passkeys", wrong, { token: user.token, cookie })).status >= 400);
    const right = { credential: device.create((await begin()).options) };
    const second = await begin();
    const body = { credential: device.create(second.options) };
    assert.equal((await send("/auth/passkeys", right, { token: user.token, cookie: second.cookie })).status, 401);
    const added = await send("/auth/passkeys", body, { token: user.token, cookie: second.cookie });
    assert.equal(added.status, 201, added.text);
    await until("a notification", () => count() === 1);
    const [mail] = mailbox.to(user.email);
    assert.match(mail?.text ?? "", /A passkey was added .* on \d{4}-/);
    assert.equal(mail?.code, undefined);
    await send("/auth/passkeys", body, { token: user.token, cookie: second.cookie });
    const third = await begin();
    const other = { credential: new Authenticator(ISSUER).create(third.options) };
    assert.equal((await send("/auth/passkeys", other, { token: user.token, cookie: third.cookie })).status, 201);
    // The mail about the third shows that no other one was waiting before it.
    await until("another notification", () => count() === 2);
  });

  test("those that are not configured are not sent; without one of the change there is nothing to undo", async (t) => {
    const quiet = await startDurable({
      ...mailbox.life,
      config: config({ mail: { ...(mailbox.life.config?.mail as object), notify: [] } }),
    });
    t.after(() => quiet.stop());
    const there = sender(() => quiet);
    const email = newEmail();
    const user = await person(quiet.origin, email);
    const first = challenge(await there("/auth/email/verification", undefined, user));
    assert.equal(
      (await there("/auth/email/verify", { code: mailbox.code(email) }, { ...user, cookie: first })).status,
      200,
    );
    const to = newEmail();
    const cookie = challenge(await there("/auth/email/change", { email: to }, user));
    assert.equal(
      (await there("/auth/email/change/verify", { code: mailbox.code(to) }, { ...user, cookie })).status,
      200,
    );
    assert.equal(
      (await there("/auth/sign-up", { email, password: PASSWORD })).status,
      201,
      "the former address is free",
    );
    assert.deepEqual(
      mailbox.to(email).map(({ kind }) => kind),
      ["email_verification"],
    );
  });
});
