// How a session begins, and what a reload finds.
import { becomes, equal, fails, newEmail, PASSWORD, whom, within } from "./checks.ts";
import { type Behaviour, opened } from "./subject.ts";

export const STARTING: Readonly<Record<string, Behaviour>> = {
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
    equal((await opened(auth.signIn({ email, password: PASSWORD }))).user.id, user.id);
    await fails(auth.signUp({ email, password: PASSWORD }), "email_taken");
  },

  "a reload finds the session, and calls made meanwhile wait for it": async ({ open, account, api }) => {
    const first = await open();
    const session = await opened(first.signIn(await account()));
    first.dispose();
    const second = await open();
    const answer = await second.fetch(api);
    equal(await whom(answer), session.user.id);
    equal(second.session?.id, session.id);
    equal(second.tokenClock.refreshes, 1);
  },
};
