// GET /admin/users: the list of all accounts, as pages and as an export.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertNoStore, assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { untilLogged } from "../harness/log.ts";
import { newCredential, type Operator, operator } from "../harness/operator.ts";
import { call, newEmail, PASSWORD } from "../harness/visitor.ts";
import { type Durable, fromOurPage, person, startDurable } from "./durable/world.ts";

const admin = newCredential();
const PARTS = Array.from({ length: 64 }, (_, i) => `shard-${i}`);

let world: Durable;
let program: Operator;
/** The ids of the accounts that exist all the time. */
let all: string[];
let hash: string;

const ids = (users: { id: string }[]): string[] => users.map(({ id }) => id);

/** Creates an account with an imported hash, which costs no hashing. */
async function create(): Promise<string> {
  const answer = await program.post("", { email: newEmail(), password_hash: hash });
  assert.equal(answer.status, 201, answer.text);
  return answer.json().user.id;
}

/** All pages from a cursor on; `between` is called after each page. */
async function pages(limit: number, between: () => Promise<unknown> = async () => {}): Promise<string[]> {
  const found: string[] = [];
  let query = `?limit=${limit}`;
  for (;;) {
    const answer = await program.get(query);
    assert.equal(answer.status, 200, answer.text);
    assertNoStore(answer);
    const { users, next_cursor, ...more } = answer.json();
    assert.deepEqual(more, {});
    assert.ok(users.length <= limit);
    found.push(...ids(users));
    if (next_cursor === null) return found;
    query = `?limit=${limit}&cursor=${encodeURIComponent(next_cursor)}`;
    await between();
  }
}

interface Export {
  users: string[];
  end: { next_cursor: string | null; code?: string };
}

/** One export from a cursor on. */
async function exported(query = ""): Promise<Export> {
  const answer = await program.call("GET", query, undefined, { Accept: "application/x-ndjson" });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.header("content-type"), "application/x-ndjson");
  assertNoStore(answer);
  assert.ok(answer.text.endsWith("\n"));
  const lines = answer.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const end = lines.pop();
  for (const line of lines) assert.deepEqual(Object.keys(line), ["user"]);
  return { users: lines.map(({ user }) => user.id), end };
}

before(async () => {
  world = await startDurable({ config: { admin_credentials: [admin.hash] } });
  program = operator(world.origin, admin.secret);
  const first = await person(world.origin);
  const account = first.cookie.split(".")[1] ?? "";
  hash = (await world.object("ACCOUNT", account, { Credentials: {} })).json().Credentials.credentials[0].credential
    .Password;
  all = [account];
  for (let i = 0; i < 45; i += 1) all.push(await create());
  all.sort();
});
after(() => world?.stop());

