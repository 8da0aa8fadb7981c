// The list of a user's sessions, revoking one, and forward-auth.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { assertChallenge, assertHygiene, assertNoStore, assertProblem, COOKIE } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { del, get, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";
import { LISTED, type World } from "./world.ts";

interface Row {
  id: string;
  current: boolean;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  user_agent: string;
}

export function sessions({ origin }: World): void {
  const list = async (token: string): Promise<Row[]> => {
    const answer = await get(origin, "/auth/sessions", { token });
    assert.equal(answer.status, 200, answer.text);
    assertHygiene(answer);
    const { sessions, ...rest } = answer.json();
    assert.deepEqual(rest, {});
    return sessions;
  };

  test("the list has every active session of the user, with the members of the contract", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one, { headers: { "User-Agent": "Mozilla/5.0 (a test)" } });
    await signUp(origin); // Another user's session.
    const rows = await list(two.token);
    assert.deepEqual(rows.map(({ id }) => id).sort(), [one.body.session.id, two.body.session.id].sort());
    for (const row of rows) {
      assert.deepEqual(Object.keys(row).sort(), [
        "created_at",
        "current",
        "expires_at",
        "id",
        "last_used_at",
        "user_agent",
      ]);
      assert.equal(row.current, row.id === two.body.session.id);
      const { created_at, expires_at } = (row.current ? two : one).body.session;
      assert.deepEqual([row.created_at, row.expires_at, row.last_used_at], [created_at, expires_at, created_at]);
    }
    assert.equal(rows.find(({ current }) => current)?.user_agent, "Mozilla/5.0 (a test)");
  });

  test("the caller's session comes first, then the newest, also among those of the same second", async () => {
    const first = await signUp(origin);
    const others = [];
    for (let i = 0; i < 4; i += 1) others.push(await signIn(origin, first));
    const opened = [first, ...others].map(({ body }) => body.session.id);
    for (const who of [first, others[1], others[3]]) {
      const own = who?.body.session.id ?? "";
      const expected = [own, ...opened.filter((id) => id !== own).reverse()];
      assert.deepEqual(
        (await list(who?.token ?? "")).map(({ id }) => id),
        expected,
      );
    }
  });

  test("a very long User-Agent is accepted and returned as text of bounded length", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one, {
      headers: { "User-Agent": `<script>alert(1)</script>\u00e9${"x".repeat(6000)}` },
    });
    const agent = (await list(two.token)).find(({ current }) => current)?.user_agent ?? "";
    assert.ok(agent.length <= 1024, `${agent.length} characters`);
  });

  test("revoking ends that session and no other; the service rejects its token immediately", async () => {
    const [one] = [await signUp(origin)];
    const two = await signIn(origin, one);
    const answer = await del(origin, `/auth/sessions/${two.body.session.id}`, { token: one.token });
    assert.equal(answer.status, 204, answer.text);
    assert.deepEqual(answer.setCookies, [], "only the response to a sign-out clears the cookie");
    assertProblem(await refresh(origin, two.cookie), "session_ended", { reason: "revoked" });
    assertProblem(await get(origin, "/auth/sessions", { token: two.token }), "invalid_token");
    assert.deepEqual(
      (await list(one.token)).map(({ id }) => id),
      [one.body.session.id],
    );
    await renewed(origin, one.cookie);
  });

  test("the caller's own current session can be revoked too", async () => {
    const one = await signUp(origin);
    assert.equal((await del(origin, `/auth/sessions/${one.body.session.id}`, { token: one.token })).status, 204);
    assertProblem(await refresh(origin, one.cookie), "session_ended", { reason: "revoked" });
  });

  test("another user's session is 404, and continues", async () => {
    const one = await signUp(origin);
    const other = await signUp(origin);
    for (const id of [
      other.body.session.id,
      other.body.session.user.id,
      "x",
      "a".repeat(64),
      "%27%20OR%201=1",
      "..%2f..",
      "%00",
    ]) {
      assertProblem(await del(origin, `/auth/sessions/${id}`, { token: one.token }), "not_found", { what: id });
    }
    await renewed(origin, other.cookie);
    await renewed(origin, one.cookie);
  });

  test("a DELETE without a token is 401, even with a valid cookie", async () => {
    const one = await signUp(origin);
    const answer = await del(origin, `/auth/sessions/${one.body.session.id}`, { cookie: one.cookie });
    assertProblem(answer, "invalid_token");
    assertChallenge(answer, null);
    await renewed(origin, one.cookie);
  });

  /** A proxy's subrequest for a request: it passes on what the browser sent, and states the method. */
  const verify = (proof: { cookie?: string; token?: string }, said: Record<string, string> = {}): Promise<Answer> =>
    get(origin, "/auth/verify", {
      ...proof,
      headers: { Origin: undefined, "Sec-Fetch-Site": undefined, "Latchkey-Client": undefined, ...said },
    });
  const ORIGINAL_GET = { "X-Forwarded-Method": "GET" };
  const assertRefused = (answer: Answer, what: string) => {
    assertProblem(answer, "invalid_token", { what });
    const told = answer.headers.filter(([name]) => /^latchkey-(?!request-id$)/i.test(name));
    assert.deepEqual(told, [], `${what}: an error contains no identity`);
  };

  test("verify: 204 with the identity, by token or by cookie", async () => {
    const { token, cookie, body } = await signUp(origin);
    for (const [what, proof] of Object.entries({ token: { token }, cookie: { cookie } })) {
      const answer = await verify(proof, ORIGINAL_GET);
      assert.equal(answer.status, 204, `${what}: ${answer.text}`);
      assert.equal(answer.header("latchkey-issuer"), origin, what);
      assert.equal(answer.header("latchkey-subject"), body.session.user.id, what);
      assert.equal(answer.header("latchkey-session"), body.session.id, what);
      assert.equal(answer.header("latchkey-roles") ?? "", "", what);
      assert.equal(answer.header("latchkey-token-id"), what === "token" ? decodeJwt(token).jti : undefined, what);
      assert.deepEqual(answer.setCookies, [], `${what}: asking doesn't renew`);
      assertHygiene(answer, what);
      assertNoStore(answer, what);
    }
  });

  test("check_19 verify by cookie: for reading, or if the request shows that a listed page sent it; a token for everything", async () => {
    const { token, cookie } = await signUp(origin);
    const POST = { "X-Forwarded-Method": "POST" };
    const allowed: Record<string, string>[] = [
      ORIGINAL_GET,
      { "X-Forwarded-Method": "HEAD" },
      { "X-Forwarded-Method": "OPTIONS" },
      { "X-Original-Method": "GET" },
      { ...ORIGINAL_GET, "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" },
      { "Sec-Fetch-Site": "same-origin" },
      { ...POST, "Sec-Fetch-Site": "same-origin" },
      { ...POST, Origin: origin },
      { ...POST, "Sec-Fetch-Site": "same-site", Origin: LISTED[0] },
    ];
    const refused: Record<string, string>[] = [
      {}, // Without a method the request counts as an unsafe one.
      POST,
      { "X-Forwarded-Method": "PUT" },
      { "X-Forwarded-Method": "PATCH" },
      { "X-Forwarded-Method": "DELETE" },
      { "X-Forwarded-Method": "get" },
      { "X-Forwarded-Method": "GET, POST" },
      { "X-Forwarded-Method": "GETX" },
      { "X-Original-Method": "POST" },
      { ...POST, "X-Original-Method": "GET" },
      { ...ORIGINAL_GET, "X-Original-Method": "POST" },
      { "X-HTTP-Method-Override": "GET" },
      { ...POST, "Sec-Fetch-Site": "same-site" },
      { ...POST, "Sec-Fetch-Site": "none" },
      { ...POST, "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" },
      { ...POST, Origin: "null" },
      { ...POST, Origin: `${LISTED[0]}.evil.example` },
    ];
    for (const said of allowed)
      assert.equal((await verify({ cookie }, said)).status, 204, `cookie, ${JSON.stringify(said)}`);
    for (const said of refused) assertRefused(await verify({ cookie }, said), `cookie, ${JSON.stringify(said)}`);
    for (const said of [...allowed, ...refused])
      assert.equal((await verify({ token }, said)).status, 204, `token, ${JSON.stringify(said)}`);
    assert.equal(await renewed(origin, cookie), cookie, "the session is unchanged");
  });

  test("check_19 verify: an invalid token never falls back to the cookie; an invalid cookie is 401", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    assert.equal((await del(origin, `/auth/sessions/${two.body.session.id}`, { token: one.token })).status, 204);
    for (const token of [`${one.token}x`, two.token, "x", "", " "]) {
      for (const said of [ORIGINAL_GET, { "Sec-Fetch-Site": "same-origin" }])
        assertRefused(await verify({ cookie: one.cookie, token }, said), `a valid cookie and the token "${token}"`);
    }
    for (const [what, proof] of Object.entries({
      "invalid cookie": { cookie: two.cookie },
      "invalid token": { token: two.token },
      "a valid token after an invalid one": { token: `${two.token}, Bearer ${one.token}` },
      garbage: { cookie: `${COOKIE}=garbage` },
      "invented secret": { cookie: one.cookie.replace(/[^.]+$/, "A".repeat(43)) },
      nothing: {},
    })) {
      assertRefused(await verify(proof, ORIGINAL_GET), what);
    }
    assert.equal((await verify({ cookie: one.cookie }, ORIGINAL_GET)).status, 204);
  });
}
