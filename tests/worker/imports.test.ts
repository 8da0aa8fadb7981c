// Password hashes of other systems: each verifies or is rejected with the limit, and is replaced at sign-in. A
// long verification delays no other request.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { after, describe, test } from "node:test";
import { hashPassword } from "better-auth/crypto";
import { quantile } from "../bench/harness/statistics.ts";
import { blocksUnder } from "../documents/blocks.ts";
import { assertCookie, assertProblem } from "../harness/contract.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { deviation, shuffled, smaller } from "../harness/statistics.ts";
import { get, newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { bearer, type Durable, fromOurPage, person, refresh, startDurable, startHasher } from "./durable/world.ts";

interface Vector {
  system: string;
  made_by: string;
  password: string;
  hash: string;
}
const vectors: Vector[] = JSON.parse(
  await readFile(new URL("../imported-hashes/vectors.json", import.meta.url), "utf8"),
);

const credential = newCredential();
const config = { admin_credentials: [credential.hash] };
const SALT_AND_HASH = "bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const signIn = (world: Durable, email: string, password: string, address?: string) =>
  post(
    world.origin,
    "/auth/sign-in",
    { email, password },
    { headers: { ...fromOurPage.headers, "CF-Connecting-IP": address } },
  );

async function imported(world: Durable, hash: string, email = newEmail("imported")): Promise<string> {
  const answer = await operator(world.origin, credential.secret).post("", { email, password_hash: hash });
  assert.equal(answer.status, 201, `${answer.text} ${hash}`);
  return email;
}

async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
  const begin = performance.now();
  const value = await work;
  return { value, ms: performance.now() - begin };
}

const world = await startDurable({ config });
after(() => world.stop());

describe("hashes of other systems", { concurrency: 1 }, () => {
  for (const [index, { system, made_by, password, hash }] of vectors.entries())
    test(`${index}: ${system} (made by ${made_by})`, async () => {
      const email = await imported(world, hash);
      assertProblem(await signIn(world, email, `${password}!`), "invalid_credentials");
      const answer = await signIn(world, email, password);
      assert.equal(answer.status, 200, `${answer.text} ${hash}`);
      const { id } = answer.json().session.user;
      const query = "SELECT value FROM credential WHERE kind = 'password'";
      const [{ value: stored }] = await world.look("ACCOUNT", id, query);
      assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/, "replaced");
      assert.equal((await signIn(world, email, password)).status, 200, "by the new hash");
    });

  test("hashes of better-auth and Werkzeug verify after the conversion that docs/imports.md shows", async () => {
    const [code = ""] = await blocksUnder("docs/imports.md", "Forms to convert first");
    const { fromBetterAuth, fromWerkzeug } = await import(
      `data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(code))}`
    );
    const password = "correct horse battery staple";
    // Made by Werkzeug 3.1.9.
    const scrypt =
      "scrypt:32768:8:1$bEDE5NJMukPjtlwb$e1acfc2860b56b9fcfa437af42929a044a86c15f63c5ed0a4816cb3449057979a6c73be2fb2a89f462bb94a0d6b8f63108dde70afd33bdfdcaa57f36f8a01dc4";
    const pbkdf2 =
      "pbkdf2:sha256:1000000$Qm6jiSatnqNMixfN$76064bdeb178fcd4537ded76815eae507f2f794743d201f47ec642befa85ff90";
    const hashes = [fromBetterAuth(await hashPassword(password)), fromWerkzeug(scrypt), fromWerkzeug(pbkdf2)];
    for (const hash of hashes) {
      const email = await imported(world, hash);
      assertProblem(await signIn(world, email, `${password}!`), "invalid_credentials");
      assert.equal((await signIn(world, email, password)).status, 200, hash);
    }
  });

  const REJECTED: [system: string, hash: string, detail: RegExp][] = [
    ["Kratos Argon2", `$argon2id$v=19$m=131072,t=3,p=4$${SALT_AND_HASH}`, /131072 KiB .* limit is 102400 KiB/],
    ["OWASP scrypt", `$scrypt$ln=17,r=8,p=1$${SALT_AND_HASH}`, /131073 KiB .* limit is 102400 KiB/],
    ["PBKDF2 with a billion rounds", `$pbkdf2-sha256$1000000000$${SALT_AND_HASH}`, /\d+ ms .* limit is 5000 ms/],
    ["bcrypt 18", "$2b$18$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC", /\d+ ms .* limit is 5000 ms/],
    ["PBKDF2 with 999 rounds", `$pbkdf2-sha256$999$${SALT_AND_HASH}`, /at least 1000 rounds/],
    ["Firebase without its parameters", "$fbscrypt$v=1,n=14,r=8,p=1$c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAA", /signer key/],
    ["WordPress before 6.8", "$P$B12345678abcdefghijklmnopqrstuv", /phpass/],
    ["sha512-crypt", "$6$saltsalt$abc", /format .* not supported/],
  ];
  for (const [system, hash, detail] of REJECTED)
    test(`${system} is rejected with the reason`, async () => {
      const email = newEmail("rejected");
      const answer = await operator(world.origin, credential.secret).post("", { email, password_hash: hash });
      assertProblem(answer, "invalid_request");
      assert.match(answer.json().detail, detail);
      const found = await operator(world.origin, credential.secret).get(`?email=${encodeURIComponent(email)}`);
      assert.deepEqual(found.json().users, [], "no account was created");
    });
});

