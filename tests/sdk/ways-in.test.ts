// Every way to sign in, and second factors, with the real client and vault before the fake service.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthClient, AuthError } from "latchkey-auth";
import { fakeService } from "latchkey-auth/testing";
import * as groups from "../../sdk-wasm/dist/groups/index.js";
import { GROUPS } from "../../sdk-wasm/dist/groups/names.js";
import { opened } from "./behaviours.ts";
import { ADA, client, codeOf, EMAIL, PASSWORD, start, until } from "./fake-client.ts";

test("each function that a group names is one of its module", () => {
  const made: Record<string, (calls: never) => object> = groups;
  for (const [group, names] of Object.entries(GROUPS)) {
    const functions = made[group]?.({} as never) as Record<string, unknown>;
    for (const name of names.split(" ")) assert.equal(typeof functions[name], "function", `${group}.${name}`);
  }
});

test("methods: what the service offers", async () => {
  const { auth } = await start({ providers: [{ name: "google", label: "Google", email: EMAIL }], signUp: "closed" });
  assert.deepEqual(await auth.methods(), {
    ...{ password: true, passwordReset: true, emailCode: true, passkey: true, signUp: false },
    providers: [{ name: "google", label: "Google" }],
  });
});

test("a code by mail signs in and up, once, in the browser that requested it", async () => {
  const { service, auth, code } = await start({}, { emailVerified: true });
  await auth.email.sendCode({ email: EMAIL });
  const answer = { email: EMAIL, code: code() };
  assert.equal(await codeOf((await client(service.browser())).email.verifyCode(answer)), "challenge_expired");
  assert.equal(await codeOf(auth.email.verifyCode({ ...answer, code: "wrong" })), "code_invalid");
  assert.equal((await opened(auth.email.verifyCode(answer))).user.email, EMAIL);
  assert.equal(await codeOf(auth.email.verifyCode(answer)), "challenge_expired");
  const other = service.browser();
  const there = await client(other);
  await there.email.sendCode({ email: "new@example.com" });
  const { user } = await opened(there.email.verifyCode({ email: "new@example.com", code: code() }));
  assert.deepEqual([user.email, user.emailVerified], ["new@example.com", true]);
});

test("a forgotten password: another one, and every session has ended", async () => {
  const { service, auth, code } = await start();
  const elsewhere = await client(service.browser());
  await elsewhere.signIn(ADA);
  await auth.password.forgot({ email: EMAIL });
  const change = { email: EMAIL, code: code(), newPassword: "a new password of hers" };
  assert.equal(await codeOf(auth.password.reset({ ...change, newPassword: "short" })), "invalid_request");
  await opened(auth.password.reset(change));
  assert.equal(await codeOf(elsewhere.sessions.list()), "signed_out");
  assert.deepEqual([elsewhere.status, elsewhere.lastError?.reason], ["signed-out", "revoked"]);
  assert.equal(await codeOf(auth.signIn(ADA)), "invalid_credentials");
});

test("the address is proved and changed, and the session shows it", async () => {
  const { auth, code } = await start();
  await auth.signIn(ADA);
  await auth.email.requestVerification();
  const user = await auth.email.verify({ code: code() });
  assert.deepEqual([user.email, user.emailVerified], [EMAIL, true]);
  await changes(auth, () => auth.session?.user.emailVerified === true);
  await auth.email.change({ email: "lovelace@example.com" });
  const session = await auth.email.confirmChange({ code: code() });
  assert.equal(session.user.email, "lovelace@example.com");
});

test("the profile is changed, and the session shows it", async () => {
  const { auth } = await start();
  await auth.signIn(ADA);
  const user = await auth.updateProfile({ name: "Ada", locale: "en" });
  assert.equal(user.profile?.name, "Ada");
  await changes(auth, () => auth.session?.user.profile?.name === "Ada");
  assert.deepEqual((await auth.updateProfile({ name: null })).profile, { locale: "en" });
});

