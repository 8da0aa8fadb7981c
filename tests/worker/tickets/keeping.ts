// What is stored of a ticket, where, and for how long; and what happens if it can't be stored or checked.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { untilLogged } from "../../harness/log.ts";
import { storedUnder } from "../../harness/stored.ts";
import { openStream, ticketFor } from "../../harness/tickets.ts";
import { until, untilPast } from "../../harness/until.ts";
import { again, type Durable, fromOurPage, ISSUER, type Person, person, startDurable } from "../durable/world.ts";

const PAGE = fromOurPage.headers;
const accountOf = ({ cookie }: Person) => cookie.split(".")[1] as string;

export function keeping(): void {
  describe("tickets on a disk", { concurrency: 4 }, () => {
    let world: Durable;
    before(async () => {
      world = await startDurable();
    });
    after(() => world?.stop());
    const mint = (who: Person, path = "/none/x", on = world) => ticketFor(on.origin, who, `${ISSUER}${path}`, PAGE);
    const open = (path: string, on = world) => openStream(on.origin, path, PAGE);
    const rows = async (who: Person, on = world): Promise<{ name: string; session: string; expires_at: number }[]> =>
      on.look("ACCOUNT", accountOf(who), "SELECT * FROM ticket ORDER BY expires_at");

    test("check_29 a ticket expires after 30 seconds, and is deleted automatically", async () => {
      const who = await person(world.origin);
      const before = Math.floor(Date.now() / 1000);
      const [unused, used] = [await mint(who), await mint(who)];
      assert.equal((await open(used.path)).status, 200);
      const kept = await rows(who);
      assert.equal(
        kept.length,
        2,
        "a spent ticket is stored, so that its replay is distinguished from an invented one",
      );
      const last = kept.at(-1)?.expires_at ?? 0;
      const now = Math.floor(Date.now() / 1000);
      for (const { expires_at } of kept)
        assert.ok(expires_at >= before + 30 && expires_at <= now + 30, `${expires_at}`);
      const alarm = await world.look("ACCOUNT", accountOf(who), "alarm");
      assert.ok(alarm <= (last + 1) * 1000, `${alarm}: the alarm for the tickets comes before the one for the session`);
      await untilPast(last);
      assertProblem(await open(unused.path), "invalid_token");
      await until("the tickets are deleted", async () => (await rows(who)).length === 0);
      const next = await until("the alarm is for the session again", async () => {
        const alarm = await world.look("ACCOUNT", accountOf(who), "alarm");
        return alarm > Date.now() + 86_400_000 && alarm;
      });
      assert.ok(next);
      assert.equal((await openStream(world.origin, (await mint(who)).path, PAGE)).status, 200, "a new ticket is valid");
    });

    test("check_30 nothing stored can be presented, or shows what the ticket is for", async () => {
      const who = await person(world.origin);
      const { path, ticket, secret } = await mint(who, "/none/where-to?what=query-marker");
      const [row] = await rows(who);
      assert.ok(row);
      const bytes = Buffer.from(secret, "base64url");
      const hidden = [ticket, secret, bytes.toString("hex"), bytes.toString("base64"), "query-marker"];
      for (const text of hidden) assert.ok(!JSON.stringify(row).includes(text), text);
      const forged = path.replace(secret, row.name);
      assertProblem(await open(forged), "invalid_token", { what: "the name in place of the secret" });
      assert.equal((await open(path)).status, 200);
      assertProblem(await open(path), "invalid_token");
      // Values that are not secret are found, so a secret would be too.
      const stored = Buffer.concat(await storedUnder(join(world.dir, "storage")));
      assert.ok(stored.includes(row.name) && stored.includes(who.email));
      for (const text of [...hidden, bytes, "where-to"]) assert.ok(!stored.includes(text), `${text} in the stores`);
      await untilLogged(world.logs, /"ticket_replayed"/);
      for (const text of [...hidden, row.name]) assert.ok(!world.logs().includes(text), `${text} in the log`);
    });

    test("check_27 a ticket outlives the process that issued it, and so does the fact that it is spent", async (t) => {
      const own = await startDurable();
      t.after(() => own.stop());
      const who = await person(own.origin);
      const [before, spent] = [await mint(who, "/none/x", own), await mint(who, "/none/x", own)];
      assert.equal((await open(spent.path, own)).status, 200);
      await own.start();
      assertProblem(await open(spent.path, own), "invalid_token");
      assert.equal((await open(before.path, own)).status, 200);
      await own.start();
      assertProblem(await open(before.path, own), "invalid_token");
    });

    test("a deleted account's tickets are deleted, and an ended session's are rejected", async () => {
      const who = await person(world.origin);
      const other = await again(world.origin, who.email);
      const { path } = await mint(other);
      await world.look(
        "ACCOUNT",
        accountOf(who),
        `UPDATE family SET ended_at = 1, end_reason = 'revoked' WHERE id = '${other.session}'`,
      );
      assertProblem(await open(path), "invalid_token");
      const mine = await mint(who);
      await world.look("ACCOUNT", accountOf(who), "DELETE FROM account");
      assertProblem(await open(mine.path), "invalid_token");
    });
  });
}
