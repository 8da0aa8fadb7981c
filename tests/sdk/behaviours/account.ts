// The user's credentials, ways to sign in, API keys and profile, and the life of a client.
import { becomes, equal, fails, livesFor, newEmail, sorted, until, whom, within } from "./checks.ts";
import { type Behaviour, opened } from "./subject.ts";

export const ACCOUNT: Readonly<Record<string, Behaviour>> = {
  "reauthentication: same session, later auth_time": async ({ open, account }) => {
    const [auth, who] = [await open(), await account()];
    const before = await opened(auth.signIn(who));
    equal(before.authTime, before.createdAt);
    await fails(auth.reauthenticate({ password: "not it" }), "invalid_credentials");
    equal(auth.status, "signed-in");
    equal(auth.session, before);
    const session = await auth.reauthenticate({ password: who.password });
    equal(session.id, before.id);
    equal(session.createdAt, before.createdAt);
    within(session.authTime, before.authTime, Date.now() + 60_000);
    await auth.signOut();
    await fails(auth.reauthenticate({ password: who.password }), "signed_out");
  },

  "after a password change the old password is rejected": async ({ open, account }) => {
    const [auth, who] = [await open(), await account()];
    const { id } = await opened(auth.signIn(who));
    const newPassword = "quite another password";
    await fails(auth.changePassword({ currentPassword: "not it", newPassword }), "invalid_credentials");
    equal(auth.status, "signed-in");
    const session = await auth.changePassword({ currentPassword: who.password, newPassword });
    equal(session.user.email, who.email);
    within(id.length, 1, 1000);
    await auth.signOut();
    await fails(auth.signIn(who), "invalid_credentials");
    await auth.signIn({ ...who, password: newPassword });
  },

  "after a password change the other tab continues in the new session": async ({ open, account, api }) => {
    const [one, who] = [await open(), await account()];
    const { id } = await opened(one.signIn(who));
    const two = await open();
    await becomes(two, "signed-in");
    const next = await one.changePassword({ currentPassword: who.password, newPassword: "quite another password" });
    equal(next.id === id, false, "another session");
    await until(two, () => two.session?.id === next.id);
    equal(await whom(await two.fetch(api)), next.user.id);
  },

  "a deleted account is signed out in every tab": async ({ open, account }) => {
    const [auth, who] = [await open(), await account()];
    await auth.signIn(who);
    const two = await open();
    await becomes(two, "signed-in");
    await fails(auth.deleteAccount({ currentPassword: "not it" }), "invalid_credentials");
    await auth.deleteAccount({ currentPassword: who.password });
    equal(auth.status, "signed-out");
    await becomes(two, "signed-out");
    await fails(auth.signIn(who), "invalid_credentials");
  },

  "the ways to sign in that the service offers": async ({ open }) => {
    const { password, passwordReset, emailCode, signUp } = await (await open()).methods();
    equal([password, passwordReset, emailCode, signUp], [true, true, true, true]);
  },

  "a code by mail: an account for a new address, a session for a known one; each code once": async (subject) => {
    const { open, code } = subject;
    const [auth, email] = [await open(), newEmail()];
    await auth.email.sendCode({ email });
    await fails(auth.email.verifyCode({ email, code: "BBBBBBBB" }), "code_invalid");
    const first = await code(email, "sign_up");
    const { user } = await opened(auth.email.verifyCode({ email, code: first.toLowerCase() }));
    equal([user.email, user.emailVerified, auth.status], [email, true, "signed-in"]);
    await fails(auth.email.verifyCode({ email, code: first }), "challenge_expired");
    await auth.signOut();
    await auth.email.sendCode({ email });
    const again = await opened(auth.email.verifyCode({ email, code: await code(email, "sign_in") }));
    equal(again.user.id, user.id);
  },

  "a forgotten password: another one, checked before the code is spent; every session ends": async (subject) => {
    const { open, account, code } = subject;
    const [auth, { email, password }] = [await open(), await account()];
    await fails(auth.password.reset({ email, code: "BCDFGHJK", newPassword: "another password" }), "challenge_expired");
    await auth.password.forgot({ email });
    const answer = { email, code: await code(email, "password_reset"), newPassword: "quite another password" };
    equal(
      (await fails(auth.password.reset({ ...answer, newPassword: "short" }), "invalid_request")).field,
      "newPassword",
    );
    equal((await opened(auth.password.reset(answer))).user.email, email);
    await auth.signOut();
    await fails(auth.signIn({ email, password }), "invalid_credentials");
    await opened(auth.signIn({ email, password: answer.newPassword }));
  },

  "the proof of an address": async ({ open, account, code }) => {
    const [auth, who] = [await open(), await account()];
    equal((await opened(auth.signIn(who))).user.emailVerified, false);
    await auth.email.requestVerification();
    await fails(auth.email.verify({ code: "BBBBBBBB" }), "code_invalid");
    const user = await auth.email.verify({ code: await code(who.email, "email_verification") });
    equal([user.email, user.emailVerified], [who.email, true]);
  },

  "another address, which its user proves": async ({ open, account, code }) => {
    const [auth, who, next] = [await open(), await account(), newEmail()];
    await auth.signIn(who);
    await auth.email.change({ email: next });
    await fails(auth.email.confirmChange({ code: "BBBBBBBB" }), "code_invalid");
    const { user } = await auth.email.confirmChange({ code: await code(next, "email_change") });
    equal([user.email, user.emailVerified], [next, true]);
    await auth.signOut();
    await fails(auth.signIn(who), "invalid_credentials");
    await opened(auth.signIn({ ...who, email: next }));
  },

  "an authenticator app: no session without its code, each code once, and recovery codes": async (subject) => {
    const { open, account, app } = subject;
    const [auth, who] = [await open(), await account()];
    await auth.signIn(who);
    const { secret, uri } = await auth.secondFactor.totp.begin();
    equal([uri.startsWith("otpauth://totp/"), uri.includes(secret)], [true, true]);
    await fails(auth.secondFactor.totp.confirm({ code: "000000" }), "code_invalid");
    const first = await app(secret, 0);
    const { recoveryCodes } = await auth.secondFactor.totp.confirm({ code: first });
    equal(recoveryCodes.length, 10);
    await auth.signOut();
    const asked = await auth.signIn(who);
    equal(asked.status === "second-factor" && [...asked.methods].sort(), ["recovery_code", "totp"]);
    equal([auth.status, auth.session], ["signed-out", null]);
    await fails(auth.secondFactor.verify({ code: first }), "code_invalid");
    const session = await auth.secondFactor.verify({ code: await app(secret, 1) });
    equal([session.user.email, auth.status, session.methods?.includes("mfa")], [who.email, "signed-in", true]);
    await auth.signOut();
    await auth.signIn(who);
    const [recoveryCode = ""] = recoveryCodes;
    await auth.secondFactor.verify({ recoveryCode });
    await auth.signOut();
    await auth.signIn(who);
    await fails(auth.secondFactor.verify({ recoveryCode }), "code_invalid");
  },

  "API keys: created with terms that are checked, listed, renamed and revoked": async ({ open, account }) => {
    const auth = await open();
    await fails(auth.apiKeys.list(), "signed_out");
    await auth.signIn(await account());
    const networks = ["203.0.113.7", "2001:DB8:0::/32"];
    const terms = { name: " Backup ", scopes: ["notes:read"], expiresIn: 3600, networks };
    const { key, apiKey } = await auth.apiKeys.create(terms);
    equal(/^lk_[a-z0-9]{1,16}_[0-9A-Za-z]{76}$/.test(key), true, key);
    const { id, createdAt: _, expiresAt: __, ...rest } = apiKey;
    equal(typeof id, "string");
    livesFor(apiKey, 3_600_000);
    const shown = { name: "Backup", scopes: ["notes:read"], roles: [], networks: ["203.0.113.7/32", "2001:db8::/32"] };
    equal(sorted(rest), sorted(shown));
    const lasting = await auth.apiKeys.create({ name: "Build", expiresIn: null });
    equal("expiresAt" in lasting.apiKey, false);
    const usual = await auth.apiKeys.create({ name: "Usual" });
    livesFor(usual.apiKey, 90 * 86_400_000);
    equal(new Set([key, lasting.key, usual.key]).size, 3);
    equal(
      (await auth.apiKeys.list()).map(({ name }) => name),
      ["Usual", "Build", "Backup"],
    );
    equal((await auth.apiKeys.rename(id, "Nightly")).name, "Nightly");
    equal((await fails(auth.apiKeys.rename(id, " "), "invalid_request")).field, "name");
    await auth.apiKeys.revoke(id);
    await fails(auth.apiKeys.revoke(id), "not_found");
    await fails(auth.apiKeys.rename(id, "Nightly"), "not_found");
    await auth.apiKeys.revokeAll();
    await auth.apiKeys.revokeAll();
    equal(await auth.apiKeys.list(), []);
  },

  "API keys: what a key cannot have": async ({ open, account }) => {
    const auth = await open();
    await auth.signIn(await account());
    const wrong: readonly [field: string, terms: object][] = [
      ["name", {}],
      ["name", { name: "" }],
      ["name", { name: "a\u007fb" }],
      ["name", { name: "x".repeat(65) }],
      ["scopes", { name: "x", scopes: "notes:read" }],
      ["scopes[0]", { name: "x", scopes: ["notes:delete"] }],
      ["scopes[0]", { name: "x", scopes: ["a b"] }],
      ["scopes[1]", { name: "x", scopes: ["notes:read", "notes:read"] }],
      ["roles[0]", { name: "x", roles: ["admin"] }],
      ["expiresIn", { name: "x", expiresIn: 59 }],
      ["expiresIn", { name: "x", expiresIn: 315_360_001 }],
      ["expiresIn", { name: "x", expiresIn: 60.5 }],
      ["networks[0]", { name: "x", networks: ["*"] }],
      ["networks[0]", { name: "x", networks: ["10.0.0.1/8"] }],
      ["networks[0]", { name: "x", networks: ["10.0.0.0/08"] }],
      ["networks[0]", { name: "x", networks: ["010.0.0.1"] }],
      ["networks[0]", { name: "x", networks: ["::ffff:10.0.0.1"] }],
      ["networks[1]", { name: "x", networks: ["::/0", "2001:db8::1/64"] }],
      ["networks[32]", { name: "x", networks: new Array(33).fill("10.0.0.0/8") }],
    ];
    for (const [field, terms] of wrong) {
      const error = await fails(auth.apiKeys.create(terms as { name: string }), "invalid_request");
      equal([error.field, typeof error.detail], [field, "string"], JSON.stringify(terms));
    }
    for (let made = 0; made < 50; made += 1) await auth.apiKeys.create({ name: `${made}` });
    equal((await fails(auth.apiKeys.create({ name: "one more" }), "invalid_request")).field, undefined);
    await auth.apiKeys.revokeAll();
  },

  "the user changes the profile": async ({ open, account }) => {
    const auth = await open();
    await auth.signIn(await account());
    const { profile } = await auth.updateProfile({ name: "Ada Lovelace", locale: "en-GB" });
    equal([profile?.name, profile?.locale], ["Ada Lovelace", "en-GB"]);
    equal((await auth.updateProfile({ locale: null })).profile?.locale, undefined);
  },

  "a disposed client rejects calls, notifies no listener, and the session stays open": async ({
    open,
    account,
    api,
  }) => {
    const auth = await open();
    await auth.signIn(await account());
    let told = 0;
    auth.subscribe(() => {
      told += 1;
    });
    auth.dispose();
    await fails(auth.fetch(api), "disposed");
    await fails(auth.signOut(), "disposed");
    equal(told, 0);
    equal([auth.status, auth.session, auth.lastError], ["signed-out", null, null]);
    await becomes(await open(), "signed-in");
  },

  "listeners are called at each change until they unsubscribe": async ({ open, account }) => {
    const auth = await open();
    await becomes(auth, "signed-out");
    const heard: string[] = [];
    const leave = auth.subscribe(() => heard.push(auth.status));
    await auth.signIn(await account());
    equal(heard.at(-1), "signed-in");
    leave();
    const before = heard.length;
    await auth.signOut();
    equal(heard.length, before);
  },
};
