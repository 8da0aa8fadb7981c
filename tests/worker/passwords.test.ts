// The cost of passwords: a bounded queue of hashes with time for other requests in between, and the same
// duration for every failure.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { quantile } from "../bench/harness/statistics.ts";
import { assertProblem } from "../harness/contract.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { startStack } from "../harness/stack.ts";
import { deviation, shuffled, smaller } from "../harness/statistics.ts";
import { get, newEmail, PASSWORD, post, refresh, signUp } from "../harness/visitor.ts";

const QUEUE = 6;
const FREE = {
  ...{ free_failures: 1e6, account_failures: 1e6, address_failures: 1e6, attempts: 1e6 },
  ...{ sign_ups: 1e6, refreshes: 1e6 },
};
const credential = newCredential();
const start = (passwords: Record<string, unknown>) =>
  startStack({ config: { sign_up: "open", limits: FREE, passwords, admin_credentials: [credential.hash] } });
const [crowded, roomy, padded] = await Promise.all([
  start({ queue: QUEUE, queue_per_address: 1000, failure_ms: 0 }),
  start({ queue: 1000, queue_per_address: 1000, failure_ms: 0 }),
  start({ queue: 1000, queue_per_address: 1000, failure_ms: 400 }),
]);
after(() => Promise.all([crowded.stop(), roomy.stop(), padded.stop()]));

async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
  const begin = performance.now();
  const value = await work;
  return { value, ms: performance.now() - begin };
}

const wrong = (origin: string, email = newEmail(), password = "not the password") =>
  post(origin, "/auth/sign-in", { email, password });

test("check_41_check_44 more concurrent sign-ins than may wait: the rest is rejected immediately, and the service recovers", async (t) => {
  const { origin } = crowded;
  const who = await signUp(origin);
  const all = await Promise.all(Array.from({ length: 80 }, () => timed(wrong(origin))));
  const told = all.filter(({ value }) => value.status === 503);
  const hashed = all.filter(({ value }) => value.status === 401);
  for (const { value } of told) assertProblem(value, "unavailable");
  assert.equal(told.length + hashed.length, all.length, "nothing but 401 and 503");
  assert.ok(hashed.length >= QUEUE, `${hashed.length} were handled`);
  assert.ok(told.length >= 40, `${told.length} were told to retry`);
  const [quick, slow] = [told, hashed].map((answers) =>
    quantile(
      answers.map(({ ms }) => ms),
      0.5,
    ),
  ) as [number, number];
  t.diagnostic(
    `80 at once: ${hashed.length} hashed, median ${slow.toFixed(0)} ms; ${told.length} refused, median ${quick.toFixed(0)} ms`,
  );
  assert.ok(quick < slow, `${quick} ms for a rejection, ${slow} ms for a hash`);
  assert.equal((await post(origin, "/auth/sign-in", { email: who.email, password: PASSWORD })).status, 200);
});

test("check_41 other requests are handled between two hashes", async (t) => {
  const { origin } = roomy;
  const who = await signUp(origin);
  const HASHES = 40;
  let hashing = true;
  const begin = performance.now();
  const storm = Promise.all(Array.from({ length: HASHES }, () => wrong(origin))).finally(() => {
    hashing = false;
  });
  const meanwhile = async (ask: () => Promise<{ status: number }>) => {
    const took: number[] = [];
    while (hashing) {
      const { value, ms } = await timed(ask());
      assert.equal(value.status, 200);
      took.push(ms);
    }
    return took;
  };
  const [health, renewals] = await Promise.all([
    meanwhile(() => get(origin, "/healthz")),
    meanwhile(() => refresh(origin, who.cookie)),
  ]);
  for (const answer of await storm) assertProblem(answer, "invalid_credentials");
  const seconds = (performance.now() - begin) / 1000;
  const shown = (took: number[]) =>
    `${took.length} (median ${quantile(took, 0.5).toFixed(0)} ms, p99 ${quantile(took, 0.99).toFixed(0)} ms)`;
  t.diagnostic(
    `${HASHES} hashes in ${seconds.toFixed(1)} s, ${(HASHES / seconds).toFixed(0)} a second; meanwhile healthz ${shown(health)}, refreshes ${shown(renewals)}`,
  );
  // One client that sends its next request after each response. Without a pause between hashes, it would wait
  // for all of them.
  assert.ok(health.length >= HASHES / 4, `${health.length} answers from healthz`);
  assert.ok(renewals.length >= HASHES / 4, `${renewals.length} refreshes`);
});

type Kinds = Record<string, () => Promise<{ status: number }>>;

/**
 * The durations of failed sign-ins, by kind. Each round has one of each, in random order. The first rounds
 * only warm up.
 */
async function failures(kinds: Kinds, rounds: number): Promise<Record<string, number[]>> {
  const took: Record<string, number[]> = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
  for (let round = -5; round < rounds; round++) {
    for (const [name, ask] of shuffled(Object.entries(kinds))) {
      const { value, ms } = await timed(ask());
      assert.equal(value.status, 401, name);
      if (round >= 0) took[name]?.push(ms);
    }
  }
  return took;
}

/** Compares every kind with the first one, and reports the result. */
function compared(took: Record<string, number[]>, say: (text: string) => void): Record<string, number> {
  const [[, base = []] = []] = Object.entries(took);
  const effects: Record<string, number> = {};
  for (const [name, times] of Object.entries(took)) {
    effects[name] = smaller(times, base);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(times, q).toFixed(1));
    say(
      `${name}: ${times.length} × median ${middle} ms (quartiles ${low}, ${high}); P(quicker than the first) ${effects[name].toFixed(2)}`,
    );
  }
  return effects;
}

