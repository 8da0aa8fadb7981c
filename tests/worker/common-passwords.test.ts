// The most common passwords: a built-in list that only an explicit setting turns off, and an optional list of
// the deployer, which is read once. While a configured list can't be read, no password can be chosen.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { type Handler, type Listener, startListener } from "../harness/listener.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { formsOf } from "../harness/stored.ts";
import { call, newEmail, PASSWORD } from "../harness/visitor.ts";
import { type Durable, fromOurPage, type Life, person, startDurable } from "./durable/world.ts";
import { claims, newKey, sign } from "./issuers/keys.ts";

const KEY = "/common-passwords";
const KV = new URL("durable/workers/kv.ts", import.meta.url);
const COMMON = "Password1";
const LIST = ["123456", COMMON, "iloveyou", "pässwort", "monkey monkey"].join("\r\n");
const admin = newCredential();

let [listener, world] = [] as unknown as [Listener, Durable];
const life = (common: string | undefined, passwords: Record<string, unknown> = { refuse_common: false }): Life => ({
  config: {
    admin_credentials: [admin.hash],
    passwords: { failure_ms: 0, ...passwords, ...(common ? { common } : {}) },
  },
  beside: [{ binding: "COMMON", kind: "kv", worker: KV, from: listener.origin }],
});
const holds =
  (list: string): Handler =>
  (_, response) =>
    void response.end(list);

before(async () => {
  listener = await startListener();
  listener.on(KEY, holds(LIST));
  world = await startDurable(life("COMMON"));
});
after(async () => {
  await world?.stop();
  await listener?.stop();
});

const signUp = (password: string, email = newEmail()): Promise<Answer> =>
  call(world.origin, "POST", "/auth/sign-up", { email, password }, fromOurPage);

function assertCommon(answer: Answer, what: string): void {
  assertProblem(answer, "invalid_request", { what });
  assert.match(answer.json().detail, /most common/, what);
}

