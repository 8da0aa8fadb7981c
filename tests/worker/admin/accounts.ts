// Administrators' operations on accounts, and their effects on sessions.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { assertNoStore, assertProblem, COOKIE } from "../../harness/contract.ts";
import { operator } from "../../harness/operator.ts";
import { refusedWithin } from "../../harness/until.ts";
import { get, newEmail, PASSWORD, post, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

/** Argon2id of "correct horse battery staple", 8 MiB and 3 passes, as another system might have stored it. */
const IMPORTED = "$argon2id$v=19$m=8192,t=3,p=1$c29tZSBzYWx0IG9mIG91cnM$HfmlPVOZDlw5cxHBt/8N26v3eQC6myVy81juZ+ZbTNU";

export function accounts({ origin, admin, admins }: World): void {
  const otherAdmin = operator(origin, admins[1]?.secret ?? "");
  const wrongPassword = (email: string, password = PASSWORD) => post(origin, "/auth/sign-in", { email, password });

  test("an account is found by its address and by its id, and shown as it is", async () => {
    const who = await signUp(origin);
    await signIn(origin, who);
    const { id } = who.body.session.user;
    const seen = {
      id,
      email: who.email,
      email_verified: false,
      roles: [],
      second_factor: false,
      disabled: false,
      profile: {},
      metadata: {},
      sessions: 2,
    };
    const one = await admin.get(`/${id}`);
    const { created_at, ...rest } = one.json();
    assert.deepEqual(rest, seen);
    assert.ok(
      created_at <= who.body.session.created_at && created_at > who.body.session.created_at - 20,
      "created then",
    );
    assertNoStore(one);
    for (const email of [who.email, who.email.toUpperCase()])
      assert.deepEqual((await admin.get(`?email=${encodeURIComponent(email)}`)).json(), { users: [one.json()] });
    assert.deepEqual((await admin.get(`?email=${newEmail("unknown")}`)).json(), { users: [] });
    for (const query of ["?email=", "?email=unknown", "?email=a@b.c&email=a@b.c", "?email=a@b.c&x=1", "?mail=a@b.c"])
      assertProblem(await admin.get(query), "invalid_request", { what: query });
  });

  test("an unknown account is 404 for every operation", async () => {
    const session = (await signUp(origin)).body.session.id;
    for (const id of ["x", "0".repeat(64), "a".repeat(63), session, "%2e%2e", "%00", "'"]) {
      for (const [method, path, body] of [
        ["GET", ""],
        ["DELETE", ""],
        ["PUT", "/roles", { roles: [] }],
        ["POST", "/disable"],
        ["POST", "/enable"],
        ["POST", "/password"],
        ["POST", "/sign-out"],
        ["GET", "/events"],
      ] as const)
        assertProblem(await admin.call(method, `/${id}${path}`, body), "not_found", { what: `${method} ${id}${path}` });
    }
  });

  test("check_38 disable ends every session at once and prevents sign-in; enable allows only new sessions", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    const stranger = await signUp(origin);
    const { id } = one.body.session.user;
    assert.equal((await get(origin, "/1s/x", { token: one.token })).status, 200);
    const answer = await admin.post(`/${id}/disable`);
    assert.deepEqual([answer.status, answer.json().disabled, answer.json().sessions], [200, true, 0], answer.text);
    const since = Date.now();
    for (const dead of [one, two]) {
      assertProblem(await refresh(origin, dead.cookie), "session_ended", { reason: "revoked" });
      assertProblem(await get(origin, "/auth/sessions", { token: dead.token }), "invalid_token");
      assert.equal((await get(origin, "/strict/x", { token: dead.token })).status, 401);
      assert.equal((await get(origin, "/page/x", { cookie: dead.cookie })).status, 401);
    }
    await refusedWithin("/1s/x", 1000, since, () => get(origin, "/1s/x", { token: one.token }));
    const disabled = await wrongPassword(one.email);
    assertProblem(disabled, "invalid_credentials");
    assert.equal(disabled.text, (await wrongPassword(newEmail("unknown"))).text, "check_39: as for an unknown address");
    assert.equal((await admin.post(`/${id}/disable`)).status, 200, "again");

    assert.equal((await admin.post(`/${id}/enable`)).json().disabled, false);
    assert.equal((await admin.post(`/${id}/enable`)).json().disabled, false, "again");
    assertProblem(await refresh(origin, one.cookie), "session_ended", { reason: "revoked" });
    assertProblem(await get(origin, "/auth/sessions", { token: one.token }), "invalid_token");
    await signIn(origin, one);
    await renewed(origin, stranger.cookie);
  });

  test("check_38 sign-out by an administrator ends every session at once; signing in still works", async () => {
    const one = await signUp(origin);
    const two = await signIn(origin, one);
    const { id } = one.body.session.user;
    for (let time = 0; time < 2; time += 1) assert.equal((await admin.post(`/${id}/sign-out`)).status, 204);
    for (const dead of [one, two]) {
      assertProblem(await refresh(origin, dead.cookie), "session_ended", { reason: "revoked" });
      assert.equal((await get(origin, "/strict/x", { token: dead.token })).status, 401);
    }
    const again = await signIn(origin, one);
    assert.equal((await get(origin, "/strict/x", { token: again.token })).status, 200);
  });

  test("check_38 sign-ins in progress during a disable leave no session behind", async () => {
    const who = await signUp(origin);
    const { id } = who.body.session.user;
    const attempts = Array.from({ length: 6 }, () => wrongPassword(who.email));
    const [disabled, ...answers] = await Promise.all([admin.post(`/${id}/disable`), ...attempts]);
    assert.equal(disabled.status, 200, disabled.text);
    for (const answer of answers) {
      if (answer.status === 200) {
        const cookie = answer.setCookies[0]?.split(";")[0];
        assertProblem(await refresh(origin, cookie), "session_ended", { reason: "revoked" });
      } else assertProblem(answer, "invalid_credentials");
    }
    assert.equal((await admin.get(`/${id}`)).json().sessions, 0);
  });

  test("an account is created with roles and an imported password hash, and its user signs in", async () => {
    const email = newEmail("moved");
    const body = { email, roles: ["editor", "beta"], password_hash: IMPORTED };
    const answer = await admin.post("", body);
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(Object.keys(answer.json()), ["user"], "the response contains no password");
    const { user } = answer.json();
    assert.deepEqual([user.email, user.roles, user.disabled, user.sessions], [email, ["editor", "beta"], false, 0]);
    const who = await signIn(origin, { email, password: PASSWORD });
    assert.equal(who.body.session.user.id, user.id);
    assert.deepEqual(who.body.session.user.roles, ["editor", "beta"]);
    await signIn(origin, who);
    assertProblem(await wrongPassword(email, "another password"), "invalid_credentials");
    assertProblem(await admin.post("", { ...body, email: email.toUpperCase() }), "email_taken");
    assertProblem(await post(origin, "/auth/sign-up", { email, password: PASSWORD }), "email_taken");
  });

  test("a creation with an Idempotency-Key can be repeated: the same account, the same one-time password", async () => {
    const [email, key] = [newEmail("repeated"), randomUUID()];
    const create = (body: object, headers: Record<string, string> = { "Idempotency-Key": key }, by = admin) =>
      by.call("POST", "", body, headers);
    const body = { email, roles: ["editor"] };
    const first = await create(body);
    assert.equal(first.status, 201, first.text);
    const { user, one_time_password } = first.json();
    const again = await create({ ...body, email: email.toUpperCase() }, { "Idempotency-Key": `"${key}"` });
    assert.equal(again.status, 201, again.text);
    assert.deepEqual(again.json(), { user, one_time_password }, "the same response as the first time");

    assertProblem(await create(body, {}), "email_taken", { what: "without the key" });
    assertProblem(await create(body, { "Idempotency-Key": randomUUID() }), "email_taken", { what: "another key" });
    assertProblem(await create(body, { "Idempotency-Key": key }, otherAdmin), "email_taken", {
      what: "the same key with another credential",
    });
    assertProblem(await create({ ...body, roles: [] }), "invalid_request", { what: "another request" });
    for (const bad of ["", "short", "a b c d e f g h i", `${key}, ${key}`, `"${key}`, "k".repeat(256)])
      assertProblem(await create(body, { "Idempotency-Key": bad }), "invalid_request", { what: bad });

    const who = await signIn(origin, { email, password: one_time_password });
    assert.equal(who.body.session.user.id, user.id);
    const later = await create(body);
    assert.deepEqual(
      [later.status, later.json().one_time_password],
      [201, one_time_password],
      "even after it was used",
    );
    const created = (await admin.events(user.id)).filter(({ event }) => event === "account_created");
    assert.equal(created.length, 1, "created once");
  });

  test("concurrent creations with one key all get the same account", async () => {
    const [email, key] = [newEmail("raced"), randomUUID()];
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => admin.call("POST", "", { email }, { "Idempotency-Key": key })),
    );
    const told = new Set(
      answers.map((answer) => `${answer.status} ${answer.json().user?.id} ${answer.json().one_time_password}`),
    );
    assert.equal(told.size, 1, [...told].join("\n"));
    await signIn(origin, { email, password: answers[0]?.json().one_time_password });
  });

  test("a creation with an imported hash can be repeated too, and discloses no password", async () => {
    const [email, key] = [newEmail("moved"), randomUUID()];
    const create = () => admin.call("POST", "", { email, password_hash: IMPORTED }, { "Idempotency-Key": key });
    const [first, again] = [await create(), await create()];
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.deepEqual(again.json(), first.json());
    assert.deepEqual(Object.keys(again.json()), ["user"]);
  });

  test("a new user is rejected if any field is missing, unknown or invalid", async () => {
    const email = newEmail();
    for (const body of [
      {},
      { email: "none" },
      { email, roles: ["a b"] },
      { email, roles: ["a", "a"] },
      { email, roles: ["ä"] },
      { email, roles: ["a\r\nLatchkey-Subject: root"] },
      { email, roles: "admin" },
      { email, password: PASSWORD },
      { email, password_hash: PASSWORD },
      { email, password_hash: "$md5$abc" },
      { email, password_hash: IMPORTED.replace("m=8192", "m=4194304") },
      { email, admin: true },
    ])
      assertProblem(await admin.post("", body), "invalid_request", { what: JSON.stringify(body) });
    assert.deepEqual((await admin.get(`?email=${email}`)).json(), { users: [] });
  });

  test("check_37 a user's own cookie is never accepted as a credential", async () => {
    const { cookie, token, body } = await signUp(origin);
    for (const Authorization of [`Bearer ${token}`, `Bearer ${cookie.slice(COOKIE.length + 1)}`])
      assertProblem(await admin.call("GET", `/${body.session.user.id}`, undefined, { Authorization }), "invalid_token");
  });
}
