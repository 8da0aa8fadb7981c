// How long an isolate goes on without an object that it can't reach: the Keyring, and the list of revocations.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { get, post } from "../harness/visitor.ts";
import {
  again,
  bearer,
  type Durable,
  fromOurPage,
  ISSUER,
  METHODS,
  person,
  refresh,
  startDurable,
} from "./durable/world.ts";

/** For how long an isolate uses a copy of the keys that it can't renew, in milliseconds. */
const LAST_RESORT = 60_000;

const signOut = (world: Durable, cookie: string) =>
  post(world.origin, "/auth/sign-out", undefined, { ...fromOurPage, cookie });

describe("an object that can't be reached", { concurrency: 2 }, () => {
  test("check_42_check_44 without the Keyring an isolate continues for 60 s, and then rejects whatever needs a key", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    const ticket = () =>
      post(world.origin, "/auth/ticket", { url: `${ISSUER}/none/x` }, { ...fromOurPage, token: who.token });
    const needKeys: [what: string, request: () => Promise<{ status: number }>][] = [
      ["a token", () => ask(world.origin, "/none/x", bearer(who.token))],
      ["a token, strictly", () => ask(world.origin, "/strict/x", bearer(who.token))],
      ["a cookie", () => ask(world.origin, "/page/x", { headers: { Cookie: who.cookie } })],
      ["a refresh", () => refresh(world.origin, who.cookie)],
      ["a ticket", ticket],
      ["the key set", () => get(world.origin, "/.well-known/jwks.json")],
    ];
    // Old enough for the copy to be renewed before it is used, so that its age is known to the millisecond.
    const asked = Date.now() + 20_000;
    await world.clock(asked);
    await world.fault(null);
    assert.equal((await ask(world.origin, "/none/x", bearer(who.token))).status, 200);
    assert.ok((await world.seen()).includes("call KEYRING"), "the copy is as old as this request");

    await world.fault({ on: "call KEYRING", kind: "refused" });
    for (const age of [LAST_RESORT / 2, LAST_RESORT]) {
      await world.clock(asked + age);
      for (const [what, request] of needKeys) assert.equal((await request()).status, 200, `${what} at ${age} ms`);
    }
    assert.ok((await world.seen()).includes("call KEYRING"), "it has tried to renew the copy");
    await world.clock(asked + LAST_RESORT + 1);
    for (const [what, request] of needKeys)
      assert.equal((await request()).status, 503, `${what} after the last resort`);
    assert.equal((await get(world.origin, "/healthz")).status, 200);

    await world.fault(null);
    for (const [what, request] of needKeys) assert.equal((await request()).status, 200, `${what} with the Keyring`);
  });

  test('check_23_check_44 without the list of revocations only a route with revocations_missing = "allow" forwards requests; strict routes have no such exception', async (t) => {
    const route = (path: string, more: Record<string, unknown>) => ({
      ...{ path, methods: METHODS, access: "token", upstream: "echo" },
      ...more,
    });
    const world = await startDurable({
      config: {
        routes: [
          route("/refuses/*", { revocation: "5s" }),
          route("/allows/*", { revocation: "5s", revocations_missing: "allow" }),
          route("/strict/*", { revocation: "strict", revocations_missing: "allow" }),
        ],
      },
    });
    t.after(() => world.stop());
    const living = await person(world.origin);
    const revoked = await again(world.origin, living.email);
    assert.equal((await signOut(world, revoked.cookie)).status, 204);
    const statuses = async (token: string) => {
      const paths = ["/refuses/x", "/allows/x", "/strict/x"];
      return (await Promise.all(paths.map((path) => ask(world.origin, path, bearer(token))))).map(
        ({ status }) => status,
      );
    };
    // An isolate that has no copy of the list.
    await world.start();
    await world.fault({ on: "call REVOCATIONS", kind: "refused" });
    assert.deepEqual(await statuses(living.token), [503, 200, 503]);
    assert.deepEqual(await statuses(revoked.token), [503, 200, 503], "the price of the exception");
    assertProblem(await ask(world.origin, "/refuses/x", bearer(living.token)), "unavailable");
    await world.start();
    await world.fault({ on: "call KEYRING", kind: "refused" });
    assert.deepEqual(await statuses(living.token), [503, 503, 503], "the exception is for the list alone");
    await world.fault(null);
    assert.deepEqual(await statuses(living.token), [200, 200, 200]);
    assert.deepEqual(await statuses(revoked.token), [401, 401, 401]);
  });
});
