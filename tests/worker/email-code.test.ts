// Sign-in and sign-up with a code that is sent by mail: what a code is worth, to whom, how often and how long;
// that nothing shows whether an address has an account; and whose an address is that no user has proved.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import {
  assertCookie,
  assertJustBefore,
  assertProblem,
  assertTokenResponse,
  CHALLENGE_COOKIE as COOKIE,
} from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { call, get, newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { type Durable, fromOurPage, person, refresh, startDurable } from "./durable/world.ts";
import { type Mailbox, startMailbox } from "./mail/mailbox.ts";

const admin = newCredential();
let [world, mailbox] = [] as unknown as [Durable, Mailbox];

const life = (config: Record<string, unknown> = {}) => ({
  ...mailbox.life,
  config: { admin_credentials: [admin.hash], ...mailbox.life.config, ...config },
});
const send = (path: string, body: unknown, more: { cookie?: string; token?: string } = {}, to = world) =>
  post(to.origin, path, body, { ...fromOurPage, ...more });
const request = (email: string, more: { cookie?: string; token?: string } = {}, to = world) =>
  send("/auth/email/code", { email }, more, to);
const verify = (email: string, code: string, cookie?: string, to = world) =>
  send("/auth/email/code/verify", { email, code }, { ...(cookie ? { cookie } : {}) }, to);

/** The challenge cookie that a response sets, in the form in which it is sent. */
function challenge(answer: Answer): string {
  const set = answer.setCookies.filter((cookie) => cookie.startsWith(`${COOKIE}=`));
  assert.equal(set.length, 1, answer.text);
  assert.match(set[0] ?? "", /; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=600$/);
  return (set[0] ?? "").split(";")[0] ?? "";
}

/** Requests a code, and signs in or up with it. */
async function enter(email: string, to = world) {
  const requested = await request(email, {}, to);
  assert.equal(requested.status, 202, requested.text);
  const answer = await verify(email, mailbox.code(email), challenge(requested), to);
  const { session, access_token: token } = assertTokenResponse(answer, answer.status === 201 ? 201 : 200, 300);
  return { answer, session, token, user: session.user, cookie: assertCookie(answer).pair };
}

before(async () => {
  mailbox = await startMailbox();
  world = await startDurable(life());
});
after(async () => {
  await world?.stop();
  await mailbox?.stop();
});

describe("sign-in with a code", () => {
  test("a code creates the account, and the next one opens another session of it", async () => {
    const email = newEmail();
    const first = await enter(email);
    assert.equal(first.answer.status, 201);
    assert.deepEqual({ ...first.user, id: "" }, { ...first.user, id: "", email, email_verified: true, roles: [] });
    const { amr, acr, auth_time, iat } = decodeJwt(first.token);
    assert.deepEqual({ amr, acr }, { amr: ["email"], acr: "aal1" });
    assertJustBefore(auth_time, iat);
    const second = await enter(email);
    assert.equal(second.answer.status, 200);
    assert.equal(second.user.id, first.user.id);
    assert.notEqual(second.session.id, first.session.id);
    assert.equal((await refresh(world.origin, first.cookie)).status, 200, "the first session continues");
    assert.deepEqual(
      mailbox.to(email).map(({ kind }) => kind),
      ["sign_in", "sign_up"],
    );
    // The challenge is over.
    assert.ok(second.answer.setCookies.some((cookie) => cookie.startsWith(`${COOKIE}=;`)));
  });

  test("a code is read in the spellings in which users type it, and the link fills it in and does nothing else", async () => {
    const email = newEmail();
    for (const spell of [(code: string) => code.toLowerCase(), (code: string) => ` ${code.replace("-", " ")}\n`]) {
      const requested = await request(email.toUpperCase());
      const [mail] = mailbox.to(email);
      assert.match(mail?.code ?? "", /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
      const link = new URL(mail?.link ?? "");
      assert.equal(link.origin + link.pathname, "http://localhost:8787/code");
      assert.equal(link.search, "", "the code is not sent to any server");
      const answer = await verify(email, spell(mail?.code ?? ""), challenge(requested));
      assert.ok(answer.status < 202, answer.text);
    }
  });

  test("a code is worth nothing in another browser, with another address, or without the cookie", async () => {
    const [email, other] = [newEmail(), newEmail()];
    const [mine, theirs] = [challenge(await request(email)), challenge(await request(other))];
    const code = mailbox.code(email);
    assertProblem(await verify(email, code), "challenge_expired");
    assertProblem(await verify(email, code, theirs), "code_invalid");
    assertProblem(await verify(other, code, mine), "code_invalid");
    for (const cookie of [`${mine}A`, mine.replace("=1.", "=2."), `${mine}; ${mine}`, `${COOKIE}=`, `x${mine}`])
      assertProblem(await verify(email, code, cookie), "challenge_expired", { what: cookie });
    assert.equal((await verify(email, code, mine)).status, 201);
  });

  test("five wrong codes end the challenge, and a new one replaces it", async () => {
    const email = newEmail();
    const cookie = challenge(await request(email));
    const wrong = ["BBBBBBBB", "12345678", "", "x".repeat(1000), "DDDD-DDDD"];
    for (const code of wrong) assertProblem(await verify(email, code, cookie), "code_invalid", { what: code });
    assertProblem(await verify(email, mailbox.code(email), cookie), "challenge_expired");
    assert.equal((await enter(email)).answer.status, 201);
  });

  test("a code counts once, also if 100 requests present it at the same time", async () => {
    for (const status of [201, 200]) {
      const email = newEmail();
      if (status === 200) await enter(email);
      const cookie = challenge(await request(email));
      const code = mailbox.code(email);
      const answers = await Promise.all(Array.from({ length: 100 }, () => verify(email, code, cookie)));
      assert.deepEqual(
        answers.map((answer) => answer.status).filter((s) => s < 300),
        [status],
      );
      for (const answer of answers) if (answer.status > 300) assertProblem(answer, "challenge_expired");
      const used = await verify(email, code, cookie);
      assertProblem(used, "challenge_expired", { what: "later" });
    }
  });

  test("a code expires after ten minutes", async () => {
    const email = newEmail();
    const now = Math.ceil(Date.now() / 1000);
    await world.clock(now * 1000);
    try {
      const cookie = challenge(await request(email));
      await world.clock((now + 600) * 1000);
      assertProblem(await verify(email, mailbox.code(email), cookie), "challenge_expired");
      await world.clock((now + 599) * 1000);
      assert.equal((await verify(email, mailbox.code(email), cookie)).status, 201);
    } finally {
      await world.clock(null);
    }
  });

  test("nothing shows whether an address has an account: the same response, the same steps, one mail", async () => {
    const [known, unknown] = [newEmail(), newEmail()];
    await person(world.origin, known);
    const seen = async (email: string) => {
      await world.settled();
      await world.fault(null);
      const answer = await request(email);
      const calls = await world.settled();
      const steps = calls.map((step) => step.replace(/[0-9a-f]{16,}|-\d+/g, "…"));
      const headers = answer.headers.filter(([name]) => !/^(date|set-cookie)$|request-id/i.test(name));
      return { status: answer.status, text: answer.text, headers, steps, cookie: challenge(answer).length };
    };
    const [one, other] = [await seen(known), await seen(unknown)];
    assert.deepEqual(one, other);
    assert.ok(one.steps.length >= 3, `${one.steps}`);
    assert.deepEqual([mailbox.to(known).length, mailbox.to(unknown).length], [1, 1]);
  });

  test("a mail that can't be sent counts against no limit; mails are limited by address and by client", async (t) => {
    const limited = await startDurable(life({ limits: { mails: 2, mail_window: 600, address_mails: 100 } }));
    t.after(() => limited.stop());
    const email = newEmail();
    mailbox.isDown = true;
    for (let i = 0; i < 4; i += 1) assertProblem(await request(email, {}, limited), "mail_unavailable");
    mailbox.isDown = false;
    for (let i = 0; i < 2; i += 1) assert.equal((await request(email, {}, limited)).status, 202);
    assertProblem(await request(email, {}, limited), "rate_limited");
    assert.equal((await request(newEmail(), {}, limited)).status, 202);
    assert.equal(mailbox.to(email).length, 2);
  });
});

describe("an address that was never proved", () => {
  test("belongs to the user who proves it: that user gets an account of their own", async () => {
    const email = newEmail();
    const squatter = await person(world.origin, email);
    const owner = await enter(email);
    assert.equal(owner.answer.status, 201);
    assert.notEqual(owner.user.id, squatter.cookie.split(".")[1]);
    const signIn = await send("/auth/sign-in", { email, password: PASSWORD });
    assertProblem(signIn, "invalid_credentials", { what: "the other account is not found by the address any more" });
    const admins = operator(world.origin, admin.secret);
    const events = await admins.events(squatter.cookie.split(".")[1] ?? "");
    assert.ok(
      events.some(({ event }) => event === "email_released"),
      JSON.stringify(events),
    );
    assert.equal((await enter(email)).user.id, owner.user.id);
  });

  test("stays with the account whose user proves it in the same moment", async () => {
    const ada = await enter(newEmail());
    const email = ada.user.email;
    const asker = { actor: "anybody", credential: null, request_id: "", source: {} };
    const release = { ReleaseAddress: { email, asker } };
    const reply = (await world.object("ACCOUNT", ada.user.id, release)).json().ReleaseAddress;
    assert.deepEqual(reply, { Err: {} });
    const again = await enter(email);
    assert.deepEqual([again.answer.status, again.user.id], [200, ada.user.id]);
  });

  test("is proved by the user for whom an administrator created the account", async () => {
    const email = newEmail();
    const admins = operator(world.origin, admin.secret);
    const { user } = (await admins.post("", { email, roles: ["staff"] })).json();
    assert.equal(user.email_verified, false);
    const owner = await enter(email);
    assert.deepEqual([owner.answer.status, owner.user.id, owner.user.roles], [200, user.id, ["staff"]]);
    assert.equal(owner.user.email_verified, true);
  });

  test("if sign-up is closed, an unknown address gets a mail without a code, and no account", async (t) => {
    const closed = await startDurable(life({ sign_up: "closed" }));
    t.after(() => closed.stop());
    const email = newEmail();
    const requested = await request(email, {}, closed);
    assert.equal(requested.status, 202);
    assert.deepEqual(
      mailbox.to(email).map(({ kind, code }) => ({ kind, code })),
      [{ kind: "no_account", code: undefined }],
    );
    assertProblem(await verify(email, "BCDFGHJK", challenge(requested), closed), "code_invalid");
  });
});

describe("faults", () => {
  test("a fault in any call of a sign-in with a code leaves the code usable, and nothing half done", async () => {
    for (const kind of ["refused", "lost"] as const) {
      for (let at = 0; ; at += 1) {
        const email = newEmail();
        const cookie = challenge(await request(email));
        const code = mailbox.code(email);
        await world.fault({ at, of: "call ", kind });
        const answer = await verify(email, code, cookie);
        const calls = (await world.seen()).filter((step) => step.startsWith("call ")).length;
        await world.fault(null);
        if (answer.status === 201) {
          if (calls <= at) break;
          continue;
        }
        assertProblem(answer, "unavailable", { what: `${kind} ${at}` });
        const again = await verify(email, code, cookie);
        // Unless the session was opened and its answer lost, the code still counts.
        if (again.status !== 201) {
          assertProblem(again, "challenge_expired", { what: `${kind} ${at}` });
          assert.equal(kind, "lost");
        }
        assert.ok((await enter(email)).user.email_verified, `${kind} ${at}`);
      }
    }
  });
});

describe("a credential that is proved again by a code", () => {
  test("only to the verified address of the account, in its own session, once", async () => {
    const email = newEmail();
    const ada = await enter(email);
    const token = ada.token;
    assertProblem(await request(newEmail(), { token }), "invalid_request", { field: "email" });
    const eve = await person(world.origin);
    assertProblem(await request(eve.email, { token: eve.token }), "invalid_request", { field: "email" });
    const requested = await request(email, { token });
    assert.equal(requested.status, 202, requested.text);
    assert.equal(mailbox.to(email)[0]?.kind, "reauthentication");
    const cookie = challenge(requested);
    const code = mailbox.code(email);
    const reauthenticate = (body: unknown, who: { token: string; cookie?: string }) =>
      send("/auth/reauthenticate", body, who);
    assertProblem(await verify(email, code, cookie), "challenge_expired", { what: "for another purpose" });
    assertProblem(await reauthenticate({ code }, { token }), "challenge_expired");
    assertProblem(await reauthenticate({ code }, { token: eve.token, cookie }), "challenge_expired");
    for (const body of [{}, { code, password: PASSWORD }])
      assertProblem(await reauthenticate(body, { token, cookie }), "invalid_request");
    const proved = await reauthenticate({ code }, { token, cookie });
    assert.equal(assertTokenResponse(proved, 200, 300).session.id, ada.session.id);
    assert.equal((await reauthenticate({ code }, { token, cookie })).status, 401);
  });

  test("an account without a password is asked for a code, and then its change goes on", async () => {
    const email = newEmail();
    const ada = await enter(email);
    await world.clock(Date.now() + 700_000);
    try {
      const token = assertTokenResponse(await refresh(world.origin, ada.cookie), 200, 300).access_token;
      const change = (bearer: string) => send("/auth/second-factor/totp", undefined, { token: bearer });
      assertProblem(await change(token), "reauthentication_required", { methods: ["email_code"] });
      assertProblem(await get(world.origin, "/recent/x", { token }), "step_up_required", { methods: ["email_code"] });
      const requested = await request(email, { token });
      assert.equal(requested.status, 202, requested.text);
      const proof = { token, cookie: challenge(requested) };
      const proved = await send("/auth/reauthenticate", { code: mailbox.code(email) }, proof);
      const changed = await change(assertTokenResponse(proved, 200, 300).access_token);
      assert.equal(changed.status, 200, changed.text);
    } finally {
      await world.clock(null);
    }
  });
});

describe("GET /auth/methods", () => {
  test("says what the configuration allows", async (t) => {
    const methods = async (to: Durable) => (await get(to.origin, "/auth/methods")).json();
    const all = await methods(world);
    assert.deepEqual([all.password, all.email_code, all.providers, all.sign_up], [true, true, [], true]);
    assert.equal(all.password_reset, true);
    const without = await startDurable({ config: { sign_up: "closed" } });
    t.after(() => without.stop());
    const few = await methods(without);
    assert.deepEqual([few.email_code, few.password_reset, few.sign_up], [false, false, false]);
    assertProblem(await request(newEmail(), {}, without), "not_found");
    assert.equal((await call(without.origin, "HEAD", "/auth/methods")).status, 200);
  });
});

describe("an account without a password", () => {
  test("its user sets the first password once, and deletes the account, after a recent sign-in only", async () => {
    const email = newEmail();
    const ada = await enter(email);
    assertProblem(await send("/auth/sign-in", { email, password: PASSWORD }), "invalid_credentials");
    assertProblem(
      await send("/auth/password", { current_password: PASSWORD, new_password: PASSWORD }, { token: ada.token }),
      "invalid_credentials",
    );
    const set = () => send("/auth/password", { new_password: PASSWORD }, { token: ada.token });
    const answers = await Promise.all(Array.from({ length: 20 }, set));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    const { access_token: token } = assertTokenResponse(
      answers.find(({ status }) => status === 200) as Answer,
      200,
      300,
    );
    assert.deepEqual(decodeJwt(token).amr, ["email"]);
    assert.equal((await refresh(world.origin, ada.cookie)).status, 401, "the earlier session has ended");
    assertProblem(await send("/auth/password", { new_password: PASSWORD }, { token }), "invalid_request", {
      field: "current_password",
    });
    assert.equal((await send("/auth/sign-in", { email, password: PASSWORD })).status, 200);
    const leave = (who: string, body: unknown) =>
      call(world.origin, "DELETE", "/auth/account", body, { ...fromOurPage, token: who });
    assertProblem(await leave(token, {}), "invalid_request", { field: "current_password" });
    const bob = await enter(newEmail());
    assert.equal((await leave(bob.token, {})).status, 204);
    assert.equal((await enter(bob.user.email)).answer.status, 201, "the address is free again");
  });
});
