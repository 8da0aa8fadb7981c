// What is stored of clients' codes, sessions and grants, and for how long.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { operator } from "../../harness/operator.ts";
import type { Durable, Person } from "../durable/world.ts";
import {
  ADMIN,
  APP,
  accountOf,
  assertOAuthError,
  at,
  granted,
  keysOf,
  redeem,
  renew,
  signedIn,
  tokens,
  user,
  WEB,
} from "./world.ts";

const DAY = 86_400_000;

export function stored(world: () => Durable): void {
  const admin = () => operator(world().origin, ADMIN.secret);
  const rows = (who: Person, query: string) => world().look("ACCOUNT", accountOf(who), query);
  const count = async (who: Person, table: string) => (await rows(who, `SELECT count(*) AS n FROM ${table}`))[0].n;

  test("nothing that is stored or logged can be presented", async () => {
    const who = await user(world());
    const [spent, unused] = [await granted(world(), who), await granted(world(), who)];
    const first = tokens(await redeem(world(), spent));
    await renew(world(), first.refresh_token);
    assertOAuthError(await redeem(world(), { ...unused, code_verifier: "a".repeat(43) }), "invalid_grant");
    const secrets = [spent, unused].flatMap(({ code, code_verifier }) => [code.split(".")[1], code_verifier]);
    secrets.push(first.refresh_token.split(".").at(-1), first.access_token, first.id_token);
    const tables = await rows(who, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'");
    const contents = [];
    for (const { name } of tables) contents.push(await rows(who, `SELECT * FROM ${name}`));
    const text = JSON.stringify(contents) + world().logs();
    assert.ok(text.includes(createHash("sha256").update(unused.code).digest("hex")), "the code's hash is stored");
    for (const secret of secrets) assert.ok(secret && !text.includes(secret));
    for (const event of ["authorization_code_rejected", "access_granted", "client_signed_in"])
      assert.ok(text.includes(event), event);
  });

  test("an alarm deletes codes a day after they expire, and sessions an hour after their end; grants stay", async () => {
    const who = await user(world());
    const now = Date.now();
    await world().clock(now);
    try {
      await granted(world(), who);
      await signedIn(world(), who, {}, { client_id: "once" });
      const ring = async (at: number) => {
        await world().clock(at);
        await world().look("ACCOUNT", accountOf(who), "ring");
        return Promise.all(["authorization_code", "family", "client_grant"].map((table) => count(who, table)));
      };
      assert.deepEqual(await ring(now), [2, 2, 2]);
      assert.deepEqual(await ring(now + 3_900_000 - 1_000), [2, 2, 2]);
      assert.deepEqual(await ring(now + 3_901_000), [2, 1, 2], "the session without refresh tokens");
      assert.notEqual(await world().look("ACCOUNT", accountOf(who), "alarm"), null, "for the codes");
      assert.deepEqual(await ring(now + DAY + 61_000), [0, 1, 2]);
    } finally {
      await world().clock(null);
    }
    assert.equal((await admin().del(`/${accountOf(who)}`)).status, 204);
    assert.deepEqual(await rows(who, "SELECT name FROM sqlite_master WHERE name = 'client_grant'"), []);
  });

  test("an account has at most 100 codes and 100 grants: one more withdraws the one that was unused longest", async () => {
    const who = await user(world());
    const [used, unused] = [await signedIn(world(), who, {}, WEB), await signedIn(world(), who, {}, APP)];
    const now = Date.now();
    await world().clock(now + 600_000);
    try {
      const { access_token } = tokens(await renew(world(), used.refresh_token));
      const keys = await keysOf(world());
      for (let i = 0; i < 99; i += 1) await granted(world(), who, { client_id: `c${i}` }, keys);
      assert.equal(await count(who, "client_grant"), 100);
      assert.equal(await count(who, "authorization_code"), 100);
      assert.equal((await at(world(), "/strict/x", access_token)).status, 200);
    } finally {
      await world().clock(null);
    }
    assertOAuthError(await renew(world(), unused.refresh_token, APP), "invalid_grant");
    const events = await admin().events(accountOf(who));
    const withdrawn = events.filter(({ event }) => event === "access_withdrawn");
    assert.deepEqual(
      withdrawn.map(({ reason, sessions }) => [reason, sessions]),
      [["too_many_grants", 1]],
    );
  });
}
