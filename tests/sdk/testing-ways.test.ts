// `latchkey-auth/testing`: every way to sign in, second factors, and what the user changes, as an app's tests use them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FakeServiceOptions, type FakeUser, fakeService } from "latchkey-auth/testing";
import { until } from "../harness/until.ts";

const PASSWORD = "correct horse battery staple";
const ADA = "ada@example.com";

/** A service with mails and one user, a client, and the code of the newest mail. */
async function start(user: Partial<FakeUser> = {}, options: FakeServiceOptions = {}) {
  const users = [{ email: ADA, emailVerified: true, ...user }];
  const service = fakeService({ users, mail: true, api: () => new Response("hello"), ...options });
  return { service, auth: await service.createClient(), code: () => service.mails[0]?.code ?? "" };
}

/** The same, signed in. */
async function signedIn(user: Partial<FakeUser> = {}, options: FakeServiceOptions = {}) {
  const started = await start(user, options);
  started.service.openSession(ADA);
  const auth = await started.service.createClient();
  await auth.fetch("/api/me");
  return { ...started, auth };
}

describe("what the service offers", () => {
  test("passwords, unless a test says more", async () => {
    const auth = await fakeService().createClient();
    assert.deepEqual(await auth.methods(), {
      ...{ password: true, passwordReset: false, emailCode: false, passkey: false, providers: [], signUp: true },
    });
    await assert.rejects(auth.email.sendCode({ email: ADA }), { code: "not_found" });
    await assert.rejects(auth.password.forgot({ email: ADA }), { code: "not_found" });
  });

  test("what a test switches on", async () => {
    const providers = [{ name: "google", label: "Google", email: ADA }];
    const options = { mail: true, passkeys: true, providers, password: false, signUp: "closed" } as const;
    const auth = await fakeService(options).createClient();
    assert.deepEqual(await auth.methods(), {
      ...{ password: false, passwordReset: true, emailCode: true, passkey: true, signUp: false },
      providers: [{ name: "google", label: "Google" }],
    });
  });
});