describe("the most common passwords", { concurrency: 1 }, () => {
  test("check_41 rejected at sign-up, in a change, and when an administrator sets one; an existing one still signs in", async () => {
    for (const password of [COMMON, "password1", "PASSWORD1", "ILoveYou", "Monkey Monkey", "pässWORT"])
      assertCommon(await signUp(password), password);
    for (const password of [`${COMMON}!`, "monkey  monkey", "PÄSSWORT", "monkey monkey\r\n123456", " iloveyou"])
      assert.equal((await signUp(password)).status, 201, password);

    const who = await person(world.origin);
    const change = (new_password: string) =>
      call(
        world.origin,
        "POST",
        "/auth/password",
        { current_password: PASSWORD, new_password },
        { ...fromOurPage, ...who },
      );
    assertCommon(await change("password1"), "a change");
    const program = operator(world.origin, admin.secret);
    const [{ id }] = (await program.get(`?email=${who.email}`)).json().users;
    assertCommon(await program.post(`/${id}/password`, { password: COMMON }), "a reset");
    assert.equal((await program.get(`/${id}`)).json().sessions, 1, "the account is unchanged");
    assert.equal((await change("another good password")).status, 200);
    assert.equal((await program.post(`/${id}/password`)).status, 200, "a generated password is accepted");

    // The hash of "correct horse", by Python's hashlib.
    const password_hash =
      "$pbkdf2-sha256$i=10000,l=32$c2FsdCBvZiAxNiBieXRlcw$7ibzhBWBrxOSHcgrHa2BC50JzEE7bBjk95I76otk+FI";
    listener.on(KEY, holds("correct horse"));
    await world.start();
    const email = newEmail();
    assert.equal((await operator(world.origin, admin.secret).post("", { email, password_hash })).status, 201);
    assertCommon(await signUp("correct horse"), "it is on the list now");
    const signIn = { email, password: "correct horse" };
    assert.equal((await call(world.origin, "POST", "/auth/sign-in", signIn, fromOurPage)).status, 200);
    listener.on(KEY, holds(LIST));
  });

  test("check_41 no password, and no part of a password's hash, leaves the Worker, not even towards the list", async () => {
    /** All requests of the Worker to other systems: to its list, and whatever it sends by `fetch`. */
    const sent: string[] = [];
    const record =
      (then: Handler): Handler =>
      async (request, response) => {
        const body = [];
        for await (const chunk of request) body.push(chunk);
        sent.push(`${request.method} ${request.url} ${request.rawHeaders.join(" ")} ${Buffer.concat(body)}`);
        then(request, response);
      };
    listener.on(KEY, record(holds(LIST)));
    listener.on(
      "/keys",
      record((_, response) => void response.writeHead(404).end()),
    );
    const { beside = [], config } = life("COMMON", {});
    const issuer = "https://issuer.example";
    const other = { issuer, audience: "theirs", algorithms: ["ES256"], jwks_url: `${issuer}/keys` };
    const outside = { binding: "OUTSIDE", kind: "service", worker: KV, from: listener.origin } as const;
    const apart = await startDurable({
      config: {
        ...{ ...config, issuers: { other } },
        routes: [{ path: "/theirs/*", methods: ["GET"], access: "token", issuers: ["other"], upstream: "echo" }],
      },
      beside: [...beside, outside],
      outbound: "OUTSIDE",
    });
    try {
      const send = (method: string, path: string, body: unknown, token?: string) =>
        call(apart.origin, method, path, body, { ...fromOurPage, token });
      const passwords = [
        "a good new password",
        "another good password",
        "wrong password",
        "one more, by an administrator",
      ];
      const [first = "", second = "", wrong = "", given = ""] = passwords;
      const email = newEmail();
      assertCommon(await send("POST", "/auth/sign-up", { email, password: COMMON }), COMMON);
      const up = await send("POST", "/auth/sign-up", { email, password: first });
      assert.equal(up.status, 201);
      const change = { current_password: first, new_password: second };
      const changed = await send("POST", "/auth/password", change, up.json().access_token);
      const { access_token: token, session } = changed.json();
      assert.equal((await send("POST", "/auth/reauthenticate", { password: second }, token)).status, 200);
      assert.equal((await send("POST", "/auth/sign-in", { email, password: second })).status, 200);
      assert.equal((await send("POST", "/auth/sign-in", { email, password: wrong })).status, 401);
      const program = operator(apart.origin, admin.secret);
      assert.equal((await program.post(`/${session.user.id}/password`, { password: given })).status, 200);

      assert.equal(sent.length, 1, `the list, once: ${sent}`);
      for (const password of [...passwords, COMMON]) {
        const hashes = ["sha1", "sha256", "md5"].map((name) => createHash(name).update(password).digest("hex"));
        // Range queries of breach services send the first five digits of a hash.
        const parts = hashes.flatMap((hash) => [hash.slice(0, 5), hash.slice(0, 5).toUpperCase()]);
        for (const form of [...formsOf(password), ...parts])
          assert.equal(sent.join("\n").includes(String(form)), false, `${password} as ${form}`);
      }
      // What leaves is recorded: another issuer's keys are requested in the same way.
      const theirs = await sign(await newKey("ES256"), claims(issuer, { aud: "theirs" }));
      await call(apart.origin, "GET", "/theirs/x", undefined, { token: theirs });
      assert.match(sent[1] ?? "", /^GET \/keys /);
    } finally {
      await apart.stop();
    }
  });

  test("the list is read once, at the first use", async () => {
    await world.start();
    const before = listener.count(KEY);
    const who = await person(world.origin, newEmail());
    assert.equal(listener.count(KEY), before + 1);
    const signIn = { email: who.email, password: PASSWORD };
    assert.equal((await call(world.origin, "POST", "/auth/sign-in", signIn, fromOurPage)).status, 200);
    for (let i = 0; i < 3; i += 1) assertCommon(await signUp(COMMON), "again");
    assert.equal(listener.count(KEY), before + 1);
  });

  test("check_44 without the list no password can be chosen; once it is there, it can", async () => {
    const down: [string, Handler][] = [
      ["no such key", (_, response) => void response.writeHead(404).end()],
      ["out of order", (_, response) => void response.writeHead(500).end()],
      ["more than 1 MiB", holds("x".repeat(1024 * 1024 + 1))],
      ["a connection that breaks", (_, response) => void response.destroy()],
    ];
    const email = newEmail();
    for (const [what, handler] of down) {
      await world.start();
      listener.on(KEY, handler);
      assertProblem(await signUp(PASSWORD, email), "unavailable", { what });
      listener.on(KEY, holds(LIST));
      assertCommon(await signUp(COMMON, email), what);
    }
    assert.equal((await signUp(PASSWORD, email)).status, 201, "the failed attempts left nothing behind");
    await world.start(life("ANOTHER"));
    assertProblem(await signUp(PASSWORD), "unavailable", { what: "a missing binding" });
    assert.doesNotMatch(world.logs(), new RegExp(`${COMMON}|${PASSWORD}|monkey`));
  });

  test("check_41 the built-in list applies by default, in addition to a deployer's own, and only an explicit setting turns it off", async () => {
    await world.start(life(undefined, {}));
    const before = listener.count();
    for (const password of ["password", "Password", "12345678", "iloveyou", "QWERTYUIOP", "trustno1"])
      assertCommon(await signUp(password), password);
    const who = await person(world.origin);
    const passwords = { current_password: PASSWORD, new_password: "password1" };
    assertCommon(await call(world.origin, "POST", "/auth/password", passwords, { ...fromOurPage, ...who }), "a change");
    const program = operator(world.origin, admin.secret);
    const [{ id }] = (await program.get(`?email=${who.email}`)).json().users;
    assertCommon(await program.post(`/${id}/password`, { password: "sunshine" }), "a reset");
    assert.equal(listener.count(), before, "the namespace is not read");

    await world.start(life("COMMON", {}));
    for (const password of ["sunshine", "monkey monkey"])
      assertCommon(await signUp(password), `both lists: ${password}`);
    await world.start(life(undefined, { refuse_common: false }));
    assert.equal((await signUp("sunshine")).status, 201, "turned off");
    assert.equal(listener.count(), before + 1);
  });
});
