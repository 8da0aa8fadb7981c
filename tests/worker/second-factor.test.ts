// Second factors: authenticator apps, recovery codes, step-up, roles and routes that require them. The codes are
// those of an independent implementation of RFC 6238.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import { app, challengeOf, codeOf, enrol } from "../harness/authenticator-app.ts";
import { assertChallenge, assertProblem, assertTokenResponse } from "../harness/contract.ts";
import { newCredential } from "../harness/operator.ts";
import { PASSWORD } from "../harness/visitor.ts";
import { again, type Durable, fromOurPage, person, refresh, startDurable } from "./durable/world.ts";
import { type Mailbox, startMailbox } from "./mail/mailbox.ts";
import { badInput } from "./second-factor/input.ts";
import { waysIn } from "./second-factor/ways-in.ts";
import { actions, CONFIG, opened, SECRETS } from "./second-factor/world.ts";

let world: Durable;
let mailbox: Mailbox;
const { accountOf, admin, challenge, forgetSteps, get, member, post, send, sessions, signIn, verify } = actions(
  () => world,
);

const OTHER = "another horse, another battery";
const claimsOf = (token: string) => decodeJwt<{ acr: string; amr: string[]; roles: string[]; sid: string }>(token);

describe("second factors", { concurrency: 4 }, () => {
  before(async () => {
    mailbox = await startMailbox();
    const { config, ...life } = mailbox.life;
    world = await startDurable({ ...life, config: { ...config, ...CONFIG }, secrets: SECRETS });
  });
  after(async () => {
    await world?.stop();
    await mailbox?.stop();
  });

  test("an app is added in two steps: it has no effect until a code of it is confirmed", async () => {
    const who = await person(world.origin);
    const account = accountOf(who);
    const begun = await post("/auth/second-factor/totp", undefined, who);
    assert.equal(begun.status, 200, begun.text);
    const { secret, uri, ...rest } = begun.json();
    assert.deepEqual(rest, {});
    const read = app(uri);
    assert.deepEqual(
      [read.issuer, read.label, read.algorithm, read.digits, read.period, read.secret.base32, read.secret.bytes.length],
      ["Notes", who.email, "SHA1", 6, 30, secret, 20],
    );
    assert.equal((await signIn(who)).status, 200, "no second factor yet");
    const wrong = String((Number(codeOf(uri)) + 1) % 1_000_000).padStart(6, "0");
    assertProblem(await post("/auth/second-factor/totp/confirm", { code: wrong }, who), "code_invalid");
    assert.equal((await signIn(who)).status, 200, "still none");

    const code = codeOf(uri);
    const confirmed = await post(
      "/auth/second-factor/totp/confirm",
      { code: `${code.slice(0, 3)} ${code.slice(3)}` },
      who,
    );
    assert.equal(confirmed.status, 200, confirmed.text);
    const { recovery_codes: codes } = confirmed.json();
    assert.equal(new Set(codes).size, 10);
    for (const code of codes) assert.match(code, /^([BCDFGHJKLMNPQRSTVWXZ]{4}-){3}[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    assertProblem(await post("/auth/second-factor/totp/confirm", { code: codeOf(uri) }, who), "challenge_expired");
    assertProblem(await signIn(who), "second_factor_required");
    const { access_token, session } = (await refresh(world.origin, who.cookie)).json();
    assert.deepEqual(
      [claimsOf(access_token).acr, session.methods, session.user.second_factor],
      ["aal2", ["pwd", "otp", "mfa"], true],
      "the session in which the user added it has it",
    );
    const stored = JSON.stringify([
      await world.look("ACCOUNT", account, "SELECT * FROM totp"),
      await world.look("ACCOUNT", account, "SELECT * FROM recovery_code"),
    ]);
    assert.match(stored, /"secret":"sealed\.1\./);
    for (const value of [secret, ...codes, ...codes.map((code: string) => code.replaceAll("-", ""))])
      assert.ok(!stored.includes(value) && !world.logs().includes(value), "neither stored nor logged");
    const [last, event] = await admin().events(account);
    assert.deepEqual([event?.event, event?.by, event?.session], ["second_factor_added", "user", who.session]);
    assert.deepEqual([last?.event, last?.by], ["first_factor_proved", "user"], "the sign-in that went no further");
  });

  test("a sign-in is answered with a challenge; no session exists until the code, which counts once, was verified", async () => {
    const who = await member();
    const before = await sessions(who);
    const answer = await signIn(who);
    assertProblem(answer, "second_factor_required");
    assert.deepEqual(answer.json().methods, ["totp", "recovery_code"]);
    const cookie = challengeOf(answer);
    assert.equal(cookie.split("=1.")[1]?.split(".")[0], who.account);
    assert.equal(await sessions(who), before, "no session");
    assertProblem(await verify(cookie, { code: who.code }), "code_invalid", { what: "confirmed with it" });
    const next = codeOf(who.uri, 1);
    const { cookie: session, body } = opened(await verify(cookie, { code: next }));
    assert.equal(await sessions(who), before + 1);
    const { acr, amr } = claimsOf(body.access_token);
    assert.deepEqual([acr, amr, body.session.methods], ["aal2", ["pwd", "otp", "mfa"], ["pwd", "otp", "mfa"]]);
    assert.equal((await refresh(world.origin, session)).status, 200);
    assertProblem(await verify(cookie, { code: next }), "challenge_expired", { what: "the challenge was answered" });
    assertProblem(await verify(await challenge(who), { code: next }), "code_invalid", { what: "another challenge" });
    const kinds = (await admin().events(who.account)).map(({ event }) => event);
    assert.deepEqual(kinds.filter((kind) => kind === "second_factor_wrong").length, 1, "repetitions are one event");
  });

  test("each recovery code counts once, and new ones replace the old", async () => {
    const who = await member();
    const [one = "", two = "", three = ""] = who.recoveryCodes;
    opened(await verify(await challenge(who), { recovery_code: one.toLowerCase().replaceAll("-", " ") }));
    assertProblem(await verify(await challenge(who), { recovery_code: one }), "code_invalid");
    const { body } = opened(await verify(await challenge(who), { recovery_code: two }));
    assert.equal(claimsOf(body.access_token).acr, "aal2");
    const renewed = await post("/auth/second-factor/recovery-codes", undefined, { token: body.access_token });
    assert.equal(renewed.status, 200, renewed.text);
    assertProblem(await verify(await challenge(who), { recovery_code: three }), "code_invalid", { what: "replaced" });
    opened(await verify(await challenge(who), { recovery_code: renewed.json().recovery_codes[9] }));
    const kinds = (await admin().events(who.account)).map(({ event }) => event);
    assert.deepEqual(kinds.filter((kind) => kind.startsWith("recovery_code")).sort(), [
      ...["recovery_code_used", "recovery_code_used", "recovery_code_used", "recovery_codes_replaced"],
    ]);
  });

  test("a user without recovery codes is offered none", async () => {
    const who = await member();
    await world.look("ACCOUNT", who.account, "DELETE FROM recovery_code");
    assert.deepEqual((await signIn(who)).json().methods, ["totp"]);
  });

  test("no method of proving one factor opens a session, whichever it is; a passkey with user verification does", async () => {
    const who = await member();
    const { Ring } = (await world.object("KEYRING", "keyring", { Ring: { known: null } })).json();
    assert.ok(Ring.refresh.length > 0);
    const open = async (methods: string[]) => {
      const { Credentials } = (await world.object("ACCOUNT", who.account, { Credentials: {} })).json();
      const [{ version: credential_version }] = Credentials.credentials;
      const time = Math.floor(Date.now() / 1000);
      const proof = { account: who.account, credential_version, methods, time, profile: null, once: null };
      const asker = { actor: "user", credential: null, request_id: "", source: {} };
      // The keys are sealed, and not needed: the account asks for the second factor before it uses them.
      const keys = [{ id: "k", bytes: Buffer.alloc(32).toString("base64url") }];
      const asked = { OpenSession: { asker, proof, signed_up: false, keys, challenge: "c" } };
      return (await world.object("ACCOUNT", who.account, asked)).json().OpenSession;
    };
    const before = await sessions(who);
    for (const methods of [[], ["pwd"], ["email"], ["fed"], ["otp"], ["hwk"], ["swk"], ["user"], ["pwd", "user"]])
      assert.deepEqual(await open(methods), { Err: { SecondFactor: { methods: ["totp", "recovery_code"] } } });
    assert.equal(await sessions(who), before);
    for (const methods of [
      ["hwk", "user"],
      ["swk", "user"],
      ["pwd", "otp", "mfa"],
    ])
      assert.ok("Ok" in (await open(methods)), `${methods}`);
  });

  test("routes with an acr: a session from before is stepped up, and stays the same session", async () => {
    const who = await person(world.origin);
    const older = await again(world.origin, who.email);
    for (const path of ["/mfa/x", "/strict-mfa/x"]) {
      const answer = await get(path, { token: older.token });
      assertProblem(answer, "step_up_required", { methods: [], what: path });
      assertChallenge(answer, "insufficient_user_authentication", path);
      assert.match(answer.header("www-authenticate") ?? "", /, acr_values="aal2",/);
    }
    assertProblem(await post("/auth/second-factor", { code: "123456" }, older), "not_found", { what: "none added" });
    const { uri } = await enrol(world.origin, who.token, fromOurPage);
    const methods = ["totp", "recovery_code"];
    assertProblem(await get("/mfa/x", { token: older.token }), "step_up_required", {
      methods,
      what: "another session",
    });
    assertProblem(await get("/page-mfa/x", { cookie: older.cookie }), "step_up_required", { methods });
    assertProblem(await post("/auth/second-factor", { code: "1" }, older), "code_invalid");

    const answer = await post("/auth/second-factor", { code: codeOf(uri, 1) }, { token: older.token });
    assert.deepEqual(answer.setCookies, [], "the session's cookie stays");
    const { access_token: token, session } = assertTokenResponse(answer, 200, 300);
    assert.deepEqual([session.id, claimsOf(token).sid, claimsOf(token).acr], [older.session, older.session, "aal2"]);
    for (const path of ["/mfa/x", "/strict-mfa/x"]) assert.equal((await get(path, { token })).status, 200, path);
    assert.equal((await get("/page-mfa/x", { cookie: older.cookie })).status, 200);
    assert.equal((await get("/strict-mfa/x", { token: older.token })).status, 200, "the session's present state");
    assertProblem(await get("/mfa/x", { token: older.token }), "step_up_required", { what: "what the token says" });
    // Proving the password again does not take the second factor away.
    const proved = await post("/auth/reauthenticate", { password: PASSWORD }, { token });
    assert.equal(claimsOf(proved.json().access_token).acr, "aal2");
  });

  test("a role that requires a second factor is only in sessions that have one, and its user can add one", async () => {
    const who = await person(world.origin);
    const account = accountOf(who);
    await admin().put(`/${account}/roles`, { roles: ["admin", "editor"] });
    const one = (await refresh(world.origin, who.cookie)).json();
    assert.deepEqual([one.session.user.roles, claimsOf(one.access_token).roles], [["editor"], ["editor"]]);
    const refused = await get("/admins/x", { token: one.access_token });
    assertProblem(refused, "step_up_required");
    assert.match(refused.header("www-authenticate") ?? "", /, acr_values="aal2",/);
    assert.equal((await get("/none/x", { token: one.access_token })).status, 200, "all other routes");
    assert.deepEqual((await admin().get(`/${account}`)).json().roles, ["admin", "editor"]);

    const { uri } = await enrol(world.origin, one.access_token, fromOurPage);
    const two = (await refresh(world.origin, who.cookie)).json();
    assert.deepEqual(
      [two.session.user.roles, claimsOf(two.access_token).roles],
      [
        ...[
          ["admin", "editor"],
          ["admin", "editor"],
        ],
      ],
    );
    assert.equal((await get("/admins/x", { token: two.access_token })).status, 200);
    const { body } = opened(await verify(await challenge(who), { code: codeOf(uri, 1) }));
    assert.equal((await get("/admins/x", { token: body.access_token })).status, 200);
    // A user without the role is not admitted for a second factor.
    const other = await member();
    assertProblem(await get("/admins/x", { token: other.token }), "insufficient_scope");
  });

  test("a session with one factor can't change credentials or second factors; a password change keeps the second factor", async () => {
    const who = await person(world.origin);
    const older = await again(world.origin, who.email);
    const { uri } = await enrol(world.origin, who.token, fromOurPage);
    const change = { current_password: PASSWORD, new_password: OTHER };
    for (const [method, path, body] of [
      ["DELETE", "/auth/second-factor/totp"],
      ["POST", "/auth/second-factor/totp"],
      ["POST", "/auth/second-factor/totp/confirm", { code: codeOf(uri, 1) }],
      ["POST", "/auth/second-factor/recovery-codes"],
      ["POST", "/auth/password", change],
      ["DELETE", "/auth/account", { current_password: PASSWORD }],
    ] as const)
      assertProblem(await send(method, path, body, { token: older.token }), "step_up_required", {
        what: `${method} ${path}`,
      });
    const { access_token: token } = (await refresh(world.origin, who.cookie)).json();
    const changed = assertTokenResponse(await post("/auth/password", change, { token }), 200, 300);
    assert.deepEqual(changed.session.methods, ["pwd", "otp", "mfa"]);
    assert.equal((await get("/mfa/x", { token: changed.access_token })).status, 200);
    assertProblem(await signIn(who, OTHER), "second_factor_required");
  });

  test("a user replaces the app, and removes it", async () => {
    const who = await member();
    const next = await enrol(world.origin, who.token, fromOurPage);
    await forgetSteps(who);
    const cookie = await challenge(who);
    assertProblem(await verify(cookie, { code: codeOf(who.uri) }), "code_invalid", { what: "the replaced app" });
    assertProblem(await verify(cookie, { recovery_code: who.recoveryCodes[0] }), "code_invalid");
    const { body } = opened(await verify(cookie, { code: codeOf(next.uri) }));
    const { access_token: token } = body;
    assert.equal((await send("DELETE", "/auth/second-factor/totp", undefined, { token })).status, 204);
    assertProblem(await send("DELETE", "/auth/second-factor/totp", undefined, { token }), "not_found");
    assertProblem(await post("/auth/second-factor/recovery-codes", undefined, { token }), "not_found");
    assert.equal(assertTokenResponse(await signIn(who), 200, 300).session.user.second_factor, false);
    assert.ok((await admin().events(who.account)).some(({ event }) => event === "second_factor_removed"));
  });

  test("an administrator resets the factor: every session ends, and the password alone opens one", async () => {
    const who = await member();
    const cookie = await challenge(who);
    assert.equal((await admin().get(`/${who.account}`)).json().second_factor, true);
    const reset = await admin().del(`/${who.account}/second-factor`);
    assert.deepEqual(
      [reset.status, reset.json().second_factor, reset.json().sessions, reset.json().id],
      [200, false, 0, who.account],
    );
    assert.equal((await refresh(world.origin, who.cookie)).status, 401);
    assertProblem(await verify(cookie, { code: codeOf(who.uri, 1) }), "code_invalid", {
      what: "a challenge of before",
    });
    assert.equal((await signIn(who)).status, 200);
    const event = (await admin().events(who.account)).find(({ event }) => event === "second_factor_reset");
    assert.deepEqual([event?.by, event?.sessions], ["admin", 1]);
    const fromPage = await send("DELETE", `/admin/users/${who.account}/second-factor`, undefined, who);
    assertProblem(fromPage, "request_forgery", { what: "a page" });
    assertProblem(await admin().del(`/${"0".repeat(64)}/second-factor`), "not_found");
  });

  test("a secret is sealed again with the present sealing secret when it is used", async () => {
    const who = await member();
    const sealing = newCredential().secret;
    const sealed = async () => (await world.look("ACCOUNT", who.account, "SELECT secret FROM totp"))[0].secret;
    const before = await sealed();
    const later = await startDurable({
      config: { ...CONFIG, keys: { secret_bindings: ["NEW", "SEAL"] } },
      secrets: { ...SECRETS, NEW: sealing },
    });
    try {
      const there = actions(() => later);
      const one = await there.member();
      const stored = async () => (await later.look("ACCOUNT", one.account, "SELECT secret FROM totp"))[0].secret;
      const id = (await stored()).split(".")[2];
      await later.start({ config: { ...CONFIG, keys: { secret_bindings: ["SEAL", "NEW"] } } });
      opened(await there.verify(await there.challenge(one), { code: codeOf(one.uri, 1) }));
      const now = (await stored()).split(".")[2];
      assert.deepEqual([now !== id, now], [true, before.split(".")[2]], "the names of the secrets");
      await there.forgetSteps(one);
      await later.start({ config: { ...CONFIG, keys: { secret_bindings: ["SEAL"] } } });
      opened(await there.verify(await there.challenge(one), { code: codeOf(one.uri) }));
    } finally {
      await later.stop();
    }
  });

  waysIn(
    () => world,
    () => mailbox,
  );
  badInput(() => world);
});

describe("guesses of second factors", () => {
  let limited: Durable;
  const there = actions(() => limited);
  before(async () => {
    limited = await startDurable({ config: { ...CONFIG, limits: undefined }, secrets: SECRETS });
  });
  after(() => limited?.stop());

  test("are limited per account, over all challenges, however often the password is proved again", async () => {
    const [who, other] = [await there.member(), await there.member()];
    const answers = [];
    for (let i = 0; i < 8; i += 1) answers.push(await there.verify(await there.challenge(who), { code: "12345" }));
    const codes = answers.map((answer) => answer.json().code);
    assert.deepEqual(codes, [...Array(5).fill("code_invalid"), ...Array(3).fill("rate_limited")], codes.join(" "));
    const cookie = await there.challenge(who);
    assertProblem(await there.verify(cookie, { code: codeOf(who.uri, 1) }), "rate_limited", { what: "a correct one" });
    opened(await there.verify(await there.challenge(other), { code: codeOf(other.uri, 1) }));
    // A client that only knows the account's id uses up nothing.
    const invented = `__Host-Http-latchkey-challenge=1.${other.account}.${Buffer.alloc(32).toString("base64url")}`;
    for (let i = 0; i < 10; i += 1)
      assertProblem(await there.verify(invented, { code: "123456" }), "challenge_expired");
    await there.forgetSteps(other);
    opened(await there.verify(await there.challenge(other), { code: codeOf(other.uri) }));
  });
});
