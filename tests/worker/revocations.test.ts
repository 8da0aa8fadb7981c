// Revocations: how a strict check learns of one, at a cost that does not depend on their number, and how
// copies of the list are kept.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import { assertProblem } from "../harness/contract.ts";
import { type Answer, ask } from "../harness/http.ts";
import { basic, form, newCredential } from "../harness/operator.ts";
import { openStream, ticketFor } from "../harness/tickets.ts";
import { refusedWithin, until } from "../harness/until.ts";
import { call, PASSWORD, post } from "../harness/visitor.ts";
import {
  again,
  bearer,
  changes,
  type Durable,
  type Entry,
  fromOurPage,
  ISSUER,
  listed,
  type Person,
  person,
  refresh,
  startDurable,
} from "./durable/world.ts";

const program = newCredential();
const CONFIG = { config: { service_credentials: [program.hash] } };
const MANY = 3_000;

/** Entries that affect nothing in this test. */
const entries = (count: number, name = "x"): Entry[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ issuer: ISSUER, kind: "session", least_epoch: 0, until: Math.floor(Date.now() / 1000) + 3_600 },
    id: `${name}${n}`.padStart(22, "-"),
  }));
const add = async (world: Durable, added: Entry[]) =>
  assert.equal((await world.object("REVOCATIONS", "revocations", { Add: { entries: added } })).status, 200);

const asService = (world: Durable, path: string, token: string) =>
  form(world.origin, path, { token }, { Authorization: basic(program.secret) });

/** The token of another refresh: same session, another `jti`. */
const sibling = async (world: Durable, { cookie }: Person): Promise<string> =>
  (await refresh(world.origin, cookie)).json().access_token;

