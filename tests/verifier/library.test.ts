// Another Worker that uses the verifier as a library, on the bare runtime: its own entry point and none of ours, tokens
// accepted and refused as the gate does it, and the published vectors judged by both signature backends as natively.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { startWorkerd } from "../bench/harness/workerd.ts";
import { type Answer, ask } from "../harness/http.ts";
import { startIssuer } from "../harness/issuer.ts";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const BUILD = "tests/library-worker/build";

/** The platform's cache, which always misses. */
const NO_CACHE = `export default { fetch: (request) => new Response(null, { status: request.method === "PUT" ? 204 : 404 }) };`;

interface Vector {
  set: string;
  id: number;
  algorithm: string;
  key: string;
  message: string;
  signature: string;
  valid: boolean;
  /** What jwt-simple said natively. */
  native: string;
}

const issuer = await startIssuer(["ES256", "RS256"]);
const dir = await mkdtemp(join(tmpdir(), "latchkey-library-"));
const { compatibility_date } = parse(await readFile(at("edge-worker/wrangler.toml"), "utf8"));
const compatibilityDate = String(compatibility_date);
const worker = await startWorkerd(dir, [
  {
    name: "library",
    compatibilityDate,
    modules: [
      { name: "index.js", content: await readFile(at(`${BUILD}/index.js`)) },
      { name: "rust_bg.wasm", content: await readFile(at(`${BUILD}/rust_bg.wasm`)) },
    ],
    bindings: [
      { name: "ISSUER", json: issuer.issuer },
      { name: "JWKS_URL", json: issuer.jwksUrl },
    ],
    cache: "no-cache",
    reachesLoopback: true,
  },
  { name: "no-cache", compatibilityDate, modules: [{ name: "cache.js", content: NO_CACHE }] },
]);
after(async () => {
  await Promise.all([worker.stop(), issuer.stop()]);
  await rm(dir, { recursive: true, force: true });
});

const AUDIENCE = "https://api.example.com";
const present = (authorization?: string) =>
  ask(worker.origin, "/", { headers: authorization === undefined ? {} : { Authorization: authorization } });

/** The gate's problem and challenge; what else an answer has is that Worker's own business. */
function assertRefused(answer: Answer, error?: string): void {
  assert.equal(answer.status, 401);
  assert.match(answer.header("content-type") ?? "", /^application\/problem\+json/);
  assert.equal(answer.json().code, "invalid_token");
  assert.equal(answer.header("cache-control"), "no-store");
  const challenge = `Bearer realm="${issuer.issuer}"${error === undefined ? "" : `, error="${error}"`}`;
  assert.equal(answer.header("www-authenticate"), challenge);
}

describe("a Worker that uses the verifier as a library", () => {
  test("a right token is accepted, the first time and from then on; its issuer is asked once", async () => {
    const token = await issuer.token("ES256", { sub: "alice", aud: AUDIENCE });
    for (let i = 0; i < 3; i++) {
      const answer = await present(`Bearer ${token}`);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.text, "Hello, alice.");
    }
    assert.equal(issuer.fetches(), 1);
  });

  test("invalid tokens get the same response, whichever check they fail", async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrong = {
      aud: await issuer.token("ES256", { sub: "alice" }),
      iss: await issuer.token("ES256", { sub: "alice", aud: AUDIENCE, iss: "https://evil.example" }),
      exp: await issuer.token("ES256", { sub: "alice", aud: AUDIENCE, exp: now - 1 }),
      typ: await issuer.token("ES256", { sub: "alice", aud: AUDIENCE }, { typ: "JWT" }),
      // RS256 wasn't asked for, so its key isn't one of the verifier's.
      unknown_key: await issuer.token("RS256", { sub: "alice", aud: AUDIENCE }),
      signature: (await issuer.token("ES256", { sub: "alice", aud: AUDIENCE })).replace(
        /\.[^.]*$/,
        `.${"A".repeat(86)}`,
      ),
    };
    for (const [check, token] of Object.entries(wrong)) {
      const answer = await present(`Bearer ${token}`);
      assertRefused(answer, "invalid_token");
      assert.ok(!worker.logs().includes(token.slice(-40)), `${check}: no token in the log`);
    }
  });

  test("missing and malformed credentials are answered as RFC 6750 specifies", async () => {
    assertRefused(await present());
    for (const odd of ["Basic YTpi", "Bearer", "Bearer  a.b.c", "Bearer a.b.c, Bearer a.b.c"]) {
      assertRefused(await present(odd), "invalid_request");
    }
  });

  test("it contains nothing of our Worker: no object, no entry point, no route", async () => {
    const script = await readFile(at(`${BUILD}/index.js`), "utf8");
    const wasm = new WebAssembly.Module(await readFile(at(`${BUILD}/rust_bg.wasm`)));
    const names = WebAssembly.Module.exports(wasm).map(({ name }) => name);
    for (const ours of ["Account", "Directory", "Keyring", "Revocations"]) {
      assert.doesNotMatch(script, new RegExp(`\\b${ours}\\b`), ours);
      assert.ok(!names.some((name) => name.toLowerCase().includes(ours.toLowerCase())), ours);
    }
    for (const path of ["/healthz", "/auth/sign-in", "/.well-known/jwks.json"]) {
      assert.equal((await ask(worker.origin, path)).status, 401, `${path} is the Worker's own`);
    }
  });
});

describe("the published vectors, native and in workerd", async () => {
  const lines = execFileSync(at("target/debug/examples/vectors"), { maxBuffer: 1 << 26 })
    .toString()
    .trim()
    .split("\n");
  const vectors = lines.map((line) => JSON.parse(line) as Vector);
  const asked = await fetch(`${worker.origin}/vectors`, { method: "POST", body: `[${lines.join(",")}]` });
  const verdicts = (await asked.json()) as { webcrypto: string; jwt_simple: string }[];
  const sets = [...new Set(vectors.map(({ set }) => set))];

  for (const set of sets) {
    test(`check_01 check_02 ${set}: the verdict that was published, native and in workerd, by either backend`, () => {
      let count = 0;
      vectors.forEach((vector, i) => {
        if (vector.set !== set) return;
        count += 1;
        // A signature in DER is right in its own way, and refused as a JOSE signature.
        const expected = vector.valid && !set.endsWith("DER") ? "accepted" : "refused";
        const { webcrypto, jwt_simple } = verdicts[i] ?? { webcrypto: "none", jwt_simple: "none" };
        const native = vector.native === "not asked" ? expected : vector.native;
        // Inside the Worker, jwt-simple is there for ES256 alone.
        const simple = vector.algorithm === "ES256" ? jwt_simple : expected;
        assert.deepEqual(
          { native, webcrypto, simple },
          { native: expected, webcrypto: expected, simple: expected },
          `${vector.id}`,
        );
      });
      assert.ok(count > 80, `${count} vectors`);
    });
  }

  test("check_01 check_02 all of them", () => {
    assert.equal(verdicts.length, vectors.length);
    console.log(`${vectors.length} vectors of ${sets.length} sets`);
    assert.ok(vectors.length > 1600 && sets.length === 5);
  });
});