describe("codes by mail", () => {
  test("sign a user in, whatever the letter case, once", async () => {
    const { service, auth, code } = await start();
    await auth.email.sendCode({ email: ADA });
    assert.deepEqual([service.mails.length, service.mails[0]?.to, service.mails[0]?.kind], [1, ADA, "sign_in"]);
    assert.match(code(), /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    await assert.rejects(auth.email.verifyCode({ email: ADA, code: "BBBB-BBBB" }), { code: "code_invalid" });
    const answer = { email: ADA, code: ` ${code().toLowerCase().replace("-", " ")}` };
    const result = await auth.email.verifyCode(answer);
    assert.equal(result.status === "signed-in" && result.session.user.email, ADA);
    await assert.rejects(auth.email.verifyCode(answer), { code: "challenge_expired" });
  });

  test("create the account of a new user, unless sign-up is closed", async () => {
    const { service, auth, code } = await start();
    await auth.email.sendCode({ email: "new@example.com" });
    assert.equal(service.mails[0]?.kind, "sign_up");
    await auth.email.verifyCode({ email: "new@example.com", code: code() });
    assert.deepEqual([auth.session?.user.email, auth.session?.user.emailVerified], ["new@example.com", true]);
    const closed = await start({}, { signUp: "closed" });
    await closed.auth.email.sendCode({ email: "new@example.com" });
    assert.deepEqual([closed.service.mails[0]?.kind, closed.code()], ["no_account", ""]);
  });

  test("are for the browser that has requested them, for ten minutes and five tries", async () => {
    const { service, auth, code } = await start();
    await auth.email.sendCode({ email: ADA });
    const other = await service.browser().createClient();
    const answer = { email: ADA, code: code() };
    await assert.rejects(other.email.verifyCode(answer), { code: "challenge_expired" });
    for (let tries = 1; tries <= 5; tries += 1) {
      await assert.rejects(auth.email.verifyCode({ email: ADA, code: "BBBBBBBB" }), { code: "code_invalid" });
    }
    await assert.rejects(auth.email.verifyCode(answer), { code: "challenge_expired" });
    await auth.email.sendCode({ email: ADA });
    service.faults.skewSeconds = 600;
    await assert.rejects(auth.email.verifyCode({ email: ADA, code: code() }), { code: "challenge_expired" });
  });

  test("set another password, after it has been checked, and end all sessions", async () => {
    const { service, auth, code } = await start();
    const elsewhere = service.browser();
    elsewhere.openSession(ADA);
    await auth.password.forgot({ email: ADA });
    const short = auth.password.reset({ email: ADA, code: code(), newPassword: "short" });
    await assert.rejects(short, { code: "invalid_request", field: "newPassword" });
    await auth.password.reset({ email: ADA, code: code(), newPassword: "another password" });
    assert.equal(auth.status, "signed-in");
    const other = await elsewhere.createClient();
    await assert.rejects(other.fetch("/api/me"), { code: "signed_out" });
    await auth.signOut();
    await assert.rejects(auth.signIn({ email: ADA, password: PASSWORD }), { code: "invalid_credentials" });
    await auth.signIn({ email: ADA, password: "another password" });
  });

  test("prove an address and a new one", async () => {
    const { service, auth, code } = await signedIn({ emailVerified: false });
    assert.equal(auth.session?.user.emailVerified, false);
    await auth.email.requestVerification();
    assert.equal((await auth.email.verify({ code: code() })).emailVerified, true);
    await auth.email.change({ email: "new@example.com" });
    assert.deepEqual([service.mails[0]?.to, service.mails[0]?.kind], ["new@example.com", "email_change"]);
    assert.equal((await auth.email.confirmChange({ code: code() })).user.email, "new@example.com");
    assert.deepEqual([service.mails[0]?.to, service.mails[0]?.kind], [ADA, "email_changed"]);
    const undo = { email: ADA, code: code() };
    await assert.rejects(auth.email.undoChange({ ...undo, code: "BCDF-GHJK" }), { code: "code_invalid" });
    await auth.email.undoChange(undo);
    await assert.rejects(auth.fetch("/api/me"), { code: "signed_out" });
    await auth.signIn({ email: ADA, password: PASSWORD });
    assert.equal(auth.session?.user.email, ADA);
    await assert.rejects(auth.email.undoChange(undo), { code: "code_invalid" });
  });

  test("prove a credential again", async () => {
    const { service, auth, code } = await signedIn();
    service.faults.skewSeconds = 700;
    service.expireTokens();
    const change = () => auth.email.change({ email: "new@example.com" });
    await assert.rejects(change(), { code: "reauthentication_required", methods: ["password", "email_code"] });
    await auth.email.sendCode();
    await auth.reauthenticate({ code: code() });
    await change();
  });

  test("no mail can be sent: the call fails, and nothing has changed", async () => {
    const { service, auth } = await start();
    service.faults.mailUnavailable = true;
    const error = await auth.email.sendCode({ email: ADA }).catch((reason) => reason);
    assert.deepEqual([error.code, error.status, service.mails.length], ["mail_unavailable", 503, 0]);
  });
});

describe("second factors", () => {
  test("a user with an authenticator app: no session before its code", async () => {
    const { service, auth } = await start({ totp: true });
    const result = await auth.signIn({ email: ADA, password: PASSWORD });
    assert.deepEqual(result, { status: "second-factor", methods: ["totp"] });
    assert.equal(auth.status, "signed-out");
    await assert.rejects(auth.secondFactor.verify({ code: "000000" }), { code: "code_invalid" });
    const session = await auth.secondFactor.verify({ code: service.totpCode(ADA) });
    assert.deepEqual(session.methods, ["pwd", "otp", "mfa"]);
  });

  test("an app is added, its codes count once, and recovery codes replace it", async () => {
    const { service, auth } = await signedIn();
    const { secret, uri } = await auth.secondFactor.totp.begin();
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.ok(uri.startsWith("otpauth://totp/") && uri.includes(secret), uri);
    await assert.rejects(auth.secondFactor.totp.confirm({ code: "000000" }), { code: "code_invalid" });
    const code = service.totpCode(ADA);
    const { recoveryCodes } = await auth.secondFactor.totp.confirm({ code });
    assert.equal(new Set(recoveryCodes).size, 10);
    await auth.signOut();
    await auth.signIn({ email: ADA, password: PASSWORD });
    await assert.rejects(auth.secondFactor.verify({ code }), { code: "code_invalid" });
    const [recoveryCode = ""] = recoveryCodes;
    await auth.secondFactor.verify({ recoveryCode });
    await auth.signOut();
    await auth.signIn({ email: ADA, password: PASSWORD });
    await assert.rejects(auth.secondFactor.verify({ recoveryCode }), { code: "code_invalid" });
    await auth.secondFactor.verify({ code: service.totpCode(ADA) });
    const renewed = await auth.secondFactor.renewRecoveryCodes();
    assert.equal(renewed.recoveryCodes.includes(recoveryCodes[1] ?? ""), false);
    await auth.secondFactor.totp.remove();
    await auth.signOut();
    assert.equal((await auth.signIn({ email: ADA, password: PASSWORD })).status, "signed-in");
  });

  test("a session from before the app was added changes the account only after the second factor", async () => {
    const { service, auth } = await signedIn();
    const elsewhere = service.browser();
    elsewhere.openSession(ADA);
    const other = await elsewhere.createClient();
    await other.secondFactor.totp.begin();
    const { recoveryCodes } = await other.secondFactor.totp.confirm({ code: service.totpCode(ADA) });
    const change = () => auth.email.change({ email: "new@example.com" });
    await assert.rejects(change(), { code: "step_up_required", methods: ["totp", "recovery_code"] });
    assert.equal(auth.status, "signed-in");
    await auth.secondFactor.verify({ recoveryCode: recoveryCodes[0] ?? "" });
    await change();
    // A password that is proved again takes no factor away.
    await auth.reauthenticate({ password: PASSWORD });
    assert.deepEqual(auth.session?.methods, ["pwd", "otp", "mfa"]);
    await auth.email.change({ email: "newer@example.com" });
    // The session in which the app was added has proved it, and so has one that is opened later.
    await other.secondFactor.renewRecoveryCodes();
    const later = service.browser();
    later.openSession(ADA);
    await (await later.createClient()).secondFactor.renewRecoveryCodes();
  });

  test("each code of the app counts once, and the next one may come early", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 59_000 });
    const { service, auth } = await start({ totp: true });
    await auth.signIn({ email: ADA, password: PASSWORD });
    await auth.secondFactor.verify({ code: service.totpCode(ADA) });
    service.totpCode(ADA);
    await auth.signIn({ email: ADA, password: PASSWORD });
    await auth.secondFactor.verify({ code: service.totpCode(ADA) });
    assert.throws(() => service.totpCode(ADA), /30 seconds/);
    t.mock.timers.setTime(90_000);
    await auth.signIn({ email: ADA, password: PASSWORD });
    await auth.secondFactor.verify({ code: service.totpCode(ADA) });
  });
});

