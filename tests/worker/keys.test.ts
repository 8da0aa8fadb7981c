// The service's keys: they are rotated automatically, and can be retired immediately.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { decodeProtectedHeader } from "jose";
import { assertCookie, assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { untilLogged } from "../harness/log.ts";
import { openStream, ticketFor } from "../harness/tickets.ts";
import { refusedWithin, until } from "../harness/until.ts";
import { get, post } from "../harness/visitor.ts";
import { again, bearer, type Durable, fromOurPage, ISSUER, person, refresh, startDurable } from "./durable/world.ts";

interface Row {
  id: string;
  purpose: "signing" | "refresh";
  state: "published" | "active" | "retiring" | "removed";
  published_at: number;
  active_at: number | null;
  retired_at: number | null;
  gone_at: number | null;
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid as string;

const outcome = (reply: { Ok: object } | { Err: object }): "done" | "rejected" => ("Ok" in reply ? "done" : "rejected");

/** An administrator's operations, sent to the object directly. */
const keyring = (world: Durable) => ({
  async list(purpose: Row["purpose"]): Promise<Row[]> {
    const { List } = (await world.object("KEYRING", "keyring", { List: {} })).json() as { List: Row[] };
    return List.filter((row) => row.purpose === purpose);
  },
  async retire(id: string): Promise<unknown> {
    const answer = await world.object("KEYRING", "keyring", { Retire: { id } });
    assert.equal(answer.status, 200, answer.text);
    return outcome(answer.json().Retire);
  },
  rotate: async (purpose: Row["purpose"]) =>
    outcome((await world.object("KEYRING", "keyring", { Rotate: { purpose } })).json().Rotate),
});

const published = async (origin: string): Promise<string[]> =>
  (await get(origin, "/.well-known/jwks.json")).json().keys.map(({ kid }: { kid: string }) => kid);

describe("keys", { concurrency: 4 }, () => {
  test("check_42 a signing key is published before it signs, and stays until its last token has expired", async (t) => {
    // An isolate signs with a copy of the keys that is up to ten seconds old, so a key must stay for longer
    // than that.
    const [TTL, PUBLISHED, RETIRING] = [3, 2, 13];
    const keys = { rotation_period: 5, publish_ahead: PUBLISHED, retire_after: RETIRING };
    const world = await startDurable({ config: { access_token_ttl: TTL, keys } });
    t.after(() => world.stop());
    const { cookie } = await (async () => {
      const answer = await post(
        world.origin,
        "/auth/sign-up",
        { email: "a@example.com", password: "correct horse battery" },
        fromOurPage,
      );
      return { cookie: assertCookie(answer).pair };
    })();
    // What a request shows was true at some time between its start and its end. A key is at fault only if it is whatever
    // that time was, so the order of events is judged by the ends of the intervals that are farthest apart.
    /** The start of the last request for the key set that did not show the key yet. */
    const unpublished = new Map<string, number>();
    /** The end of the first request for the key set that no longer showed the key. */
    const gone = new Map<string, number>();
    /** The end of the first renewal with a token of the key. */
    const signed = new Map<string, number>();
    const shown = new Set<string>();
    const tokens: { token: string; expires: number }[] = [];
    let looked = Date.now();
    await until("three keys have signed and one of them was deleted", async () => {
      const began = Date.now();
      const kids = await published(world.origin);
      for (const kid of kids) {
        if (!shown.has(kid)) unpublished.set(kid, looked);
        shown.add(kid);
      }
      for (const kid of shown) if (!kids.includes(kid) && !gone.has(kid)) gone.set(kid, Date.now());
      looked = began;
      const asked = Date.now();
      const answer = await refresh(world.origin, cookie);
      assert.equal(answer.status, 200, answer.text);
      const { access_token: token, expires_in } = answer.json();
      // Its times are in whole seconds.
      tokens.push({ token, expires: asked + (expires_in - 1) * 1000 });
      const kid = kidOf(token);
      if (!signed.has(kid)) signed.set(kid, Date.now());
      if (Date.now() - began < (PUBLISHED - 1) * 1000)
        assert.ok(shown.has(kid), "every signing key was published before");
      for (const { token, expires } of tokens.slice(-40)) {
        const { status } = await ask(world.origin, "/none/x", bearer(token));
        if (Date.now() < expires) assert.equal(status, 200, "valid until it expires");
      }
      return signed.size >= 3 && gone.size > 0;
    });
    const [first = "", ...later] = [...signed.keys()];
    for (const kid of later) {
      const most = (signed.get(kid) ?? 0) - (unpublished.get(kid) ?? Infinity);
      assert.ok(most >= (PUBLISHED - 1) * 1000, `${kid} signed ${most} ms after it was published, or sooner`);
    }
    const last = tokens.filter(({ token }) => kidOf(token) === first).at(-1);
    assert.ok((gone.get(first) ?? 0) >= (last?.expires ?? Infinity), "published until its last token had expired");
    t.diagnostic(`${signed.size} keys signed ${tokens.length} tokens; none was rejected before it expired`);
    for (const event of ["key_published", "key_activated", "key_retired", "key_gone"])
      await untilLogged(world.logs, new RegExp(`"event":"${event}"`));
  });

  test("check_42 sessions survive a rotation of the refresh keys", async (t) => {
    const keys = { rotation_period: 86_400, publish_ahead: 1, retire_after: 1 };
    const world = await startDurable({ config: { replay_window: 8, keys } });
    t.after(() => world.stop());
    const who = await person(world.origin);
    const [before] = (await keyring(world).list("refresh")).filter(({ state }) => state === "active");
    await until("the key in waiting may be used", async () => (await keyring(world).rotate("refresh")) === "done");
    const rows = await keyring(world).list("refresh");
    const states = new Map(rows.map((row) => [row.id, row]));
    assert.equal(states.get(before?.id ?? "")?.state, "retiring");
    const gone = states.get(before?.id ?? "")?.gone_at ?? 0;
    assert.ok(gone - Date.now() / 1000 > 30 * 86_400 - 60, "as long as its sessions may live");
    const next = await until("the session rotates", async () => {
      const answer = await refresh(world.origin, who.cookie);
      assert.equal(answer.status, 200, answer.text);
      // Shortly before the rotation, none is set.
      const pair = answer.setCookies.length > 0 && assertCookie(answer).pair;
      return pair !== who.cookie && pair;
    });
    assert.equal((await refresh(world.origin, next)).status, 200);
    assert.equal((await refresh(world.origin, who.cookie)).status, 200, "with the old key, within the window");
  });

  test("check_42_check_20_check_21 a retired signing key: rejected within the bound of each route, and immediately on strict ones", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const { origin } = world;
    const who = await person(origin);
    const kid = kidOf(who.token);
    const routes = ["/strict/x", "/1s/x", "/5s/x", "/none/x", "/auth/sessions"];
    for (const path of routes) assert.equal((await ask(origin, path, bearer(who.token))).status, 200, path);
    const standby = (await published(origin)).filter((other) => other !== kid);
    assert.equal(standby.length, 1, "its successor has been published all along");
    assert.equal(await keyring(world).retire(kid), "done");
    const answered = Date.now();
    // Sent to this isolate first, so that no other request has told it.
    const oneSecond = await refusedWithin("/1s/x", 1_000, answered, () => ask(origin, "/1s/x", bearer(who.token)));
    assert.equal((await ask(origin, "/strict/x", bearer(who.token))).status, 401);
    const renewed = (await refresh(origin, who.cookie)).json().access_token;
    assert.equal(kidOf(renewed), standby[0], "the key in waiting signs now");
    for (const path of routes) assert.equal((await ask(origin, path, bearer(renewed))).status, 200, path);
    assert.equal((await published(origin)).includes(kid), false);
    for (const path of routes) assert.equal((await ask(origin, path, bearer(who.token))).status, 401, path);
    t.diagnostic(`/1s: refused ${oneSecond} ms after the response to the removal`);
    assert.equal(await keyring(world).retire(kid), "done", "idempotent");
    assert.equal(await keyring(world).retire("unknown"), "rejected");
  });

  for (const [path, bound] of [
    ["/strict/x", 0],
    ["/auth/sessions", 0],
    ["/5s/x", 5_000],
    ["/none/x", 10_000],
  ] as const)
    test(`check_42_check_20 a retired signing key alone is rejected at ${path} within ${bound} ms`, async (t) => {
      const world = await startDurable();
      t.after(() => world.stop());
      const who = await person(world.origin);
      assert.equal((await ask(world.origin, path, bearer(who.token))).status, 200);
      assert.equal((await ask(world.origin, path, bearer(who.token))).status, 200, "from the cache of verified tokens");
      assert.equal(await keyring(world).retire(kidOf(who.token)), "done");
      const answered = Date.now();
      if (bound === 0) assert.equal((await ask(world.origin, path, bearer(who.token))).status, 401, "at once");
      const took = await refusedWithin(path, bound, answered, () => ask(world.origin, path, bearer(who.token)));
      t.diagnostic(`${path}: refused ${took} ms after the response to the removal`);
    });

  test("check_42 a token whose key was retired is inactive immediately", async (t) => {
    const secret = "a-secret-that-only-this-test-knows";
    const service_credentials = [createHash("sha256").update(secret).digest("hex")];
    const world = await startDurable({ config: { service_credentials } });
    t.after(() => world.stop());
    const who = await person(world.origin);
    const active = async (): Promise<boolean> => {
      const answer = await ask(world.origin, "/auth/introspect", {
        method: "POST",
        headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/x-www-form-urlencoded" },
        body: `token=${who.token}`,
      });
      assert.equal(answer.status, 200, answer.text);
      return answer.json().active;
    };
    assert.equal(await active(), true);
    assert.equal(await keyring(world).retire(kidOf(who.token)), "done");
    assert.equal(await active(), false);
  });

  test("check_42 a retired refresh key ends the sessions made with it, within ten seconds, and no other", async (t) => {
    const world = await startDurable({ config: { keys: { publish_ahead: 1 } } });
    t.after(() => world.stop());
    const { origin } = world;
    const who = await person(origin);
    const [old] = (await keyring(world).list("refresh")).filter(({ state }) => state === "active");
    assert.equal(await keyring(world).retire(old?.id ?? ""), "done");
    const answered = Date.now();
    const took = await refusedWithin("the session", 10_000, answered, () => refresh(origin, who.cookie));
    assertProblem(await refresh(origin, who.cookie), "session_ended", { reason: "revoked" });
    const back = await again(origin, who.email);
    assert.equal((await refresh(origin, back.cookie)).status, 200);
    const rows = await keyring(world).list("refresh");
    assert.deepEqual(rows.map(({ state }) => state).sort(), ["active", "published", "removed"]);
    t.diagnostic(`ended ${took} ms after the response to the removal`);
  });

  test("check_44 a removal is not confirmed while the list of revocations can't be told; a repetition confirms it", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    const kid = kidOf(who.token);
    for (const kind of ["refused", "lost"] as const) {
      await world.fault({ on: "call REVOCATIONS", kind });
      const answer = await world.object("KEYRING", "keyring", { Retire: { id: kid } });
      assert.notEqual(answer.status, 200, "it is not reported as done");
    }
    await world.fault(null);
    assert.equal(await keyring(world).retire(kid), "done");
    assert.ok((await world.seen()).includes("call REVOCATIONS"), "the list has been told");
    assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 401);
  });

  test("check_44_check_42 a removal is not confirmed if one of the objects that strict checks ask can't be told", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    const kid = kidOf(who.token);
    const told = async () =>
      Promise.all(
        Array.from({ length: 16 }, async (_, n) => {
          const answer = await world.object("REVOCATIONS", `keys-${n}`, { LeastKeysVersion: {} });
          return (answer.json() as { LeastKeysVersion: number }).LeastKeysVersion;
        }),
      );
    assert.deepEqual(new Set(await told()), new Set([0]), "no key was ever removed");
    // The list is told first, then the sixteen objects.
    for (const kind of ["refused", "lost"] as const)
      for (const at of [2, 9, 17]) {
        await world.fault({ of: "call REVOCATIONS", at, kind });
        const answer = await world.object("KEYRING", "keyring", { Retire: { id: kid } });
        assert.notEqual(answer.status, 200, `${kind} ${at}`);
      }
    await world.fault(null);
    assert.equal(await keyring(world).retire(kid), "done");
    const versions = new Set(await told());
    assert.equal(versions.size, 1, "all objects have the same version");
    assert.ok(!versions.has(0));
    assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 401);
    assert.equal(await keyring(world).retire(kid), "done", "a repetition succeeds");
    assert.deepEqual(new Set(await told()), versions);
  });

  test("check_42 a ticket outlives the key of the token that requested it, for the rest of its 30 seconds", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    const made = Date.now() + 1_000;
    await world.clock(made);
    const [one, other] = await Promise.all(
      [1, 2].map(() => ticketFor(world.origin, who, `${ISSUER}/strict/x`, fromOurPage.headers)),
    );
    assert.equal(await keyring(world).retire(kidOf(who.token)), "done");
    const open = (path = "") => openStream(world.origin, path, fromOurPage.headers);
    // Tickets are stored with whole seconds.
    const expires = (Math.floor(made / 1000) + 30) * 1000;
    await world.clock(expires - 1);
    assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 401, "the token is rejected");
    assertProblem(
      await post(world.origin, "/auth/ticket", { url: `${ISSUER}/strict/x` }, { ...fromOurPage, ...who }),
      "invalid_token",
    );
    assert.equal((await open(one?.path)).status, 200, "in the last millisecond");
    await world.clock(expires);
    assertProblem(await open(other?.path), "invalid_token");
  });
});
