// Passkeys over HTTP: sign-up, sign-in, several passkeys of one account, and whatever a client may send instead. The
// ceremonies themselves are verified in `tests/passkeys`, and in browsers in `tests/browser/passkeys.test.ts`.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import { Authenticator, type Behaviour } from "../harness/authenticator.ts";
import {
  assertCookie,
  assertJustBefore,
  assertProblem,
  assertTokenResponse,
  CHALLENGE_COOKIE as COOKIE,
} from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { call, get, newEmail, PASSWORD } from "../harness/visitor.ts";
import { type Durable, fromOurPage, ISSUER, person, refresh, startDurable } from "./durable/world.ts";

const admin = newCredential();
const OTHER = "https://other.example";
const config = {
  admin_credentials: [admin.hash],
  passkeys: { rp_name: "Example", origins: [ISSUER, OTHER] },
  email_headers: true,
};
let world = undefined as unknown as Durable;

interface More {
  cookie?: string;
  token?: string;
}
const send = (path: string, body: unknown, more: More = {}, method = "POST", to = world) =>
  call(to.origin, method, path, body, { ...fromOurPage, ...more });

/** The challenge cookie that a response sets, in the form in which it is sent; `undefined` if it sets none. */
const challenge = (answer: Answer) =>
  answer.setCookies.find((cookie) => cookie.startsWith(`${COOKIE}=1`))?.split(";")[0];

/** Begins a ceremony. Returns the options, and the cookie with which it ends. */
async function begin(path: string, body: unknown = {}, more: More = {}, to = world) {
  const answer = await send(path, body, more, "POST", to);
  assert.equal(answer.status, 200, answer.text);
  const set = challenge(answer);
  const cookie = [more.cookie?.startsWith(COOKIE) ? undefined : more.cookie, set ?? more.cookie].filter(Boolean);
  return { options: answer.json(), cookie: cookie.join("; ") };
}

/** A user who has signed up with a passkey. */
async function newUser({
  email,
  name = "Laptop",
  behaviour,
}: {
  email?: string;
  name?: string;
  behaviour?: Behaviour;
} = {}) {
  const device = new Authenticator(ISSUER);
  const { options, cookie } = await begin("/auth/passkeys/options", email ? { email } : {});
  const answer = await send("/auth/passkeys", { name, credential: device.create(options, behaviour) }, { cookie });
  const { session, access_token: token } = assertTokenResponse(answer, 201, 300);
  return { device, session, token, user: session.user, cookie: assertCookie(answer).pair, answer };
}

async function signIn(device: Authenticator, which = -1, behaviour: Behaviour = {}) {
  const { options, cookie } = await begin("/auth/passkey/options");
  return send("/auth/passkey/sign-in", { credential: device.get(options, which, behaviour) }, { cookie });
}

/** Adds a passkey to the account of a session. */
async function add(token: string, device: Authenticator, name?: string) {
  const { options, cookie } = await begin("/auth/passkeys/options", {}, { token });
  const credential = device.create(options);
  const answer = await send("/auth/passkeys", name ? { name, credential } : { credential }, { token, cookie });
  assert.equal(answer.status, 201, answer.text);
  return answer.json().passkey;
}

before(async () => {
  world = await startDurable({ config });
});
after(() => world?.stop());

