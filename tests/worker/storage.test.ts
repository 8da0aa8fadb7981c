// Stored data outlives the version that stored it, and is deleted when it is no longer needed.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { decodeJwt } from "jose";
import { assertCookie, assertProblem } from "../harness/contract.ts";
import { generationOf } from "../harness/family.ts";
import { ask } from "../harness/http.ts";
import { basic, form, newCredential } from "../harness/operator.ts";
import { openStream, ticketFor } from "../harness/tickets.ts";
import { until, untilPast } from "../harness/until.ts";
import { get, newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { look, restore, type Stored } from "./durable/stored.ts";
import {
  again,
  bearer,
  type Durable,
  fromOurPage,
  ISSUER,
  listed,
  type Person,
  person,
  refresh,
  startDurable,
} from "./durable/world.ts";

const accountOf = (cookie: string) => cookie.split(".")[1] as string;
const revoked = async (world: Durable): Promise<string[]> => (await listed(world)).map(({ id }) => id);
const signOut = (world: Durable, cookie: string) =>
  post(world.origin, "/auth/sign-out", undefined, { ...fromOurPage, cookie });

/**
 * Code of the version that ran these statements can use the present storage: every column it names exists,
 * and every column added since has a default.
 */
function assertReadableAndWritable(dir: string, name: string, id: string, statements: string[]): void {
  const before = new DatabaseSync(":memory:");
  try {
    for (const statement of statements) before.exec(statement);
    for (const { name: table } of before.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()) {
      if (String(table).startsWith("sqlite_")) continue;
      const columns = before.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
      const named = columns.map((column) => String(column.name)).join(", ");
      look(dir, name, id, `SELECT ${named} FROM ${table}`);
      // A newer schema's storage is never opened by older code; a test below shows that.
      if (table === "schema_version") continue;
      for (const row of before.prepare(`SELECT * FROM ${table}`).all()) {
        const values = Object.values(row).map((value) =>
          typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : (value ?? "NULL"),
        );
        look(dir, name, id, `INSERT OR REPLACE INTO ${table} (${named}) VALUES (${values.join(", ")})`);
      }
    }
  } finally {
    before.close();
  }
}

/** A refresh that must succeed. Returns the cookie that it set. */
async function renewed(world: Durable, cookie: string): Promise<string> {
  const answer = await refresh(world.origin, cookie);
  assert.equal(answer.status, 200, answer.text);
  return assertCookie(answer).pair;
}

describe("stored data", { concurrency: 4 }, () => {
  test("storage of version 2 is upgraded: accounts, sessions, keys, ended sessions and undelivered revocations survive", async (t) => {
    let stored: Stored | undefined;
    const world = await startDurable({ config: { replay_window: 1 } }, async (dir) => {
      stored = await restore("v2", dir);
    });
    t.after(() => world.stop());
    const { cookies, emails, objects } = stored as unknown as Stored;
    const old = (name: string) => objects.filter((object) => object.class === name);
    const published = (await get(world.origin, "/.well-known/jwks.json"))
      .json()
      .keys.map(({ kid }: { kid: string }) => kid);
    const oldKid = /VALUES \('([^']+)'/.exec(
      old("Keyring")[0]?.statements.find((s) => s.includes("INTO signing_key")) ?? "",
    )?.[1];
    assert.ok(published.includes(oldKid), "its key is still published");
    assert.equal(published.length, 2, "and a successor");
    await renewed(world, cookies.young ?? "");
    await renewed(world, cookies.bob ?? "");
    const third = await renewed(world, cookies.third ?? "");
    const { session } = (await refresh(world.origin, third)).json();
    assert.equal(session.auth_time, session.created_at, "its user proved a credential when it was opened");
    assert.ok(generationOf(third) >= 3);
    assertProblem(await refresh(world.origin, cookies.ended ?? ""), "session_ended", { reason: "revoked" });
    assertProblem(await refresh(world.origin, cookies.undelivered ?? ""), "session_ended", { reason: "revoked" });
    const undelivered = (cookies.undelivered ?? "").split(".")[2] as string;
    assert.equal((await revoked(world)).includes(undelivered), false, "not delivered yet");
    assert.equal((await signOut(world, cookies.undelivered ?? "")).status, 204);
    assert.equal((await revoked(world)).includes(undelivered), true, "delivered before the response");
    for (const email of emails) {
      const back = await again(world.origin, email);
      assert.equal((await ask(world.origin, "/strict/x", bearer(back.token))).status, 200);
      await renewed(world, back.cookie);
      const { path } = await ticketFor(world.origin, back, `${ISSUER}/none/x`, fromOurPage.headers);
      assert.equal((await openStream(world.origin, path, fromOurPage.headers)).status, 200, "tickets too");
    }
    assertProblem(await refresh(world.origin, cookies.first ?? ""), "session_ended", { reason: "reused" });
    assertProblem(await refresh(world.origin, third), "session_ended", { reason: "reused" });

    await world.kill();
    for (const { class: name, id, statements } of objects) {
      const versions = look<{ version: number; readable_from: number }>(
        world.dir,
        name,
        id,
        "SELECT * FROM schema_version",
      );
      assert.equal(versions.length, 1, name);
      assert.ok((versions[0]?.version ?? 0) >= ({ Account: 9, Revocations: 3 }[name] ?? 2), name);
      assert.ok((versions[0]?.readable_from ?? 99) <= 2, `${name}: version 2 can still use it`);
      if (name === "Account") {
        const [account] = look<{ email: string; password_hash: string }>(world.dir, name, id, "SELECT * FROM account");
        assert.deepEqual(
          look(world.dir, name, id, "SELECT kind, value FROM credential").map((row) => ({ ...(row as object) })),
          [{ kind: "password", value: account?.password_hash }],
        );
        assert.deepEqual(
          look(world.dir, name, id, "SELECT email, claimed FROM address").map((row) => ({ ...(row as object) })),
          [{ email: account?.email, claimed: 1 }],
        );
        const methods = look<{ methods: string }>(world.dir, name, id, "SELECT DISTINCT methods FROM family");
        assert.deepEqual(
          methods.map((row) => row.methods),
          ['["pwd"]'],
        );
      }
      assertReadableAndWritable(world.dir, name, id, statements);
    }
    await world.start();
    await renewed(world, cookies.bob ?? "");
  });

  test("the number of sessions per account is limited: one more ends the one that has been idle longest", async (t) => {
    const world = await startDurable({ config: { sessions_per_account: 3, replay_window: 1 } });
    t.after(() => world.stop());
    const first = await person(world.origin);
    const others: Person[] = [];
    for (let i = 0; i < 2; i += 1) others.push(await again(world.origin, first.email));
    // Use the first session again, so that it has not been idle longest.
    const used = await until("the first rotates", async () => {
      const cookie = await renewed(world, first.cookie);
      return cookie !== first.cookie && cookie;
    });
    const fourth = await again(world.origin, first.email);
    const [idle, kept] = others as [Person, Person];
    assertProblem(await refresh(world.origin, idle.cookie), "session_ended", { reason: "revoked" });
    assert.ok((await revoked(world)).includes(idle.session), "its tokens end too");
    for (const cookie of [used, kept.cookie, fourth.cookie]) await renewed(world, cookie);
    const { sessions } = (await get(world.origin, "/auth/sessions", { token: fourth.token })).json();
    assert.equal(sessions.length, 3);
  });

  test("check_29 sessions are deleted automatically an hour after their absolute expiry, and not before", async (t) => {
    const world = await startDurable({ config: { absolute_expiry: 3, idle_expiry: 3, access_token_ttl: 2 } });
    t.after(() => world.stop());
    const answer = await post(
      world.origin,
      "/auth/sign-up",
      { email: "a@example.com", password: "correct horse battery" },
      fromOurPage,
    );
    const { pair } = assertCookie(answer);
    const id = accountOf(pair);
    const count = async () => (await world.look("ACCOUNT", id, "SELECT count(*) AS n FROM family"))[0].n;
    // A sign-up's own alarm comes first; after it, the next one is for the session.
    await world.look("ACCOUNT", id, "ring");
    assert.equal(await count(), 1);
    const { expires_at } = answer.json().session;
    const alarm = await world.look("ACCOUNT", id, "alarm");
    const kept = expires_at + 3600;
    assert.ok(alarm >= kept * 1000 && alarm < (kept + 2) * 1000, `${alarm} for ${kept}`);
    await untilPast(expires_at);
    await world.look("ACCOUNT", id, "ring");
    assertProblem(await refresh(world.origin, pair), "session_ended", { reason: "expired" });
    assert.equal(await count(), 1, "kept for an hour, so that a late request is told why");
    // As if almost all of that hour had passed.
    const last = Math.floor(Date.now() / 1000) + 3;
    await world.look("ACCOUNT", id, `UPDATE family SET expires_at = ${last - 3600}`);
    await world.look("ACCOUNT", id, "ring");
    await until("it is deleted", async () => (await count()) === 0);
    assert.ok(Date.now() >= last * 1000, "not before");
    await until("no alarm is set", async () => (await world.look("ACCOUNT", id, "alarm")) === null);
    assertProblem(await refresh(world.origin, pair), "session_ended", { reason: "none" });
  });

  test("a session opened in an account that has no alarm sets one", async (t) => {
    const world = await startDurable({ config: { replay_window: 1 } }, (dir) => restore("v2", dir));
    t.after(() => world.stop());
    const back = await again(world.origin, "bob@example.com");
    const alarm = await world.look("ACCOUNT", accountOf(back.cookie), "alarm");
    assert.ok(Math.abs(alarm - Date.now() - 30 * 86_400_000 - 3_600_000) < 60_000, `${alarm}`);
  });

  test("an interrupted sign-up leaves an account that deletes itself, or that is confirmed if it has the address", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const create = {
      Create: {
        email: "orphan@example.com",
        credential: { Password: "x" },
        roles: [],
        one_time_until: null,
        vouched: false,
      },
    };
    for (const broken of ["call DIRECTORY", "sql INSERT OR REPLACE INTO address"]) {
      await world.fault({ on: broken, kind: "refused" });
      assertProblem(
        await post(
          world.origin,
          "/auth/sign-up",
          { email: "a@example.com", password: "correct horse battery" },
          fromOurPage,
        ),
        "unavailable",
      );
      await world.fault(null);
    }
    await world.object("ACCOUNT", "orphan", create);
    const tables = async () =>
      (await world.look("ACCOUNT", "orphan", "SELECT name FROM sqlite_master WHERE name = 'account'")).length;
    assert.equal(await tables(), 1);
    assert.ok((await world.look("ACCOUNT", "orphan", "alarm")) > Date.now(), "it will ask the Directory");
    await world.fault({ on: "call DIRECTORY", kind: "refused" });
    await world.look("ACCOUNT", "orphan", "ring");
    await world.fault(null);
    assert.equal(await tables(), 1, "it could not ask, so the account is kept");
    assert.ok((await world.look("ACCOUNT", "orphan", "alarm")) > Date.now(), "it will ask again");
    await world.look("ACCOUNT", "orphan", "ring");
    assert.equal(await tables(), 0, "no account has the address");
    assert.equal(await world.look("ACCOUNT", "orphan", "alarm"), null);

    await world.fault({ on: "sql UPDATE account SET confirmed", kind: "refused" });
    const answer = await post(
      world.origin,
      "/auth/sign-up",
      { email: "b@example.com", password: "correct horse battery" },
      fromOurPage,
    );
    assertProblem(answer, "unavailable");
    await world.fault(null);
    const back = await again(world.origin, "b@example.com", "correct horse battery");
    const id = accountOf(back.cookie);
    await world.look("ACCOUNT", id, "ring");
    assert.equal((await world.look("ACCOUNT", id, "SELECT confirmed FROM account"))[0].confirmed, 1);
    await renewed(world, back.cookie);
  });

  test("revocations are deleted when no affected token can be valid", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const now = Math.floor(Date.now() / 1000);
    const entry = (id: string, until: number) => ({ issuer: "i", kind: "session", id, least_epoch: 0, until });
    await world.object("REVOCATIONS", "revocations", {
      Add: { entries: [entry("soon", now + 5), entry("late", now + 600)] },
    });
    const rows = async () =>
      (await world.look("REVOCATIONS", "revocations", "SELECT id FROM revocation")).map(({ id }: { id: string }) => id);
    assert.deepEqual((await rows()).sort(), ["late", "soon"]);
    const alarm = await world.look("REVOCATIONS", "revocations", "alarm");
    assert.ok(alarm > Date.now() && alarm <= Date.now() + 600_000);
    await untilPast(now + 5);
    assert.deepEqual(await revoked(world), ["late"], "expired entries are not sent to copies");
    await world.look("REVOCATIONS", "revocations", "ring");
    assert.deepEqual(await rows(), ["late"]);
  });

  test("a token revoked by a service is stored in its account until it expires, and not longer", async (t) => {
    const program = newCredential();
    const config = { access_token_ttl: 8, service_credentials: [program.hash] };
    const world = await startDurable({ config });
    t.after(() => world.stop());
    const answer = await post(world.origin, "/auth/sign-up", { email: newEmail(), password: PASSWORD }, fromOurPage);
    const { access_token: token, session } = answer.json();
    const { exp = 0, jti } = decodeJwt(token);
    const headers = { Authorization: basic(program.secret) };
    const revoke = async () => (await form(world.origin, "/auth/revoke", { token }, headers)).status;
    for (let i = 0; i < 2; i += 1) assert.equal(await revoke(), 200, "the call can be repeated");
    const rows = () => world.look("ACCOUNT", session.user.id, "SELECT * FROM revoked_token");
    assert.deepEqual(await rows(), [{ id: jti, until: exp }]);
    assert.deepEqual(
      (await listed(world)).map(({ kind, id, until }) => ({ kind, id, until })),
      [{ kind: "token", id: jti, until: exp }],
    );
    await world.look("ACCOUNT", session.user.id, "ring");
    const alarm = await world.look("ACCOUNT", session.user.id, "alarm");
    assert.ok(alarm >= exp * 1000 && alarm < (exp + 2) * 1000, `${alarm} for ${exp}`);
    await until("it is deleted", async () => (await rows()).length === 0);
    assert.ok(Date.now() >= exp * 1000);
    assert.equal(await revoke(), 200, "an expired token counts as revoked");
    assert.deepEqual(await rows(), []);
  });

  test("an object that was only queried stores nothing", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const asked: [string, string, unknown][] = [
      ["ACCOUNT", "unknown", { Credentials: {} }],
      ["ACCOUNT", "unknown", { Check: { bearing: { sid: "s", epoch: 0, jti: "j" } } }],
      ["DIRECTORY", "shard-0", { Find: { address: "h" } }],
      ["DEVICES", "BCDFGHJK", { FindDevice: {} }],
      ["DEVICES", "BCDFGHJK", { PollDevice: { challenge: "c", client_id: "tv" } }],
      ["DEVICES", "BCDFGHJK", { DenyDevice: { challenge: "c" } }],
      ["DEVICES", "BCDFGHJK", { EndDevice: { challenge: "c" } }],
      ["REVOCATIONS", "revocations", { Changes: { since: null } }],
      ["REVOCATIONS", "keys-0", { LeastKeysVersion: {} }],
    ];
    for (const [binding, name, call] of asked) {
      assert.equal((await world.object(binding, name, call)).status, 200, binding);
      const tables = await world.look(
        binding,
        name,
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      );
      assert.deepEqual(tables, [], binding);
      assert.equal(await world.look(binding, name, "alarm"), null);
    }
  });

  test("an expired API key is listed for 30 days, and deleted then", async (t) => {
    const world = await startDurable({ config: { api_keys: {}, idle_expiry: 8_640_000, absolute_expiry: 8_640_000 } });
    t.after(() => world.stop());
    const who = await person(world.origin);
    const account = accountOf(who.cookie);
    const now = Math.floor(Date.now() / 1000);
    await world.clock(now * 1000);
    for (const expires_in of [60, 2_592_000, null]) {
      const made = await post(
        world.origin,
        "/auth/api-keys",
        { name: `${expires_in}`, expires_in },
        { ...fromOurPage, token: who.token },
      );
      assert.equal(made.status, 201, made.text);
    }
    const names = async () =>
      (await world.look("ACCOUNT", account, "SELECT terms FROM api_key ORDER BY rowid")).map(
        ({ terms }: { terms: string }) => JSON.parse(terms).name,
      );
    const end = now + 60 + 2_592_000;
    for (const [at, left] of [
      [end - 1, ["60", "2592000", "null"]],
      [end, ["2592000", "null"]],
    ] as const) {
      await world.clock(at * 1000);
      await world.look("ACCOUNT", account, "ring");
      assert.deepEqual(await names(), left);
    }
  });

  test("a device's request expires after 10 minutes, is deleted 5 minutes later, and is decided once", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const now = Math.floor(Date.now() / 1000);
    await world.clock(now * 1000);
    const call = async (body: Record<string, unknown>) => {
      const answer = await world.object("DEVICES", "BCDFGHJK", body);
      assert.equal(answer.status, 200, answer.text);
      return Object.values(answer.json())[0] as Record<string, Record<string, unknown>>;
    };
    const request = (challenge: string) => ({
      ...{ challenge, client_id: "tv", scope: "notes:read", resource: null },
      ...{ client_address: "203.0.113.7", country: "NL", user_agent: "tv/1" },
    });
    const begin = (challenge: string) => call({ BeginDevice: { request: request(challenge) } });
    const poll = async (challenge: string, client_id = "tv") =>
      (await call({ PollDevice: { challenge, client_id } })).Ok?.answer;
    assert.deepEqual(await begin("one"), { Ok: {} });
    assert.deepEqual(await begin("two"), { Err: {} }, "the code is taken");
    const found = { request: request("one"), requested_at: now, expires_at: now + 600 };
    assert.deepEqual(await call({ FindDevice: {} }), found);
    assert.equal(await poll("two"), undefined);
    assert.equal(await poll("one", "other"), undefined);
    const alarm = await world.look("DEVICES", "BCDFGHJK", "alarm");
    assert.ok(Math.abs(alarm - Date.now() - 900_000) < 60_000, `${alarm}`);
    assert.deepEqual(await call({ DenyDevice: { challenge: "two" } }), { Err: {} }, "another request");
    await world.clock((now + 599) * 1000);
    assert.equal(await poll("one"), "Pending");
    assert.deepEqual(await call({ DenyDevice: { challenge: "one" } }), { Ok: {} });
    assert.deepEqual(
      await call({ ApproveDevice: { challenge: "one", code: "a.b" } }),
      { Err: {} },
      "a decision is final",
    );
    assert.equal(await call({ FindDevice: {} }), null);
    await world.clock((now + 600) * 1000);
    assert.equal(await poll("one"), "Expired");
    assert.deepEqual(await begin("two"), { Ok: {} }, "the code is free again");
    assert.deepEqual(await call({ ApproveDevice: { challenge: "one", code: "a.b" } }), { Err: {} }, "an earlier page");
    assert.deepEqual(await call({ ApproveDevice: { challenge: "two", code: "a.b" } }), { Ok: {} });
    await call({ EndDevice: { challenge: "two" } });
    assert.equal(await poll("two"), undefined);
    await world.look("DEVICES", "BCDFGHJK", "ring");
    const tables = "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'";
    assert.deepEqual(await world.look("DEVICES", "BCDFGHJK", tables), []);
  });

  test("an object rejects the calls of another version, and writes nothing", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const claim = { address: "h", account: "a" };
    const asked: [string, string, unknown][] = [
      ["DIRECTORY", "shard-0", { Seize: claim }],
      ["DIRECTORY", "shard-0", { Claim: { address: "h" } }],
      ["DIRECTORY", "shard-0", { Claim: { ...claim, force: true } }],
      ["DIRECTORY", "shard-0", { Claim: claim, Release: claim }],
      ["DIRECTORY", "shard-0", "Claim"],
      [
        "ACCOUNT",
        "unknown",
        { Create: { email: "a@example.com", credential: { Password: "x" }, roles: [], kind: "passkey" } },
      ],
      ["LIMITER", "account-0", { Remember: { client: { account: "a", address: "h", device: null, network: "n" } } }],
      ["REVOCATIONS", "keys-0", { Keys: { version: 7, purpose: "signing" } }],
      ["KEYRING", "keyring", { Retire: { id: "x", after: 60 } }],
      ["REVOCATIONS", "revocations", null],
    ];
    for (const [binding, name, call] of asked) {
      const answer = await world.object(binding, name, call);
      assert.equal(answer.status, 500, `${binding} ${JSON.stringify(call)}`);
      const tables = await world.look(binding, name, "SELECT name FROM sqlite_master WHERE name LIKE 'schema%'");
      assert.deepEqual(tables, [], binding);
    }
  });

  test("storage without a schema version: unavailable, and nothing is written", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    await world.look("ACCOUNT", accountOf(who.cookie), "ALTER TABLE schema_version RENAME TO aside");
    await world.start();
    assertProblem(await refresh(world.origin, who.cookie), "unavailable");
    assertProblem(await signOut(world, who.cookie), "unavailable");
    await world.look("ACCOUNT", accountOf(who.cookie), "ALTER TABLE aside RENAME TO schema_version");
    await renewed(world, who.cookie);
  });

  test("storage that a later version has made incompatible is not used: unavailable, and nothing is written", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    await world.look("ACCOUNT", accountOf(who.cookie), "UPDATE schema_version SET version = 99, readable_from = 99");
    await world.start();
    assertProblem(await refresh(world.origin, who.cookie), "unavailable");
    assertProblem(await signOut(world, who.cookie), "unavailable");
    await world.look("ACCOUNT", accountOf(who.cookie), "UPDATE schema_version SET readable_from = 1");
    await renewed(world, who.cookie);
    const [{ version }] = await world.look("ACCOUNT", accountOf(who.cookie), "SELECT version FROM schema_version");
    assert.equal(version, 99, "the version of a later schema is unchanged");
  });
});