/** About a second on the build machine, if it does nothing else. */
const LONG = `$pbkdf2-sha256$2000000$${SALT_AND_HASH}`;

test("check_41 while long hashes are verified, all other requests are answered as without them", async (t) => {
  const hasher = await startHasher();
  t.after(() => hasher.stop());
  // With a window this short, every refresh sets the cookie.
  const world = await startDurable({ config: { ...config, replay_window: 2 }, hasher: hasher.origin });
  t.after(() => world.stop());
  const who = await person(world.origin);
  let { cookie } = who;
  const slow = await Promise.all([1, 2].map(() => imported(world, LONG)));
  const kinds = {
    healthz: () => get(world.origin, "/healthz"),
    gate: () => fetch(`${world.origin}/none/x`, bearer(who.token)),
    refresh: async () => {
      const answer = await refresh(world.origin, cookie);
      cookie = assertCookie(answer).pair;
      return answer;
    },
    "sign-in": () => signIn(world, who.email, PASSWORD),
  };
  const load = async (running: () => boolean) => {
    const took: Record<string, number[]> = {};
    while (running())
      for (const [name, ask] of Object.entries(kinds)) {
        const { value, ms } = await timed<{ status: number }>(ask());
        assert.equal(value.status, 200, name);
        took[name] = [...(took[name] ?? []), ms];
      }
    return took;
  };
  const until = Date.now() + 2000;
  const without = await load(() => Date.now() < until);
  let verifying = slow.length;
  const verifications = slow.map((email) =>
    timed(signIn(world, email, "not the password")).finally(() => {
      verifying -= 1;
    }),
  );
  const during = await load(() => verifying === slow.length);
  const verified = await Promise.all(verifications);
  for (const { value } of verified) assertProblem(value, "invalid_credentials");
  const shortest = Math.min(...verified.map(({ ms }) => ms));
  for (const [when, took] of Object.entries({ without, during }))
    for (const [name, times] of Object.entries(took))
      t.diagnostic(
        `${when} ${slow.length} verifications of ${shortest.toFixed(0)} ms: ${times.length} × ${name}, median ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`,
      );
  // If a verification blocked the isolate, not one request would be answered before its end.
  for (const [name, times] of Object.entries(during)) {
    assert.ok(times.length >= 4, `${times.length} × ${name}`);
    assert.ok(quantile(times, 0.5) < shortest / 3, `${name} waited ${quantile(times, 0.5)} of ${shortest} ms`);
  }
});

