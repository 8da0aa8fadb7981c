// Operators and the service's keys: listing them, and retiring one that may be compromised.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeProtectedHeader } from "jose";
import { assertNoStore, assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { logged } from "../../harness/operator.ts";
import { refusedWithin, until } from "../../harness/until.ts";
import { get, refresh, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

interface Row {
  id: string;
  purpose: "signing" | "refresh";
  state: "published" | "active" | "retiring" | "removed";
}

/** Nothing else may use the stack meanwhile, because retiring a key ends every user's tokens. */
export function keys({ origin, stack, admins }: World): void {
  const call = (method: string, path: string, body?: unknown, secret = admins[0]?.secret) =>
    ask(origin, `/admin/keys${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${secret}`,
        "Content-Type": body === undefined ? undefined : "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const list = async (): Promise<Row[]> => (await call("GET", "")).json().keys;
  const active = async (purpose: Row["purpose"]) =>
    (await list()).find((row) => row.purpose === purpose && row.state === "active")?.id ?? "";

  test("the list names every key, one of each kind active and one in waiting, and contains no key material", async () => {
    await signUp(origin);
    const answer = await call("GET", "");
    assert.equal(answer.status, 200, answer.text);
    assertNoStore(answer);
    const rows: (Row & Record<string, unknown>)[] = answer.json().keys;
    for (const purpose of ["signing", "refresh"]) {
      const states = rows.filter((row) => row.purpose === purpose).map(({ state }) => state);
      assert.deepEqual(states.sort(), ["active", "published"], purpose);
    }
    const members = ["active_at", "gone_at", "id", "published_at", "purpose", "retired_at", "state"];
    for (const row of rows) assert.deepEqual(Object.keys(row).sort(), members);
  });

  test("check_42 a retired signing key: its tokens end within the bound, sessions continue with its successor", async (t) => {
    const who = await signUp(origin);
    const kid = await active("signing");
    assert.equal(decodeProtectedHeader(who.token).kid, kid);
    assert.equal((await get(origin, "/1s/x", { token: who.token })).status, 200);
    const answer = await call("POST", `/${kid}/retire`);
    const since = Date.now();
    assert.equal(answer.status, 204, answer.text);
    assert.equal((await get(origin, "/strict/x", { token: who.token })).status, 401);
    const took = await refusedWithin("/1s/x", 1000, since, () => get(origin, "/1s/x", { token: who.token }));
    t.diagnostic(`rejected ${took} ms after the response, on a route with the bound 1 s`);
    const renewed = await until("a token of the successor", async () => {
      const answer = await refresh(origin, who.cookie);
      assert.equal(answer.status, 200, answer.text);
      const token = answer.json().access_token;
      return decodeProtectedHeader(token).kid !== kid && token;
    });
    assert.equal((await get(origin, "/strict/x", { token: renewed })).status, 200);
    const { keys: published } = (await get(origin, "/.well-known/jwks.json")).json();
    assert.equal(
      published.some((key: { kid: string }) => key.kid === kid),
      false,
      "no published key set contains it",
    );
    assert.equal((await call("POST", `/${kid}/retire`)).status, 204, "again");
    for (const [kind, actor] of [
      ["key_taken_out", "admin"],
      ["key_removed", "system"],
    ]) {
      const line = await until(`the log has ${kind}`, () =>
        logged(stack.logs()).find(({ event, id }) => event === kind && id === kid),
      );
      assert.equal(line.by, actor, kind);
    }
  });

  test("check_42 a retired refresh key ends the sessions made with it, and no other", async () => {
    const before = await signUp(origin);
    const answer = await call("POST", `/${await active("refresh")}/retire`);
    assert.equal(answer.status, 204, answer.text);
    await until("the session ends", async () => {
      const answer = await refresh(origin, before.cookie);
      if (answer.status === 401) assertProblem(answer, "session_ended", { reason: "revoked" });
      return answer.status === 401;
    });
    const after = await signUp(origin);
    assert.equal((await refresh(origin, after.cookie)).status, 200);
  });

  test("the next key can be activated only after it was published for long enough", async () => {
    for (const purpose of ["signing", "refresh"]) {
      const answer = await call("POST", "/rotate", { purpose });
      assertProblem(answer, "invalid_request", { what: purpose });
    }
    assertProblem(await call("POST", "/rotate", { purpose: "x" }), "invalid_request");
    assertProblem(await call("POST", "/rotate", {}), "invalid_request");
  });

  test("an unknown key is 404, and keys are only for administrators", async () => {
    for (const id of ["x", "0".repeat(43), "%2e%2e"])
      assertProblem(await call("POST", `/${id}/retire`), "not_found", { what: id });
    for (const [method, path, body] of [
      ["GET", ""],
      ["POST", `/${await active("signing")}/retire`],
      ["POST", "/rotate", { purpose: "signing" }],
    ] as const)
      assertProblem(await call(method, path, body, "wrong"), "invalid_token", { what: `${method} ${path}` });
  });
}
