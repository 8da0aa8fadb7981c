// Sign-in with external credentials: only the external system's verdict counts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertCookie, assertProblem, assertTokenResponse, type Code } from "../harness/contract.ts";
import { type Answer, ask } from "../harness/http.ts";
import { startListener } from "../harness/listener.ts";
import { untilLogged } from "../harness/log.ts";
import { logged, newCredential, type Operator, operator } from "../harness/operator.ts";
import { storedUnder } from "../harness/stored.ts";
import { refusedWithin, until } from "../harness/until.ts";
import { call, newEmail } from "../harness/visitor.ts";
import { type Durable, fromOurPage, type Life, refresh, startDurable } from "./durable/world.ts";
import { NO_VERDICT, PATH, says, startUsers, type User, type Users } from "./elsewhere/users.ts";

const admin = newCredential();
const FAILURE_MS = 300;
const PASSWORD = "a password of theirs";

let [users, world, program] = [] as unknown as [Users, Durable, Operator];

const life = (users: Users, url = users.listener.origin, over: Record<string, unknown> = {}): Life => ({
  config: {
    sign_up: "closed",
    sign_in: { elsewhere: { url, path: PATH, secret_binding: "SHARED", timeout_ms: 4_000 } },
    admin_credentials: [admin.hash],
    passwords: { failure_ms: FAILURE_MS },
    ...over,
  },
  secrets: { SHARED: users.secret },
  reachesLoopback: true,
});

before(async () => {
  users = await startUsers();
  world = await startDurable(life(users));
  program = operator(world.origin, admin.secret);
});
after(async () => {
  await world?.stop();
  await users?.stop();
});

interface Known extends User {
  address: string;
}

let count = 0;

/** A user of the external system. */
function known(over: Partial<User> = {}): Known {
  count += 1;
  const user = { id: `user-${count}`, password: PASSWORD, roles: [], ...over };
  const address = newEmail();
  users.known.set(address, user);
  return { ...user, address };
}

const send = (method: string, path: string, body?: unknown, more: { cookie?: string; token?: string } = {}) =>
  call(world.origin, method, path, body, { ...fromOurPage, ...more });
const attempt = (email: string, password = PASSWORD): Promise<Answer> =>
  send("POST", "/auth/sign-in", { email, password });

async function signIn(email: string, password = PASSWORD) {
  const answer = await attempt(email, password);
  const { access_token: token, session } = assertTokenResponse(answer, 200, 300);
  return { token, cookie: assertCookie(answer).pair, ...session.user };
}

const route = (bound: string, token: string) =>
  ask(world.origin, `/${bound}/x`, { headers: { Authorization: `Bearer ${token}` } });

const accounts = async (external_id: string): Promise<{ id: string; email: string; roles: string[] }[]> =>
  (await program.get(`?external_id=${encodeURIComponent(external_id)}`)).json().users;