test("a second factor is data, and its code opens the session", async () => {
  const { service, auth } = await start({}, { totp: true });
  const result = await auth.signIn(ADA);
  assert.equal(result.status, "second-factor");
  assert.ok(result.methods.includes("totp"));
  assert.deepEqual([auth.status, auth.session, auth.lastError], ["signed-out", null, null]);
  assert.equal(await codeOf(auth.secondFactor.verify({ code: "000000" })), "code_invalid");
  const session = await auth.secondFactor.verify({ code: service.totpCode(EMAIL) });
  assert.equal(session, auth.session);
  assert.equal(await codeOf((await client(service.browser())).secondFactor.verify({ code: "1" })), "challenge_expired");
});

test("an authenticator app is added, and a recovery code replaces it", async () => {
  const { service, auth } = await start();
  await auth.signIn(ADA);
  const { secret, uri } = await auth.secondFactor.totp.begin();
  assert.ok(uri.startsWith("otpauth://totp/") && uri.includes(secret));
  const { recoveryCodes } = await auth.secondFactor.totp.confirm({ code: service.totpCode(EMAIL) });
  assert.equal(recoveryCodes.length, 10);
  const renewed = await auth.secondFactor.renewRecoveryCodes();
  await auth.signOut();
  assert.equal((await auth.signIn(ADA)).status, "second-factor");
  assert.equal(await codeOf(auth.secondFactor.verify({ recoveryCode: recoveryCodes[0] ?? "" })), "code_invalid");
  await auth.secondFactor.verify({ recoveryCode: renewed.recoveryCodes[0] ?? "" });
  await auth.secondFactor.totp.remove();
  await auth.signOut();
  assert.equal((await auth.signIn(ADA)).status, "signed-in");
});

test("a passkey is the second factor, of a sign-in and in a session", async () => {
  const { service, auth } = await start();
  await auth.signIn(ADA);
  await auth.passkeys.add();
  await auth.secondFactor.totp.begin();
  await auth.secondFactor.totp.confirm({ code: service.totpCode(EMAIL) });
  assert.ok((await auth.secondFactor.verifyWithPasskey()).methods?.includes("mfa"));
  await auth.signOut();
  const result = await auth.signIn(ADA);
  assert.ok(result.status === "second-factor" && result.methods.includes("passkey"));
  assert.equal((await auth.secondFactor.verifyWithPasskey()).user.email, EMAIL);
});

test("a sign-in that waits for its second factor leaves the present session alone", async () => {
  const users = [ADA, { email: "bob@example.com", totp: true }];
  const service = fakeService({ users });
  const auth = await client(service);
  const { id } = await opened(auth.signIn(ADA));
  assert.equal((await auth.signIn({ email: "bob@example.com", password: PASSWORD })).status, "second-factor");
  assert.equal(auth.session?.id, id);
  const session = await auth.secondFactor.verify({ code: service.totpCode("bob@example.com") });
  assert.equal(session.user.email, "bob@example.com");
});

test("a second factor that waits in one tab, and a sign-in in another: the other tab's session stays", async () => {
  const users = [{ ...ADA, totp: true }, { email: "bob@example.com" }];
  const service = fakeService({ users });
  const [one, other] = [await client(service), await client(service)];
  assert.equal((await one.signIn(ADA)).status, "second-factor");
  await opened(other.signIn({ email: "bob@example.com", password: PASSWORD }));
  await changes(one, () => one.session?.user.email === "bob@example.com");
  await other.signOut();
  await changes(one, () => one.status === "signed-out");
});

