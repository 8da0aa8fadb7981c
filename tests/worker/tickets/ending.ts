// What ends a ticket before its expiry, and what it can't bypass: the session, the token that requested it,
// the route.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertChallenge, assertProblem } from "../../harness/contract.ts";
import { basic, form } from "../../harness/operator.ts";
import { openStream } from "../../harness/tickets.ts";
import { PASSWORD, post, refresh } from "../../harness/visitor.ts";
import { again, fromOurPage, ISSUER, type Person, person } from "../bare/world.ts";
import { APP, from, SERVICE, type TicketWorld } from "./world.ts";

export function ending(world: () => TicketWorld): void {
  const open = (path: string) => openStream(world().origin, path, from(APP));
  const send = (path: string, body: unknown, who: Partial<Person>) =>
    post(world().origin, path, body, { ...fromOurPage, cookie: who.cookie, token: who.token });

  /**
   * Every operation that invalidates all access tokens of the session: it invalidates tickets too, on any
   * route and at once.
   */
  const ENDS: [string, (who: Person) => Promise<{ status: number; text: string }>][] = [
    ["a sign-out", ({ cookie }) => send("/auth/sign-out", {}, { cookie })],
    [
      "a sign-out from another session",
      async (who) => send("/auth/sign-out", { scope: "others" }, { cookie: (await again(world().origin, who)).cookie }),
    ],
    [
      "a password change",
      (who) => send("/auth/password", { current_password: PASSWORD, new_password: "another good password" }, who),
    ],
    ["a role change", ({ id }) => world().admin.put(`/${id}/roles`, { roles: ["reader"] })],
    ["a disable", ({ id }) => world().admin.post(`/${id}/disable`)],
    ["a deletion", ({ id }) => world().admin.del(`/${id}`)],
  ];
  for (const [what, end] of ENDS)
    test(`check_21 ${what} ends the tickets issued before it, regardless of the route's bound`, async () => {
      const who = await person(world().origin);
      const paths = await Promise.all(
        ["/url/none/x", "/url/5s/x", "/url/strict/x", "/url/page/x"].map(
          async (path) => (await world().ticket(who, path)).path,
        ),
      );
      const ended = await end(who);
      assert.ok(ended.status < 300, ended.text);
      for (const path of paths) {
        const answer = await open(path);
        assertProblem(answer, "invalid_token", { what: `${what}: ${path}` });
        assertChallenge(answer, "invalid_token");
      }
    });

  test("check_21 revoking the token that requested a ticket ends the ticket, regardless of the route's bound", async () => {
    const who = await person(world().origin);
    const { path } = await world().ticket(who, "/url/strict/x");
    const none = await world().ticket(who, "/url/none/x");
    const revoked = await form(
      world().origin,
      "/auth/revoke",
      { token: who.token },
      { Authorization: basic(SERVICE.secret) },
    );
    assert.equal(revoked.status, 200);
    assertProblem(await open(path), "invalid_token");
    assertProblem(await open(none.path), "invalid_token", { what: "the account is asked on every route" });
    assertProblem(await send("/auth/ticket", { url: `${ISSUER}/url/none/x` }, who), "invalid_token", {
      what: "no new ticket is issued",
    });
  });

  test("check_21 a rotation of the cookie and a new access token have no effect on a ticket", async () => {
    const who = await person(world().origin);
    const { path } = await world().ticket(who, "/url/strict/x");
    assert.equal((await refresh(world().origin, who.cookie, fromOurPage.headers)).status, 200);
    assert.equal((await open(path)).status, 200);
  });

  test("check_22 the route's roles and scopes are checked when the ticket is used, and it is spent then", async () => {
    const who = await person(world().origin);
    for (const [target, scope] of [
      ["/reader/x", null],
      ["/scoped/x", "notes"],
    ] as const) {
      const { path } = await world().ticket(who, target);
      const answer = await open(path);
      assertProblem(answer, "insufficient_scope");
      assertChallenge(answer, "insufficient_scope");
      assert.equal(/scope="([^"]*)"/.exec(answer.header("www-authenticate") ?? "")?.[1] ?? null, scope);
      assertProblem(await open(path), "invalid_token", { what: "again" });
    }
    await world().admin.put(`/${who.id}/roles`, { roles: ["reader"] });
    const reader = await again(world().origin, who);
    const { path } = await world().ticket(reader, "/reader/x");
    assert.equal((await open(path)).status, 200);
  });
}
