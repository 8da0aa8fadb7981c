// What a code by mail changes in an account: a forgotten password, the verification of the address.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";
import { again, type Durable, person, refresh, startDurable } from "./durable/world.ts";
import { type Mailbox, startMailbox } from "./mail/mailbox.ts";
import { type As, challenge, endsChallenge, opened, sender, shown } from "./mail/user.ts";

const admin = newCredential();
const NEW = "a new password of theirs";
let [world, mailbox] = [] as unknown as [Durable, Mailbox];
const send = sender(() => world);

before(async () => {
  mailbox = await startMailbox();
  world = await startDurable({
    ...mailbox.life,
    config: {
      admin_credentials: [admin.hash],
      api_keys: { environment: "test" },
      routes: [{ path: "/key/*", methods: ["GET"], access: "api-key", revocation: "strict", upstream: "echo" }],
      passwords: { failure_ms: 0, queue: 8, queue_per_address: 1000 },
      ...mailbox.life.config,
    },
  });
});
after(async () => {
  await world?.stop();
  await mailbox?.stop();
});

const forgot = (email: string) => send("/auth/password/forgot", { email });
const reset = (email: string, code: string, cookie?: string, new_password = NEW) =>
  send("/auth/password/reset", { email, code, new_password }, cookie === undefined ? {} : { cookie });
const signIn = (email: string, password: string) => send("/auth/sign-in", { email, password });
const verification = (as: As) => send("/auth/email/verification", undefined, as);
const verify = (code: string, as: As) => send("/auth/email/verify", { code }, as);
const events = async (account: string) =>
  (await operator(world.origin, admin.secret).events(account)).map(({ event, reason }) =>
    [event, reason].filter(Boolean).join(" "),
  );

/** The status of the answer to a program that uses a key. */
const byKey = async (key: string) =>
  (await fetch(`${world.origin}/key/x`, { headers: { Authorization: `Bearer ${key}` } })).status;

/** A user who has verified the address. */
async function verified(email = newEmail()) {
  const user = await person(world.origin, email);
  const cookie = challenge(await verification(user));
  const answer = await verify(mailbox.code(email), { ...user, cookie });
  assert.equal(answer.status, 200, answer.text);
  return { ...user, id: (answer.json() as { user: { id: string } }).user.id };
}