test("passkeys: sign-up, sign-in, a list with names, and a credential proved again", async () => {
  const { service, auth } = await start();
  assert.equal(await auth.passkeys.isSupported(), true);
  const { user } = await auth.passkeys.signUp({ email: "new@example.com", name: "Laptop" });
  assert.equal(user.email, "new@example.com");
  const [first] = await auth.passkeys.list();
  assert.deepEqual([first?.name, typeof first?.createdAt], ["Laptop", "number"]);
  const { authTime } = await auth.reauthenticate("passkey");
  assert.ok(authTime > 0);
  assert.equal((await auth.passkeys.rename(first?.id ?? "", "Old laptop")).name, "Old laptop");
  assert.equal(await codeOf(auth.passkeys.remove(first?.id ?? "")), "last_credential");
  await auth.signOut();
  assert.equal((await opened(auth.passkeys.signIn())).user.id, user.id);
  service.authenticator.answer = "cancel";
  const refused = (await codeOf(auth.passkeys.signIn())) as unknown as DOMException;
  assert.equal(refused.name, "NotAllowedError");
});

test("a passkey is added to an account, and removed", async () => {
  const { auth } = await start();
  await auth.signIn(ADA);
  const added = await auth.passkeys.add({ name: "Phone" });
  assert.deepEqual(await auth.passkeys.list(), [added]);
  await auth.passkeys.remove(added.id);
  assert.deepEqual(await auth.passkeys.list(), []);
});

test("a conditional sign-in waits until the user chooses a passkey, or until it is aborted", async () => {
  const { service, auth } = await start();
  await auth.passkeys.signUp({ email: "new@example.com" });
  await auth.signOut();
  const given = new AbortController();
  const aborted = codeOf(auth.passkeys.signIn({ conditional: true, signal: given.signal }));
  await until(() => service.requests.at(-1) === "POST /auth/passkey/options");
  given.abort(new Error("left"));
  assert.equal(((await aborted) as unknown as Error).message, "left");
  const waiting = auth.passkeys.signIn({ conditional: true });
  await until(() => service.requests.at(-1) === "POST /auth/passkey/options");
  await new Promise((later) => setTimeout(later));
  service.authenticator.autofill();
  assert.equal((await opened(waiting)).user.email, "new@example.com");
});

test("another provider: the page leaves and comes back with a session, or with an error", async () => {
  const providers = [
    { name: "google", label: "Google", email: "ada@gmail.example" },
    { name: "broken", email: "x@y.example", fails: true },
  ];
  const { service, auth } = await start({ providers, mail: false });
  void auth.signInWith("google", { returnTo: "/welcome?a=b#c" });
  await until(() => service.location !== null);
  assert.equal(service.location, "https://app.example.com/welcome?a=b");
  const back = await client(service);
  assert.equal(back.session?.user.email, "ada@gmail.example");
  assert.deepEqual(await back.providers.linked(), [{ name: "google", label: "Google" }]);
  assert.equal(await codeOf(back.providers.unlink("google")), "last_credential");
  void back.signInWith("broken");
  await until(() => service.location?.includes("error=") === true);
  assert.equal(service.location, "https://app.example.com/?error=provider_failed");
  const error = await back.signInWith("google", { returnTo: "https://evil.example/" }).catch((each) => each);
  assert.deepEqual([error.code, error.field], ["invalid_request", "returnTo"]);
  await back.signOut();
  const ada = await client(service);
  await ada.signIn(ADA);
  await ada.providers.link("broken").catch(() => {});
  assert.equal(await codeOf(ada.providers.unlink("nobody")), "not_found");
});

test("another provider in a window of its own: the page stays, and gets the session, the second factor or the error", async () => {
  const providers = [
    { name: "google", email: "ada@gmail.example" },
    { name: "broken", email: "x@y.example", fails: true },
  ];
  const { service, auth } = await start({ providers });
  const { user } = await opened(auth.signInWith("google", { popup: true }));
  assert.deepEqual([user.email, auth.session?.user.id, service.location], ["ada@gmail.example", user.id, null]);
  assert.equal(await codeOf(auth.signInWith("broken", { popup: true })), "provider_failed");
  assert.equal(await codeOf(auth.signInWith("unknown", { popup: true })), "not_found");
  assert.equal(auth.session?.user.id, user.id);
  await auth.secondFactor.totp.begin();
  await auth.secondFactor.totp.confirm({ code: service.totpCode("ada@gmail.example") });
  await auth.signOut();
  const asked = await auth.signInWith("google", { popup: true });
  assert.deepEqual(asked, { status: "second-factor", methods: ["totp", "recovery_code"] });
  service.faults.skewSeconds = 30;
  await auth.secondFactor.verify({ code: service.totpCode("ada@gmail.example") });
  assert.equal(auth.session?.user.id, user.id);
});

