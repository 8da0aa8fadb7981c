// What stays on disk of a user: of their address in the Directory, and of a deleted account in the limiter.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { formsOf, storedUnder } from "../harness/stored.ts";
import { until } from "../harness/until.ts";
import { call, newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { type Durable, fromOurPage, person, startDurable } from "./durable/world.ts";

const accountOf = (cookie: string) => cookie.split(".")[1] as string;
const admin = newCredential();
const DAY = 86_400_000;

const signIn = (world: Durable, email: string, address?: string) =>
  post(
    world.origin,
    "/auth/sign-in",
    { email, password: PASSWORD },
    { headers: { ...fromOurPage.headers, "CF-Connecting-IP": address } },
  );

/** The limiter's rows of an account: its shard, and a query for these columns. */
function rowsOf(email: string) {
  const hash = createHash("sha256").update(email).digest();
  const query = (columns: string) =>
    `SELECT ${columns} FROM tried WHERE subject = '${hash.toString("hex")}' ORDER BY kind`;
  return { shard: `account-${(hash[0] ?? 0) % 64}`, query };
}

/** Deletes an account while a sign-in to it has read the hash and waits for its turn in the queue, behind others. */
async function deletedDuringSignIn(world: Durable, address: string) {
  const who = await person(world.origin);
  await world.fault(null);
  const others = Array.from({ length: 10 }, () => signIn(world, newEmail()));
  const underWay = signIn(world, who.email, address);
  await until("all requests wait for their hash", async () => {
    const calls = (await world.seen()).filter((call) => call.startsWith("call ACCOUNT"));
    return calls.length > others.length;
  });
  assert.equal((await operator(world.origin, admin.secret).del(`/${accountOf(who.cookie)}`)).status, 204);
  return { email: who.email, underWay, others: Promise.all(others) };
}

describe("what stays on disk", { concurrency: 4 }, () => {
  test("check_30 the Directory has an account's id under a hash of its address, and no address in any form", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const email = newEmail("directory");
    const who = await person(world.origin, email);
    await world.kill();
    const onDisk = async (object: string) => Buffer.concat(await storedUnder(join(world.dir, "storage", object)));
    const [directory, accounts] = [await onDisk("Directory"), await onDisk("Account")];
    assert.ok(accounts.includes(email), "where the address is stored, it is found");
    for (const text of [email, email.split("@")[0] ?? ""])
      for (const form of [...formsOf(text), Buffer.from(text, "utf16le")])
        assert.equal(directory.includes(form), false, `${form}`);
    assert.ok(directory.includes(createHash("sha256").update(email).digest("hex")));
    assert.ok(directory.includes(accountOf(who.cookie)));
  });

  test("a deleted account leaves no client address and no browser in the limiter", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    const { shard, query } = rowsOf(who.email);
    const kinds = async () =>
      (await world.look("LIMITER", shard, query("kind"))).map(({ kind }: { kind: string }) => kind);
    const wrong = { email: who.email, password: "not the password" };
    assertProblem(await post(world.origin, "/auth/sign-in", wrong, fromOurPage), "invalid_credentials");
    assert.deepEqual(await kinds(), ["attempts", "device", "known", "pair"]);
    const deletion = { current_password: PASSWORD };
    const answer = await call(world.origin, "DELETE", "/auth/account", deletion, { ...fromOurPage, token: who.token });
    assert.equal(answer.status, 204, answer.text);
    assert.deepEqual(await kinds(), []);
  });

  test("a sign-in in progress while its account is deleted leaves no client in the limiter either", async (t) => {
    const world = await startDurable({ config: { admin_credentials: [admin.hash] } });
    t.after(() => world.stop());
    const { email, underWay, others } = await deletedDuringSignIn(world, "192.0.2.77");
    assertProblem(await underWay, "invalid_credentials");
    await others;
    const { shard, query } = rowsOf(email);
    assert.deepEqual(await world.look("LIMITER", shard, query("*")), []);
  });

  test("a sign-in that is interrupted while its account is deleted leaves two hashes in the limiter, which expire", async (t) => {
    const world = await startDurable({ config: { admin_credentials: [admin.hash] } });
    t.after(() => world.stop());
    const address = "192.0.2.77";
    const { email, underWay, others } = await deletedDuringSignIn(world, address);
    // As if the request ended at this moment: it records the client, and then can't make the limiter forget it.
    await world.fault({ on: "sql DELETE FROM tried WHERE subject", kind: "refused" });
    assertProblem(await underWay, "unavailable");
    await others;
    await world.fault(null);

    const { shard, query } = rowsOf(email);
    const rows = (await world.look("LIMITER", shard, query("*"))) as Record<string, string | number>[];
    const lasts = ({ at_ms, forget_at_ms }: Record<string, string | number>) => Number(forget_at_ms) - Number(at_ms);
    assert.deepEqual(
      rows.map((row) => [row.kind, row.count, lasts(row)]),
      [
        ["device", 0, 400 * DAY],
        ["known", 0, 30 * DAY],
      ],
    );
    for (const row of rows) assert.match(String(row.address), /^[0-9a-f]{64}$/);
    assert.equal(rows[1]?.address, createHash("sha256").update(address).digest("hex"));

    const left = async (days: number) => {
      await world.clock(Date.now() + days * DAY);
      await world.look("LIMITER", shard, "ring");
      return world.look("LIMITER", shard, query("kind"));
    };
    assert.deepEqual(await left(29), [{ kind: "device" }, { kind: "known" }]);
    assert.deepEqual(await left(31), [{ kind: "device" }]);
    assert.match((await left(401)).failed, /no such table/, "nothing else was stored, so the shard is empty");
  });
});
