// What the client does when the service ends a session, and when something fails.
import { becomes, equal, fails, failure, newEmail, whom } from "./checks.ts";
import { type Behaviour, opened } from "./subject.ts";

export const FAULTS: Readonly<Record<string, Behaviour>> = {
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
    const session = await opened(auth.signIn(who));
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
    const { user } = await opened(auth.signIn(who));
    equal(await whom(await auth.fetch(api)), user.id);
    equal(auth.tokenClock.refreshes, 0);
    await expireTokens();
    await fails(auth.fetch(api), "signed_out");
    equal([auth.status, auth.session, auth.lastError?.code], ["signed-out", null, "cookie_blocked"]);
  },

  "no network: a call fails as fetch does, and the session stays": async ({ open, account, api, fault }) => {
    const auth = await open();
    const { user } = await opened(auth.signIn(await account()));
    await fault("offline");
    equal((await failure(auth.fetch(api))) instanceof TypeError, true);
    equal(auth.status, "signed-in");
    await fault(null);
    equal(await whom(await auth.fetch(api)), user.id);
  },

  "a client that starts offline is neither signed in nor signed out": async ({ open, account, fault }) => {
    const first = await open();
    const session = await opened(first.signIn(await account()));
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
    const session = await opened(first.signIn(await account()));
    first.dispose();
    await fault("lost-answer");
    const auth = await open();
    await becomes(auth, "offline");
    await becomes(auth, "signed-in");
    equal(auth.session?.id, session.id);
    equal((await auth.fetch(api)).status, 200);
  },
};