describe("passkeys", () => {
  const options = { passkeys: true } as const;

  test("a new user signs up with one, and signs in with it, also in another tab", async () => {
    const { service, auth } = await start({}, options);
    assert.equal(await auth.passkeys.isSupported(), true);
    const session = await auth.passkeys.signUp({ email: "new@example.com", name: "Laptop" });
    assert.deepEqual([session.user.email, service.authenticator.passkeys], ["new@example.com", ["new@example.com"]]);
    assert.deepEqual(
      (await auth.passkeys.list()).map(({ name }) => name),
      ["Laptop"],
    );
    await auth.signOut();
    const other = await service.createClient();
    const result = await other.passkeys.signIn();
    assert.equal(result.status === "signed-in" && result.session.user.id, session.user.id);
    assert.equal((await other.passkeys.list())[0]?.lastUsedAt !== undefined, true);
  });

  test("without an address, too; an address that is taken is rejected before the browser asks", async () => {
    const { service, auth } = await start({}, options);
    assert.equal((await auth.passkeys.signUp()).user.email, "");
    await assert.rejects(auth.passkeys.signUp({ email: ADA }), { code: "email_taken" });
    assert.equal(service.authenticator.passkeys.length, 1);
  });

  test("a signed-in user adds, names and removes them, and keeps the last way to sign in", async () => {
    const { auth } = await signedIn({ password: null, emailVerified: false }, options);
    const first = await auth.passkeys.add({ name: "Phone" });
    await assert.rejects(auth.passkeys.add(), { name: "InvalidStateError" });
    assert.equal((await auth.passkeys.rename(first.id, "Old phone")).name, "Old phone");
    await assert.rejects(auth.passkeys.remove(first.id), { code: "last_credential" });
    const { auth: other } = await signedIn({}, options);
    const { id } = await other.passkeys.add();
    await other.passkeys.remove(id);
    assert.deepEqual(await other.passkeys.list(), []);
    await assert.rejects(other.passkeys.rename(id, "Gone"), { code: "not_found" });
  });

  test("the user closes the browser's dialog, chooses a passkey among suggestions, or has no browser for it", async () => {
    const { service, auth } = await signedIn({}, options);
    await auth.passkeys.add();
    await auth.signOut();
    service.authenticator.answer = "cancel";
    await assert.rejects(auth.passkeys.signIn(), { name: "NotAllowedError" });
    service.authenticator.answer = "confirm";
    const stop = new AbortController();
    const aborted = auth.passkeys.signIn({ conditional: true, signal: stop.signal });
    stop.abort(new Error("left"));
    await assert.rejects(aborted, { message: "left" });
    const chosen = auth.passkeys.signIn({ conditional: true });
    // The ceremony begins when the options have arrived.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((done) => setImmediate(done));
    service.authenticator.autofill();
    assert.equal((await chosen).status, "signed-in");
    service.authenticator.isAvailable = false;
    assert.equal(await (await service.createClient()).passkeys.isSupported(), false);
  });

  test("a passkey counts as two factors, and proves the user again", async () => {
    const { service, auth } = await signedIn({ totp: true }, options);
    await auth.passkeys.add();
    service.faults.skewSeconds = 700;
    service.expireTokens();
    await assert.rejects(auth.passkeys.add(), { code: "reauthentication_required" });
    await auth.reauthenticate("passkey");
    await auth.signOut();
    assert.equal((await auth.passkeys.signIn()).status, "signed-in");
    await auth.signOut();
    const asked = await auth.signIn({ email: ADA, password: PASSWORD });
    assert.deepEqual(asked, { status: "second-factor", methods: ["totp", "passkey"] });
    assert.equal((await auth.secondFactor.verifyWithPasskey()).user.email, ADA);
  });
});

