// Check 44: every call to an object, to a storage and to WebCrypto fails once, before it had an effect and
// (for calls) after it. The client gets `unavailable` and nothing else, and after a repetition the state is
// as if there had been no failure.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertCookie, assertProblem, assertTokenResponse } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { operator } from "../harness/operator.ts";
import { openStream, ticketFor } from "../harness/tickets.ts";
import { untilPast } from "../harness/until.ts";
import { call, newEmail, PASSWORD } from "../harness/visitor.ts";
import { API_KEYS, apiKeyScenarios } from "./durable/api-keys.ts";
import { OAUTH, oauthScenarios } from "./durable/oauth.ts";
import { oauthPageScenarios } from "./durable/oauth-pages.ts";
import { ADMIN, CREDENTIALS, operatorScenarios } from "./durable/operator.ts";
import type { Case, Scenario } from "./durable/scenario.ts";
import { secondFactorScenarios } from "./durable/second-factor.ts";
import {
  bearer,
  type Durable,
  fromOurPage,
  ISSUER,
  listed,
  type Person,
  person,
  refresh,
  startDurable,
} from "./durable/world.ts";

const WINDOW = 1;
const OTHER = "another good password";

let world: Durable;
const send = (method: string, path: string, body?: unknown, { cookie, token }: Partial<Person> = {}) =>
  call(world.origin, method, path, body, { ...fromOurPage, cookie, token });
const signIn = (email: string, password: string, cookie?: string) =>
  send("POST", "/auth/sign-in", { email, password }, { ...(cookie ? { cookie } : {}) });
const openTicket = (url: string) => openStream(world.origin, url.replace(ISSUER, ""), fromOurPage.headers);
const lives = async ({ cookie }: Person) => (await refresh(world.origin, cookie)).status === 200;

const dead = async (one: Person, what: string) => {
  assert.equal(await lives(one), false, `${what}: the session is over`);
  assert.equal((await ask(world.origin, "/strict/x", bearer(one.token))).status, 401, `${what}: its token too`);
  assert.ok(
    (await listed(world)).some(({ id }) => id === one.session),
    `${what}: the list of revocations contains it`,
  );
};

/** The age in milliseconds at which a session that was opened before rotates. */
const ripe = () => untilPast(Math.floor(Date.now() / 1000) + WINDOW);

/** The only credential of an account, with its version. */
const credentialOf = async (account: string) =>
  (await world.object("ACCOUNT", account, { Credentials: {} })).json().Credentials.credentials[0];

/** The stored hash of the accounts' password. */
const hashOf = async ({ cookie }: Person): Promise<string> => {
  const account = cookie.split(".")[1] ?? "";
  return (await credentialOf(account)).credential.Password;
};

/** The hash of every case's password, computed once. */
let hash: string | undefined;

