// Sign-outs and sign-ins that reach other tabs, and the list of sessions.
import { becomes, equal, fails, failure, until, whom, within } from "./checks.ts";
import { type Behaviour, opened } from "./subject.ts";

export const TABS: Readonly<Record<string, Behaviour>> = {
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
    const session = await opened(one.signIn(await account()));
    await becomes(two, "signed-in");
    equal(two.session?.id, session.id);
  },

  "a sign-in as another user reaches a tab that is signed in": async ({ open, account, api }) => {
    const one = await open();
    await one.signIn(await account());
    const two = await open();
    await becomes(two, "signed-in");
    const { id, user } = await opened(one.signIn(await account()));
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
    const { id } = await opened(auth.signIn(who));
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
};
