// Calls of the API, tickets, and rejected tokens.
import type { AuthError } from "latchkey-auth";
import { becomes, equal, fails, failure, whom } from "./checks.ts";
import { type Behaviour, opened } from "./subject.ts";

export const CALLS: Readonly<Record<string, Behaviour>> = {
  "calls go to the API as the user, and a caller's own Authorization is replaced": async ({ open, account, api }) => {
    const auth = await open();
    const { user } = await opened(auth.signIn(await account()));
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
    const { user } = await opened(auth.signIn(await account()));
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
    const { user } = await opened(auth.signIn(await account()));
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
    const { user } = await opened(auth.signIn(await account()));
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
    const session = await opened(auth.signIn(await account()));
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
};
