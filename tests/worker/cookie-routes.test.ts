// Routes that accept the cookie: `session` routes of the gate, and forward-auth. An old cookie ends the
// session there as it does at /auth/refresh, and a document navigation rotates. The argument and its model
// are in auth-core/src/rotation.
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { assertCookie, assertProblem, COOKIE } from "../harness/contract.ts";
import { cookieIn, familyOf, generationOf, refused, ripe } from "../harness/family.ts";
import { type Answer, ask } from "../harness/http.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { get, post, refresh, signIn, signUp } from "../harness/visitor.ts";

/**
 * The replay window in seconds. A third of it is a flight, for which the response to a navigation may wait
 * for its upstream.
 */
const WINDOW = 9;
const SLOW_MS = (WINDOW / 3) * 1000 + 500;

/** The path selects the upstream's behaviour. */
const upstream = http.createServer((request, response) => {
  const headers = {
    "Set-Cookie": ["one=1; Path=/", `${COOKIE}=forged; Path=/`, "two=2; HttpOnly"],
    "Cache-Control": "public, max-age=600",
    "CDN-Cache-Control": "max-age=600",
    Expires: new Date(Date.now() + 600_000).toUTCString(),
  };
  const plain = request.url?.includes("cookies") ? headers : {};
  const answer = () => response.writeHead(200, plain).end("the page");
  if (request.url?.includes("slow")) setTimeout(answer, SLOW_MS);
  else answer();
});
await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
const app = { methods: ["GET", "HEAD", "POST"], upstream: "app" };
const admin = newCredential();
const stack = await startStack({
  config: {
    sign_up: "open",
    replay_window: WINDOW,
    admin_credentials: [admin.hash],
    upstreams: { app: { url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` } },
    routes: [
      { path: "/page/*", access: "session", ...app },
      { path: "/both/*", access: "token-or-session", ...app },
      { path: "/kept/*", access: "session", cache: "upstream", ...app },
      { path: "/editors/*", access: "session", roles: ["editor"], ...app },
    ],
  },
});
after(async () => {
  upstream.closeAllConnections();
  await Promise.all([stack.stop(), new Promise((done) => upstream.close(done))]);
});
const { origin } = stack;
const { events } = operator(origin, admin.secret);

type Headers = Record<string, string>;
const NAVIGATION = { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
const FETCH = { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" };

/** Requests that never rotate the session. */
const OTHERS: [what: string, method: string, headers: Headers][] = [
  ["no word of the browser", "GET", {}],
  ["fetch", "GET", FETCH],
  ["fetch, POST", "POST", FETCH],
  ["an image", "GET", { ...FETCH, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" }],
  ["a frame", "GET", { ...NAVIGATION, "Sec-Fetch-Dest": "iframe" }],
  ["a form", "POST", NAVIGATION],
  ["a prefetched page", "GET", { ...NAVIGATION, "Sec-Purpose": "prefetch" }],
  ["a prerendered page", "GET", { ...NAVIGATION, "Sec-Purpose": "prefetch;prerender" }],
  ["an older prefetch", "GET", { ...NAVIGATION, Purpose: "prefetch" }],
  ["a WebSocket", "GET", { ...NAVIGATION, "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x" }],
];

interface Door {
  name: string;
  ok: number;
  ask(cookie: string, headers: Headers, method?: string): Promise<Answer>;
}

const DOORS: Door[] = [
  {
    name: "a session route",
    ok: 200,
    ask: (cookie, headers, method = "GET") =>
      ask(origin, "/page/x", { method, headers: { Cookie: cookie, ...headers } }),
  },
  {
    name: "forward-auth",
    ok: 204,
    ask: (cookie, headers, method = "GET") =>
      ask(origin, "/auth/verify", {
        headers: { Cookie: cookie, "X-Forwarded-Method": method, "X-Forwarded-Uri": "/page/x", ...headers },
      }),
  },
];

describe("cookie routes", { concurrency: 32 }, () => {
  for (const door of DOORS) {
    /** Sends a request that must be admitted; returns the cookie that the response sets. */
    const passes = async (cookie: string, headers: Headers, method?: string, what = "") => {
      const answer = await door.ask(cookie, headers, method);
      assert.equal(answer.status, door.ok, `${door.name}, ${what}: ${answer.status} ${answer.text}`);
      return answer.setCookies.length === 0 ? undefined : assertCookie(answer).pair;
    };
    /**
     * Navigates until the session rotates. Returns the cookie of the last response, and when its request was
     * sent.
     */
    const moved = (cookie: string) =>
      until(`${door.name}: a navigation rotates`, async () => {
        const sent = performance.now();
        const next = await passes(cookie, NAVIGATION);
        return next !== undefined && { next, sent };
      });
    /** Sends requests until the cookie is rejected. */
    const stopped = (cookie: string, headers: Headers) =>
      until(`${door.name}: the old cookie is refused`, async () => {
        const answer = await door.ask(cookie, headers);
        if (answer.status === door.ok) {
          assert.deepEqual(answer.setCookies, [], "no cookie is set for an old one");
          return false;
        }
        assertProblem(answer, "invalid_token");
        assert.deepEqual(answer.setCookies, [], "an error response sets no cookie");
        return performance.now();
      });
    const allOut = async (...cookies: string[]) => {
      for (const cookie of cookies) {
        for (const headers of [NAVIGATION, FETCH]) assertProblem(await door.ask(cookie, headers), "invalid_token");
        await refused(origin, cookie, "reused");
      }
    };

    test(`check_25 ${door.name}: a navigation rotates when it is due and sets the cookie; no other request does`, async () => {
      const first = await ripe(origin, { window: WINDOW });
      for (const [what, method, headers] of OTHERS)
        assert.equal(await passes(first, headers, method, what), undefined, what);
      const answer = await door.ask(first, NAVIGATION);
      assert.equal(answer.status, door.ok, answer.text);
      assert.equal(answer.header("cache-control"), "private, no-store");
      const second = assertCookie(answer).pair;
      assert.deepEqual([familyOf(second), generationOf(second)], [familyOf(first), generationOf(first) + 1]);
      // Within the window nothing changes, with either cookie.
      for (const cookie of [first, second, first]) {
        const requests = [["a navigation", "GET", NAVIGATION] as const, ...OTHERS];
        const set = await Promise.all(requests.map(([what, method, headers]) => passes(cookie, headers, method, what)));
        assert.deepEqual(
          set,
          requests.map(() => undefined),
        );
      }
      const { status, text } = await refresh(origin, second);
      assert.equal(status, 200, text);
    });

    test(`check_29 ${door.name}: a rotating navigation counts as use of the session, as a refresh does`, async () => {
      const who = await signUp(origin);
      const { next } = await moved(who.cookie);
      const { session } = (await refresh(origin, next)).json();
      assert.ok(session.idle_expires_at > who.body.session.idle_expires_at);
      assert.equal(session.expires_at, who.body.session.expires_at);
    });

    test(`check_28 ${door.name}: 60 requests during a rotation, most with the old cookie: all are admitted`, async () => {
      const first = await ripe(origin, { window: WINDOW });
      const kinds = [NAVIGATION, FETCH, FETCH];
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, i) => passes(first, kinds[i % 3] as Headers, "GET")),
      );
      const set = answers.filter((cookie) => cookie !== undefined);
      assert.equal(set.length, 1, "one navigation rotates, and only its response sets the cookie");
      const next = set[0] as string;
      assert.equal(generationOf(next), generationOf(first) + 1);
      await Promise.all([next, first, next].map((cookie) => passes(cookie, FETCH)));
    });

    for (const [who, old] of [
      ["the user navigates on, then the thief fetches", FETCH],
      ["the thief navigates on, then the user navigates", NAVIGATION],
    ] as const)
      test(`check_26 ${door.name}: a copied cookie is detected: ${who}`, async () => {
        const victim = await signUp(origin);
        const id = victim.body.session.user.id;
        const { next, sent } = await moved(victim.cookie);
        await passes(next, FETCH);
        const found = await stopped(victim.cookie, old);
        assert.ok(found - sent >= WINDOW * 1000, `ended after ${Math.round(found - sent)} ms, within the window`);
        await allOut(next, victim.cookie);
        assertProblem(await get(origin, "/auth/sessions", { token: victim.token }), "invalid_token");
        const [event] = await events(id);
        assert.equal(event?.event, "refresh_reused");
        assert.equal(event?.session, victim.body.session.id);
        assert.equal(event?.generation, generationOf(victim.cookie));
      });

    test(`check_26 ${door.name}: a copied cookie is detected after a refresh, and an old one at a refresh after a navigation`, async () => {
      const one = await signUp(origin);
      const after = await until("it rotates", async () => {
        const cookie = cookieIn(await refresh(origin, one.cookie));
        return cookie !== undefined && cookie !== one.cookie && cookie;
      });
      await passes(after, FETCH);
      await stopped(one.cookie, FETCH);
      await allOut(after, one.cookie);

      const two = await signIn(origin, one);
      const { next } = await moved(two.cookie);
      await passes(next, FETCH);
      await until("the refresh is refused", async () => (await refresh(origin, two.cookie)).status === 401);
      await allOut(next, two.cookie);
    });

    test(`check_26_check_45 ${door.name}: a generation older than the predecessor ends the session at once, and no other; the event has the address that the platform reports, not one that a header claims`, async () => {
      const who = await signUp(origin);
      const sibling = await signIn(origin, who);
      const { next: second } = await moved(who.cookie);
      const { next: third } = await moved(second);
      // With forward-auth, the proxy is the Worker's client.
      const [proxy, client] = ["192.0.2.1", "203.0.113.9"];
      const claims = { "X-Forwarded-For": client, "X-Real-IP": client, Forwarded: `for=${client}` };
      const asked = await door.ask(who.cookie, { ...FETCH, ...claims, "CF-Connecting-IP": proxy });
      assertProblem(asked, "invalid_token");
      const [event] = await events(who.body.session.user.id);
      assert.deepEqual([event?.event, event?.client_address], ["refresh_reused", proxy]);
      await allOut(third, second, who.cookie);
      await passes(sibling.cookie, FETCH);
    });

    test(`check_26 ${door.name}: an invented secret ends nothing`, async () => {
      const who = await signUp(origin);
      const { next } = await moved(who.cookie);
      const { next: third } = await moved(next);
      for (const generation of [1, 2, 3, 4]) {
        const made = third.replace(/[^.]+\.[^.]+$/, `${generation}.${"A".repeat(43)}`);
        for (const headers of [NAVIGATION, FETCH]) assertProblem(await door.ask(made, headers), "invalid_token");
      }
      await passes(third, FETCH);
    });

    test(`check_28 ${door.name}: a navigation whose response was lost ends nothing; the next one skips the lost generation`, async () => {
      const who = await signUp(origin);
      const { next: lost } = await moved(who.cookie);
      // After the end of the window, the browser still has only the first cookie.
      const third = await until("the family skips the lost generation", async () => {
        assert.equal(await passes(who.cookie, FETCH), undefined);
        return passes(who.cookie, NAVIGATION);
      });
      assert.equal(generationOf(third), generationOf(lost) + 1);
      await passes(third, FETCH);
      const [event] = await events(who.body.session.user.id);
      assert.deepEqual([event?.event, event?.generation], ["refresh_answer_lost", generationOf(lost)]);
      assertProblem(await door.ask(lost, FETCH), "invalid_token");
      await allOut(third);
    });
  }

  const navigate = (path: string, cookie: string) => ask(origin, path, { headers: { Cookie: cookie, ...NAVIGATION } });

  test("the session's cookie is set in addition to the upstream's own cookies, and no cache may store the response", async () => {
    const answer = await navigate("/kept/cookies", await ripe(origin, { window: WINDOW }));
    assert.equal(answer.status, 200, answer.text);
    const [one, two, ours = ""] = answer.setCookies;
    assert.deepEqual([one, two, answer.setCookies.length], ["one=1; Path=/", "two=2; HttpOnly", 3]);
    assert.equal(answer.header("cache-control"), "private, no-store");
    assert.equal(answer.header("cdn-cache-control"), undefined);
    assert.equal(answer.header("expires"), undefined);
    const young = ours.split(";")[0] ?? "";
    assert.match(young, new RegExp(`^${COOKIE}=1\\.`));
    const next = await navigate("/kept/cookies", young);
    assert.equal(next.header("cache-control"), "public, max-age=600", "without a cookie the upstream decides");
    assert.equal(next.setCookies.length, 2);
  });

  test("a rejection by the route's policy sets the cookie too, because the session has rotated", async () => {
    const first = await ripe(origin, { window: WINDOW });
    const answer = await navigate("/editors/x", first);
    assert.deepEqual([answer.status, answer.json().code], [403, "insufficient_scope"]);
    assert.equal(generationOf(assertCookie(answer).pair), generationOf(first) + 1);
  });

  test("if a request has a token and the cookie, the token alone decides, and nothing rotates", async () => {
    const who = await signUp(origin);
    await ripe(origin, { window: WINDOW });
    const headers = { Cookie: who.cookie, Authorization: `Bearer ${who.token}`, ...NAVIGATION };
    const answer = await ask(origin, "/both/x", { headers });
    assert.deepEqual([answer.status, answer.setCookies], [200, []]);
    assert.ok((await navigate("/both/x", who.cookie)).setCookies.length === 1, "a rotation was due");
  });

  test("check_28 an upstream slower than a flight: its response is sent without the cookie, which could overwrite a newer one", async () => {
    const first = await ripe(origin, { window: WINDOW });
    const slow = await navigate("/page/slow", first);
    assert.deepEqual([slow.status, slow.setCookies], [200, []]);
    const third = await until("the family skips the lost generation", async () => {
      const answer = await navigate("/page/x", first);
      assert.equal(answer.status, 200, answer.text);
      return answer.setCookies.length > 0 && assertCookie(answer).pair;
    });
    assert.equal(generationOf(third), generationOf(first) + 2, "the slow navigation had rotated");
    assert.equal((await navigate("/page/x", third)).status, 200);
  });

  test("check_26 an old cookie in a request to end the user's other sessions ends its own session as reused", async () => {
    const who = await signUp(origin);
    const sibling = await signIn(origin, who);
    const current = await until("it rotates", async () => {
      const answer = await navigate("/page/x", who.cookie);
      return answer.setCookies.length > 0 && assertCookie(answer).pair;
    });
    await navigate("/page/x", current);
    await until("a refresh is refused", async () => (await navigate("/page/x", who.cookie)).status === 401);
    const answer = await post(origin, "/auth/sign-out", { scope: "others" }, { cookie: who.cookie });
    assertProblem(answer, "session_ended", { reason: "reused" });
    assert.equal((await navigate("/page/x", sibling.cookie)).status, 200, "only a valid session can sign out others");
  });
});