const SCENARIOS: Scenario[] = [
  {
    name: "sign-up",
    // Each user has their own account.
    reads: true,
    act: (one) => {
      one.who = { ...one.who, email: newEmail() };
      return send("POST", "/auth/sign-up", { email: one.who.email, password: PASSWORD });
    },
    status: 201,
    after: async ({ who: { email } }) => {
      const answer = await send("POST", "/auth/sign-up", { email, password: PASSWORD });
      // The claim of the address is the commit: if it succeeded, the account exists, and its user can sign
      // in.
      if (answer.status !== 201) assertProblem(answer, "email_taken");
      assert.equal((await signIn(email, PASSWORD)).status, 200);
    },
  },
  {
    name: "sign-in in place of another session",
    act: ({ who }) => signIn(who.email, PASSWORD, who.cookie),
    status: 200,
    after: async ({ who, other }) => {
      assert.equal((await signIn(who.email, PASSWORD, who.cookie)).status, 200);
      assert.equal(await lives(who), false, "the presented session has ended");
      assert.equal(await lives(other), true);
    },
  },
  {
    name: "refresh of a young session",
    reads: true,
    act: ({ who }) => refresh(world.origin, who.cookie),
    status: 200,
    after: async ({ who, other }) => {
      for (const one of [who, other]) assert.equal(await lives(one), true);
    },
  },
  {
    name: "refresh that rotates",
    ripe: true,
    act: ({ who }) => refresh(world.origin, who.cookie),
    status: 200,
    after: async ({ who, other }) => {
      const answer = await refresh(world.origin, who.cookie);
      assert.equal(answer.status, 200, answer.text);
      const { pair } = assertCookie(answer);
      assert.notEqual(pair, who.cookie, "it has rotated");
      assert.match(pair, /\.2\.[^.]+$/, "once");
      assert.equal((await refresh(world.origin, pair)).status, 200);
      assert.equal(await lives(other), true);
    },
  },
  {
    name: "sign-out",
    act: ({ who }) => send("POST", "/auth/sign-out", undefined, who),
    status: 204,
    after: async ({ who, other }) => {
      assert.equal((await send("POST", "/auth/sign-out", undefined, who)).status, 204);
      await dead(who, "sign-out");
      assert.equal(await lives(other), true);
    },
  },
  {
    name: "sign-out of the others",
    act: ({ who }) => send("POST", "/auth/sign-out", { scope: "others" }, { cookie: who.cookie }),
    status: 204,
    after: async ({ who, other }) => {
      assert.equal((await send("POST", "/auth/sign-out", { scope: "others" }, { cookie: who.cookie })).status, 204);
      await dead(other, "sign-out of the others");
      assert.equal(await lives(who), true);
    },
  },
  {
    name: "sign-out everywhere",
    act: ({ who }) => send("POST", "/auth/sign-out", { scope: "global" }, { cookie: who.cookie }),
    status: 204,
    after: async ({ who, other }, failed) => {
      const answer = await send("POST", "/auth/sign-out", { scope: "global" }, { cookie: who.cookie });
      // A repeated request whose cookie was ended by the first one gets `session_ended`, but only once every
      // revocation has been delivered.
      if (answer.status !== 204) assertProblem(answer, "session_ended", { reason: "revoked" });
      else assert.ok(failed);
      for (const one of [who, other]) await dead(one, "sign-out everywhere");
    },
  },
  {
    name: "one session ended from another",
    act: ({ who, other }) => send("DELETE", `/auth/sessions/${other.session}`, undefined, { token: who.token }),
    status: 204,
    after: async ({ who, other }) => {
      const answer = await send("DELETE", `/auth/sessions/${other.session}`, undefined, { token: who.token });
      if (answer.status !== 204) assertProblem(answer, "not_found");
      await dead(other, "one session ended");
      assert.equal(await lives(who), true);
    },
  },
  {
    name: "the list of sessions",
    reads: true,
    act: ({ who }) => send("GET", "/auth/sessions", undefined, { token: who.token }),
    status: 200,
    after: async ({ who }) => {
      const { sessions } = (await send("GET", "/auth/sessions", undefined, { token: who.token })).json();
      assert.equal(sessions.length, 2);
    },
  },
  {
    name: "a password change",
    act: ({ who }) =>
      send(
        "POST",
        "/auth/password",
        { current_password: PASSWORD, new_password: OTHER },
        { token: who.token, cookie: who.cookie },
      ),
    status: 200,
    after: async ({ who, other }) => {
      // The stored hash is either the unchanged one or that of the new password: exactly one of the two
      // passwords is correct.
      const asBefore = (await hashOf(who)) === hash;
      if (!asBefore) assert.equal((await signIn(who.email, OTHER)).status, 200);
      assert.equal(await lives(who), asBefore, "the old session of the caller ends with the change");
      assert.equal(await lives(other), asBefore, "all sessions or none");
    },
  },
  {
    name: "a change of the profile",
    act: ({ who }) => send("PATCH", "/auth/profile", { name: "Ada" }, { token: who.token }),
    status: 200,
    after: async ({ who, other }) => {
      const stored = async (one: Person) => (await refresh(world.origin, one.cookie)).json().session.user.profile;
      const before = await stored(who);
      assert.ok(before.name === undefined || before.name === "Ada");
      assert.deepEqual(await stored(other), before, "the same for every session");
      assert.equal((await send("PATCH", "/auth/profile", { name: "Ada" }, { token: who.token })).status, 200);
      for (const one of [who, other]) assert.deepEqual(await stored(one), { name: "Ada" });
      assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 200, "tokens stay valid");
    },
  },
  {
    name: "a page by cookie",
    reads: true,
    act: ({ who }) => ask(world.origin, "/page/x", { headers: { Cookie: who.cookie } }),
    status: 200,
    after: async ({ who }) => assert.equal(await lives(who), true),
  },
  {
    name: "a ticket made and used",
    reads: true,
    act: async ({ who }) => {
      const made = await send("POST", "/auth/ticket", { url: `${ISSUER}/strict/x` }, { token: who.token });
      return made.status === 200 ? openTicket(made.json().url) : made;
    },
    status: 200,
    // By the other session, because a session can have 100 tickets at a time, and there may be that many faults.
    after: async ({ other }) => {
      const { path } = await ticketFor(world.origin, other, `${ISSUER}/strict/x`, fromOurPage.headers);
      assert.equal((await openTicket(path)).status, 200);
      assert.equal((await openTicket(path)).status, 401, "it is spent");
    },
  },
  {
    name: "a strict route",
    reads: true,
    act: ({ who }) => ask(world.origin, "/strict/x", bearer(who.token)),
    status: 200,
    after: async ({ who }) =>
      assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 200, "the token is still valid"),
  },
];

