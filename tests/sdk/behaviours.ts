// What every client does, as a list of behaviours. It is run twice: against `latchkey-auth/testing` in Node, and
// against the real service in Chromium (tests/browser/contract.test.ts). So it uses neither `assert` nor the DOM, and
// asks a `Subject` for what differs between the two.
import type { AuthClient, AuthError, Credentials } from "latchkey-auth";

/**
 * What goes wrong between the client and the service or the API.
 *
 * - `no-cookies`: the browser keeps none.
 * - `refused`: the API answers 401, whatever the token.
 * - `no-renewal`: the same, and the service, which could renew the token, is unavailable.
 */
export type Fault = "offline" | "unavailable" | "portal" | "lost-answer" | "no-cookies" | "refused" | "no-renewal";

export interface Subject {
  /** A new tab of the one browser; `elsewhere`: to it the service is on another origin of its site. */
  open(where?: "elsewhere"): Promise<AuthClient>;
  /** A new account, without a session. */
  account(): Promise<Credentials>;
  /** From now on, until `null`. A lost answer is the next one only. */
  fault(fault: Fault | null): Promise<void>;
  /** Access tokens used so far are refused by the API from now on. */
  expireTokens(): Promise<void>;
  /** Ends all sessions of the account elsewhere. */
  endSessions(who: Credentials): Promise<void>;
  /** An address of the API that answers `{id}`, the caller's, and its path. */
  readonly api: string;
}

export type Behaviour = (subject: Subject) => Promise<void>;

