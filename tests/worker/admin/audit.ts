// Check 45: one event for everything that may need to be investigated, in the account and in the log.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { assertCookie, assertHygiene, assertProblem } from "../../harness/contract.ts";
import { generationOf, rotated } from "../../harness/family.ts";
import { type AuditEvent, basic, form, logged } from "../../harness/operator.ts";
import { until } from "../../harness/until.ts";
import { call, del, newEmail, post, refresh, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function audit({ origin, stack, admin, admins, services }: World): void {
  const agent = (name: string) => ({ "User-Agent": name });
  const kinds = (events: AuditEvent[]) => events.map(({ event }) => event);

  test("check_45 everything that happens to an account is in its list of events, once each, the newest first, and in the log", async () => {
    const email = newEmail();
    const password = "a password of eight words or so";
    const who = await signUp(origin, { email, password });
    const { id } = who.body.session.user;
    const laptop = await signIn(origin, who, { headers: agent("laptop") });
    const third = await signIn(origin, who, { cookie: laptop.cookie, headers: agent("phone") });
    await post(origin, "/auth/sign-in", { email, password: "not the password" }, { headers: agent("stranger") });
    await until("the failure is recorded", async () =>
      (await admin.events(id)).some(({ event }) => event === "sign_in_failed"),
    );
    await del(origin, `/auth/sessions/${third.body.session.id}`, { token: who.token });
    await signIn(origin, who);
    await post(origin, "/auth/sign-out", { scope: "others" }, { cookie: who.cookie });
    const change = { current_password: "not the password", new_password: "another good password" };
    assertProblem(await post(origin, "/auth/password", change, who), "invalid_credentials");
    const changed = await post(origin, "/auth/password", { ...change, current_password: password }, who);
    assert.equal(changed.status, 200, changed.text);
    await post(origin, "/auth/sign-out", {}, { cookie: assertCookie(changed).pair });
    const five = changed.json().session.id;
    await admin.put(`/${id}/roles`, { roles: ["reader"] });
    await admin.post(`/${id}/disable`);
    await admin.post(`/${id}/enable`);
    await admin.post(`/${id}/sign-out`);
    await admin.post(`/${id}/password`);

    const events = await admin.events(id);
    const rows = events.map(({ event, by, session, sessions, reason, user_agent }) => [
      event,
      by,
      ...[session, sessions, reason, user_agent].filter((value) => value !== undefined),
    ]);
    const one = who.body.session.id;
    const [two, three] = [laptop.body.session.id, third.body.session.id];
    const fourth = events.find(
      ({ event, session }) => event === "signed_in" && ![two, three].includes(session ?? ""),
    )?.session;
    assert.deepEqual(rows, [
      ["password_reset", "admin", 0],
      ["sessions_ended", "admin", 0],
      ["account_enabled", "admin"],
      ["account_disabled", "admin", 0],
      ["roles_changed", "admin"],
      ["signed_out", "user", five, 1, "local"],
      ["password_changed", "user", five, 1],
      ["password_wrong", "user", one],
      ["signed_out", "user", one, 1, "others"],
      ["signed_in", "user", fourth],
      ["session_revoked", "user", three],
      ["sign_in_failed", "anybody", "password", "stranger"],
      ["session_replaced", "user", two, 1, "local", "phone"],
      ["signed_in", "user", three, "phone"],
      ["signed_in", "user", two, "laptop"],
      ["signed_up", "user", one],
    ]);
    for (const [i, { at, request_id, credential, by, account }] of events.entries()) {
      assert.ok(
        Number.isInteger(at) && at >= who.body.session.created_at && at <= (events[i - 1]?.at ?? at),
        "in order",
      );
      assert.match(request_id ?? "", /^[0-9a-f]{24}$/);
      assert.equal(
        credential,
        by === "admin" ? admins[0]?.hash.slice(0, 8) : undefined,
        "which credential, not its secret",
      );
      assert.equal(account, undefined, "stored in the account, without its id");
    }
    const lines = await until("the log has as many", () => {
      const lines = logged(stack.logs()).filter(({ account, event }) => account === id && event !== "account_read");
      return lines.length >= events.length && lines;
    });
    assert.deepEqual(kinds(lines), kinds(events).reverse(), "the same in the log");
  });

  test("check_45 an event names the request whose response reported it", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    const answer = await admin.put(`/${id}/roles`, { roles: ["a"] });
    const [event] = await admin.events(id);
    assert.deepEqual([event?.request_id, event?.roles], [assertHygiene(answer), ["a"]]);
  });

  test("check_45 a replay from another address and a reuse: client, time and address are recorded; a second tab is no event", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    const second = await rotated(origin, who.cookie);
    const tab = await refresh(origin, who.cookie);
    assert.equal(assertCookie(tab).pair, second);
    assert.deepEqual(kinds(await admin.events(id)), ["signed_up"], "the same program at the same address");

    assert.equal(assertCookie(await refresh(origin, who.cookie, agent("thief/1"))).pair, second);
    const [replay] = await admin.events(id);
    assert.deepEqual(
      [replay?.event, replay?.session, replay?.user_agent, replay?.generation, replay?.last_renewed_from?.user_agent],
      ["refresh_replayed", who.body.session.id, "thief/1", generationOf(who.cookie), undefined],
    );

    const third = await until("the phone's rotation", async () => {
      const pair = assertCookie(await refresh(origin, second, agent("phone/2"))).pair;
      return pair !== second && pair;
    });
    const fourth = await rotated(origin, third);
    assertProblem(await refresh(origin, who.cookie, agent("thief/1")), "session_ended", { reason: "reused" });
    assertProblem(await refresh(origin, fourth), "session_ended", { reason: "reused" });
    const events = await admin.events(id);
    const reuse = events.filter(({ event }) => event === "refresh_reused");
    assert.equal(reuse.length, 1, JSON.stringify(kinds(events)));
    assert.deepEqual(
      [reuse[0]?.session, reuse[0]?.user_agent, reuse[0]?.generation],
      [who.body.session.id, "thief/1", generationOf(who.cookie)],
    );
    assert.ok(Math.abs((reuse[0]?.at ?? 0) - Date.now() / 1000) < 60);
    const lines = () => logged(stack.logs()).filter((e) => e.event === "refresh_reused" && e.account === id);
    await until("the log has it too", () => lines().length > 0);
    assert.equal(lines().length, 1);
  });

  test("check_45 the list keeps the last hundred events", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    for (let i = 0; i < 104; i += 8)
      await Promise.all(Array.from({ length: 8 }, (_, j) => admin.put(`/${id}/roles`, { roles: [`r${i + j}`] })));
    const events = await admin.events(id);
    assert.equal(events.length, 100);
    assert.deepEqual([...new Set(kinds(events))], ["roles_changed"], "newer events displaced the sign-up");
  });

  test("check_45 every admin call is in the log exactly once, including reads and rejected calls", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    const answers = {
      account_created: await admin.post("", { email: newEmail() }),
      account_read: await admin.get(`/${id}`),
      "account_read ": await admin.get(`?email=${who.email}`),
      "account_read  ": await admin.get(`?email=${newEmail("unknown")}`),
      "account_read   ": await admin.get(`/${id}/events`),
      roles_changed: await admin.put(`/${id}/roles`, { roles: [] }),
      account_disabled: await admin.post(`/${id}/disable`),
      account_enabled: await admin.post(`/${id}/enable`),
      sessions_ended: await admin.post(`/${id}/sign-out`),
      password_reset: await admin.post(`/${id}/password`),
      account_deleted: await admin.del(`/${id}`),
      admin_refused: await admin.call("GET", `/${id}`, undefined, { Authorization: "Bearer wrong" }),
    };
    for (const [event, answer] of Object.entries(answers)) {
      const request = assertHygiene(answer);
      const lines = await until("the log line of the call", () => {
        const found = logged(stack.logs()).filter(({ request_id }) => request_id === request);
        return found.length > 0 && found;
      });
      const by = event === "admin_refused" ? "anybody" : "admin";
      assert.deepEqual(
        lines.map((line) => [line.event, line.by]),
        [[event.trim(), by]],
        `${event}: ${answer.status}`,
      );
    }
  });

  test("check_45 an event about no account, or about an unknown one, is only in the log", async () => {
    const Authorization = basic(services[0]?.secret ?? "");
    const who = await signUp(origin);
    const answers = {
      sign_in_failed: await post(origin, "/auth/sign-in", { email: newEmail("unknown"), password: "no such password" }),
      "sign_in_failed ": await post(origin, "/auth/sign-in", { email: newEmail("unknown"), password: "short" }),
      sign_up_refused: await post(origin, "/auth/sign-up", { email: who.email, password: "no such password" }),
      service_refused: await form(origin, "/auth/introspect", { token: "x" }, { Authorization: "Bearer wrong" }),
      token_revoked: await form(origin, "/auth/revoke", { token: who.token }, { Authorization }),
    };
    for (const [event, answer] of Object.entries(answers)) {
      const request = assertHygiene(answer);
      const line = await until(`a line about ${event}`, () =>
        logged(stack.logs()).find((e) => e.request_id === request),
      );
      assert.equal(line.event, event.trim());
    }
    const events = await admin.events(who.body.session.user.id);
    assert.deepEqual(kinds(events), ["token_revoked", "signed_up"]);
    assert.equal(events[0]?.session, who.body.session.id);
  });

  test("check_45 a client that has the password can't displace changes from the list by signing in repeatedly", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    await admin.put(`/${id}/roles`, { roles: ["reader"] });
    let { cookie } = who;
    for (let i = 0; i < 60; i += 1) cookie = (await signIn(origin, who, { cookie })).cookie;
    const events = kinds(await admin.events(id));
    assert.ok(events.includes("roles_changed") && events.includes("signed_up"), events.join(" "));
    const sessions = events.filter((kind) => ["signed_in", "session_replaced"].includes(kind));
    assert.equal(sessions.length, 50);
  });

  test("check_45 every logged kind of event is in the closed set", async () => {
    const source = await readFile(new URL("../../../edge-worker/src/audit/kind.rs", import.meta.url), "utf8");
    const known = new Set([...source.matchAll(/^ {4}[A-Z]\w+ = "(\w+)";$/gm)].map(([, name]) => name));
    assert.ok(known.size > 20, `${known.size} kinds`);
    const unknown = kinds(logged(stack.logs())).filter((kind) => !known.has(kind));
    assert.deepEqual(unknown, []);
  });

  test("an account's events are only for administrators", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    assertProblem(
      await call(origin, "GET", `/admin/users/${id}/events`, undefined, { token: who.token }),
      "request_forgery",
    );
    assertProblem(
      await admin.call("GET", `/${id}/events`, undefined, { Authorization: `Bearer ${who.token}` }),
      "invalid_token",
    );
  });
}
