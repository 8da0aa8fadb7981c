// Random sequences of what can happen to a user's sessions, API keys and grants, beside a model that says which of them
// are still valid: after each step, every key and session is presented on a strict route.
//   LATCHKEY_SEED: the first seed. LATCHKEY_SEQUENCES: how many sequences.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Answer, ask } from "../harness/http.ts";
import { newCredential, type Operator, operator } from "../harness/operator.ts";
import { UNLIMITED } from "../harness/stack.ts";
import { Random } from "../verifier/random.ts";
import { again, bearer, type Durable, type Person, person, startDurable } from "./durable/world.ts";
import { accountOf, assertOAuthError, CONFIG, type Code, granted, redeem, renew, WEB, WEB2 } from "./oauth/world.ts";

const FIRST = Number(process.env.LATCHKEY_SEED ?? 1);
const SEQUENCES = Number(process.env.LATCHKEY_SEQUENCES ?? 3);
const STEPS = 24;

/** How many tokens of each key and session are presented after each step: the newest ones. */
const SHOWN = 2;

/** Seconds. */
const ACCESS_TOKEN = 300;
const CODE = 60;

/** A token, and when it was issued. */
interface Issued {
  token: string;
  at: number;
}

interface Key {
  id: string;
  key: string;
  alive: boolean;
  tokens: Issued[];
}

/** A code, and the session that it has opened. */
interface Delegated {
  client: typeof WEB;
  code: Code;
  at: number;
  alive: boolean;
  session?: {
    access: Issued[];
    /** The newest. */
    refresh: string;
    /** Those before it, the oldest first. */
    replaced: string[];
  };
}

const admin = newCredential();
let world: Durable;
/** Seconds since the Unix epoch. Time only passes, also from one sequence to the next. */
let now = Math.floor(Date.now() / 1000);

before(async () => {
  const [first = {}] = CONFIG.routes;
  const strict = { ...first, scopes: [], revocation: "strict" };
  world = await startDurable({
    config: {
      ...CONFIG,
      ...UNLIMITED,
      api_keys: {},
      oauth: { ...CONFIG.oauth, resources: {} },
      sessions_per_account: 100,
      admin_credentials: [admin.hash],
      routes: [
        { ...strict, path: "/delegated/*", scopes: ["notes:read"] },
        { ...strict, path: "/users/*" },
        { ...strict, path: "/keys/*", access: "api-key" },
      ],
    },
  });
});
after(() => world?.stop());

async function pass(seconds: number): Promise<void> {
  now += seconds;
  await world.clock(now * 1000);
}

class Model {
  readonly #random: Random;
  readonly #admin: Operator;
  readonly #account: string;
  readonly #email: string;
  readonly #keys: Key[] = [];
  readonly #delegated: Delegated[] = [];
  readonly #done: string[] = [];
  #who: (Person & { at: number; alive: boolean }) | undefined;
  #disabled = false;

  constructor(random: Random, who: Person) {
    this.#random = random;
    this.#admin = operator(world.origin, admin.secret);
    this.#account = accountOf(who);
    this.#email = who.email;
  }

  static async of(seed: number): Promise<Model> {
    await pass(1);
    const model = new Model(new Random(seed), await person(world.origin));
    await model.#signIn();
    return model;
  }

  get done(): string {
    return this.#done.join(", ");
  }