describe("a token that was revoked", () => {
  let world: Durable;
  before(async () => {
    world = await startDurable(CONFIG);
  });
  after(() => world?.stop());

  /** Every request that checks the present state. */
  const STRICT: Record<string, (token: string) => Promise<Answer>> = {
    "a strict route": (token) => ask(world.origin, "/strict/x", bearer(token)),
    "GET /auth/sessions": (token) => ask(world.origin, "/auth/sessions", bearer(token)),
    "forward-auth": (token) => ask(world.origin, "/auth/verify", bearer(token)),
    "forward-auth about a strict route": (token) =>
      ask(world.origin, "/auth/verify", {
        headers: { ...bearer(token).headers, "X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/strict/x" },
      }),
    "a ticket": (token) => post(world.origin, "/auth/ticket", { url: `${ISSUER}/none/x` }, { ...fromOurPage, token }),
  };

  for (const count of [0, MANY])
    test(`check_21 is rejected at once, with ${count} more entries in the list; its sibling is not`, async () => {
      if (count > 0) await add(world, entries(count));
      const who = await person(world.origin);
      const other = await sibling(world, who);
      const { path } = await ticketFor(world.origin, who, `${ISSUER}/none/x`, fromOurPage.headers);
      for (const [what, request] of Object.entries(STRICT))
        assert.equal(Math.floor((await request(who.token)).status / 100), 2, what);
      assert.equal((await asService(world, "/auth/revoke", who.token)).status, 200);
      for (const [what, request] of Object.entries(STRICT)) {
        assertProblem(await request(who.token), "invalid_token", { what });
        assert.equal(Math.floor((await request(other)).status / 100), 2, what);
      }
      assert.deepEqual((await asService(world, "/auth/introspect", who.token)).json(), { active: false });
      assert.equal((await asService(world, "/auth/introspect", other)).json().active, true);
      const deletion = { current_password: PASSWORD };
      const answer = await call(world.origin, "DELETE", "/auth/account", deletion, {
        ...fromOurPage,
        token: who.token,
      });
      assertProblem(answer, "invalid_token");
      assertProblem(await openStream(world.origin, path, fromOurPage.headers), "invalid_token", {
        what: "a ticket that it requested before",
      });
    });

  test("a strict check makes the same calls with an empty list and with a long one, and never asks the list", async () => {
    const fresh = await startDurable(CONFIG);
    try {
      const who = await person(fresh.origin);
      const asked = async () => {
        await ask(fresh.origin, "/strict/x", bearer(who.token));
        await fresh.fault(null);
        const sizes = [];
        for (const path of ["/strict/x", "/auth/sessions"]) {
          assert.equal((await ask(fresh.origin, path, bearer(who.token))).status, 200);
          sizes.push({ calls: (await fresh.seen()).sort(), replies: (await fresh.replies()).length });
          await fresh.fault(null);
        }
        return sizes;
      };
      const before = await asked();
      await add(fresh, entries(MANY));
      const later = await asked();
      // Keys are checked every few seconds, whatever is in the list.
      const ours = (all: typeof before) =>
        all.map(({ calls }) => calls.filter((name) => /REVOCATIONS|ACCOUNT|position|revocation/.test(name)));
      assert.deepEqual(ours(later), ours(before));
      for (const calls of ours(later)) {
        assert.deepEqual(
          calls.filter((name) => name.startsWith("call ")),
          ["call ACCOUNT", "call REVOCATIONS"],
        );
        assert.ok(!calls.some((name) => /FROM (?:position|revocation\b)/.test(name)), calls.join("\n"));
      }
    } finally {
      await fresh.stop();
    }
  });

  test("check_44 503, and no verdict, if the account or the version of the keys can't be asked", async () => {
    const who = await person(world.origin);
    for (const on of ["call ACCOUNT", "call REVOCATIONS"])
      for (const kind of ["refused", "lost"] as const) {
        for (const [what, request] of Object.entries(STRICT)) {
          await world.fault({ on, kind });
          const answer = await request(who.token);
          await world.fault(null);
          assertProblem(answer, "unavailable", { what: `${what}: ${kind} ${on}` });
        }
        await world.fault({ on, kind });
        assertProblem(await asService(world, "/auth/introspect", who.token), "unavailable");
        await world.fault(null);
      }
    for (const [what, request] of Object.entries(STRICT))
      assert.equal(Math.floor((await request(who.token)).status / 100), 2, what);
  });

  test("check_44 a revocation that the list can't be told is answered with 503, but already effective on strict routes", async () => {
    const who = await person(world.origin);
    await world.fault({ on: "call REVOCATIONS", kind: "refused" });
    for (let i = 0; i < 2; i += 1) assertProblem(await asService(world, "/auth/revoke", who.token), "unavailable");
    await world.fault(null);
    assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 401);
    assert.equal((await asService(world, "/auth/revoke", who.token)).status, 200);
    const { jti } = decodeJwt(who.token);
    assert.ok((await listed(world)).some(({ id }) => id === jti));
  });

  test("a token of an account whose deletion is incomplete counts as revoked only when the list has been told", async () => {
    const who = await person(world.origin);
    await world.fault({ on: "call REVOCATIONS", kind: "refused" });
    // The request checks the key's version on the way, so the deletion is sent to the account directly, as an
    // administrator's would be.
    const asker = { actor: "user", credential: null, request_id: "", source: {} };
    const { sub = "" } = decodeJwt(who.token);
    const deletion = { Delete: { asker } };
    assert.notEqual((await world.object("ACCOUNT", sub, deletion)).status, 200);
    assertProblem(await asService(world, "/auth/revoke", who.token), "unavailable");
    await world.fault(null);
    assert.equal((await asService(world, "/auth/revoke", who.token)).status, 200);
    assert.ok((await listed(world)).some(({ kind, id }) => kind === "epoch" && id === sub));
    assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 401);
    assert.equal((await asService(world, "/auth/revoke", who.token)).status, 200, "the account is deleted");
  });
});