test("check_41 a long hash counts towards its address's share of the queue, and towards no other's", async (t) => {
  const hasher = await startHasher();
  t.after(() => hasher.stop());
  const passwords = { queue: 4, queue_per_address: 2, failure_ms: 0 };
  const world = await startDurable({ config: { ...config, passwords }, hasher: hasher.origin });
  t.after(() => world.stop());
  const email = await imported(world, LONG);
  const { email: other } = await person(world.origin);
  const long = [1, 2].map(() => signIn(world, email, "not the password", "192.0.2.1"));
  // Both requests have their place once the objects of the accounts have been asked.
  let third = await signIn(world, other, PASSWORD, "192.0.2.1");
  while (third.status === 200) third = await signIn(world, other, PASSWORD, "192.0.2.1");
  assertProblem(third, "rate_limited");
  assert.equal((await signIn(world, other, PASSWORD, "192.0.2.2")).status, 200);
  for (const answer of await Promise.all(long)) assertProblem(answer, "invalid_credentials");
  assert.equal((await signIn(world, other, PASSWORD, "192.0.2.1")).status, 200, "the places are free again");
});

test("a new hash of a high configured cost is computed in an object too", async (t) => {
  const passwords = { memory: 65_536, passes: 4, failure_ms: 0 };
  const world = await startDurable({ config: { ...config, passwords } });
  t.after(() => world.stop());
  await world.fault(null);
  const { email } = await person(world.origin);
  assert.equal((await signIn(world, email, PASSWORD)).status, 200);
  assertProblem(await signIn(world, email, "not the password"), "invalid_credentials");
  assertProblem(await signIn(world, newEmail("unknown"), PASSWORD), "invalid_credentials");
  const calls = (await world.seen()).filter((call) => call === "call HASHER");
  assert.equal(calls.length, 4, "the new hash, and one for each attempt");
});

test("check_44 a failing object is not reported as a wrong password: 503, no failure counted, and the hash stays", async (t) => {
  const limits = { free_failures: 1, first_delay: 600, most_delay: 900 };
  const world = await startDurable({ config: { ...config, limits } });
  t.after(() => world.stop());
  const vector = vectors.find(({ system }) => system === "Django 6.0 PBKDF2-SHA256");
  assert.ok(vector);
  const email = await imported(world, vector.hash);
  for (const kind of ["refused", "lost"] as const) {
    await world.fault({ on: "call HASHER", kind });
    for (const password of [vector.password, "not the password"])
      assertProblem(await signIn(world, email, password), "unavailable", { what: kind });
  }
  await world.fault(null);
  assert.equal((await signIn(world, email, vector.password)).status, 200);
  assert.deepEqual(
    (await world.seen()).filter((call) => call === "call HASHER"),
    ["call HASHER"],
    "one verification, and the new hash is short",
  );
});

test("check_39 with passwords.imported, failures take the same time for every address", async (t) => {
  const passwords = { imported: "pbkdf2-sha256:300000", failure_ms: 0 };
  const world = await startDurable({
    config: { ...config, passwords: { queue: 1000, queue_per_address: 1000, ...passwords } },
  });
  t.after(() => world.stop());
  const foreign = await imported(world, `$pbkdf2-sha256$300000$${SALT_AND_HASH}`);
  const { email: own } = await person(world.origin);
  const kinds: [string, () => string][] = [
    ["imported hash", () => foreign],
    ["imported again", () => foreign],
    ["hash of the service", () => own],
    ["unknown address", () => newEmail("unknown")],
  ];
  const took: Record<string, number[]> = Object.fromEntries(kinds.map(([name]) => [name, []]));
  const ROUNDS = 30;
  for (let round = -2; round < ROUNDS; round++)
    for (const [name, email] of shuffled(kinds)) {
      const { value, ms } = await timed(signIn(world, email(), "not the password"));
      assertProblem(value, "invalid_credentials", { what: name });
      if (round >= 0) took[name]?.push(ms);
    }
  for (const [name, times] of Object.entries(took)) {
    const effect = smaller(times, took["imported hash"] ?? []);
    t.diagnostic(
      `${name}: median ${quantile(times, 0.5).toFixed(1)} ms; P(quicker than the first) ${effect.toFixed(2)}`,
    );
    assert.ok(Math.abs(effect - 0.5) < 5 * deviation(ROUNDS, ROUNDS), `${name}: ${effect}`);
  }
});
