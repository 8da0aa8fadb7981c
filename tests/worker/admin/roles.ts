// A change of roles takes effect within the route's bound, and the session continues.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertChallenge, assertProblem } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { refusedWithin } from "../../harness/until.ts";
import { get, refresh, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function roles({ origin, admin }: World): void {
  const upstreamSaw = (answer: Answer, name: string): string | undefined =>
    answer.json().headers.find(([known]: [string]) => known.toLowerCase() === name)?.[1];

  test("check_21 after a role change older tokens are rejected within the bound, and the same session renews to the new roles", async (t) => {
    const who = await signUp(origin);
    const otherSession = await signIn(origin, who);
    const { id } = who.body.session.user;
    for (const path of ["/none/x", "/1s/x", "/strict/x"])
      assert.equal((await get(origin, path, { token: who.token })).status, 200, path);
    assertProblem(await get(origin, "/editors/x", { token: who.token }), "insufficient_scope");

    const answer = await admin.put(`/${id}/roles`, { roles: ["editor", "reader"] });
    const since = Date.now();
    assert.deepEqual([answer.status, answer.json().roles, answer.json().sessions], [200, ["editor", "reader"], 2]);
    for (const { token } of [who, otherSession]) {
      const strict = await get(origin, "/strict/x", { token });
      assertProblem(strict, "invalid_token");
      assertChallenge(strict, "invalid_token");
      assertProblem(await get(origin, "/auth/sessions", { token }), "invalid_token");
    }
    const took = await refusedWithin("/1s/x", 1000, since, () => get(origin, "/1s/x", { token: who.token }));
    t.diagnostic(`rejected ${took} ms after the response to the role change, on a route with the bound 1 s`);
    assert.equal((await get(origin, "/none/x", { token: who.token })).status, 200, "the route's bound is none");

    const renewed = await refresh(origin, who.cookie);
    assert.equal(renewed.status, 200, renewed.text);
    const { access_token, session } = renewed.json();
    assert.equal(session.id, who.body.session.id, "the user stays signed in");
    assert.deepEqual(session.user.roles, ["editor", "reader"]);
    const allowed = await get(origin, "/editors/x", { token: access_token });
    assert.equal(allowed.status, 200, allowed.text);
    assert.equal(upstreamSaw(allowed, "latchkey-roles"), "editor reader");
  });

  test("removed roles are removed for the cookie at once", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    await admin.put(`/${id}/roles`, { roles: ["editor"] });
    assert.equal((await get(origin, "/page/x", { cookie: who.cookie })).status, 200);
    await admin.put(`/${id}/roles`, { roles: [] });
    assertProblem(await get(origin, "/page/x", { cookie: who.cookie }), "insufficient_scope");
  });

  test("setting the same roles again changes nothing and rejects no token", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    await admin.put(`/${id}/roles`, { roles: ["editor"] });
    const { access_token: token } = (await refresh(origin, who.cookie)).json();
    assert.equal((await admin.put(`/${id}/roles`, { roles: ["editor"] })).status, 200);
    assert.equal((await get(origin, "/strict/x", { token })).status, 200);
  });

  test("invalid roles are rejected, and nothing changes", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    const bad = [
      ["a b"],
      [""],
      ["a", "a"],
      ["ä"],
      ["a\n"],
      ['"'],
      ["x".repeat(65)],
      Array.from({ length: 33 }, (_, i) => `r${i}`),
    ];
    for (const list of [...bad, "editor", null, [1], [["a"]], undefined])
      assertProblem(await admin.put(`/${id}/roles`, { roles: list }), "invalid_request", {
        what: JSON.stringify(list),
      });
    assertProblem(await admin.put(`/${id}/roles`, { roles: [], more: 1 }), "invalid_request");
    assert.equal((await get(origin, "/strict/x", { token: who.token })).status, 200);
    assert.deepEqual((await admin.get(`/${id}`)).json().roles, []);
  });
}
