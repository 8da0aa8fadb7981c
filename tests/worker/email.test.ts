// One mailbox is one account in all spellings: composed and decomposed, in Unicode and in punycode, in small
// and capital letters. What has no normal form is rejected.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { call, PASSWORD, post } from "../harness/visitor.ts";
import { again, fromOurPage, person, refresh, startDurable } from "./durable/world.ts";

const credential = newCredential();
const world = await startDurable({ config: { admin_credentials: [credential.hash] } });
after(() => world.stop());
const admin = () => operator(world.origin, credential.secret);
const signIn = (email: string, password = PASSWORD) =>
  post(world.origin, "/auth/sign-in", { email, password }, fromOurPage);
const signUp = (email: string) => post(world.origin, "/auth/sign-up", { email, password: PASSWORD }, fromOurPage);

/** The spellings of `<name>ë@dömäin.com`; the first one is the normal form. */
const spellings = (name: string) => [
  `${name}\u{eb}@d\u{f6}m\u{e4}in.com`,
  `${name}e\u{308}@do\u{308}ma\u{308}in.com`,
  `${name}\u{eb}@xn--dmin-moa0i.com`,
  `${name}e\u{308}@XN--DMIN-MOA0I.COM`,
  ` ${name.toUpperCase()}E\u{308}@DO\u{308}MA\u{308}IN.com\n`,
  `${name}\u{eb}@\u{ff44}\u{f6}m\u{e4}in\u{3002}com`,
];
const NORMAL = 0;

/** Addresses that have no normal form, or are no addresses. */
const INVALID = [
  "ada\u{ff20}example.com",
  "ada@example.com.",
  "ada@example.com\u{3002}",
  "ada@xn--a.com",
  "ada@xn--example-.com",
  "ada@[127.0.0.1]",
  "ada@127.0.0.1",
  "a\u{200d}da@example.com",
  "ada@exam\u{200d}ple.com",
  "\u{ff41}da@example.com",
  "a\u{378}da@example.com",
  "ada@exa\u{378}mple.com",
  `ada@${"\u{e4}".repeat(60)}.com`,
];

describe("an e-mail address", () => {
  for (const [index, created] of spellings("any").entries())
    test(`an account that was created as spelling ${index} is found by every spelling`, async () => {
      const name = `zo${index}`;
      const all = spellings(name);
      const own = all[index] ?? created;
      const { session } = await person(world.origin, own);
      for (const spelling of all) {
        assertProblem(await signUp(spelling), "email_taken", { what: spelling });
        const answer = await signIn(spelling);
        assert.equal(answer.status, 200, spelling);
        assert.equal(answer.json().session.user.email, all[NORMAL], "the response has the normal form");
        assert.notEqual(answer.json().session.id, session);
        const found = await admin().get(`?email=${encodeURIComponent(spelling)}`);
        assert.equal(found.json().users.length, 1, spelling);
      }
    });

  test("an administrator's Idempotency-Key names the same request in every spelling", async () => {
    const headers = { "Idempotency-Key": "one request in many spellings".replaceAll(" ", "-") };
    const ids = new Set<string>();
    for (const email of spellings("idem")) {
      const answer = await admin().call("POST", "", { email }, headers);
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.json().user.email, spellings("idem")[NORMAL]);
      ids.add(answer.json().user.id);
    }
    assert.equal(ids.size, 1);
  });

  test("an invalid one is rejected with the same code wherever it enters, and the detail names the part", async () => {
    for (const email of INVALID) {
      for (const answer of [await signUp(email), await signIn(email), await admin().post("", { email })]) {
        assertProblem(answer, "invalid_request", { what: email });
        assert.match(answer.json().detail, /^The e-mail address is not valid/, email);
      }
      assertProblem(await admin().get(`?email=${encodeURIComponent(email)}`), "invalid_request", { what: email });
    }
    assert.match((await signUp("ada@xn--a.com")).json().detail, /after the @/);
    assert.match((await signUp("a\u{200d}da@example.com")).json().detail, /before the @/);
  });

  test("failures in all spellings count for one account", async (t) => {
    const limits = { free_failures: 3, first_delay: 600, most_delay: 900 };
    const limited = await startDurable({ config: { limits } });
    t.after(() => limited.stop());
    const { email } = await person(limited.origin, spellings("lim")[NORMAL]);
    const attempt = (spelling = "") =>
      post(limited.origin, "/auth/sign-in", { email: spelling, password: "not the password" }, fromOurPage);
    const [a, b, c, d] = spellings("lim").slice(1);
    for (const spelling of [a, b, c]) assertProblem(await attempt(spelling), "invalid_credentials");
    assertProblem(await attempt(d), "rate_limited");
    assertProblem(await attempt(email), "rate_limited");
  });
});

test("an account that an earlier version stored in another form keeps its address, and is deleted completely", async (t) => {
  // Two spellings whose hashes are in the same shard of the Directory, so that one row can be renamed.
  const sha256 = (text: string) => createHash("sha256").update(text).digest();
  const names = Array.from({ length: 10_000 }, (_, index) => `zo${index}`);
  const shard = (text: string) => (sha256(text)[0] ?? 0) % 64;
  const name = names.find((name) => shard(`${name}\u{eb}@b.com`) === shard(`${name}e\u{308}@b.com`)) ?? "";
  const [normal, earlier] = [`${name}\u{eb}@b.com`, `${name}e\u{308}@b.com`];
  const world = await startDurable();
  t.after(() => world.stop());
  const who = await person(world.origin, normal);
  await world.kill();
  for (const [object, statement] of [
    ["Directory", `UPDATE address SET hash = '${sha256(earlier).toString("hex")}'`],
    [
      "Account",
      `UPDATE account SET email = '${earlier}'; DELETE FROM address WHERE email = '${earlier}'; UPDATE address SET email = '${earlier}', claimed = 1`,
    ],
  ] as const)
    for (const file of await readdir(join(world.dir, "storage", object))) {
      if (!/^[0-9a-f]{64}\.sqlite$/.test(file)) continue;
      const database = new DatabaseSync(join(world.dir, "storage", object, file));
      const table = database.prepare("SELECT name FROM sqlite_master WHERE name IN ('address', 'account')").all();
      if (table.length > 0) database.exec(statement);
      database.close();
    }
  await world.start();
  assert.equal((await refresh(world.origin, who.cookie)).status, 200);
  const back = await again(world.origin, earlier);
  assertProblem(
    await post(world.origin, "/auth/sign-up", { email: earlier, password: PASSWORD }, fromOurPage),
    "email_taken",
  );
  // A new account with the normal form does not lock the older one out.
  const newer = await person(world.origin, normal);
  const account = (cookie: string) => cookie.split(".")[1];
  assert.notEqual(account(newer.cookie), account(back.cookie));
  assert.equal(account((await again(world.origin, earlier)).cookie), account(back.cookie));
  const deletion = { current_password: PASSWORD };
  const answer = await post(
    world.origin,
    "/auth/reauthenticate",
    { password: PASSWORD },
    { ...fromOurPage, token: back.token },
  );
  assert.equal(answer.status, 200, answer.text);
  const token = answer.json().access_token;
  const deleted = await call(world.origin, "DELETE", "/auth/account", deletion, { ...fromOurPage, token });
  assert.equal(deleted.status, 204, deleted.text);
  assert.equal(account((await again(world.origin, earlier)).cookie), account(newer.cookie), "the address is free");
});