describe("an account that begins with a passkey", () => {
  test("one ceremony creates the account and its session, without an address", async () => {
    const { options, cookie } = await begin("/auth/passkeys/options");
    assert.deepEqual(options.rp, { id: "localhost", name: "Example" });
    assert.match(options.user.name, /^[0-9a-f]{8}$/);
    assert.equal(Buffer.from(options.user.id, "base64url").length, 32);
    assert.match(cookie, new RegExp(`^${COOKIE}=1\\.-\\.`));
    const { user, token, cookie: session, answer, device } = await newUser();
    assert.deepEqual({ ...user, id: "" }, { ...user, id: "", email: "", email_verified: false, passkeys: 1 });
    const { amr, acr, auth_time, iat, email } = decodeJwt(token);
    assert.deepEqual({ amr, acr, email }, { amr: ["swk", "user", "mfa"], acr: "aal2", email: undefined });
    assertJustBefore(auth_time, iat);
    assert.ok(
      answer.setCookies.some((set) => set.startsWith(`${COOKIE}=;`)),
      "the challenge is over",
    );
    assert.equal((await refresh(world.origin, session)).status, 200);
    const again = assertTokenResponse(await signIn(device), 200, 300);
    assert.equal(again.session.user.id, user.id);
    assert.notEqual(again.session.id, decodeJwt(token).sid);
  });

  test("with an address, which it claims unproved, as a password would", async () => {
    const email = newEmail();
    const { user, token } = await newUser({ email });
    assert.deepEqual([user.email, user.email_verified, decodeJwt(token).email], [email, false, email]);
    assertProblem(await send("/auth/passkeys/options", { email }), "email_taken");
    assertProblem(await send("/auth/sign-up", { email, password: PASSWORD }), "email_taken");
    assertProblem(await send("/auth/passkeys/options", { email: "x" }), "invalid_request", { field: "email" });
    // Two sign-ups that began before the address was taken.
    const other = newEmail();
    const both = [
      await begin("/auth/passkeys/options", { email: other }),
      await begin("/auth/passkeys/options", { email: other }),
    ];
    const answers = await Promise.all(
      both.map(({ options, cookie }) =>
        send("/auth/passkeys", { credential: new Authenticator(ISSUER).create(options) }, { cookie }),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
  });

  test("a passkey whose key can't leave its device is `hwk`", async () => {
    const { token } = await newUser({ behaviour: { flags: 0x05 } });
    assert.deepEqual(decodeJwt(token).amr, ["hwk", "user", "mfa"]);
  });

  test("sign-up must be open", async (t) => {
    const closed = await startDurable({ config: { ...config, sign_up: "closed" } });
    t.after(() => closed.stop());
    assertProblem(await send("/auth/passkeys/options", {}, {}, "POST", closed), "sign_up_closed");
    const { options, cookie } = await begin("/auth/passkeys/options");
    const body = { credential: new Authenticator(ISSUER).create(options) };
    assertProblem(await send("/auth/passkeys", body, { cookie }, "POST", closed), "sign_up_closed");
  });

  test("the account can be deleted, and is gone for its passkey", async () => {
    const { device, token } = await newUser({ email: newEmail() });
    assert.equal((await send("/auth/account", {}, { token }, "DELETE")).status, 204);
    assertProblem(await signIn(device), "invalid_credentials");
  });
});

describe("several passkeys of one account", () => {
  test("the user of a password adds, names, lists and removes them", async () => {
    const ada = await person(world.origin);
    const device = new Authenticator(ISSUER);
    const first = await add(ada.token, device, " Laptop ");
    assert.deepEqual(
      { ...first, created_at: 0 },
      { id: first.id, name: "Laptop", created_at: 0, last_used_at: null, backed_up: true },
    );
    const key = new Authenticator(ISSUER);
    const second = await add(ada.token, key);
    assert.equal(second.name, "Passkey");
    const { session } = assertTokenResponse(await signIn(device), 200, 300);
    assert.deepEqual([session.user.email, session.user.passkeys], [ada.email, 2]);
    const list = async () => (await get(world.origin, "/auth/passkeys", { token: ada.token })).json().passkeys;
    const listed = await list();
    assert.deepEqual(
      listed.map(({ name }: { name: string }) => name),
      ["Passkey", "Laptop"],
    );
    assert.equal(listed[0].last_used_at, null);
    assert.ok(listed[1].last_used_at >= first.created_at);
    const renamed = await send(`/auth/passkeys/${second.id}`, { name: "Key" }, { token: ada.token }, "PATCH");
    assert.deepEqual([renamed.status, renamed.json().passkey.name], [200, "Key"]);
    // The authenticator refuses to make a second one.
    const { options } = await begin("/auth/passkeys/options", {}, { token: ada.token });
    assert.deepEqual(options.excludeCredentials.length, 2);
    assert.throws(() => key.create(options), /InvalidStateError/);
    const remove = (id: string, token = ada.token) => send(`/auth/passkeys/${id}`, undefined, { token }, "DELETE");
    assert.equal((await remove(second.id)).status, 204);
    assertProblem(await remove(second.id), "not_found");
    assertProblem(await signIn(key), "invalid_credentials", { what: "a passkey that was removed" });
    assert.equal((await remove(first.id)).status, 204, "the password remains");
    assert.deepEqual(await list(), []);
    assert.equal((await refresh(world.origin, ada.cookie)).status, 200, "sessions continue");
  });

  test("the last credential can't be removed, also if all are removed at the same time", async () => {
    const { token } = await newUser({ email: newEmail() });
    for (let i = 0; i < 3; i += 1) await add(token, new Authenticator(ISSUER));
    const { passkeys } = (await get(world.origin, "/auth/passkeys", { token })).json();
    const answers: Answer[] = await Promise.all(
      passkeys.map(({ id }: { id: string }) => send(`/auth/passkeys/${id}`, undefined, { token }, "DELETE")),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 204, 204, 409]);
    const kept = answers.find(({ status }) => status === 409);
    assertProblem(kept as Answer, "last_credential");
    assert.equal((await get(world.origin, "/auth/passkeys", { token })).json().passkeys.length, 1);
  });

  test("an account has at most 20, and other accounts' passkeys are not found", async () => {
    const { token } = await newUser();
    for (let i = 1; i < 20; i += 1) await add(token, new Authenticator(ISSUER));
    assertProblem(await send("/auth/passkeys/options", {}, { token }), "invalid_request");
    const [{ id }] = (await get(world.origin, "/auth/passkeys", { token })).json().passkeys;
    const eve = await newUser();
    const name = "Mine";
    assertProblem(await send(`/auth/passkeys/${id}`, { name }, { token: eve.token }, "PATCH"), "not_found");
    assertProblem(await send(`/auth/passkeys/${id}`, undefined, { token: eve.token }, "DELETE"), "not_found");
  });

  test("changes need a recent authentication, for which a passkey is enough", async () => {
    const { device, token, cookie: session } = await newUser();
    const passkey = await add(token, new Authenticator(ISSUER));
    const now = Date.now();
    await world.clock(now + 1_000_000);
    try {
      const renewed = assertTokenResponse(await refresh(world.origin, session), 200, 300).access_token;
      const late = { token: renewed };
      for (const answer of [
        await send("/auth/passkeys/options", {}, late),
        await send(`/auth/passkeys/${passkey.id}`, undefined, late, "DELETE"),
      ]) {
        assertProblem(answer, "reauthentication_required", { methods: ["passkey"] });
      }
      assertProblem(await get(world.origin, "/recent/x", late), "step_up_required", { methods: ["passkey"] });
      assert.equal((await send(`/auth/passkeys/${passkey.id}`, { name: "x" }, late, "PATCH")).status, 200);
      const { options, cookie } = await begin("/auth/passkey/options", {}, late);
      assert.equal(options.allowCredentials.length, 2);
      const credential = device.get(options);
      const proved = await send("/auth/reauthenticate", { credential }, { ...late, cookie });
      const fresh = assertTokenResponse(proved, 200, 300);
      assert.equal(fresh.session.id, decodeJwt(token).sid);
      assert.ok(fresh.session.auth_time > Number(decodeJwt(token).auth_time));
      assert.equal((await send("/auth/reauthenticate", { credential }, { ...late, cookie })).status, 401, "once");
      assert.equal(
        (await send(`/auth/passkeys/${passkey.id}`, undefined, { token: fresh.access_token }, "DELETE")).status,
        204,
      );
    } finally {
      await world.clock(null);
    }
  });

  test("the audit trail has what was done", async () => {
    const { token, user, device } = await newUser();
    const added = await add(token, new Authenticator(ISSUER));
    await send(`/auth/passkeys/${added.id}`, undefined, { token }, "DELETE");
    await signIn(device, -1, { flags: 0x01 });
    const events = await operator(world.origin, admin.secret).events(user.id);
    assert.deepEqual(events.map(({ event, reason }) => (reason ? `${event} ${reason}` : event)).reverse(), [
      "signed_up",
      "passkey_added",
      "passkey_removed",
      "sign_in_failed user_verification",
    ]);
  });
});

describe("a response counts", () => {
  test("once, also if 100 requests present it at the same time", async () => {
    const { device } = await newUser();
    const [first, signUp] = [await begin("/auth/passkey/options"), await begin("/auth/passkeys/options")];
    const body = { credential: device.get(first.options) };
    const creation = { credential: new Authenticator(ISSUER).create(signUp.options) };
    for (const [path, presented, cookie, status] of [
      ["/auth/passkey/sign-in", body, first.cookie, 200],
      ["/auth/passkeys", creation, signUp.cookie, 201],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => send(path, presented, { cookie })));
      assert.deepEqual(
        answers.map((answer) => answer.status).filter((each) => each < 300),
        [status],
        path,
      );
      for (const answer of answers) if (answer.status > 300) assertProblem(answer, "challenge_expired");
      assertProblem(await send(path, presented, { cookie }), "challenge_expired", { what: "later" });
    }
  });

  test("a registration that is repeated, because its answer was lost, adds one passkey", async () => {
    const ada = await person(world.origin);
    const { options, cookie } = await begin("/auth/passkeys/options", {}, { token: ada.token });
    const body = { name: "Key", credential: new Authenticator(ISSUER).create(options) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send("/auth/passkeys", body, { token: ada.token, cookie })),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
    assert.equal((await get(world.origin, "/auth/passkeys", { token: ada.token })).json().passkeys.length, 1);
  });

  test("only in the browser that began, for its purpose, for its account, within ten minutes", async () => {
    const [ada, eve] = [await newUser(), await newUser()];
    const { options, cookie } = await begin("/auth/passkey/options");
    const foreign = (await begin("/auth/passkey/options")).cookie;
    const credential = ada.device.get(options);
    const tryWith = (more: More) => send("/auth/passkey/sign-in", { credential }, more);
    assertProblem(await tryWith({}), "challenge_expired", { what: "without a cookie" });
    assertProblem(await tryWith({ cookie: foreign }), "challenge_expired", { what: "in another browser" });
    assertProblem(await tryWith({ cookie: `${cookie}; ${cookie}` }), "challenge_expired", { what: "two cookies" });
    assertProblem(
      await send("/auth/reauthenticate", { credential }, { token: ada.token, cookie }),
      "challenge_expired",
      { what: "another purpose" },
    );
    // A registration that another user began, presented with one's own token.
    const begun = await begin("/auth/passkeys/options", {}, { token: ada.token });
    const created = new Authenticator(ISSUER).create(begun.options);
    const stolen = await send("/auth/passkeys", { credential: created }, { token: eve.token, cookie: begun.cookie });
    assertProblem(stolen, "challenge_expired");
    assertProblem(
      await send("/auth/passkeys", { credential: created }, { cookie: begun.cookie }),
      "challenge_expired",
      {
        what: "as a sign-up",
      },
    );
    // Another user's passkey does not prove that it is the session's user.
    const own = await begin("/auth/passkey/options", {}, { token: eve.token });
    const theirs = ada.device.get({ ...own.options, allowCredentials: [] });
    const proved = await send("/auth/reauthenticate", { credential: theirs }, { token: eve.token, cookie: own.cookie });
    assertProblem(proved, "invalid_credentials");
    const now = Date.now();
    await world.clock(now + 601_000);
    try {
      assertProblem(await tryWith({ cookie }), "challenge_expired", { what: "late" });
    } finally {
      await world.clock(null);
    }
    assert.equal((await tryWith({ cookie })).status, 200);
  });

  test("tabs of one browser, and a code by mail, do not end each other's ceremonies", async () => {
    const { device } = await newUser();
    const one = await begin("/auth/passkey/options");
    const second = await begin("/auth/passkey/options", {}, { cookie: one.cookie });
    assert.equal(second.cookie, one.cookie);
    const answer = await send("/auth/passkey/sign-in", { credential: device.get(one.options) }, { cookie: one.cookie });
    assert.equal(answer.status, 200);
  });

  test("a counter must rise", async () => {
    const { device, user } = await newUser({ behaviour: { step: 5 } });
    assert.equal((await signIn(device, -1, { step: 1 })).status, 200);
    assertProblem(await signIn(device, -1, { step: 0 }), "invalid_credentials", { what: "the same" });
    assertProblem(await signIn(device, -1, { step: -3 }), "invalid_credentials", { what: "less: a copy" });
    assert.equal((await signIn(device, -1, { step: 4 })).status, 200);
    const events = await operator(world.origin, admin.secret).events(user.id);
    // Events that repeat each other are one.
    assert.deepEqual(events.map(({ event, reason }) => reason && `${event} ${reason}`).filter(Boolean), [
      "sign_in_failed counter",
    ]);
  });

  test("not of a disabled account", async () => {
    const { device, user } = await newUser();
    const admins = operator(world.origin, admin.secret);
    const { options, cookie } = await begin("/auth/passkey/options");
    assert.equal((await admins.post(`/${user.id}/disable`, {})).status, 200);
    const answer = await send("/auth/passkey/sign-in", { credential: device.get(options) }, { cookie });
    assertProblem(answer, "invalid_credentials");
  });
});

