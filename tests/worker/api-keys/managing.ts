// The owner and an administrator create, list, rename and revoke keys.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { call, del, get, ownPage, patch, post, renewed, signUp } from "../../harness/visitor.ts";
import { base62, newKey, PATH, program, sealed, type World } from "./world.ts";

const DAY = 86_400;

export function managing({ origin, admin }: World): void {
  test("a key is shown once; the list has what it permits and never the key", async () => {
    const who = await signUp(origin);
    const before = Math.floor(Date.now() / 1000);
    const answer = await post(origin, PATH, { name: " build " }, { token: who.token });
    assert.equal(answer.status, 201, answer.text);
    assert.match(answer.header("cache-control") ?? "", /no-store/);
    const { key, api_key } = answer.json();
    assert.deepEqual(Object.keys(answer.json()), ["key", "api_key"]);
    const { id, created_at, expires_at, ...rest } = api_key;
    assert.match(id, /^key\.[\w-]{22}$/);
    assert.ok(created_at >= before - 1 && created_at <= Date.now() / 1000 + 1);
    assert.ok(Math.abs(expires_at - created_at - 90 * DAY) <= 1, "90 days");
    assert.deepEqual(rest, { name: "build", scopes: [], roles: [], networks: [], last_used_at: null });
    const second = await newKey(origin, who, { expires_in: null, scopes: ["notes:read"], networks: ["10.0.0.0/8"] });
    assert.equal(second.api_key.expires_at, null);
    const listed = await get(origin, PATH, { token: who.token });
    assert.deepEqual(listed.json(), { api_keys: [second.api_key, api_key] });
    for (const text of [key, second.key]) assert.ok(!listed.text.includes(text.slice(-40)));
  });

  test("a key has the documented form: prefix, owner, random, checksum", async () => {
    const docs = await readFile(new URL("../../../docs/api-keys.md", import.meta.url), "utf8");
    const pattern = new RegExp(
      /regular expression for secret scanners:\n\n```\n(.*)\n```/.exec(docs)?.[1] ?? "not found",
      "g",
    );
    const who = await signUp(origin);
    const keys = await Promise.all(Array.from({ length: 5 }, () => newKey(origin, who)));
    assert.equal(new Set(keys.map(({ key }) => key.slice(51, 78))).size, 5, "random");
    for (const { key } of keys) {
      assert.deepEqual(
        `export KEY="${key}"\n# ${key}x`.match(pattern),
        [key],
        "found once, and not as a part of a longer word",
      );
      const owner = base62(BigInt(`0x${who.body.session.user.id}`), 43);
      assert.equal(key, sealed(`lk_live_${owner}${key.slice(51, 78)}`));
    }
  });

  test("invalid terms are 400 with their field, and no key is created", async () => {
    const who = await signUp(origin);
    const table: [field: string | null, body: unknown][] = [
      ["name", {}],
      ["name", { name: "" }],
      ["name", { name: "x".repeat(65) }],
      ["name", { name: 7 }],
      ["scopes[0]", { name: "x", scopes: ["notes:delete"] }],
      ["scopes[1]", { name: "x", scopes: ["notes:read", "notes:read"] }],
      ["scopes", { name: "x", scopes: "notes:read" }],
      ["roles[0]", { name: "x", roles: ["admin"] }],
      ["expires_in", { name: "x", expires_in: 59 }],
      ["expires_in", { name: "x", expires_in: 1e10 }],
      ["expires_in", { name: "x", expires_in: "1d" }],
      ["networks[0]", { name: "x", networks: ["10.0.0.1/8"] }],
      ["networks[0]", { name: "x", networks: ["*"] }],
      ["id", { name: "x", id: "key.x" }],
      [null, []],
    ];
    for (const [field, body] of table)
      assertProblem(await post(origin, PATH, body, { token: who.token }), "invalid_request", {
        field,
        what: JSON.stringify(body).slice(0, 80),
      });
    for (const body of ["", "{", '{"name":"a","name":"b"}'])
      assertProblem(
        await ask(origin, PATH, {
          method: "POST",
          body,
          headers: { ...ownPage(origin), "Content-Type": "application/json", Authorization: `Bearer ${who.token}` },
        }),
        "invalid_request",
        { what: body },
      );
    assert.deepEqual((await get(origin, PATH, { token: who.token })).json(), { api_keys: [] });
  });

  test("a key is renamed and revoked by its owner only; all are revoked at once", async () => {
    const [who, other] = [await signUp(origin), await signUp(origin)];
    const { key, api_key } = await newKey(origin, who);
    const at = `${PATH}/${api_key.id}`;
    for (const [method, body] of [
      ["PATCH", { name: "theirs" }],
      ["DELETE", undefined],
    ] as const) {
      assertProblem(await call(origin, method, at, body, { token: other.token }), "not_found");
      assertProblem(await call(origin, method, at, body), "invalid_token");
      assertProblem(
        await call(origin, method, at, body, { token: who.token, headers: { "Latchkey-Client": undefined } }),
        "request_forgery",
      );
    }
    assertProblem(await patch(origin, at, { name: "" }, { token: who.token }), "invalid_request", { field: "name" });
    const renamed = await patch(origin, at, { name: "other" }, { token: who.token });
    assert.deepEqual(renamed.json(), { api_key: { ...api_key, name: "other" } });
    assert.equal((await program(origin, "/key/x", key)).status, 200);
    assert.equal((await del(origin, at, { token: who.token })).status, 204);
    assertProblem(await del(origin, at, { token: who.token }), "not_found", { what: "it is gone" });
    const more = [await newKey(origin, who), await newKey(origin, who)];
    assert.equal((await del(origin, PATH, { token: who.token })).status, 204);
    assert.equal((await del(origin, PATH, { token: who.token })).status, 204, "it can be repeated");
    for (const { key } of more) assertProblem(await program(origin, "/strict/x", key), "invalid_token");
    assert.deepEqual((await get(origin, PATH, { token: who.token })).json(), { api_keys: [] });
  });

  test("an account has 50 keys at most, also if they are created at the same time", async () => {
    const who = await signUp(origin);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => post(origin, PATH, { name: `${i}` }, { token: who.token })),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 50);
    for (const answer of answers.filter(({ status }) => status !== 201))
      assertProblem(answer, "invalid_request", { field: null });
    const [first] = (await get(origin, PATH, { token: who.token })).json().api_keys;
    assert.equal((await del(origin, `${PATH}/${first.id}`, { token: who.token })).status, 204);
    await newKey(origin, who);
  });

  test("neither a key nor a token for which one was exchanged manages the account", async () => {
    const who = await signUp(origin);
    const { key, api_key } = await newKey(origin, who);
    const { access_token } = (await program(origin, "/auth/token", key, {}, "POST")).json();
    for (const token of [key, access_token]) {
      for (const [method, path, body] of [
        ["GET", PATH, undefined],
        ["POST", PATH, { name: "x" }],
        ["DELETE", PATH, undefined],
        ["DELETE", `${PATH}/${api_key.id}`, undefined],
        ["GET", "/auth/sessions", undefined],
        ["PATCH", "/auth/profile", { name: "x" }],
        ["POST", "/auth/password", { current_password: who.password, new_password: "another password" }],
        ["POST", "/auth/reauthenticate", { password: who.password }],
        ["DELETE", "/auth/account", { current_password: who.password }],
      ] as const)
        assertProblem(await call(origin, method, path, body, { token }), "invalid_token", {
          what: `${method} ${path}`,
        });
    }
    assert.equal((await program(origin, "/strict/x", key)).status, 200);
    await renewed(origin, who.cookie);
  });

  test("an administrator creates, lists, renames and revokes the keys of a user; the trail names them", async () => {
    const who = await signUp(origin);
    const id = who.body.session.user.id;
    const base = `/${id}/api-keys`;
    await admin.put(`/${id}/roles`, { roles: ["editor"] });
    assertProblem(await admin.post(base, { name: "x", roles: ["admin"] }), "invalid_request", { field: "roles[0]" });
    const made = await admin.post(base, { name: "for them", roles: ["editor"] });
    assert.equal(made.status, 201, made.text);
    const { key, api_key } = made.json();
    assert.equal((await program(origin, "/editors/x", key)).status, 200);
    const renamed = await admin.call("PATCH", `${base}/${api_key.id}`, { name: "renamed" });
    assert.equal(renamed.json().api_key.name, "renamed");
    const [listed] = (await admin.get(base)).json().api_keys;
    assert.equal(listed.name, "renamed");
    assert.equal((await admin.del(`${base}/${api_key.id}`)).status, 204);
    assertProblem(await admin.del(`${base}/${api_key.id}`), "not_found");
    assertProblem(await program(origin, "/strict/x", key), "invalid_token");
    assert.equal((await admin.del(base)).status, 204);
    for (const path of [`/${"0".repeat(64)}/api-keys`, "/nobody/api-keys"]) {
      assertProblem(await admin.get(path), "not_found", { what: path });
      assertProblem(await admin.post(path, { name: "x" }), "not_found", { what: path });
    }
    assertProblem(await ask(origin, `/admin/users${base}`, { headers: {} }), "invalid_token");
    const trail = (await admin.events(id))
      .filter((event) => event.id === api_key.id)
      .map(({ event, by }) => [event, by]);
    assert.deepEqual(trail, [
      ["api_key_revoked", "admin"],
      ["api_key_renamed", "admin"],
      ["api_key_created", "admin"],
    ]);
  });
}