describe("a forgotten password", () => {
  test("a code replaces it: all sessions end, the caller has a new one, the address is verified", async () => {
    const user = await person(world.origin);
    const other = await again(world.origin, user.email);
    const cookie = challenge(await forgot(user.email.toUpperCase()));
    assert.equal(mailbox.to(user.email)[0]?.kind, "password_reset");
    const answer = await reset(user.email, mailbox.code(user.email), cookie);
    const session = opened(answer);
    assert.ok(endsChallenge(answer));
    assert.ok(session.user.email_verified);
    for (const old of [user, other])
      assertProblem(await refresh(world.origin, old.cookie), "session_ended", { reason: "revoked" });
    assertProblem(await send("/auth/email/verification", undefined, { token: user.token }), "invalid_token");
    assert.equal((await refresh(world.origin, session.cookie)).status, 200);
    assertProblem(await signIn(user.email, PASSWORD), "invalid_credentials");
    const signedIn = opened(await signIn(user.email, NEW));
    assert.equal(signedIn.user.id, session.user.id);
    assert.ok((await events(session.user.id)).includes("password_recovered"));
  });

  test("the new password is checked before the code is", async () => {
    const user = await person(world.origin);
    const cookie = challenge(await forgot(user.email));
    const code = mailbox.code(user.email);
    for (const password of ["", "short", "x".repeat(129), "password123"]) {
      // Six times would end the challenge if the code were checked.
      for (let i = 0; i < 2; i += 1)
        assertProblem(await reset(user.email, "BBBBBBBB", cookie, password), "invalid_request", {
          field: "new_password",
        });
    }
    assert.equal((await reset(user.email, code, cookie)).status, 200);
  });

  test("a code is worth nothing in another browser, for another address or purpose, without the cookie, and after five wrong ones", async () => {
    const [ada, bob] = [await person(world.origin), await person(world.origin)];
    const [mine, theirs] = [challenge(await forgot(ada.email)), challenge(await forgot(bob.email))];
    const code = mailbox.code(ada.email);
    assertProblem(await reset(ada.email, code), "challenge_expired");
    assertProblem(await reset(ada.email, code, theirs), "code_invalid");
    assertProblem(await reset(bob.email, code, mine), "code_invalid");
    assertProblem(
      await send("/auth/email/code/verify", { email: ada.email, code }, { cookie: mine }),
      "challenge_expired",
    );
    assertProblem(await verify(code, { ...ada, cookie: mine }), "challenge_expired");
    for (let i = 0; i < 4; i += 1) assertProblem(await reset(ada.email, "BBBBBBBB", mine), "code_invalid");
    assertProblem(await reset(ada.email, code, mine), "challenge_expired");
    const signInCode = challenge(await send("/auth/email/code", { email: bob.email }));
    assertProblem(await reset(bob.email, mailbox.code(bob.email), signInCode), "challenge_expired");
    for (const user of [ada, bob]) assert.equal((await signIn(user.email, PASSWORD)).status, 200);
  });

  test("of 100 concurrent requests with one code exactly one succeeds, and it counts once", async () => {
    const user = await person(world.origin);
    const cookie = challenge(await forgot(user.email));
    const code = mailbox.code(user.email);
    const answers = await Promise.all(Array.from({ length: 100 }, () => reset(user.email, code, cookie)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    // The others come too late, or find no place in the queue for hashes.
    for (const { status, text } of answers)
      assert.match(text, status === 200 ? /access_token/ : /challenge_expired|"unavailable"/);
    assertProblem(await reset(user.email, code, cookie, "another password"), "challenge_expired");
    assert.equal((await signIn(user.email, NEW)).status, 200);
  });

  test("a code expires after ten minutes", async () => {
    const user = await person(world.origin);
    const now = Math.ceil(Date.now() / 1000);
    await world.clock(now * 1000);
    try {
      const cookie = challenge(await forgot(user.email));
      await world.clock((now + 600) * 1000);
      assertProblem(await reset(user.email, mailbox.code(user.email), cookie), "challenge_expired");
      await world.clock((now + 599) * 1000);
      assert.equal((await reset(user.email, mailbox.code(user.email), cookie)).status, 200);
    } finally {
      await world.clock(null);
    }
  });

  test("nothing shows whether an address has an account: the same response, the same calls, one mail", async () => {
    const [known, unknown] = [newEmail(), newEmail()];
    await person(world.origin, known);
    const one = await shown(world, () => forgot(known));
    assert.deepEqual(one, await shown(world, () => forgot(unknown)));
    assert.ok(one.steps.length >= 3, `${one.steps}`);
    assert.deepEqual(
      [known, unknown].map((email) => mailbox.to(email).map(({ kind, code }) => [kind, code !== undefined])),
      [[["password_reset", true]], [["no_account", false]]],
    );
    const wrong = async (email: string) => {
      const cookie = challenge(await forgot(email));
      return shown(world, () => reset(email, "BBBB-BBBB", cookie));
    };
    assert.deepEqual(await wrong(known), await wrong(unknown));
  });

  test("a disabled account, and one that was deleted in the meantime, have no new password", async () => {
    const admins = operator(world.origin, admin.secret);
    for (const [end, code] of [
      ["disable", "invalid_credentials"],
      ["delete", "invalid_credentials"],
    ] as const) {
      const user = await person(world.origin);
      const id = opened(await signIn(user.email, PASSWORD)).user.id;
      const cookie = challenge(await forgot(user.email));
      const answer = end === "disable" ? await admins.post(`/${id}/disable`) : await admins.del(`/${id}`);
      assert.ok(answer.status < 300, answer.text);
      assertProblem(await reset(user.email, mailbox.code(user.email), cookie), code, { what: end });
    }
  });

  test("an account without a password gets its first one; a one-time password ends", async () => {
    const email = newEmail();
    const first = challenge(await send("/auth/email/code", { email }));
    const { user } = opened(
      await send("/auth/email/code/verify", { email, code: mailbox.code(email) }, { cookie: first }),
      201,
    );
    const cookie = challenge(await forgot(email));
    assert.equal(opened(await reset(email, mailbox.code(email), cookie)).user.id, user.id);
    assert.equal((await signIn(email, NEW)).status, 200);
    const admins = operator(world.origin, admin.secret);
    const created = newEmail();
    const password = (await admins.post("", { email: created })).json().one_time_password as string;
    const theirs = challenge(await forgot(created));
    assert.equal((await reset(created, mailbox.code(created), theirs)).status, 200);
    assertProblem(await signIn(created, password), "invalid_credentials");
    for (let i = 0; i < 2; i += 1) assert.equal((await signIn(created, NEW)).status, 200, "not a one-time password");
  });

  test("a mail that can't be sent counts against no limit, and the answer is the same for any address", async () => {
    mailbox.isDown = true;
    try {
      const user = await person(world.origin);
      for (const email of [user.email, newEmail()]) assertProblem(await forgot(email), "mail_unavailable");
    } finally {
      mailbox.isDown = false;
    }
  });

  test("a fault in any call leaves either the old password and a usable code, or the new one", async () => {
    for (const kind of ["refused", "lost"] as const) {
      for (let at = 0; ; at += 1) {
        const user = await person(world.origin);
        const cookie = challenge(await forgot(user.email));
        const code = mailbox.code(user.email);
        await world.fault({ at, of: "call ", kind });
        const answer = await reset(user.email, code, cookie);
        const calls = (await world.seen()).filter((step) => step.startsWith("call ")).length;
        await world.fault(null);
        const what = `${kind} ${at}`;
        if (answer.status === 200) {
          if (calls <= at) break;
          assert.equal((await signIn(user.email, NEW)).status, 200, what);
          continue;
        }
        assertProblem(answer, "unavailable", { what });
        const changed = (await signIn(user.email, NEW)).status === 200;
        if (changed) {
          assertProblem(await refresh(world.origin, user.cookie), "session_ended", { reason: "revoked", what });
          assertProblem(await signIn(user.email, PASSWORD), "invalid_credentials", { what });
        } else {
          assert.equal((await signIn(user.email, PASSWORD)).status, 200, what);
          assert.equal((await reset(user.email, code, cookie)).status, 200, what);
        }
      }
    }
  });
});

describe("the verification of the address", () => {
  test("a code verifies it, in the browser and the session that requested it", async () => {
    const user = await person(world.origin);
    const requested = await verification(user);
    const cookie = challenge(requested);
    assert.equal(mailbox.to(user.email)[0]?.kind, "email_verification");
    const code = mailbox.code(user.email);
    const eve = await person(world.origin);
    assertProblem(await verify(code, { ...eve, cookie }), "challenge_expired", { what: "another account" });
    assertProblem(await verify(code, { token: user.token }), "challenge_expired", { what: "another browser" });
    assertProblem(await verify(code, { cookie }), "invalid_token", { what: "no session" });
    assertProblem(await verify("BBBB-BBBB", { ...user, cookie }), "code_invalid");
    assertProblem(await verify("no code", { ...user, cookie }), "code_invalid");
    const answer = await verify(code.toLowerCase(), { ...user, cookie });
    assert.equal(answer.status, 200, answer.text);
    const { user: view } = answer.json() as { user: { email: string; email_verified: boolean; id: string } };
    assert.deepEqual([view.email, view.email_verified], [user.email, true]);
    assert.ok(endsChallenge(answer));
    assertProblem(await verify(code, { ...user, cookie }), "challenge_expired", { what: "used" });
    const refreshed = await refresh(world.origin, user.cookie);
    assert.equal(
      (refreshed.json() as { session: { user: { email_verified: boolean } } }).session.user.email_verified,
      true,
    );
    const found = await events(view.id);
    assert.ok(found.includes("email_verified") && found.includes("password_wrong email_code"), `${found}`);
  });

  test("of 100 concurrent requests exactly one succeeds; five wrong codes end the challenge", async () => {
    const user = await person(world.origin);
    const cookie = challenge(await verification(user));
    const code = mailbox.code(user.email);
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(code, { ...user, cookie })));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers) if (answer.status !== 200) assertProblem(answer, "challenge_expired");
    const second = challenge(await verification(user));
    for (let i = 0; i < 5; i += 1) assertProblem(await verify("BBBBBBBB", { ...user, cookie: second }), "code_invalid");
    assertProblem(await verify(mailbox.code(user.email), { ...user, cookie: second }), "challenge_expired");
  });

  test("an address that another user has proved in the meantime is not verified", async () => {
    const squatter = await person(world.origin);
    const cookie = challenge(await verification(squatter));
    const code = mailbox.code(squatter.email);
    const owner = challenge(await send("/auth/email/code", { email: squatter.email }));
    const body = { email: squatter.email, code: mailbox.code(squatter.email) };
    assert.equal((await send("/auth/email/code/verify", body, { cookie: owner })).status, 201);
    assertProblem(await verify(code, { ...squatter, cookie }), "email_taken");
    assertProblem(await verify(code, { ...squatter, cookie }), "challenge_expired", { what: "used" });
  });

  test("a fault in any call leaves the code usable or the address verified", async () => {
    for (const kind of ["refused", "lost"] as const) {
      for (let at = 0; ; at += 1) {
        const user = await person(world.origin);
        const cookie = challenge(await verification(user));
        const code = mailbox.code(user.email);
        await world.fault({ at, of: "call ", kind });
        const answer = await verify(code, { ...user, cookie });
        const calls = (await world.seen()).filter((step) => step.startsWith("call ")).length;
        await world.fault(null);
        if (answer.status === 200 && calls <= at) break;
        if (answer.status !== 200) assertProblem(answer, "unavailable", { what: `${kind} ${at}` });
        const repeated = await verify(code, { ...user, cookie });
        const session = await refresh(world.origin, user.cookie);
        const is = (session.json() as { session: { user: { email_verified: boolean } } }).session.user.email_verified;
        assert.ok(is, `${kind} ${at}: ${repeated.text}`);
      }
    }
  });

  test("an unverified account that is recovered by the owner of its address keeps nothing of its first user", async () => {
    const squatter = await person(world.origin);
    const account = squatter.cookie.split(".")[1] ?? "";
    const created = await send("/auth/api-keys", { name: "Kept" }, squatter);
    assert.equal(created.status, 201, created.text);
    const { key } = created.json() as { key: string };
    assert.equal(await byKey(key), 200);
    const consent = `INSERT INTO client_grant (id, client, scope, created_at) VALUES ('g', 'c', 'read', 1) RETURNING id`;
    await world.look("ACCOUNT", account, consent);
    const cookie = challenge(await forgot(squatter.email));
    const owner = opened(await reset(squatter.email, mailbox.code(squatter.email), cookie));
    assertProblem(await refresh(world.origin, squatter.cookie), "session_ended", { reason: "revoked" });
    assertProblem(await signIn(squatter.email, PASSWORD), "invalid_credentials");
    assert.equal((await refresh(world.origin, owner.cookie)).status, 200);
    assert.equal(await byKey(key), 401);
    assert.deepEqual(await world.look("ACCOUNT", account, "SELECT id FROM api_key"), []);
    assert.deepEqual(await world.look("ACCOUNT", account, "SELECT id FROM client_grant"), [], "what the client may do");
  });

  test("the keys of a user who had verified the address outlive a forgotten password", async () => {
    const user = await verified();
    const { key } = (await send("/auth/api-keys", { name: "Kept" }, user)).json() as { key: string };
    const cookie = challenge(await forgot(user.email));
    opened(await reset(user.email, mailbox.code(user.email), cookie));
    assert.equal(await byKey(key), 200);
  });
});

