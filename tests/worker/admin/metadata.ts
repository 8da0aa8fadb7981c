// What the deployer says about a user: PUT /admin/users/{id}/metadata, and the claim in the tokens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { assertProblem } from "../../harness/contract.ts";
import { refusedWithin } from "../../harness/until.ts";
import { get, patch, refresh, signIn, signUp, type Visitor } from "../../harness/visitor.ts";
import { METADATA_CLAIM, type World } from "./world.ts";

const METADATA = { plan: "pro", seats: 3, ratio: 1.5, of: { tags: ["a", null, true] } };

export function metadata({ origin, admin }: World): void {
  const set = (who: Visitor, metadata: unknown) => admin.put(`/${who.body.session.user.id}/metadata`, { metadata });
  const claim = (token: string) => decodeJwt(token)[METADATA_CLAIM];

  test("metadata is in the user's sessions and in the named claim; older tokens are rejected within the bound, and the session continues", async () => {
    const who = await signUp(origin);
    assert.deepEqual([who.body.session.user.metadata, claim(who.token)], [{}, {}]);
    assert.equal((await get(origin, "/1s/x", { token: who.token })).status, 200);
    const answer = await set(who, METADATA);
    const since = Date.now();
    assert.deepEqual([answer.status, answer.json().metadata, answer.json().sessions], [200, METADATA, 1]);
    assertProblem(await get(origin, "/strict/x", { token: who.token }), "invalid_token");
    await refusedWithin("/1s/x", 1000, since, () => get(origin, "/1s/x", { token: who.token }));
    const { access_token, session } = (await refresh(origin, who.cookie)).json();
    assert.equal(session.id, who.body.session.id);
    assert.deepEqual([session.user.metadata, claim(access_token)], [METADATA, METADATA]);
    assert.equal((await get(origin, "/strict/x", { token: access_token })).status, 200);
    const { body, token } = await signIn(origin, who);
    assert.deepEqual([body.session.user.metadata, claim(token)], [METADATA, METADATA]);
    assert.deepEqual((await admin.get(`/${session.user.id}`)).json().metadata, METADATA);
  });

  test("setting the same metadata again rejects no token; an empty object removes it", async () => {
    const who = await signUp(origin);
    await set(who, METADATA);
    const { access_token: token } = (await refresh(origin, who.cookie)).json();
    assert.equal((await set(who, METADATA)).status, 200);
    assert.equal((await get(origin, "/strict/x", { token })).status, 200);
    assert.deepEqual((await set(who, {})).json().metadata, {});
    assertProblem(await get(origin, "/strict/x", { token }), "invalid_token");
    assert.deepEqual((await refresh(origin, who.cookie)).json().session.user.metadata, {});
  });

  test("the largest metadata and the most roles fit into a token that the gate accepts", async () => {
    const who = await signUp(origin);
    const nested = JSON.parse(`${'{"a":'.repeat(6)}1${"}".repeat(6)}`);
    const largest = { nested, text: "" };
    largest.text = "\u20ac".repeat(Math.floor((1024 - JSON.stringify(largest).length) / 3));
    assert.equal((await set(who, largest)).status, 200);
    const roles = Array.from({ length: 32 }, (_, i) => `${i}`.padEnd(64, "r"));
    assert.equal((await admin.put(`/${who.body.session.user.id}/roles`, { roles })).status, 200);
    const { access_token: token } = (await refresh(origin, who.cookie)).json();
    assert.deepEqual(claim(token), largest);
    for (const path of ["/none/x", "/1s/x", "/strict/x"])
      assert.equal((await get(origin, path, { token })).status, 200, path);
  });

  test("anything but an object of at most 1 KiB is rejected, and nothing changes", async () => {
    const who = await signUp(origin);
    await set(who, METADATA);
    const { id } = who.body.session.user;
    // `{"a":""}` has eight bytes.
    for (const bad of [null, [], "x", 7, true, undefined, { a: "x".repeat(1017) }, { a: "\u20ac".repeat(340) }])
      assertProblem(await set(who, bad), "invalid_request", {
        field: "metadata",
        what: JSON.stringify(bad)?.slice(0, 40) ?? "absent",
      });
    const tooDeep = JSON.parse(`${'{"a":'.repeat(8)}1${"}".repeat(8)}`);
    assertProblem(await set(who, tooDeep), "invalid_request", { what: "nested too deeply" });
    assertProblem(await admin.put(`/${id}/metadata`, METADATA), "invalid_request", { what: "without its name" });
    assertProblem(await admin.put(`/${id}/metadata`, { metadata: {}, more: 1 }), "invalid_request", { field: "more" });
    assertProblem(await admin.put("/0123/metadata", { metadata: {} }), "not_found");
    assert.deepEqual((await admin.get(`/${id}`)).json().metadata, METADATA);
    assert.equal((await set(who, { a: "x".repeat(1016) })).status, 200);
  });

  test("the user can't change it, and a claim of the token's own is never replaced", async () => {
    const who = await signUp(origin);
    assertProblem(await patch(origin, "/auth/profile", { metadata: { plan: "pro" } }, who), "invalid_request", {
      field: "metadata",
    });
    await set(who, { sub: "another", roles: ["admin"], exp: 9999999999, __proto__x: 1 });
    const { access_token } = (await refresh(origin, who.cookie)).json();
    const claims = decodeJwt(access_token);
    assert.equal(claims.sub, who.body.session.user.id);
    assert.deepEqual(claims.roles, []);
    assert.ok((claims.exp ?? 0) < Date.now() / 1000 + 600);
  });

  test("100 concurrent changes by two administrators: the account has one of them as a whole", async () => {
    const who = await signUp(origin);
    const all = Array.from({ length: 100 }, (_, i) => ({ number: i, same: `${i}` }));
    for (const answer of await Promise.all(all.map((one) => set(who, one)))) assert.equal(answer.status, 200);
    const { number, same } = (await refresh(origin, who.cookie)).json().session.user.metadata;
    assert.equal(`${number}`, same);
  });
}