test("without a password: a code by mail proves a credential again, and the first password is set", async () => {
  const { auth, code } = await start({}, { password: null, emailVerified: true });
  await auth.email.sendCode({ email: EMAIL });
  await opened(auth.email.verifyCode({ email: EMAIL, code: code() }));
  await auth.email.sendCode();
  assert.equal((await auth.reauthenticate({ code: code() })).user.email, EMAIL);
});

test("API keys need a user who has proved a credential recently, and a service that has them", async () => {
  const { service, auth } = await start({ apiKeys: ["notes:read"] }, { roles: ["editor"] });
  await auth.signIn(ADA);
  const { apiKey } = await auth.apiKeys.create({ name: "Build", roles: ["editor"], expiresIn: null });
  assert.deepEqual(apiKey.roles, ["editor"]);
  service.faults.skewSeconds = 601;
  const error: AuthError = await auth.apiKeys.create({ name: "Late" }).catch((each) => each);
  assert.deepEqual([error.code, error.methods], ["reauthentication_required", ["password"]]);
  assert.deepEqual(await auth.apiKeys.list(), [apiKey]);
  await auth.apiKeys.revoke(apiKey.id);
  const without = await start();
  await without.auth.signIn(ADA);
  assert.equal(await codeOf(without.auth.apiKeys.list()), "not_found");
});

test("an expired API key is listed for 30 days; another user's is not found", async () => {
  const { service, auth } = await start({ apiKeys: [], accessTokenSeconds: 60 });
  await auth.signIn(ADA);
  const { apiKey } = await auth.apiKeys.create({ name: "Short", expiresIn: 60 });
  const other = await client(service.browser());
  await other.signUp({ email: "new@example.com", password: PASSWORD });
  assert.equal(await codeOf(other.apiKeys.revoke(apiKey.id)), "not_found");
  assert.deepEqual(await other.apiKeys.list(), []);
  // A session ends before, so the user signs in again.
  service.faults.skewSeconds = 60 + 30 * 86_400 - 5;
  await auth.signIn(ADA);
  assert.deepEqual(await auth.apiKeys.list(), [apiKey]);
  service.faults.skewSeconds += 10;
  assert.deepEqual(await auth.apiKeys.list(), []);
});

test("connected clients: a list, and what was permitted is withdrawn", async () => {
  const grants = [
    { client: "Calendar", host: "calendar.example", scopes: ["notes:read"] },
    { client: "Command line", scopes: ["notes:read", "notes:write"], resource: "https://app.example.com/mcp" },
  ];
  const { auth } = await start({ oauth: true }, { grants });
  await auth.signIn(ADA);
  const [first, second] = await auth.grants.list();
  assert.deepEqual(
    [first?.client.name, first?.client.host, first?.scopes],
    ["Calendar", "calendar.example", ["notes:read"]],
  );
  assert.deepEqual([second?.resource, second && "host" in second.client], ["https://app.example.com/mcp", false]);
  assert.ok(first && Math.abs(first.createdAt - Date.now()) < 60_000 && !("lastUsedAt" in first));
  await auth.grants.withdraw(first.id);
  assert.deepEqual(await auth.grants.list(), [second]);
  assert.equal(await codeOf(auth.grants.withdraw(first.id)), "not_found");
  const without = await start();
  await without.auth.signIn(ADA);
  assert.equal(await codeOf(without.auth.grants.list()), "not_found");
});

/** Resolves when this holds, by the client's listeners. */
function changes(auth: AuthClient, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return;
      stop();
      resolve();
    };
    const stop = auth.subscribe(look);
    queueMicrotask(look);
  });
}
