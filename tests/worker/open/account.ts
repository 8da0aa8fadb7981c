// The main flow over HTTP: sign up, call, renew, sign in, change the password.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertCookie,
  assertHygiene,
  assertJustBefore,
  assertProblem,
  assertTokenResponse,
  COOKIE,
  cookieParts,
} from "../../harness/contract.ts";
import { parallel } from "../../harness/family.ts";
import { get, newEmail, PASSWORD, post, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

const MONTH = 2_592_000;
const WEEK = 604_800;

export function account({ origin }: World): void {
  test("healthz says ok, with a request id of its own each time", async () => {
    const first = await get(origin, "/healthz");
    assert.equal(first.status, 200);
    assert.deepEqual(first.json(), { status: "ok" });
    assert.notEqual(assertHygiene(first), assertHygiene(await get(origin, "/healthz")));
  });

  test("check_32_check_36 sign-up: 201, the token response, the cookie's attributes, no-store", async () => {
    const email = newEmail();
    const before = Math.floor(Date.now() / 1000);
    const answer = await post(origin, "/auth/sign-up", { email, password: PASSWORD });
    const { session } = assertTokenResponse(answer, 201, 300);
    const { value, maxAge } = assertCookie(answer);
    cookieParts(value);
    assert.equal(session.user.email, email);
    assert.equal(session.user.email_verified, false);
    assert.deepEqual(session.user.roles, []);
    assert.ok(session.created_at >= before - 1 && session.created_at <= Date.now() / 1000 + 1, "created now");
    assertJustBefore(session.auth_time, session.created_at);
    assert.equal(session.expires_at, session.created_at + MONTH);
    assert.equal(session.idle_expires_at, session.created_at + WEEK);
    assert.ok(maxAge > MONTH - 10 && maxAge <= MONTH, `Max-Age ${maxAge} is the time to the absolute expiry`);
  });

  test("check_30 a refresh secret has 256 bits, and all are different", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    const [a, b] = [one, two].map(({ cookie }) => cookieParts(cookie.slice(COOKIE.length + 1)));
    assert.equal(a?.account, b?.account, "one account");
    assert.notEqual(a?.family, b?.family);
    assert.notEqual(a?.secret, b?.secret);
    assert.equal(Buffer.from(a?.secret ?? "", "base64url").length, 32);
  });

  test("an anonymous visitor's refresh is not an error: 204, no cookie", async () => {
    const answer = await refresh(origin);
    assert.equal(answer.status, 204);
    assert.deepEqual(answer.setCookies, []);
    assertHygiene(answer);
  });

  test("check_36 refreshing a young session gives a new access token and the same cookie", async () => {
    const who = await signUp(origin);
    const answer = await refresh(origin, who.cookie);
    const body = assertTokenResponse(answer, 200, 300);
    assert.equal(assertCookie(answer).pair, who.cookie, "same generation, byte for byte");
    assert.deepEqual(body.session, who.body.session, "the session is unchanged");
  });

  test("check_25 100 parallel refreshes with a young cookie: no new generation, the same cookie for all", async () => {
    const { cookie } = await signUp(origin);
    assert.deepEqual(await parallel(origin, 100, cookie), [cookie]);
  });

  test("check_36 sign-in: 200, a new session of the same user", async () => {
    const who = await signUp(origin);
    const again = await signIn(origin, who);
    assert.equal(again.body.session.user.id, who.body.session.user.id);
    assert.notEqual(again.body.session.id, who.body.session.id);
    await renewed(origin, who.cookie); // Its cookie was not presented, so the session continues.
  });

  test("a wrong password and an unknown address get the same response", async () => {
    const who = await signUp(origin);
    const wrong = await post(origin, "/auth/sign-in", { email: who.email, password: "not the password" });
    const unknown = await post(origin, "/auth/sign-in", { email: newEmail("unknown"), password: PASSWORD });
    assertProblem(wrong, "invalid_credentials");
    assertProblem(unknown, "invalid_credentials");
    assert.equal(wrong.text, unknown.text, "check_39: no difference in the body");
  });

  test("a failed sign-in does not affect the session whose cookie it presents", async () => {
    const who = await signUp(origin);
    assertProblem(
      await post(origin, "/auth/sign-in", { email: who.email, password: "not the password" }, { cookie: who.cookie }),
      "invalid_credentials",
    );
    await renewed(origin, who.cookie);
  });

  test("an address in another case or with ASCII white space around it is the same account", async () => {
    const who = await signUp(origin, { email: newEmail() });
    const forms = [
      who.email.toUpperCase(),
      `  ${who.email} `,
      `\t${who.email.replace("user", "User")}\n`,
      `\r\n${who.email}\f`,
      `${" ".repeat(300)}${who.email}`,
    ];
    for (const email of forms) {
      const what = JSON.stringify(email);
      assertProblem(await post(origin, "/auth/sign-up", { email, password: PASSWORD }), "email_taken", { what });
      const again = await signIn(origin, { email, password: PASSWORD });
      assert.equal(again.body.session.user.id, who.body.session.user.id, what);
      assert.equal(again.body.session.user.email, who.email, what);
    }
    for (const space of [" ", "\t", "\n", "\f", "\r"]) {
      const email = newEmail();
      const { body } = await signUp(origin, { email: `${space}${email}${space}` });
      assert.equal(body.session.user.email, email, `${JSON.stringify(space)} isn't stored`);
    }
    for (const space of ["\u00a0", "\u3000", "\0"])
      assertProblem(
        await post(origin, "/auth/sign-up", { email: `${space}${newEmail()}`, password: PASSWORD }),
        "invalid_request",
        { what: `${JSON.stringify(space)} is not ASCII white space` },
      );
  });

  test("many concurrent sign-ups of one address: one succeeds, and only its password is correct", async () => {
    const email = newEmail();
    const forms = [email, email.toUpperCase(), ` ${email}`, email, email.toUpperCase(), email];
    const answers = await Promise.all(
      forms.map((form, i) => post(origin, "/auth/sign-up", { email: form, password: `password number ${i}` })),
    );
    const winners = answers.flatMap((answer, i) => (answer.status === 201 ? [i] : []));
    assert.equal(winners.length, 1, `statuses ${answers.map((a) => a.status)}`);
    for (const [i, answer] of answers.entries()) {
      if (i !== winners[0]) assertProblem(answer, "email_taken");
      const attempt = await post(origin, "/auth/sign-in", { email, password: `password number ${i}` });
      assert.equal(attempt.status, i === winners[0] ? 200 : 401, `password of attempt ${i}`);
    }
  });

  test("check_41 a password is 8 to 128 characters, and its exact bytes count", async () => {
    for (const password of [
      "8 chars!",
      "p".repeat(128),
      "🔑".repeat(8),
      "🔑".repeat(128),
      "  spaces around  ",
      "p\u00e4ssw\u00f6rter",
    ]) {
      const who = await signUp(origin, { password });
      await signIn(origin, who);
      const alike = [password.trim(), password.normalize("NFD"), password.toUpperCase(), `${password} `].filter(
        (other) => other !== password,
      );
      for (const other of alike) {
        const answer = await post(origin, "/auth/sign-in", { email: who.email, password: other });
        assert.notEqual(
          answer.status,
          200,
          `${JSON.stringify(other.slice(0, 20))} for ${JSON.stringify(password.slice(0, 20))}`,
        );
      }
    }
  });

  test("a password of an impossible length is wrong like any other at sign-in; an invalid address is an error", async () => {
    const who = await signUp(origin);
    for (const password of ["", "7 chars", "p".repeat(129)])
      assertProblem(await post(origin, "/auth/sign-in", { email: who.email, password }), "invalid_credentials", {
        what: `${password.length} characters`,
      });
    const wrong = await post(origin, "/auth/sign-in", { email: who.email, password: "not the password" });
    const short = await post(origin, "/auth/sign-in", { email: newEmail("unknown"), password: "short" });
    assert.equal(short.text, wrong.text, "check_39: the same response");
    assertProblem(
      await post(origin, "/auth/sign-in", { email: "not an address", password: PASSWORD }),
      "invalid_request",
    );
  });

  test("check_38 a password change: every other session ends, the old password and token with them", async () => {
    const who = await signUp(origin);
    const otherSession = await signIn(origin, who);
    const passwords = { current_password: who.password, new_password: "another good password" };

    assertProblem(
      await post(origin, "/auth/password", { ...passwords, current_password: "wrong password" }, who),
      "invalid_credentials",
    );
    await renewed(origin, otherSession.cookie);

    const answer = await post(origin, "/auth/password", passwords, who);
    const body = assertTokenResponse(answer, 200, 300);
    const { pair } = assertCookie(answer);
    assert.equal(body.session.user.id, who.body.session.user.id);
    assert.notEqual(body.session.id, who.body.session.id, "a new session, not the caller's");

    for (const cookie of [otherSession.cookie, who.cookie])
      assertProblem(await refresh(origin, cookie), "session_ended", { reason: "revoked" });
    assertProblem(await get(origin, "/auth/sessions", { token: otherSession.token }), "invalid_token");
    assertProblem(await get(origin, "/auth/sessions", { token: who.token }), "invalid_token", {
      what: "a token of the previous epoch",
    });
    assertProblem(
      await post(origin, "/auth/sign-in", { email: who.email, password: who.password }),
      "invalid_credentials",
    );
    assert.equal((await get(origin, "/auth/sessions", { token: body.access_token })).status, 200);
    await renewed(origin, pair);
    await signIn(origin, { email: who.email, password: passwords.new_password });
  });

  test("check_31 sign-in makes a new family and ends the presented one, even of another account", async () => {
    const victim = await signUp(origin);
    const attacker = await signUp(origin);
    for (const planted of [victim, attacker]) {
      const fresh = await signIn(origin, victim, { cookie: planted.cookie });
      assert.equal(fresh.body.session.user.id, victim.body.session.user.id);
      assert.notEqual(fresh.cookie, planted.cookie);
      assert.notEqual(fresh.body.session.id, planted.body.session.id);
      assertProblem(await refresh(origin, planted.cookie), "session_ended", { reason: "revoked" });
      await renewed(origin, fresh.cookie);
    }
  });

  test("check_31 an invented cookie before sign-in is worthless afterwards", async () => {
    const who = await signUp(origin);
    const other = await signIn(origin, who);
    const forged = other.cookie.replace(/[^.]+$/, "A".repeat(43));
    const fresh = await signIn(origin, who, { cookie: forged });
    assert.notEqual(fresh.cookie, forged);
    assertProblem(await refresh(origin, forged), "session_ended", { reason: "none" });
    await renewed(origin, other.cookie); // An invented secret ends no session.
  });
}
