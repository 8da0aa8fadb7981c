// Durable Objects in a jurisdiction, and what happens if it is changed after the first account. The runtime has no
// jurisdictions, so the harness keeps the objects of each apart by their names, as the platform does.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem, assertTokenResponse } from "../harness/contract.ts";
import { untilLogged } from "../harness/log.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { call, newEmail, PASSWORD } from "../harness/visitor.ts";
import { restore } from "./durable/stored.ts";
import { again, type Durable, fromOurPage, person, refresh, startDurable } from "./durable/world.ts";

const admin = newCredential();
const DIVIDED = { JURISDICTIONS: "yes" };
const config = (jurisdiction?: string) => ({
  admin_credentials: [admin.hash],
  ...(jurisdiction === undefined ? {} : { jurisdiction }),
});
const start = (jurisdiction?: string) => startDurable({ config: config(jurisdiction), secrets: DIVIDED });
const restart = (world: Durable, jurisdiction?: string) => world.start({ config: config(jurisdiction) });
const post = (world: Durable, path: string, body?: unknown, cookie?: string) =>
  call(world.origin, "POST", path, body, { ...fromOurPage, cookie });
const keys = async (world: Durable, name: string): Promise<number> => {
  const rows = await world.look("KEYRING", name, "SELECT kid FROM signing_key");
  return Array.isArray(rows) ? rows.length : 0;
};

/** Nothing is found out about the user, and the log says what is wrong. */
async function refused(world: Durable, who: { email: string; cookie: string }, found: string, expected: string) {
  const { email } = who;
  assertProblem(await post(world, "/auth/sign-in", { email, password: PASSWORD }), "unavailable");
  assertProblem(await post(world, "/auth/sign-up", { email: newEmail(), password: PASSWORD }), "unavailable");
  assertProblem(await refresh(world.origin, who.cookie), "unavailable");
  assertProblem(await operator(world.origin, admin.secret).get(`?email=${email}`), "unavailable");
  assertProblem(await operator(world.origin, admin.secret).get(""), "unavailable");
  await untilLogged(world.logs, new RegExp(`jurisdiction: found ${found}, expected ${expected}`));
}

describe("a jurisdiction", { concurrency: 3 }, () => {
  test("has all objects of the service; another one, or none, is refused after the first account, and the right one continues", async (t) => {
    const world = await start("eu");
    t.after(() => world.stop());
    const who = await person(world.origin);
    assert.ok((await keys(world, "eu/keyring")) > 0);
    assert.equal(await keys(world, "keyring"), 0, "the Keyring without a jurisdiction only remembers which one it is");
    for (let shard = 0; shard < 64; shard += 1)
      for (const table of ["address", "account"]) {
        const rows = await world.look("DIRECTORY", `shard-${shard}`, `SELECT * FROM ${table}`);
        assert.ok(rows.failed, "no other object outside of the jurisdiction has data");
      }
    await restart(world, "fedramp");
    await refused(world, who, '"fedramp"', '"eu"');
    await restart(world);
    await refused(world, who, "none", '"eu"');
    assert.equal(await keys(world, "fedramp/keyring"), 0, "no new keys hide that the old ones are elsewhere");
    await restart(world, "eu");
    await again(world.origin, who.email);
    assert.equal((await refresh(world.origin, who.cookie)).status, 200);
  });

  test("can't be set after the first account", async (t) => {
    const world = await start();
    t.after(() => world.stop());
    const who = await person(world.origin);
    await restart(world, "eu");
    await refused(world, who, '"eu"', "none");
    await restart(world);
    await again(world.origin, who.email);
  });

  test("can be set after the first start, until the first account is created", async (t) => {
    const world = await start();
    t.after(() => world.stop());
    assertProblem(await post(world, "/auth/sign-in", { email: newEmail(), password: PASSWORD }), "invalid_credentials");
    assert.ok((await keys(world, "keyring")) > 0, "keys exist, accounts do not");
    await restart(world, "fedramp");
    assertProblem(await post(world, "/auth/sign-in", { email: newEmail(), password: PASSWORD }), "invalid_credentials");
    await restart(world, "eu");
    const who = await person(world.origin);
    for (const other of ["fedramp", undefined]) {
      await restart(world, other);
      await refused(world, who, other === undefined ? "none" : '"fedramp"', '"eu"');
    }
    await restart(world, "eu");
    await again(world.origin, who.email);
  });

  test("100 first accounts at once are all in it", async (t) => {
    const world = await start("eu");
    t.after(() => world.stop());
    const program = operator(world.origin, admin.secret);
    const password_hash =
      "$argon2id$v=19$m=8192,t=3,p=1$c29tZSBzYWx0IG9mIG91cnM$HfmlPVOZDlw5cxHBt/8N26v3eQC6myVy81juZ+ZbTNU";
    const create = () => program.post("", { email: newEmail(), password_hash });
    const answers = await Promise.all(Array.from({ length: 100 }, create));
    for (const answer of answers) assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(await world.look("KEYRING", "keyring", "SELECT * FROM jurisdiction"), [{ id: 1, name: "eu" }]);
  });

  test("accounts of a version that did not know jurisdictions are in none", async (t) => {
    let emails: string[] = [];
    const world = await startDurable({ config: config("eu"), secrets: DIVIDED }, async (dir) => {
      emails = (await restore("v2", dir)).emails;
    });
    t.after(() => world.stop());
    const [email = ""] = emails;
    assertProblem(await post(world, "/auth/sign-in", { email, password: PASSWORD }), "unavailable");
    await restart(world);
    await again(world.origin, email);
  });

  test("has no effect on a developer's machine, whose runtime has none", async (t) => {
    const world = await startDurable({ config: config("eu") });
    t.after(() => world.stop());
    const email = newEmail();
    assertTokenResponse(await post(world, "/auth/sign-up", { email, password: PASSWORD }), 201, 300);
    assert.ok((await keys(world, "keyring")) > 0);
  });
});