describe("input", () => {
  test("of every path: malformed, oversized, of another type, by another method, without mail", async (t) => {
    const user = await verified();
    const cookie = challenge(await forgot(user.email));
    const valid: [path: string, body: Record<string, unknown>][] = [
      ["/auth/password/forgot", { email: user.email }],
      ["/auth/password/reset", { email: user.email, code: "BBBBBBBB", new_password: NEW }],
      ["/auth/email/verify", { code: "BBBBBBBB" }],
    ];
    for (const [path, body] of valid) {
      const ask = (changed: unknown) => send(path, changed, { ...user, cookie });
      for (const name of Object.keys(body)) {
        const { [name]: _, ...without } = body;
        assertProblem(await ask(without), "invalid_request", { field: name, what: `${path} without ${name}` });
        for (const value of [null, 7, true, [], {}, ["x"]])
          assertProblem(await ask({ ...body, [name]: value }), "invalid_request", { field: name });
      }
      assertProblem(await ask({ ...body, more: 1 }), "invalid_request", { field: "more" });
      for (const whole of [[], "x", 7, null]) assertProblem(await ask(whole), "invalid_request");
      assertProblem(await ask({ ...body, email: "x".repeat(70_000) }), "too_large");
      if (body.email)
        assertProblem(await ask({ ...body, email: "not an address" }), "invalid_request", { field: "email" });
    }
    for (const path of [...valid.map(([path]) => path), "/auth/email/verification"]) {
      const forged = await send(path, {}, { ...user });
      assert.notEqual(forged.status, 404, path);
    }
    assertProblem(await send("/auth/email/verification", { email: user.email }, user), "invalid_request", {
      field: "email",
    });
    assertProblem(await send("/auth/email/verification"), "invalid_token");
    const without = await startDurable({});
    t.after(() => without.stop());
    const there = sender(() => without);
    for (const [path, body] of [...valid, ["/auth/email/verification", {}] as const])
      assertProblem(await there(path, body), "not_found", { what: path });
  });
});
