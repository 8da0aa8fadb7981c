// Every way in asks for the second factor: none of them replaces it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { challengeOf, codeOf, enrol } from "../../harness/authenticator-app.ts";
import { assertCookie, assertProblem, CHALLENGE_COOKIE } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { until } from "../../harness/until.ts";
import { newEmail, PASSWORD } from "../../harness/visitor.ts";
import { type Durable, fromOurPage, refresh } from "../durable/world.ts";
import type { Mailbox } from "../mail/mailbox.ts";
import { actions, opened } from "./world.ts";

const OTHER = "another horse, another battery";

export function waysIn(world: () => Durable, mailbox: () => Mailbox): void {
  const { accountOf, admin, member, post, sessions, signIn, verify } = actions(world);
  const amr = (token: string) => decodeJwt<{ amr: string[] }>(token).amr;
  const cookieOf = (answer: Answer) => {
    const set = answer.setCookies.find((line) => line.startsWith(`${CHALLENGE_COOKIE}=`));
    return set?.split(";")[0] ?? "";
  };
  const byMail = async (path: string, email: string, more: object = {}) => {
    const requested = await post(path.replace(/\/(verify|reset)$/, path.endsWith("reset") ? "/forgot" : ""), { email });
    assert.equal(requested.status, 202, requested.text);
    const code = mailbox().code(email);
    return post(path, { email, code, ...more }, { cookie: cookieOf(requested) });
  };
  /** A user whose address is proved, with an app. */
  const proved = async () => {
    const email = newEmail();
    const answer = await byMail("/auth/email/code/verify", email);
    assert.equal(answer.status, 201, answer.text);
    const who = { email, cookie: assertCookie(answer).pair, token: answer.json().access_token };
    return { ...who, ...(await enrol(world().origin, who.token, fromOurPage)), account: accountOf(who) };
  };

  test("a code by mail, and a password that was reset by one, need the second factor too", async () => {
    const who = await proved();
    const cookie = challengeOf(await byMail("/auth/email/code/verify", who.email), "a code by mail");
    const { body } = opened(await verify(cookie, { code: codeOf(who.uri, 1) }));
    assert.deepEqual(amr(body.access_token), ["email", "otp", "mfa"]);

    const reset = challengeOf(await byMail("/auth/password/reset", who.email, { new_password: OTHER }), "a reset");
    assert.equal(await sessions(who), 0, "the password is replaced, and every session has ended");
    assert.equal((await refresh(world().origin, who.cookie)).status, 401);
    const recovered = opened(await verify(reset, { recovery_code: who.recoveryCodes[0] }));
    assert.deepEqual(amr(recovered.body.access_token), ["email", "otp", "mfa"]);
    assertProblem(await signIn(who, OTHER), "second_factor_required", { what: "the new password" });
  });

  test("the user is told by mail that an administrator has reset the factor, and signs in without it", async () => {
    const who = await proved();
    assert.equal((await admin().del(`/${who.account}/second-factor`)).status, 200);
    await until("the mail", () => mailbox().to(who.email)[0]?.kind === "second_factor_reset");
    assert.equal((await byMail("/auth/email/code/verify", who.email)).status, 200);
  });

  test("a reset by mail changes nothing in an account with a second factor whose address was never proved", async () => {
    const who = await member();
    const answer = await byMail("/auth/password/reset", who.email, { new_password: OTHER });
    assertProblem(answer, "invalid_credentials");
    assert.equal((await refresh(world().origin, who.cookie)).status, 200);
    assertProblem(await signIn(who, OTHER), "invalid_credentials");
    assertProblem(await signIn(who, PASSWORD), "second_factor_required");
  });
}