describe("other providers", () => {
  const GOOGLE = { name: "google", label: "Google", email: "ada@gmail.example" };

  test("the page leaves and comes back signed in, as the same user each time", async () => {
    const { service, auth } = await start({}, { providers: [GOOGLE] });
    void auth.signInWith("google", { returnTo: "/notes" });
    await until("the provider leads back", () => service.location !== null);
    assert.equal(service.location, "https://app.example.com/notes");
    const back = await service.createClient();
    await back.fetch("/api/me");
    assert.equal(back.session?.user.email, GOOGLE.email);
    assert.deepEqual(await back.providers.linked(), [{ name: "google", label: "Google" }]);
    await assert.rejects(back.fetch("https://api.example.org/me"), { code: "origin_not_allowed" });
  });

  test("an address that has an account, a failing provider: the page gets the code", async () => {
    const providers = [
      { ...GOOGLE, email: ADA },
      { name: "broken", email: "x@example.com", fails: true },
    ];
    const { service, auth } = await start({}, { providers });
    for (const [name, code] of [
      ["google", "email_taken"],
      ["broken", "provider_failed"],
    ] as const) {
      void auth.signInWith(name, { returnTo: "/sign-in" });
      await until(code, () => service.location?.endsWith(`error=${code}`) === true);
    }
    assert.equal(service.location, "https://app.example.com/sign-in?error=provider_failed");
  });

  test("a signed-in user links and unlinks one", async () => {
    const { service, auth } = await signedIn({}, { providers: [GOOGLE] });
    void auth.providers.link("google", { returnTo: "/account" });
    await until("the provider leads back", () => service.location !== null);
    assert.deepEqual(await auth.providers.linked(), [{ name: "google", label: "Google" }]);
    await auth.signOut();
    void auth.signInWith("google");
    await until("the session is there", async () => {
      const back = await service.createClient();
      await back.fetch("/api/me").catch(() => {});
      return back.session?.user.email === ADA;
    });
    const back = await service.createClient();
    await back.fetch("/api/me");
    await back.providers.unlink("google");
    assert.deepEqual(await back.providers.linked(), []);
  });
});

test("the user changes the profile", async () => {
  const { auth } = await signedIn();
  const user = await auth.updateProfile({ name: "Ada Lovelace", locale: "en-GB" });
  assert.deepEqual(user.profile, { name: "Ada Lovelace", locale: "en-GB" });
  assert.deepEqual((await auth.updateProfile({ locale: null })).profile, { name: "Ada Lovelace" });
});