describe("copies of the list", { concurrency: 3 }, () => {
  test("check_21 an isolate fetches the list once and then only changes; the bound holds meanwhile", async (t) => {
    const world = await startDurable(CONFIG);
    t.after(() => world.stop());
    await add(world, entries(MANY));
    const [who, other] = await (async () => {
      const first = await person(world.origin);
      return [first, await again(world.origin, first.email)] as const;
    })();
    const take = (one: Person) => ask(world.origin, "/1s/x", bearer(one.token));
    await world.fault(null);
    /** The size of the list's next reply, by which a request renews the copy. */
    const next = async (during: () => Promise<unknown>): Promise<number> => {
      const earlier = (await world.replies()).filter(({ what }) => what === "call REVOCATIONS").length;
      return until("the copy is renewed", async () => {
        await during();
        return (await world.replies()).filter(({ what }) => what === "call REVOCATIONS")[earlier]?.bytes;
      });
    };
    const serves = async () => assert.equal((await take(who)).status, 200);
    const whole = await next(serves);
    assert.ok(whole > MANY * 50, `${whole} bytes`);
    const unchanged = [await next(serves), await next(serves), await next(serves)];
    for (const bytes of unchanged) assert.ok(bytes < 250, `${bytes} bytes for a list that has not changed`);

    assert.equal(
      (await post(world.origin, "/auth/sign-out", undefined, { ...fromOurPage, cookie: other.cookie })).status,
      204,
    );
    const answered = Date.now();
    await world.fault(null);
    await refusedWithin("/1s", 1_000, answered, () => take(other));
    const [increment] = (await world.replies()).filter(({ what }) => what === "call REVOCATIONS");
    assert.ok(
      (increment?.bytes ?? 0) > 250 && (increment?.bytes ?? Infinity) < 500,
      `${increment?.bytes} bytes for one`,
    );
    assert.ok((await next(serves)) < 250);

    // As after a loss of the storage: the copy's state does not apply to another list.
    await world.look("REVOCATIONS", "revocations", "UPDATE position SET list = 'another'");
    assert.ok((await next(serves)) > MANY * 50, "the whole list is sent again");
    assert.ok((await next(serves)) < 250);
    await world.look("REVOCATIONS", "revocations", "UPDATE position SET change = 1");
    assert.ok((await next(serves)) > MANY * 50, "also if the copy is ahead of the list");
    assert.equal((await take(other)).status, 401);
    t.diagnostic(`whole ${whole} bytes, unchanged ${unchanged[0]}, one entry ${increment?.bytes}`);
  });

  test("the list returns what a copy lacks: nothing, the changes since, or all of it", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const empty = await changes(world);
    assert.deepEqual([empty.since, empty.entries], [null, []], "an empty object");
    await add(world, entries(2, "a"));
    const first = await changes(world, empty.position);
    assert.deepEqual([first.since, first.entries.length], [null, 2], "the list exists");
    assert.deepEqual(await changes(world, first.position).then(({ since, entries }) => [since, entries]), [2, []]);
    await add(world, entries(1, "b"));
    const ids = async (since = first.position) =>
      (await changes(world, since)).entries.map(({ id }) => id.replace(/^-+/, ""));
    assert.deepEqual(await ids(), ["b0"]);
    // A later expiry of an existing entry is a change.
    const [longer] = entries(1, "a") as [Entry];
    await add(world, [{ ...longer, until: longer.until + 100 }]);
    assert.deepEqual((await ids()).sort(), ["a0", "b0"]);
    // A write by the previous version, which knows no numbers of changes.
    const { position } = await changes(world, first.position);
    const insert = [
      `INSERT INTO revocation (issuer, kind, id, least_epoch, until) VALUES ('i', 'epoch', 'c', 1, ${longer.until})`,
      "ON CONFLICT DO UPDATE SET least_epoch = max(least_epoch, excluded.least_epoch), until = max(until, excluded.until)",
    ].join(" ");
    await world.look("REVOCATIONS", "revocations", insert);
    assert.deepEqual(await ids(position), ["c"]);
    const again = await changes(world, position);
    await world.look("REVOCATIONS", "revocations", insert.replace("'c', 1", "'c', 2"));
    const raised = await changes(world, again.position);
    assert.deepEqual(
      raised.entries.map(({ id, least_epoch }) => [id, least_epoch]),
      [["c", 2]],
    );
    // A restarted object has the same state.
    await world.start();
    assert.deepEqual(await changes(world, raised.position).then(({ entries }) => entries), []);
    for (const since of [{ ...raised.position, list: "another" }, { ...raised.position, change: 99 }, null])
      assert.equal((await changes(world, since)).entries.length, 4);
  });
});