describe("the list of accounts", { concurrency: 1 }, () => {
  test("pages of any size have each account exactly once, as it is shown alone", async () => {
    for (const limit of [1, 7, 100]) assert.deepEqual((await pages(limit)).sort(), all, `limit ${limit}`);
    const [user] = (await program.get("?limit=1")).json().users;
    assert.deepEqual(user, (await program.get(`/${user.id}`)).json());
    assert.ok((await program.get("")).json().users.length <= 50, "50 by default");
  });

  test("an export has the same accounts, and ends with a line that says where the next one continues", async () => {
    const whole = await exported();
    assert.deepEqual([whole.users.sort(), whole.end], [all, { next_cursor: null }]);
    const found: string[] = [];
    let query = "?limit=30";
    for (let requests = 1; ; requests += 1) {
      const { users, end } = await exported(query);
      found.push(...users);
      if (end.next_cursor === null) {
        assert.ok(requests >= 2, "30 per request");
        break;
      }
      query = `?limit=30&cursor=${end.next_cursor}`;
    }
    assert.deepEqual(found.sort(), all);
  });

  test("while others are created and deleted, each account that exists all the time appears exactly once, and no deleted one", async () => {
    const passing: string[] = [];
    const deleted: string[] = [];
    for (let i = 0; i < 10; i += 1) passing.push(await create());
    const found = await pages(4, async () => {
      const gone = passing.shift();
      if (gone) {
        assert.equal((await program.del(`/${gone}`)).status, 204);
        deleted.push(gone);
      }
      passing.push(await create());
    });
    assert.equal(new Set(found).size, found.length, "no account twice");
    for (const id of all) assert.ok(found.includes(id), `${id} is missing`);
    const now = await pages(100);
    for (const id of deleted) assert.ok(!now.includes(id), `${id} was deleted`);
    for (const id of passing) assert.equal((await program.del(`/${id}`)).status, 204);
    assert.deepEqual((await pages(100)).sort(), all);
  });

  test("an account that is not confirmed, or whose sign-up was interrupted, does not appear, and one that is confirmed later does", async () => {
    const signUp = (email: string) =>
      call(world.origin, "POST", "/auth/sign-up", { email, password: PASSWORD }, fromOurPage);
    // The Directory has the address, and the account does not know it.
    await world.fault({ on: "sql UPDATE account SET confirmed", kind: "refused" });
    const email = newEmail();
    assertProblem(await signUp(email), "unavailable");
    await world.fault({ on: "sql INSERT OR REPLACE INTO address", kind: "refused" });
    assertProblem(await signUp(newEmail()), "unavailable");
    await world.fault(null);
    assert.deepEqual((await pages(100)).sort(), all);
    const [{ id }] = (await program.get(`?email=${email}`)).json().users;
    await world.look("ACCOUNT", id, "ring");
    assert.deepEqual((await pages(100)).sort(), [...all, id].sort());
    // Its place is lost with it.
    assert.equal((await program.del(`/${id}`)).status, 204);
    assert.deepEqual((await pages(100)).sort(), all);
    let places = 0;
    for (const shard of PARTS) {
      const rows = await world.look("DIRECTORY", shard, "SELECT id FROM account");
      places += Array.isArray(rows) ? rows.length : 0;
    }
    assert.ok(places <= all.length + 1, "at most the one whose alarm has not rung");
  });

  test("a call that fails is 503, and an export says where it was interrupted; a repetition from there misses no account", async () => {
    for (const on of ["call DIRECTORY", "call ACCOUNT"]) {
      await world.fault({ on, kind: "refused" });
      assertProblem(await program.get("?limit=5"), "unavailable");
      await world.fault(null);
    }
    for (const kind of ["call DIRECTORY", "call ACCOUNT"]) {
      // The first calls to the Directory complete the list.
      for (const at of kind === "call ACCOUNT" ? [1, 13, 40] : [66, 80, 100]) {
        await world.fault({ at, of: kind, kind: "refused" });
        const first = await exported();
        await world.fault(null);
        assert.equal(first.end.code, "unavailable", `${kind} ${at}`);
        const second = await exported(`?cursor=${first.end.next_cursor}`);
        assert.equal(second.end.next_cursor, null);
        assert.deepEqual([...first.users, ...second.users].sort(), all, `${kind} ${at}`);
      }
    }
  });

  test("accounts of a version without the list are found, also if there are more than one request handles", async () => {
    // A part in which no account has ever been has no tables.
    const used: string[] = [];
    for (const shard of PARTS) {
      const rows = await world.look("DIRECTORY", shard, "DELETE FROM account");
      await world.look("DIRECTORY", shard, "UPDATE address SET listed = 0");
      if (Array.isArray(rows)) used.push(shard);
    }
    assert.ok(used.length >= 3, `${used.length} parts`);
    assert.deepEqual((await pages(100)).sort(), all);
    for (const shard of used.slice(0, 3)) {
      // Keys of accounts that do not exist any more.
      const many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)";
      const rows = `${many} INSERT INTO address (hash, account) SELECT '${shard}' || i, '${all[0]}' FROM n`;
      await world.look("DIRECTORY", shard, rows);
    }
    assertProblem(await program.get("?limit=100"), "unavailable");
    assert.deepEqual((await pages(100)).sort(), all, "after a repetition");
  });

  test("invalid parameters are 400 with their name, and a caller without an administrator's credential gets nothing", async () => {
    const table: [string, string | null][] = [
      ...["limit=0", "limit=-1", "limit=101", "limit=1.5", "limit=x", "limit=", "limit=99999999999999999999"].map(
        (query): [string, string | null] => [query, query === "limit=" ? null : "limit"],
      ),
      ...["x", "0", "64.", "0.x", `0.${"0".repeat(63)}`, "-1.", "0.'"].map((cursor): [string, string] => [
        `cursor=${encodeURIComponent(cursor)}`,
        "cursor",
      ]),
      ["limit=1&limit=2", null],
      ["cursor=0.&cursor=1.", null],
      ["limit=1&email=a@b.example", null],
      ["offset=1", null],
    ];
    for (const [query, field] of table) {
      const answer = await program.get(`?${query}`);
      // An empty parameter is one that is missing.
      if (query === "limit=") assert.equal(answer.status, 200);
      else assertProblem(answer, "invalid_request", { field, what: query });
    }
    const export501 = await program.call("GET", "?limit=501", undefined, { Accept: "application/x-ndjson" });
    assertProblem(export501, "invalid_request", { field: "limit" });
    for (const headers of [{}, { Authorization: "Bearer wrong" }, { Accept: "application/x-ndjson" }])
      assertProblem(await ask(world.origin, "/admin/users", { headers }), "invalid_token");
    const page = { Authorization: `Bearer ${admin.secret}`, Origin: "https://evil.example" };
    assertProblem(await ask(world.origin, "/admin/users", { headers: page }), "request_forgery");
    await untilLogged(world.logs, /"accounts_listed"/);
  });
});