export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "a visitor without a session: loading, then signed out, without an error": async ({ open }) => {
    const auth = await open();
    equal(auth.status, "loading");
    equal(auth.session, null);
    await becomes(auth, "signed-out");
    equal(auth.lastError, null);
    equal(auth.tokenClock, { expiresAt: null, refreshes: 0 });
  },

  "signing up: a session with its times in milliseconds, which the snapshot shows": async ({ open }) => {
    const auth = await open();
    const email = newEmail();
    const session = await auth.signUp({ email, password: PASSWORD });
    equal(session === auth.session, true, "the same object");
    equal(auth.status, "signed-in");
    equal(session.user.email, email);
    equal(session.user.emailVerified, false);
    equal(session.user.roles, []);
    within(session.createdAt, Date.now() - 60_000, Date.now() + 60_000);
    for (const time of [session.createdAt, session.authTime, session.expiresAt, session.idleExpiresAt]) {
      equal(time % 1000, 0, "whole seconds");
    }
    within(session.expiresAt - session.createdAt, 1, 400 * 86_400_000);
    within(session.idleExpiresAt, session.createdAt, session.expiresAt);
    within(auth.tokenClock.expiresAt ?? 0, Date.now() + 1000, Date.now() + 3_600_000);
  },

  "rejections are AuthErrors with the service's code and status, and end no session": async ({ open, account }) => {
    const [auth, who] = [await open(), await account()];
    const taken = await fails(auth.signUp(who), "email_taken");
    equal([taken.status, taken.transient], [409, false]);
    const wrong = await fails(auth.signIn({ ...who, password: "not the password" }), "invalid_credentials");
    equal([wrong.status, wrong.transient], [401, false]);
    const short = { email: newEmail(), password: "short" };
    equal((await fails(auth.signUp(short), "invalid_request")).field, "password");
    equal((await fails(auth.signUp({ ...short, email: "ada" }), "invalid_request")).field, "email");
    const untyped = { email: who.email } as typeof who;
    const missing = await fails(auth.signIn(untyped), "invalid_request");
    equal([missing.field, missing.detail], ["password", "The field password is missing."]);
    equal(auth.status, "signed-out");
    await auth.signIn(who);
    const wordless = { newPassword: "correct horse battery" } as Parameters<typeof auth.changePassword>[0];
    equal((await fails(auth.changePassword(wordless), "invalid_request")).field, "currentPassword");
    const change = auth.changePassword({ currentPassword: who.password, newPassword: "short" });
    equal((await fails(change, "invalid_request")).field, "newPassword");
    await fails(auth.signIn({ ...who, password: "not the password" }), "invalid_credentials");
    equal(auth.status, "signed-in");
  },

  "an address in other letters is the same account, which shows it in normal form": async ({ open }) => {
    const auth = await open();
    const email = newEmail();
    const { user } = await auth.signUp({ email: ` ${email.toUpperCase()}`, password: PASSWORD });
    equal(user.email, email);
    equal((await auth.signIn({ email, password: PASSWORD })).user.id, user.id);
    await fails(auth.signUp({ email, password: PASSWORD }), "email_taken");
  },

  "a reload finds the session, and calls made meanwhile wait for it": async ({ open, account, api }) => {
    const first = await open();
    const session = await first.signIn(await account());
    first.dispose();
    const second = await open();
    const answer = await second.fetch(api);
    equal(await whom(answer), session.user.id);
    equal(second.session?.id, session.id);
    equal(second.tokenClock.refreshes, 1);
  },

  "calls go to the API as the user, and a caller's own Authorization is replaced": async ({ open, account, api }) => {
    const auth = await open();
    const { user } = await auth.signIn(await account());
    equal(await whom(await auth.fetch(api)), user.id);
    equal(await whom(await auth.fetch(new URL(api))), user.id);
    const request = new Request(api, { headers: { Authorization: "Bearer mine" } });
    equal(await whom(await auth.fetch(request)), user.id);
    const inherited = Object.create({ headers: { Authorization: "Bearer mine" }, signal: AbortSignal.abort("read") });
    equal(await failure(auth.fetch(api, inherited)), "read");
    equal(await whom(await auth.fetch(api, Object.create(inherited, { signal: { value: undefined } }))), user.id);
  },

  "the token goes to no other origin, and without a user nothing is sent": async ({ open, account, api }) => {
    const auth = await open();
    await fails(auth.fetch(api), "signed_out");
    await auth.signIn(await account());
    await fails(auth.fetch("https://api.example.org/me"), "origin_not_allowed");
    for (const path of ["/auth/sessions", "/AUTH/sessions", "/%61uth/sessions", "//auth/sessions", "/x%2f..%2fauth"]) {
      await fails(auth.fetch(new URL(api).origin + path), "origin_not_allowed");
    }
  },

  "tickets are issued only for URLs to which the token may be sent, and only to signed-in users": async (subject) => {
    const { open, account, api } = subject;
    const auth = await open();
    await fails(auth.ticket(api), "signed_out");
    await auth.signIn(await account());
    await fails(auth.ticket("https://api.example.org/live"), "origin_not_allowed");
    await fails(auth.ticket("wss://api.example.org/live"), "origin_not_allowed");
    await fails(auth.ticket(new URL("/auth/sessions", api)), "origin_not_allowed");
    await fails(auth.ticket("data:text/event-stream,"), "origin_not_allowed");
  },

  "a 401 renews the token once, whatever the number of calls, and each is sent again": async (subject) => {
    const { open, account, api, expireTokens } = subject;
    const auth = await open();
    const { user } = await auth.signIn(await account());
    await auth.fetch(api);
    const before = auth.tokenClock;
    await expireTokens();
    const answers = await Promise.all(Array.from({ length: 10 }, () => auth.fetch(api, { method: "GET" })));
    for (const answer of answers) equal(await whom(answer), user.id);
    equal(auth.tokenClock.refreshes, before.refreshes + 1);
    equal(auth.tokenClock !== before, true, "another clock");
  },

  "an API that rejects every token: each call is sent twice, and after four renewals without effect, once": async (
    subject,
  ) => {
    const { open, account, api, fault } = subject;
    const auth = await open();
    const { user } = await auth.signIn(await account());
    await fault("refused");
    for (let call = 1; call <= 7; call += 1) {
      equal((await auth.fetch(api)).status, 401);
      // The first renewal is for a token whose age may have been the reason.
      equal(auth.tokenClock.refreshes, Math.min(call, 5));
    }
    equal([auth.status, auth.lastError], ["signed-in", null]);
    await fault(null);
    equal(await whom(await auth.fetch(api)), user.id);
    equal(auth.tokenClock.refreshes, 5, "the token was good");
  },

  "a token that is rejected and cannot be renewed: the call fails with the reason, and the session stays": async (
    subject,
  ) => {
    const { open, account, api, fault } = subject;
    const auth = await open();
    const { user } = await auth.signIn(await account());
    await fault("no-renewal");
    equal((await fails(auth.fetch(api), "unavailable")).transient, true);
    equal([auth.status, auth.session?.user.id, auth.lastError?.code], ["offline", user.id, "unavailable"]);
    await fault(null);
    await becomes(auth, "signed-in");
    equal(await whom(await auth.fetch(api)), user.id);
    equal([auth.tokenClock.refreshes, auth.lastError], [1, null]);
  },

  "a renewal leaves the session the same object": async ({ open, account, api, expireTokens }) => {
    const auth = await open();
    const session = await auth.signIn(await account());
    await auth.fetch(api);
    await expireTokens();
    await auth.fetch(api);
    equal(auth.tokenClock.refreshes, 1);
    equal(auth.session === session, true, "the same object");
  },

  "a stream that was sent can't be sent again": async ({ open, account, api, expireTokens }) => {
    const auth = await open();
    await auth.signIn(await account());
    await auth.fetch(api);
    await expireTokens();
    const init = { method: "POST", body: new Blob(["once"]).stream(), duplex: "half" };
    const error = await failure(auth.fetch(api, init as RequestInit));
    // Over HTTP/1.1 Chromium refuses to send a stream at all.
    if (!(error instanceof TypeError)) equal((error as AuthError).code, "not_replayable");
    equal(auth.status, "signed-in");
  },

  "a session that ended in another browser: the next call reports it, with the reason": async (subject) => {
    const { open, account, api, expireTokens, endSessions } = subject;
    const [auth, who] = [await open(), await account()];
    await auth.signIn(who);
    await auth.fetch(api);
    await endSessions(who);
    await expireTokens();
    await fails(auth.fetch(api), "signed_out");
    equal([auth.status, auth.session], ["signed-out", null]);
    equal([auth.lastError?.code, auth.lastError?.reason], ["session_ended", "revoked"]);
  },

  "a session that ended in another browser: the next request to the service reports it, too": async (subject) => {
    const { open, account, endSessions } = subject;
    const [auth, who] = [await open(), await account()];
    await auth.signIn(who);
    await endSessions(who);
    await fails(auth.sessions.list(), "signed_out");
    equal([auth.status, auth.session], ["signed-out", null]);
    equal([auth.lastError?.code, auth.lastError?.reason], ["session_ended", "revoked"]);
  },

  "a cross-origin service: the first sign-in waits for one renewal, in the same session": async (subject) => {
    const { open, account, api } = subject;
    const [auth, who] = [await open("elsewhere"), await account()];
    const session = await auth.signIn(who);
    equal(auth.tokenClock.refreshes, 1);
    equal(session === auth.session, true, "the same object");
    equal(await whom(await auth.fetch(api)), session.user.id);
    await auth.signOut();
    await auth.signIn(who);
    equal(auth.tokenClock.refreshes, 1, "the cookie has been seen to work");
  },

  "a cross-origin service whose cookie isn't kept: the sign-in fails with cookie_blocked, and no user is signed in":
    async (subject) => {
      const { open, account, fault } = subject;
      const [auth, who] = [await open("elsewhere"), await account()];
      await becomes(auth, "signed-out");
      const shown: string[] = [];
      auth.subscribe(() => shown.push(auth.status));
      await fault("no-cookies");
      for (const act of [() => auth.signIn(who), () => auth.signUp({ ...who, email: newEmail() })]) {
        equal((await fails(act(), "cookie_blocked")).transient, false);
        equal([auth.status, auth.session, auth.lastError?.code], ["signed-out", null, "cookie_blocked"]);
      }
      equal(shown.includes("signed-in"), false, "never, not for a moment");
      await fault(null);
      await auth.signIn(who);
      equal([auth.status, auth.lastError], ["signed-in", null]);
    },

  "a cookie of the page's own origin that isn't kept: the first renewal fails with cookie_blocked": async (subject) => {
    const { open, account, api, fault, expireTokens } = subject;
    const [auth, who] = [await open(), await account()];
    await becomes(auth, "signed-out");
    await fault("no-cookies");
    const { user } = await auth.signIn(who);
    equal(await whom(await auth.fetch(api)), user.id);
    equal(auth.tokenClock.refreshes, 0);
    await expireTokens();
    await fails(auth.fetch(api), "signed_out");
    equal([auth.status, auth.session, auth.lastError?.code], ["signed-out", null, "cookie_blocked"]);
  },

  "no network: a call fails as fetch does, and the session stays": async ({ open, account, api, fault }) => {
    const auth = await open();
    const { user } = await auth.signIn(await account());
    await fault("offline");
    equal((await failure(auth.fetch(api))) instanceof TypeError, true);
    equal(auth.status, "signed-in");
    await fault(null);
    equal(await whom(await auth.fetch(api)), user.id);
  },

  "a client that starts offline is neither signed in nor signed out": async ({ open, account, fault }) => {
    const first = await open();
    const session = await first.signIn(await account());
    first.dispose();
    await fault("offline");
    const auth = await open();
    await becomes(auth, "offline");
    equal(auth.session, null);
    equal([auth.lastError?.code, auth.lastError?.transient], ["network", true]);
    await fault(null);
    await becomes(auth, "signed-in");
    equal(auth.session?.id, session.id);
  },

  "a captive portal and a 503 do not sign the user out": async ({ open, account, fault }) => {
    for (const [name, code] of [
      ["portal", "bad_response"],
      ["unavailable", "unavailable"],
    ] as const) {
      const who = await account();
      const first = await open();
      await first.signIn(who);
      first.dispose();
      await fault(name);
      const auth = await open();
      await becomes(auth, "offline");
      equal(auth.lastError?.code, code);
      equal((await fails(auth.signIn(who), code)).transient, true);
      await fault(null);
      await becomes(auth, "signed-in");
      auth.dispose();
    }
  },

  "a lost response does not end the session": async ({ open, account, api, fault }) => {
    const first = await open();
    const session = await first.signIn(await account());
    first.dispose();
    await fault("lost-answer");
    const auth = await open();
    await becomes(auth, "offline");
    await becomes(auth, "signed-in");
    equal(auth.session?.id, session.id);
    equal((await auth.fetch(api)).status, 200);
  },

  "signing out: every tab follows, and after a reload no user is signed in": async ({ open, account, api }) => {
    const one = await open();
    await one.signIn(await account());
    const two = await open();
    await becomes(two, "signed-in");
    await one.signOut();
    equal([one.status, one.session, one.lastError], ["signed-out", null, null]);
    await becomes(two, "signed-out");
    equal(two.lastError, null);
    await fails(two.fetch(api), "signed_out");
    await becomes(await open(), "signed-out");
  },

  "signing out works offline: at once in the page, sent to the service later": async ({
    open,
    account,
    fault,
    api,
  }) => {
    const auth = await open();
    await auth.signIn(await account());
    await fault("offline");
    await auth.signOut();
    equal(auth.status, "signed-out");
    await fails(auth.fetch(api), "signed_out");
    auth.dispose();
    await fault(null);
    const later = await open();
    await becomes(later, "signed-out");
    later.dispose();
  },

  "signing out offline: the other tab follows, and is signed out when the network is back": async (subject) => {
    const { open, account, fault } = subject;
    const one = await open();
    await one.signIn(await account());
    const two = await open();
    await becomes(two, "signed-in");
    await fault("offline");
    await one.signOut();
    await becomes(two, "signed-out");
    equal(two.lastError, null);
    await fault(null);
    await becomes(await open(), "signed-out");
  },

  "a sign-in reaches the other tab": async ({ open, account }) => {
    const [one, two] = [await open(), await open()];
    await becomes(two, "signed-out");
    const session = await one.signIn(await account());
    await becomes(two, "signed-in");
    equal(two.session?.id, session.id);
  },

  "a sign-in as another user reaches a tab that is signed in": async ({ open, account, api }) => {
    const one = await open();
    await one.signIn(await account());
    const two = await open();
    await becomes(two, "signed-in");
    const { id, user } = await one.signIn(await account());
    await until(two, () => two.session?.id === id);
    equal(await whom(await two.fetch(api)), user.id);
    equal((await two.sessions.list())[0]?.id, id);
  },

  "an aborted call rejects with the signal's reason, before and during the request": async ({ open, account, api }) => {
    const auth = await open();
    await auth.signIn(await account());
    const reason = new Error("changed my mind");
    equal(await failure(auth.fetch(api, { signal: AbortSignal.abort(reason) })), reason);
    const controller = new AbortController();
    const call = failure(auth.fetch(api, { signal: controller.signal }));
    controller.abort(reason);
    equal(await call, reason);
  },

  "sessions: the current one first, others can be ended, ending the current one is a sign-out": async ({
    open,
    account,
    endSessions,
  }) => {
    const [auth, who] = [await open(), await account()];
    const { id } = await auth.signIn(who);
    const list = await auth.sessions.list();
    equal(list[0]?.id, id);
    equal(list[0]?.current, true);
    within(list[0]?.lastUsedAt ?? 0, Date.now() - 60_000, Date.now() + 60_000);
    await fails(auth.sessions.revoke("unknown"), "not_found");
    await auth.signOut({ scope: "others" });
    equal((await auth.sessions.list()).length, 1);
    equal(auth.status, "signed-in");
    await auth.sessions.revoke(id);
    equal(auth.status, "signed-out");
    await endSessions(who);
  },

  "reauthentication: same session, later auth_time": async ({ open, account }) => {
    const [auth, who] = [await open(), await account()];
    const before = await auth.signIn(who);
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
    const { id } = await auth.signIn(who);
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
    const { id } = await one.signIn(who);
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

const PASSWORD = "correct horse battery staple";

const newEmail = () => `user.${crypto.randomUUID()}@example.com`;

/** Whom the API took the caller for. */
async function whom(answer: Response): Promise<string> {
  return ((await answer.json()) as { id: string }).id;
}

const becomes = (auth: AuthClient, status: AuthClient["status"]) => until(auth, () => auth.status === status);

/** Waits for a change after which the condition holds. */
async function until(auth: AuthClient, holds: () => boolean): Promise<void> {
  if (holds()) return;
  let leave = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((done, fail) => {
      leave = auth.subscribe(() => holds() && done());
      timer = setTimeout(() => fail(new Error(`waited for ${holds}, is ${auth.status} (${auth.lastError})`)), 20_000);
    });
  } finally {
    clearTimeout(timer);
    leave();
  }
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}

async function fails(promise: Promise<unknown>, code: AuthError["code"]): Promise<AuthError> {
  const error = (await failure(promise)) as AuthError;
  equal(error.name, "AuthError", String(error));
  equal(error.code, code);
  return error;
}

function equal(actual: unknown, expected: unknown, what = ""): void {
  if (actual === expected || (isPlain(expected) && JSON.stringify(actual) === JSON.stringify(expected))) return;
  throw new Error(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)} ${what}`);
}

function isPlain(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Error);
}

function within(value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) throw new Error(`expected ${least} to ${most}, found ${value}`);
}