describe("bad input", () => {
  test("what a browser would not say is refused, and nothing is stored", async () => {
    for (const [what, behaviour] of [
      ["another origin", { origin: "https://evil.example" }],
      ["a page below", { origin: "http://x.localhost:8787" }],
      ["a frame", { clientData: { crossOrigin: true } }],
      ["the other ceremony", { clientData: { type: "webauthn.get" } }],
      ["another challenge", { clientData: { challenge: "AAAA" } }],
      ["no user", { flags: 0x1c }],
      ["the user is not verified", { flags: 0x19 }],
      ["backed up without eligibility", { flags: 0x15 }],
    ] as [string, Behaviour][]) {
      const { options, cookie } = await begin("/auth/passkeys/options");
      const credential = new Authenticator(ISSUER).create(options, behaviour);
      const answer = await send("/auth/passkeys", { credential }, { cookie });
      if (what === "another challenge") assertProblem(answer, "challenge_expired", { what });
      else assertProblem(answer, "invalid_request", { field: "credential", what });
      const id = Buffer.from(options.user.id, "base64url").toString("hex");
      assert.equal((await operator(world.origin, admin.secret).get(`/${id}`)).status, 404, what);
    }
    const { device } = await newUser();
    for (const behaviour of [
      { origin: "https://evil.example" },
      { clientData: { crossOrigin: true } },
      { clientData: { type: "webauthn.create" } },
      { flags: 0x1c },
      { flags: 0x19 },
      { flags: 0x05 },
    ])
      assertProblem(await signIn(device, -1, behaviour), "invalid_credentials", { what: JSON.stringify(behaviour) });
    assert.equal((await signIn(device, -1, { origin: OTHER })).status, 200, "a related origin");
  });

  test("malformed bodies name their field; members of later versions are ignored", async () => {
    const { device } = await newUser();
    const { options, cookie } = await begin("/auth/passkey/options");
    const right = device.get(options);
    const { response } = right;
    const tryWith = (body: unknown) => send("/auth/passkey/sign-in", body, { cookie });
    for (const [body, field] of [
      [{}, "credential"],
      [{ credential: null }, "credential"],
      [{ credential: [] }, "credential"],
      [{ credential: right, remember: true }, "remember"],
      [{ credential: { ...right, id: 7 } }, "credential.id"],
      [{ credential: { ...right, response: "x" } }, "credential.response"],
      [{ credential: { ...right, response: { ...response, signature: undefined } } }, "credential.response.signature"],
      [{ credential: { ...right, response: { ...response, userHandle: 1 } } }, "credential.response.userHandle"],
    ] as const)
      assertProblem(await tryWith(body), "invalid_request", { field, what: JSON.stringify(body).slice(0, 80) });
    for (const changed of [
      { ...right, id: "", rawId: "" },
      { ...right, rawId: "AAAA" },
      { ...right, type: "password" },
      { ...right, response: { ...response, userHandle: undefined } },
      { ...right, response: { ...response, userHandle: "AAAA" } },
      { ...right, response: { ...response, userHandle: Buffer.alloc(32).toString("base64url") } },
      { ...right, response: { ...response, signature: "" } },
      { ...right, response: { ...response, signature: "!" } },
      { ...right, response: { ...response, clientDataJSON: "" } },
      { ...right, response: { ...response, authenticatorData: "" } },
      { ...right, response: { ...response, authenticatorData: response.authenticatorData.slice(4) } },
    ]) {
      const answer = await tryWith({ credential: changed });
      assertProblem(answer, "invalid_credentials", { what: JSON.stringify(changed).slice(-300) });
    }
    assertProblem(await tryWith({ credential: { ...right, padding: "x".repeat(17_000) } }), "too_large");
    const later = { ...right, newMember: {}, response: { ...response, anotherOne: [1] } };
    assert.equal((await tryWith({ credential: later })).status, 200);

    const token = (await newUser()).token;
    for (const [body, field] of [
      [{ name: "x" }, "credential"],
      [{ name: "", credential: right }, "name"],
      [{ name: "a\nb", credential: right }, "name"],
      [{ name: "x".repeat(65), credential: right }, "name"],
      [{ credential: { ...right, response: {} } }, "credential.response.clientDataJSON"],
    ] as const)
      assertProblem(await send("/auth/passkeys", body, { token }), "invalid_request", { field });
    assertProblem(await send("/auth/passkeys/options", { email: newEmail() }, { token }), "invalid_request", {
      field: "email",
    });
    for (const path of ["/auth/passkeys/options", "/auth/passkey/options"])
      assertProblem(await send(path, { extra: 1 }), "invalid_request", { field: "extra" });
    for (const [method, path] of [
      ["GET", "/auth/passkeys"],
      ["PATCH", "/auth/passkeys/AAAA"],
      ["DELETE", "/auth/passkeys/AAAA"],
    ] as const) {
      const answer = await send(path, method === "PATCH" ? { name: "x" } : undefined, {}, method);
      assertProblem(answer, "invalid_token", { what: `${method} without a token` });
    }
  });

  test("requests of other sites are rejected, and failures are limited by address", async (t) => {
    const { device } = await newUser();
    const { options, cookie } = await begin("/auth/passkey/options");
    const body = { credential: device.get(options) };
    const headers = { Origin: "https://evil.example" };
    assertProblem(
      await call(world.origin, "POST", "/auth/passkey/sign-in", body, { headers, cookie }),
      "request_forgery",
    );
    assertProblem(await call(world.origin, "POST", "/auth/passkey/options", {}, { headers }), "request_forgery");
    const limited = await startDurable({ config: { ...config, limits: { address_failures: 3 } } });
    t.after(() => limited.stop());
    const from = { headers: { Origin: ISSUER, "CF-Connecting-IP": "203.0.113.7" } };
    const attempt = async () => {
      const begun = await begin("/auth/passkey/options", {}, {}, limited);
      const credential = device.get(begun.options);
      return call(limited.origin, "POST", "/auth/passkey/sign-in", { credential }, { ...from, cookie: begun.cookie });
    };
    for (let i = 0; i < 3; i += 1)
      assertProblem(await attempt(), "invalid_credentials", { what: "another deployment's" });
    assertProblem(await attempt(), "rate_limited");
  });
});