describe("a call that fails", { concurrency: 1 }, () => {
  before(async () => {
    const routes = [...API_KEYS.routes, ...OAUTH.routes];
    world = await startDurable({ config: { replay_window: WINDOW, ...CREDENTIALS, ...API_KEYS, ...OAUTH, routes } });
  });
  after(() => world?.stop());

  /**
   * There are hundreds of cases, and hashing passwords is expensive. So the password is hashed once and
   * imported, and the sessions are opened directly by their accounts. The scenarios start after that.
   */
  const newCase = async ({ ripe = false, prepare }: Pick<Scenario, "ripe" | "prepare"> = {}): Promise<Case> => {
    hash ??= await hashOf(await person(world.origin));
    const email = newEmail();
    const created = await operator(world.origin, ADMIN).post("", { email, password_hash: hash });
    assert.equal(created.status, 201, created.text);
    const { id } = created.json().user;
    const opened = [await open(id, email), await open(id, email)] as const;
    // A refresh to get a token would count as a rotation.
    const [who, other] = ripe ? opened : await Promise.all(opened.map(withToken));
    const one = { who, other } as Case;
    await prepare?.(one);
    return one;
  };

  const open = async (account: string, email: string): Promise<Person> => {
    const { Ring } = (await world.object("KEYRING", "keyring", { Ring: { known: null } })).json();
    const keys = Ring.refresh.map(({ id, material }: { id: string; material: string }) => ({ id, bytes: material }));
    const asker = { actor: "user", credential: null, request_id: "", source: {} };
    const { version: credential_version } = await credentialOf(account);
    const proof = { account, credential_version, methods: ["pwd"], time: Math.floor(Date.now() / 1000), profile: null };
    const call = { OpenSession: { asker, proof, signed_up: false, keys, challenge: "" } };
    const session = (await world.object("ACCOUNT", account, call)).json().OpenSession.Ok;
    return { email, cookie: session.cookie.split(";")[0], token: "", session: session.id };
  };

  const withToken = async (one: Person): Promise<Person> => {
    const answer = await refresh(world.origin, one.cookie);
    const { access_token: token } = assertTokenResponse(answer, 200, 300);
    return { ...one, token, cookie: answer.setCookies.length > 0 ? assertCookie(answer).pair : one.cookie };
  };

  for (const scenario of [
    ...SCENARIOS,
    ...operatorScenarios(() => world),
    ...secondFactorScenarios(() => world),
    ...apiKeyScenarios(() => world),
    ...oauthScenarios(() => world),
    ...oauthPageScenarios(() => world),
  ])
    test(`check_44 ${scenario.name}: unavailable with Retry-After, or the result; after a repetition nothing is left half done`, async (t) => {
      const trial = await newCase(scenario);
      if (scenario.ripe) await ripe();
      await world.fault(null);
      assert.equal((await scenario.act(trial)).status, scenario.status);
      const calls = await world.seen();
      // One more call than recorded, because a copy that is not renewed in one run may be in another.
      const faults = [...calls, "one more"].flatMap((name, i) => {
        const refused = { at: i + 1, kind: "refused" } as const;
        // For a statement, or a cryptographic operation, failing after its effect is the same as the next one
        // failing.
        return /^(?:sql|crypto) /.test(name) ? [refused] : [refused, { at: i + 1, kind: "lost" } as const];
      });
      const cases = [];
      for (const fault of faults) cases.push({ fault, one: scenario.reads ? trial : await newCase(scenario) });
      if (scenario.ripe) await ripe();
      let failures = 0;
      for (const { fault, one } of cases) {
        await world.fault(fault);
        const answer = await scenario.act(one);
        const what = `${fault.kind} ${(await world.seen())[fault.at - 1]}`;
        await world.fault(null);
        const failed = answer.status !== scenario.status;
        if (failed) {
          if (scenario.unavailable) scenario.unavailable(answer, what);
          else assertProblem(answer, "unavailable", { what });
          assert.match(answer.header("retry-after") ?? "", /^\d+$/, what);
          failures += 1;
        }
        try {
          await scenario.after(one, failed);
        } catch (error) {
          throw new Error(`after ${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
        }
      }
      assert.ok(failures > 0, "at least one fault must have an effect");
      t.diagnostic(`${faults.length} faults, ${failures} reported as unavailable`);
    });

  test("check_44_check_42 every cryptographic operation fails once while the service generates, seals and first uses its keys: unavailable; afterwards there are keys, and only those", async (t) => {
    const secrets = { SEALING: "a secret of more than thirty-two bytes" };
    const config = { keys: { secret_bindings: ["SEALING"] } };
    const signUp = (at: Durable, email: string) =>
      call(at.origin, "POST", "/auth/sign-up", { email, password: PASSWORD }, fromOurPage);
    const keys = async (at: Durable): Promise<string[]> => {
      const { List } = (await at.object("KEYRING", "keyring", { List: {} })).json();
      return List.map(({ id, state }: { id: string; state: string }) => `${state} ${id}`);
    };
    const fresh = async (at?: number) => {
      const made = await startDurable({ config, secrets });
      await made.fault(at === undefined ? null : { at, of: "crypto ", kind: "refused" });
      const email = newEmail();
      const answer = await signUp(made, email);
      const names = (await made.seen()).filter((name) => name.startsWith("crypto "));
      await made.fault(null);
      return { made, email, answer, names };
    };
    const clean = await fresh();
    await clean.made.stop();
    assert.equal(clean.answer.status, 201);
    let failures = 0;
    for (let at = 1; at <= clean.names.length; at += 1) {
      const { made, email, answer, names } = await fresh(at);
      const what = `${names[at - 1]}, number ${at}`;
      try {
        const failed = answer.status !== 201;
        if (failed) {
          assertProblem(answer, "unavailable", { what });
          failures += 1;
          const repeated = await signUp(made, email);
          if (repeated.status !== 201) assertProblem(repeated, "email_taken", { what });
        }
        const before = await keys(made);
        assert.deepEqual(before.map((key) => key.split(" ")[0]).sort(), ["active", "active", "published", "published"]);
        // An isolate without a copy can open the sealed keys.
        if (failed) await made.start();
        const signedIn = await call(made.origin, "POST", "/auth/sign-in", { email, password: PASSWORD }, fromOurPage);
        const { access_token } = assertTokenResponse(signedIn, 200, 300);
        assert.equal((await ask(made.origin, "/strict/x", bearer(access_token))).status, 200, what);
        assert.equal((await refresh(made.origin, assertCookie(signedIn).pair)).status, 200, what);
        assert.deepEqual(await keys(made), before, `${what}: no key was made twice`);
      } finally {
        await made.stop();
      }
    }
    assert.ok(failures > 0);
    t.diagnostic(`${clean.names.length} faults, ${failures} reported as unavailable; the others were retried at once`);
  });

  test("check_44_check_21 a sign-out is not confirmed while the list of revocations can't be told, however often it is repeated; afterwards it is", async () => {
    const { who, other } = await newCase();
    const signOut = () => send("POST", "/auth/sign-out", undefined, who);
    await world.fault({ on: "call REVOCATIONS", kind: "refused" });
    for (let i = 0; i < 3; i += 1) assertProblem(await signOut(), "unavailable");
    await world.fault(null);
    assert.equal((await signOut()).status, 204);
    assert.ok((await world.seen()).includes("call REVOCATIONS"), "delivered before the response");
    await dead(who, "sign-out");
    assert.equal(await lives(other), true);
  });
});