  /** Steps that are possible now. The number is how likely each is beside the others. */
  #steps(): [name: string, weight: number, step: () => Promise<void>][] {
    const { random, who } = { random: this.#random, who: this.#who };
    const key = this.#keys.length === 0 ? undefined : random.pick(this.#keys);
    const one = this.#delegated.length === 0 ? undefined : random.pick(this.#delegated);
    const replaced = this.#delegated.find(({ alive, session }) => alive && session && session.replaced.length > 0);
    return [
      ["create a key", this.#disabled ? 0 : 6, () => this.#createKey()],
      ["exchange a key", key ? 4 : 0, () => this.#exchange(key as Key)],
      ["revoke a key", key?.alive ? 2 : 0, () => this.#revoke(key as Key)],
      ["revoke all keys", key?.alive ? 1 : 0, () => this.#revokeAll()],
      ["grant", who?.alive ? 6 : 0, () => this.#grant()],
      ["redeem", one ? 8 : 0, () => this.#redeem(one as Delegated)],
      ["refresh", one?.session ? 8 : 0, () => this.#refresh(one as Delegated)],
      ["replay", replaced ? 3 : 0, () => this.#replay(replaced as Delegated)],
      ["withdraw", one ? 2 : 0, () => this.#withdraw(one as Delegated)],
      ["a minute", 5, () => pass(70)],
      ["a while", 2, () => pass(370)],
      ["sign in", this.#disabled ? 0 : 4, () => this.#signIn()],
      ["sign out everywhere", 2, () => this.#signOut()],
      ["disable", this.#disabled ? 0 : 1, () => this.#disable(true)],
      ["enable", this.#disabled ? 12 : 0, () => this.#disable(false)],
    ];
  }

  async step(): Promise<void> {
    const weighted = this.#steps().flatMap(([name, weight, step]) =>
      Array.from({ length: weight }, () => [name, step]),
    );
    const [name, step] = this.#random.pick(weighted) as [string, () => Promise<void>];
    this.#done.push(name);
    await step();
    await this.check();
  }

  /** Every key and session that there ever was gets the verdict of the model. */
  async check(): Promise<void> {
    const fresh = ({ at }: Issued) => now < at + ACCESS_TOKEN;
    const presented: Promise<void>[] = [];
    const present = (path: string, token: string, valid: boolean, what: string) =>
      presented.push(
        ask(world.origin, path, bearer(token)).then(({ status, text }) =>
          assert.equal(status, valid ? 200 : 401, `${what} after ${this.done}: ${text}`),
        ),
      );
    if (this.#who) present("/users/x", this.#who.token, this.#who.alive && fresh(this.#who), "the session");
    for (const { id, key, alive, tokens } of this.#keys) {
      present("/keys/x", key, alive, `the key ${id}`);
      for (const token of tokens.slice(-SHOWN))
        present("/keys/x", token.token, alive && fresh(token), `a token of the key ${id}`);
    }
    for (const { client, alive, session } of this.#delegated)
      for (const token of session?.access.slice(-SHOWN) ?? [])
        present("/delegated/x", token.token, alive && fresh(token), `a token of ${client.client_id}`);
    await Promise.all(presented);
  }

  /** An isolate that hashes a password is busy for a part of a second, by its clock. */
  async #signIn(): Promise<void> {
    await pass(1);
    this.#who = { ...(await again(world.origin, this.#email)), at: now, alive: true };
  }

  async #createKey(): Promise<void> {
    const answer = await this.#admin.post(`/${this.#account}/api-keys`, { name: "a key" });
    assert.equal(answer.status, 201, answer.text);
    const { key, api_key } = answer.json();
    this.#keys.push({ id: api_key.id, key, alive: true, tokens: [] });
  }

  async #exchange({ key, alive, tokens }: Key): Promise<void> {
    const answer = await ask(world.origin, "/auth/token", { method: "POST", ...bearer(key) });
    assert.equal(answer.status, alive ? 200 : 401, answer.text);
    if (alive) tokens.push({ token: answer.json().access_token, at: now });
  }

  async #revoke(key: Key): Promise<void> {
    const answer = await this.#admin.del(`/${this.#account}/api-keys/${key.id}`);
    assert.equal(answer.status, 204, answer.text);
    key.alive = false;
  }

  async #revokeAll(): Promise<void> {
    assert.equal((await this.#admin.del(`/${this.#account}/api-keys`)).status, 204);
    for (const key of this.#keys) key.alive = false;
  }

  async #grant(): Promise<void> {
    const client = this.#random.pick([WEB, WEB2]);
    const code = await granted(world, this.#who as Person, { client_id: client.client_id, lifetime: CODE });
    this.#delegated.push({ client, code, at: now, alive: true });
  }

  /** A code counts once. A second use ends what the first one has opened. */
  async #redeem(one: Delegated): Promise<void> {
    const answer = await redeem(world, one.code, one.client);
    if (one.alive && one.session === undefined && now < one.at + CODE) {
      const { access_token, refresh_token } = this.#tokens(answer);
      one.session = { access: [{ token: access_token, at: now }], refresh: refresh_token, replaced: [] };
      return;
    }
    assertOAuthError(answer, "invalid_grant", 400, `after ${this.done}`);
    if (one.session !== undefined) one.alive = false;
  }

  async #refresh(one: Delegated): Promise<void> {
    const session = one.session ?? assert.fail();
    const answer = await renew(world, session.refresh, one.client);
    if (!one.alive) return assertOAuthError(answer, "invalid_grant", 400, `after ${this.done}`);
    const { access_token, refresh_token = session.refresh } = this.#tokens(answer);
    session.access.push({ token: access_token, at: now });
    if (refresh_token !== session.refresh) session.replaced.push(session.refresh);
    session.refresh = refresh_token;
  }

  /** A refresh token is presented after its successor was used: it was copied. */
  async #replay(one: Delegated): Promise<void> {
    const [old] = one.session?.replaced ?? [];
    await pass(370);
    await this.#refresh(one);
    assertOAuthError(await renew(world, old ?? assert.fail(), one.client), "invalid_grant", 400, `after ${this.done}`);
    one.alive = false;
  }

  async #withdraw({ client }: Delegated): Promise<void> {
    const { grants } = (await this.#admin.get(`/${this.#account}/grants`)).json();
    const grant = grants.find((each: { client: { id: string } }) => each.client.id === client.client_id);
    if (grant === undefined) return;
    assert.equal((await this.#admin.del(`/${this.#account}/grants/${grant.id}`)).status, 204);
    for (const one of this.#delegated) if (one.client === client) one.alive = false;
  }

  /** Keys belong to programs, and go on. */
  async #signOut(): Promise<void> {
    assert.equal((await this.#admin.post(`/${this.#account}/sign-out`)).status, 204);
    this.#sessionsEnd();
  }

  async #disable(is: boolean): Promise<void> {
    const answer = await this.#admin.post(`/${this.#account}/${is ? "disable" : "enable"}`);
    assert.equal(answer.status, 200, answer.text);
    this.#disabled = is;
    if (is) this.#everythingEnds();
  }

  async delete(): Promise<void> {
    this.#done.push("delete");
    assert.equal((await this.#admin.del(`/${this.#account}`)).status, 204);
    this.#everythingEnds();
    await this.check();
    for (const { alive, client, session } of this.#delegated) {
      assert.ok(!alive);
      if (session) assertOAuthError(await renew(world, session.refresh, client), "invalid_grant", 400, this.done);
    }
  }

  #sessionsEnd(): void {
    if (this.#who) this.#who.alive = false;
    for (const one of this.#delegated) one.alive = false;
  }

  #everythingEnds(): void {
    this.#sessionsEnd();
    for (const key of this.#keys) key.alive = false;
  }

  #tokens(answer: Answer): { access_token: string; refresh_token: string } {
    assert.equal(answer.status, 200, `after ${this.done}: ${answer.text}`);
    return answer.json();
  }
}

describe("what can happen to sessions, API keys and grants, in any order", { concurrency: 1 }, () => {
  for (let seed = FIRST; seed < FIRST + SEQUENCES; seed++)
    test(`property check_21 check_44 sequence ${seed}: each credential is valid exactly as long as the model says`, async () => {
      // Neighbouring seeds begin alike.
      const model = await Model.of(seed * 0x9e3779b1);
      for (let i = 0; i < STEPS; i++) await model.step();
      await model.delete();
    });
});