/**
 * The threshold. If there is no difference, one in six million runs is further from a half than five standard
 * deviations.
 */
const assertAlike = (effect: number | undefined, count: number, what: string) =>
  assert.ok(Math.abs((effect ?? 0) - 0.5) < 5 * deviation(count, count), `${what}: ${effect}`);

/** Addresses for repeated attempts, as an attacker who measures durations would use them. */
async function addresses(origin: string) {
  const known = await Promise.all(Array.from({ length: 4 }, () => signUp(origin)));
  const unknown = Array.from({ length: 4 }, () => newEmail("unknown"));
  const any = <T>(items: T[]) => items[Math.floor(Math.random() * items.length)] as T;
  const disabled = await Promise.all(Array.from({ length: 4 }, () => signUp(origin)));
  const admin = operator(origin, credential.secret);
  for (const { body } of disabled) assert.equal((await admin.post(`/${body.session.user.id}/disable`)).status, 200);
  return { known: () => any(known).email, unknown: () => any(unknown), disabled: () => any(disabled).email };
}

const ROUNDS = 50;

test("check_39 a wrong password, an unknown address and a disabled account take the same time", async (t) => {
  const { origin } = roomy;
  const { known, unknown, disabled } = await addresses(origin);
  const took = await failures(
    {
      "known address": () => wrong(origin, known()),
      "known again": () => wrong(origin, known()),
      "unknown address": () => wrong(origin, unknown()),
      "disabled, right password": () => wrong(origin, disabled(), PASSWORD),
      "too short": () => wrong(origin, known(), "short"),
      "no hash at all": () => get(origin, "/auth/sessions"),
    },
    ROUNDS,
  );
  const effects = compared(took, (text) => t.diagnostic(text));
  assertAlike(effects["known again"], ROUNDS, "the same case twice");
  assertAlike(effects["unknown address"], ROUNDS, "an unknown address");
  assertAlike(effects["disabled, right password"], ROUNDS, "a disabled account");
  assertAlike(effects["too short"], ROUNDS, "a password that no account can have");
  assert.ok((effects["no hash at all"] ?? 0) > 0.95, "a different duration is detected");
});

test("check_39 at a password change, a current password that no account can have takes as long as a wrong one", async (t) => {
  const { origin } = roomy;
  const who = await signUp(origin);
  const change = (current_password: string) =>
    post(origin, "/auth/password", { current_password, new_password: "a new password" }, who);
  const took = await failures(
    {
      "wrong password": () => change("not the password"),
      "too short": () => change("short"),
      "too long": () => change("x".repeat(129)),
    },
    ROUNDS,
  );
  const effects = compared(took, (text) => t.diagnostic(text));
  for (const what of ["too short", "too long"]) assertAlike(effects[what], ROUNDS, what);
});

test("check_39 a minimum duration of failures hides all differences below it", async (t) => {
  const { origin } = padded;
  const { known, unknown } = await addresses(origin);
  const took = await failures(
    { "known address": () => wrong(origin, known()), "unknown address": () => wrong(origin, unknown()) },
    20,
  );
  compared(took, (text) => t.diagnostic(text));
  for (const times of Object.values(took)) assert.ok(Math.min(...times) >= 400, `${Math.min(...times)} ms`);
});

// Generated by libxcrypt (of 100 times "p") and by Python's hashlib (of "correct horse"). bcrypt reads only
// the first 72 bytes, and HMAC pads a short key with zeros, so each of these matches a second password, and
// its Argon2id successor does not.
const IMPORTED: [kind: string, hash: string, right: string, alsoRight: string][] = [
  [
    "bcrypt",
    "$2b$06$abcdefghijklmnopqrstuuKyhsu98gKP/jtW.DjVbhD5X3/oBiaJu",
    "p".repeat(100),
    `${"p".repeat(72)} and more`,
  ],
  [
    "PBKDF2 with SHA-256",
    "$pbkdf2-sha256$i=10000,l=32$c2FsdCBvZiAxNiBieXRlcw$7ibzhBWBrxOSHcgrHa2BC50JzEE7bBjk95I76otk+FI",
    "correct horse",
    "correct horse\0",
  ],
  [
    "PBKDF2 with SHA-512",
    "$pbkdf2-sha512$i=10000,l=64$c2FsdCBvZiAxNiBieXRlcw$JUXukA9yfNt52Yy56Fswvz4QmTH6jcht3ijAs3q8HA568azXZNp3fW4iHIqhBT1WS6S7sDZM+t50wcUwlXJRXQ",
    "correct horse",
    "correct horse\0\0",
  ],
];

for (const [kind, hash, right, alsoRight] of IMPORTED) {
  test(`an imported hash (${kind}) is accepted at sign-in, and replaced by Argon2id of the typed password`, async () => {
    const { origin } = roomy;
    const email = newEmail("imported");
    const admin = operator(origin, credential.secret);
    assert.equal((await admin.post("", { email, password_hash: hash })).status, 201);
    const attempt = async (password: string) => (await post(origin, "/auth/sign-in", { email, password })).status;
    assert.equal(await attempt("not the password"), 401);
    assert.equal(await attempt(alsoRight), 200, "by the imported hash");
    assert.equal(await attempt(right), 401, "the hash was replaced");
    assert.equal(await attempt(alsoRight), 200, "by one of the typed password");
  });
}