describe("faults", () => {
  interface Attempt {
    /** The request in which the fault happens. It can be repeated. */
    request: () => Promise<Answer>;
    /** After the fault and the repetition. */
    check: (what: string) => Promise<unknown>;
  }

  /** Each call of a request fails once, without its effect or with it. */
  async function everyFault(begun: () => Promise<Attempt>): Promise<number> {
    let faults = 0;
    for (const kind of ["refused", "lost"] as const) {
      for (let at = 1; ; at += 1) {
        const { request, check } = await begun();
        await world.fault({ at, of: "call ", kind });
        const answer = await request();
        const calls = (await world.seen()).filter((step) => step.startsWith("call ")).length;
        await world.fault(null);
        const what = `${kind} ${at}`;
        if (calls < at) {
          await check(`${what}: none`);
          break;
        }
        faults += 1;
        if (answer.status >= 300) {
          assertProblem(answer, "unavailable", { what });
          const again = await request();
          if (again.status >= 300) {
            assertProblem(again, "challenge_expired", { what });
            assert.equal(kind, "lost", what);
          }
        }
        await check(what);
      }
    }
    return faults;
  }

  test("in any call of a sign-in: the response still counts, or has opened the session", async () => {
    const { device } = await newUser();
    const faults = await everyFault(async () => {
      const { options, cookie } = await begin("/auth/passkey/options");
      const body = { credential: device.get(options) };
      const check = async (what: string) => assert.equal((await signIn(device)).status, 200, what);
      return { request: () => send("/auth/passkey/sign-in", body, { cookie }), check };
    });
    assert.ok(faults >= 8, `${faults}`);
  });

  test("in any call of a sign-up: the account exists with its passkey, or does not exist", async () => {
    const faults = await everyFault(async () => {
      const [device, email] = [new Authenticator(ISSUER), newEmail()];
      const { options, cookie } = await begin("/auth/passkeys/options", { email });
      const body = { credential: device.create(options) };
      const check = async (what: string) => {
        // The user signs in, or begins again with another passkey.
        const signed = await signIn(device);
        if (signed.status === 200) return;
        assertProblem(signed, "invalid_credentials", { what });
        assert.equal((await send("/auth/passkeys/options", { email })).status, 200, what);
      };
      return { request: () => send("/auth/passkeys", body, { cookie }), check };
    });
    assert.ok(faults >= 10, `${faults}`);
  });

  test("in any call of a registration: repeated, it adds one passkey", async () => {
    const { token } = await person(world.origin);
    const faults = await everyFault(async () => {
      const { options, cookie } = await begin("/auth/passkeys/options", {}, { token });
      const body = { credential: new Authenticator(ISSUER).create(options) };
      const check = async (what: string) => {
        const { passkeys } = (await get(world.origin, "/auth/passkeys", { token })).json();
        assert.equal(passkeys.length, 1, what);
        const removed = await send(`/auth/passkeys/${passkeys[0].id}`, undefined, { token }, "DELETE");
        assert.equal(removed.status, 204, what);
      };
      return { request: () => send("/auth/passkeys", body, { token, cookie }), check };
    });
    assert.ok(faults >= 4, `${faults}`);
  });
});

describe("what is public", () => {
  test("the related origins, and whether there are passkeys", async (t) => {
    const answer = await get(world.origin, "/.well-known/webauthn");
    assert.deepEqual([answer.status, answer.json()], [200, { origins: [ISSUER, OTHER] }]);
    assert.equal((await get(world.origin, "/auth/methods")).json().passkey, true);
    const without = await startDurable({});
    t.after(() => without.stop());
    assert.equal((await get(without.origin, "/auth/methods")).json().passkey, false);
    for (const path of ["/auth/passkey/options", "/auth/passkey/sign-in", "/auth/passkeys", "/auth/passkeys/options"])
      assertProblem(await send(path, {}, {}, "POST", without), "not_found", { what: path });
    assertProblem(await get(without.origin, "/.well-known/webauthn"), "not_found");
  });
});