describe("external credentials", { concurrency: 1 }, () => {
  test("an acceptance signs in, with the external id, roles and address; the same user is the same account", async () => {
    const user = known({ roles: ["editor", "reader"], email: "Known.As@Example.com" });
    users.questions.length = 0;
    const first = await signIn(` ${user.address.toUpperCase()} `);
    assert.deepEqual([first.email, first.roles], ["known.as@example.com", ["editor", "reader"]]);
    assert.equal((await route("strict", first.token)).json().subject, first.id);

    const [question, ...more] = users.questions;
    assert.equal(more.length, 0, "asked once");
    assert.equal(question?.method, "POST");
    assert.deepEqual(JSON.parse(question?.body ?? ""), { email: user.address, password: PASSWORD });
    const { headers } = question ?? { headers: {} };
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers["latchkey-gate-secret"], users.secret, "the caller is authenticated");
    for (const name of ["cookie", "authorization", "origin", "latchkey-client"])
      assert.equal(headers[name], undefined, `the user's request header ${name} is not passed on`);

    const second = await signIn(user.address);
    assert.equal(second.id, first.id);
    assert.equal((await refresh(world.origin, first.cookie)).status, 200, "a session of their own");
    const [found, ...others] = await accounts(user.id);
    assert.equal(others.length, 0);
    assert.deepEqual(found, {
      ...{ id: first.id, external_id: user.id, email: "known.as@example.com", email_verified: false },
      ...{
        roles: ["editor", "reader"],
        second_factor: false,
        disabled: false,
        created_at: (found as unknown as Known & { created_at: number }).created_at,
        profile: {},
        metadata: {},
        sessions: 2,
      },
    });
    const events = (await program.events(first.id)).map(({ event, by, reason }) => [event, by, reason]);
    assert.deepEqual(events, [
      ["signed_in", "user", undefined],
      ["signed_in", "user", undefined],
      ["account_created", "user", "elsewhere"],
    ]);
  });

  test("the user authenticates again in the external system, in the same session, and only by the same user", async () => {
    const [user, other] = [known(), known()];
    const { token, id } = await signIn(user.address);
    const prove = (password: string) => send("POST", "/auth/reauthenticate", { password }, { token });
    const { session } = assertTokenResponse(await prove(PASSWORD), 200, 300);
    assert.equal(session.user.id, id);
    assert.deepEqual(JSON.parse(users.questions.at(-1)?.body ?? ""), { email: user.address, password: PASSWORD });
    assertProblem(await prove("not the password"), "invalid_credentials");
    const asked = users.questions.length;
    assertProblem(await prove(""), "invalid_credentials", { what: "an empty password" });
    assert.equal(users.questions.length, asked, "an empty password causes no request");
    users.answer(says(200, JSON.stringify({ id: other.id, roles: [] })));
    assertProblem(await prove(PASSWORD), "invalid_credentials", { what: "another user's id" });
    assert.equal((await accounts(other.id)).length, 0, "no account is created");
    users.answer(says(500, "broken"));
    assertProblem(await prove(PASSWORD), "unavailable");
    users.answer(undefined);
    const [latest] = await program.events(id);
    assert.equal(latest?.event, "password_wrong");
  });

  test("check_39 every refusal is the same: it takes the minimum time and discloses nothing else", async () => {
    const user = known();
    const { id } = await signIn(user.address);
    const texts = new Set<string>();
    const no = async (what: string) => {
      const begin = performance.now();
      const answer = await attempt(user.address, "not the password");
      assertProblem(answer, "invalid_credentials", { what });
      assert.ok(performance.now() - begin >= FAILURE_MS - 5, `${what}: takes the minimum time`);
      texts.add(answer.text);
    };
    await no("401");
    for (const status of [401, 403, 404]) {
      users.answer(says(status, JSON.stringify({ verdict: "refused", id: user.id, roles: [], reason: "whatever" })));
      await no(`${status}, with further members`);
    }
    users.answer(undefined);
    assert.equal((await program.post(`/${id}/disable`)).status, 200);
    const begin = performance.now();
    const disabled = await attempt(user.address);
    assertProblem(disabled, "invalid_credentials", { what: "an account disabled in this service" });
    assert.ok(performance.now() - begin >= FAILURE_MS - 5);
    texts.add(disabled.text);
    assert.equal(texts.size, 1, [...texts].join("\n"));
    assert.deepEqual(
      await until("both failures are recorded", () => {
        const reasons = logged(world.logs())
          .filter(({ event }) => event === "sign_in_failed")
          .map(({ reason }) => reason);
        return reasons.includes("disabled") && reasons.includes("elsewhere") && true;
      }),
      true,
    );
    assert.equal((await program.post(`/${id}/enable`)).status, 200);
    assert.equal((await signIn(user.address)).id, id);
  });

  test("check_44 any other response is not a verdict: unavailable, not a failed attempt, and existing sessions continue", async (t) => {
    const user = known({ roles: ["reader"] });
    const here = await signIn(user.address);
    const [before] = await accounts(user.id);
    users.listener.on("/redirected", (_, response) =>
      says(200, JSON.stringify({ id: user.id, roles: [] }))({} as never, response),
    );
    for (const [name, answering, cause] of NO_VERDICT) {
      users.answer(answering);
      const answer = await attempt(user.address);
      assertProblem(answer, "unavailable", { what: name });
      const id = answer.header("latchkey-request-id");
      const line = await until(`the log states the cause: ${name}`, () =>
        world
          .logs()
          .split("\n")
          .find((line) => line.includes(`"${id}"`) && line.includes('"unavailable"')),
      );
      assert.match(JSON.parse(line.slice(line.indexOf("{"))).cause, cause, name);
    }
    users.answer(undefined);
    assert.equal(users.listener.count("/redirected"), 0, "no redirect was followed");
    const [then] = await accounts(user.id);
    assert.deepEqual(then, before, "the account is unchanged");
    assert.deepEqual(await accounts("unknown-user"), [], "no account was created");
    assert.equal(
      (await refresh(world.origin, here.cookie)).status,
      200,
      "existing sessions do not need the external system",
    );
    assert.equal((await signIn(user.address)).id, here.id);
    t.diagnostic(`${NO_VERDICT.length} responses that are not a verdict`);
  });

  test("check_40 failures count and are delayed, faults do not count, and during a delay the external system is not asked", async (t) => {
    const limits = { free_failures: 3, first_delay: 600, account_failures: 1e6, address_failures: 1e6 };
    const limited = await startDurable(life(users, users.listener.origin, { limits }));
    t.after(() => limited.stop());
    const user = known();
    const attempt = (password: string) =>
      call(limited.origin, "POST", "/auth/sign-in", { email: user.address, password }, fromOurPage);
    users.answer(says(500));
    for (let i = 0; i < 6; i += 1) assertProblem(await attempt("not the password"), "unavailable");
    users.answer(undefined);
    for (let i = 0; i < 3; i += 1) assertProblem(await attempt("not the password"), "invalid_credentials");
    users.questions.length = 0;
    for (let i = 0; i < 3; i += 1) assertProblem(await attempt(PASSWORD), "rate_limited");
    assert.equal(users.questions.length, 0);
    const told = await until("the limit is recorded", () => {
      const events = logged(limited.logs()).filter(({ event }) => event === "sign_in_limited");
      return events.length > 0 && events;
    });
    assert.deepEqual(
      told.map(({ reason }) => reason),
      ["account"],
      "once",
    );
    const other = known();
    const empty = () =>
      call(limited.origin, "POST", "/auth/sign-in", { email: other.address, password: "" }, fromOurPage);
    for (let i = 0; i < 3; i += 1) assertProblem(await empty(), "invalid_credentials");
    assertProblem(await empty(), "rate_limited", { what: "an empty password counts" });
  });

  test("check_21_check_38 changed roles apply from the next sign-in on: tokens with the old ones are rejected within each bound, sessions continue", async (t) => {
    const user = known({ roles: ["editor", "reader"] });
    const set = (roles: string[]) => users.known.set(user.address, { ...user, roles });
    const old = await signIn(user.address);
    set(["reader", "editor"]);
    await signIn(user.address);
    assert.equal((await route("strict", old.token)).status, 200, "the same roles in another order");
    for (const bound of ["1s", "5s"]) assert.equal((await route(bound, old.token)).status, 200);
    set(["reader"]);
    const now = await signIn(user.address);
    const since = Date.now();
    assert.deepEqual(now.roles, ["reader"]);
    assert.equal((await route("strict", old.token)).status, 401);
    for (const [bound, ms] of [
      ["1s", 1000],
      ["5s", 5000],
    ] as const)
      t.diagnostic(
        `${bound}: refused after ${await refusedWithin(bound, ms, since, () => route(bound, old.token))} ms`,
      );
    assert.equal((await route("strict", now.token)).status, 200);
    const renewed = await refresh(world.origin, old.cookie);
    assert.equal(renewed.status, 200);
    assert.deepEqual(renewed.json().session.user.roles, ["reader"]);
    const changes = (await program.events(old.id)).filter(({ event }) => event === "roles_changed");
    assert.deepEqual(
      changes.map(({ by, reason, roles }) => [by, reason, roles]),
      [["user", "elsewhere", ["reader"]]],
    );
  });

  test("a deleted account leaves no client in the limiter, under any address its user signed in with", async () => {
    const user = known({ email: newEmail("theirs") });
    const aliases = [user.address, newEmail("alias")];
    users.known.set(aliases[1] ?? "", { ...user });
    let id = "";
    for (const typed of aliases) ({ id } = await signIn(typed));
    const stored = async (email: string) => {
      const hash = createHash("sha256").update(email).digest();
      const query = `SELECT kind FROM tried WHERE subject = '${hash.toString("hex")}' ORDER BY kind`;
      const rows = await world.look("LIMITER", `account-${(hash[0] ?? 0) % 64}`, query);
      return rows.map(({ kind }: { kind: string }) => kind);
    };
    for (const typed of aliases) assert.deepEqual(await stored(typed), ["device", "known"], typed);
    assert.equal((await program.del(`/${id}`)).status, 204);
    for (const typed of aliases) assert.deepEqual(await stored(typed), [], typed);
  });

  test("the id identifies the account: addresses change, are swapped, and are reassigned", async () => {
    const [ada, bob] = [known(), known()];
    const as = (user: Known, address: string) => users.known.set(address, { ...user, email: address });
    as(ada, ada.address);
    as(bob, bob.address);
    const [first, second] = [await signIn(ada.address), await signIn(bob.address)];
    assert.notEqual(first.id, second.id);

    const moved = newEmail();
    users.known.delete(ada.address);
    as(ada, moved);
    const after = await signIn(moved);
    assert.deepEqual([after.id, after.email], [first.id, moved]);
    assertProblem(await attempt(ada.address), "invalid_credentials", { what: "her old address" });

    as(ada, bob.address);
    as(bob, moved);
    const [swapped, back] = [await signIn(bob.address), await signIn(moved)];
    assert.deepEqual([swapped.id, swapped.email], [first.id, bob.address]);
    assert.deepEqual([back.id, back.email], [second.id, moved]);
    for (const [cookie, id] of [
      [first.cookie, first.id],
      [second.cookie, second.id],
    ] as const)
      assert.equal(
        (await refresh(world.origin, cookie)).json().session.user.id,
        id,
        "sessions stay with their accounts",
      );

    const stranger = { ...ada, id: "a-stranger" };
    as(stranger, bob.address);
    const another = await signIn(bob.address);
    assert.ok(![first.id, second.id].includes(another.id), "an address does not identify an account");
    assert.ok(
      (await program.events(first.id)).some(({ event, reason }) => event === "email_changed" && reason === "elsewhere"),
    );
  });

  test("an id that looks like another user's address, or like a hash, is only an id", async () => {
    const ids = [
      "ada@example.com",
      "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA",
      "elsewhere",
      "a/b?c=d&e#f%20",
      "__proto__",
      "x".repeat(128),
    ];
    const seen = new Set<string>();
    for (const id of ids) {
      const user = known({ id });
      const { id: account } = await signIn(user.address);
      assert.equal((await signIn(user.address)).id, account, id);
      assert.equal((await accounts(id))[0]?.id, account, id);
      seen.add(account);
    }
    assert.equal(seen.size, ids.length);
  });

  test("an account whose creation was interrupted is completed by its own alarm, which finds its name in the Directory", async () => {
    const user = known();
    await world.fault({ on: "sql UPDATE account SET confirmed", kind: "refused" });
    assertProblem(await attempt(user.address), "unavailable");
    await world.fault(null);
    const { id, cookie } = await signIn(user.address);
    const confirmed = async () => (await world.look("ACCOUNT", id, "SELECT confirmed FROM account"))[0].confirmed;
    assert.equal(await confirmed(), 0);
    await world.look("ACCOUNT", id, "ring");
    assert.equal(await confirmed(), 1);
    assert.equal((await refresh(world.origin, cookie)).status, 200);
  });

  test("ten concurrent first sign-ins create one account", async () => {
    const user = known({ roles: ["reader"] });
    const all = await Promise.all(Array.from({ length: 10 }, () => signIn(user.address)));
    assert.equal(new Set(all.map(({ id }) => id)).size, 1);
    for (const { token } of all) assert.equal((await route("strict", token)).status, 200);
  });

  test("check_37 an account deleted by an administrator is gone; if the external system still accepts the user, a new account is created", async () => {
    const user = known();
    const old = await signIn(user.address);
    assert.equal((await program.del(`/${old.id}`)).status, 204);
    assert.deepEqual(await accounts(user.id), []);
    assertProblem(await refresh(world.origin, old.cookie), "session_ended", { reason: "none" });
    assert.notEqual((await signIn(user.address)).id, old.id);
  });

  test("routes that need a local password do not exist; an empty password causes no request, a short one is sent to the external system", async () => {
    const user = known({ password: "short" });
    const { token, id } = await signIn(user.address, "short");
    users.questions.length = 0;
    const begin = performance.now();
    assertProblem(await attempt(user.address, ""), "invalid_credentials");
    assert.ok(performance.now() - begin >= FAILURE_MS, "takes the minimum time of a failure");
    assertProblem(await send("POST", "/auth/sign-up", { email: newEmail(), password: PASSWORD }), "sign_up_closed");
    const gone: [string, string, unknown][] = [
      ["POST", "/auth/password", { current_password: "short", new_password: "a new password" }],
      ["DELETE", "/auth/account", { current_password: "short" }],
    ];
    for (const [method, path, body] of gone)
      assertProblem(await send(method, path, body, { token }), "not_found", { what: path });
    assertProblem(await program.post(`/${id}/password`), "not_found");
    const create = await program.post("", { email: newEmail() });
    assertProblem(create, "method_not_allowed");
    assert.equal(create.header("allow"), "GET");
    assert.equal(users.questions.length, 0);
    for (const query of ["?email=a%40example.com&external_id=7", "?external_id=7&external_id=8", "?other=7"])
      assertProblem(await program.get(query), "invalid_request", { what: query });
  });

  test("check_44 every call fails once: unavailable, and after a repetition there is one account with the external profile", async (t) => {
    let faults = 0;
    const roundOf = async (what: string, trial: () => Known, asKnown: (user: Known) => string[]) => {
      await world.fault(null);
      await signIn(trial().address);
      const calls = await world.seen();
      for (let at = 1; at <= calls.length + 1; at += 1)
        for (const kind of ["refused", "lost"] as const) {
          const user = trial();
          const roles = asKnown(user);
          await world.fault({ at, kind });
          const answer = await attempt(user.address);
          const name = `${what}: ${kind} ${(await world.seen())[at - 1]}`;
          await world.fault(null);
          if (answer.status !== 200) assertProblem(answer, "unavailable", { what: name });
          const { id, token } = await signIn(user.address);
          assert.equal((await route("strict", token)).status, 200, name);
          assert.deepEqual(
            (await accounts(user.id)).map((one) => [one.id, one.roles]),
            [[id, roles]],
            name,
          );
          faults += 1;
        }
    };
    await roundOf(
      "the first",
      () => known({ roles: ["a"] }),
      ({ roles }) => roles,
    );
    const changing = known({ roles: ["r0"] });
    await signIn(changing.address);
    let change = 0;
    await roundOf(
      "other roles",
      () => {
        change += 1;
        const user = { ...changing, roles: [`r${change}`] };
        users.known.set(changing.address, user);
        return user;
      },
      ({ roles }) => roles,
    );
    t.diagnostic(`${faults} faults`);
  });

  test("an external system that is down is unavailable; a service binding behaves like a URL", async (t) => {
    const stopped = await startListener();
    await stopped.stop();
    const down = await startDurable(life(users, stopped.origin));
    t.after(() => down.stop());
    const ask = (origin: string, email: string) =>
      call(origin, "POST", "/auth/sign-in", { email, password: PASSWORD }, fromOurPage);
    assertProblem(await ask(down.origin, known().address), "unavailable");

    const external = { service: "USERS", path: PATH, timeout_ms: 3_000 };
    const bound = await startDurable({
      config: { sign_up: "closed", sign_in: { elsewhere: external } },
      beside: [{ binding: "USERS", kind: "service", worker: new URL("elsewhere/workers/users.ts", import.meta.url) }],
    });
    t.after(() => bound.stop());
    const yes = assertTokenResponse(await ask(bound.origin, "yes@example.com"), 200, 300);
    assert.deepEqual(yes.session.user.roles, ["reader"]);
    const expected: [string, Code][] = [
      ["no", "invalid_credentials"],
      ["throws", "unavailable"],
      ["hangs", "unavailable"],
      ["page", "unavailable"],
    ];
    for (const [who, code] of expected)
      assertProblem(await ask(bound.origin, `${who}@example.com`), code, { what: who });
    await bound.start({ beside: [] });
    assertProblem(await ask(bound.origin, "yes@example.com"), "unavailable", { what: "the binding is missing" });
  });

  test("check_45 neither the log nor a store contains a password or a secret", async () => {
    const [right, wrong] = ["canary right 5f1c", "canary wrong 77ab"];
    const user = known({ password: right });
    await signIn(user.address, right);
    assertProblem(await attempt(user.address, wrong), "invalid_credentials");
    users.answer((question, response) => says(500, question.body)(question, response));
    assertProblem(await attempt(user.address, right), "unavailable");
    users.answer((question, response) => says(200, question.body)(question, response));
    assertProblem(await attempt(user.address, right), "unavailable");
    users.answer(undefined);
    await untilLogged(world.logs, /"sign_in_failed"/);
    const stored = await storedUnder(join(world.dir, "storage"));
    assert.ok(
      stored.some((file) => file.includes(`elsewhere ${user.id}`)),
      "the stores contain the name",
    );
    for (const secret of [right, wrong, PASSWORD, users.secret])
      for (const form of [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString("base64").replace(/=+$/, ""),
      ])
        for (const text of [world.logs(), ...stored]) assert.ok(!text.includes(form), form);
  });

  test("after external credentials are turned off: sessions continue, no password signs in, and the address can be reassigned", async () => {
    const user = known();
    const { cookie, id, token } = await signIn(user.address);
    await world.start({ config: { admin_credentials: [admin.hash], passwords: { failure_ms: 0 } } });
    program = operator(world.origin, admin.secret);
    assert.equal((await refresh(world.origin, cookie)).status, 200);
    assertProblem(await attempt(user.address), "invalid_credentials");
    for (const [method, path, body] of [
      ["POST", "/auth/password", { current_password: PASSWORD, new_password: "a new password" }],
      ["DELETE", "/auth/account", { current_password: PASSWORD }],
    ] as const)
      assertProblem(await send(method, path, body, { token }), "invalid_credentials", { what: path });
    assertProblem(await program.post(`/${id}/password`), "invalid_request");
    assert.equal((await accounts(user.id))[0]?.id, id);
    const own = await send("POST", "/auth/sign-up", { email: user.address, password: PASSWORD });
    assert.notEqual(assertTokenResponse(own, 201, 300).session.user.id, id);
    assert.equal((await refresh(world.origin, cookie)).json().session.user.id, id);
  });
});
