// Another Worker that uses the verifier as a library, on the bare runtime: its own entry point and none of ours, tokens
// accepted and refused as the gate does it, and the published vectors judged by both signature backends as natively.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as dpop from "dpop";
import { type Answer, ask } from "../harness/http.ts";
import { startIssuer } from "../harness/issuer.ts";
import { LIBRARY_BUILD, startLibraryWorker } from "../harness/library-worker.ts";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
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
const AUDIENCE = "https://api.example.com";
const worker = await startLibraryWorker({ issuer: issuer.issuer, audience: AUDIENCE, jwksUrl: issuer.jwksUrl });
after(() => Promise.all([worker.stop(), issuer.stop()]));

const present = (authorization?: string, path = "/") =>
  ask(worker.origin, path, { headers: authorization === undefined ? {} : { Authorization: authorization } });

/** The gate's problem and first challenge; what else an answer has is that Worker's own business. */
function assertRefused(answer: Answer, error?: string, { scheme = "Bearer", scope = "" } = {}): void {
  const isInsufficient = error === "insufficient_scope";
  assert.equal(answer.status, isInsufficient ? 403 : 401, answer.text);
  assert.match(answer.header("content-type") ?? "", /^application\/problem\+json/);
  assert.equal(answer.json().code, isInsufficient ? "insufficient_scope" : "invalid_token");
  assert.equal(answer.header("cache-control"), "no-store");
  const algorithms = scheme === "DPoP" ? ', algs="ES256 ES384 EdDSA PS256 RS256"' : "";
  const parameters = `${error === undefined ? "" : `, error="${error}"`}${scope === "" ? "" : `, scope="${scope}"`}`;
  assert.equal(answer.header("www-authenticate"), `${scheme} realm="${issuer.issuer}"${parameters}${algorithms}`);
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

  test("a token of an OAuth client of Latchkey counts only with the scopes that the Worker names", async () => {
    const mint = (claims: object) => issuer.token("ES256", { sub: "alice", aud: AUDIENCE, ...claims });
    const granted = { sid: "grant.x", client_id: "c", scope: "notes:read other" };
    for (const [claims, error] of [
      [granted, undefined],
      [{ ...granted, sid: "client.c" }, undefined],
      [{ ...granted, scope: "other" }, "insufficient_scope"],
      [{ ...granted, scope: "" }, "insufficient_scope"],
      [{ ...granted, aud: "https://other.example.com" }, "invalid_token"],
    ] as const) {
      const token = await mint(claims);
      assertRefused(await present(`Bearer ${token}`), error === "invalid_token" ? error : "insufficient_scope");
      const answer = await present(`Bearer ${token}`, "/clients");
      if (error === undefined) assert.equal(answer.text, "Hello, alice.");
      else assertRefused(answer, error, { scope: error === "insufficient_scope" ? "notes:read" : "" });
    }
    for (const claims of [{ sid: "s" }, { sid: "key.x" }, {}]) {
      for (const path of ["/", "/clients"]) {
        assert.equal((await present(`Bearer ${await mint(claims)}`, path)).status, 200, path);
      }
    }
    assertRefused(await present(`DPoP ${await mint({ sid: "s" })}`), "invalid_token", { scheme: "DPoP" });
  });

  test("check_18 a token that is bound to a key counts with a proof of this request, once", async () => {
    const keys = await dpop.generateKeyPair("ES256");
    const cnf = { jkt: await dpop.calculateThumbprint(keys.publicKey) };
    const mint = (claims: object) => issuer.token("ES256", { sub: "alice", aud: AUDIENCE, cnf, ...claims });
    const proved = { scheme: "DPoP" };
    // A user's own token, one of a client, and one of an issuer that is not Latchkey.
    for (const [path, token] of [
      ["/", await mint({ sid: "s" })],
      ["/clients", await mint({ sid: "grant.x", client_id: "c", scope: "notes:read" })],
      ["/", await mint({})],
    ] as const) {
      const prove = (method = "GET", url = `${worker.origin}${path}`) =>
        dpop.generateProof(keys, url, method, undefined, token);
      const send = (DPoP?: string, method = "GET") =>
        ask(worker.origin, path, { method, headers: { Authorization: `DPoP ${token}`, DPoP } });
      const proof = await prove();
      assert.equal((await send(proof)).text, "Hello, alice.");
      assertRefused(await send(proof), "invalid_dpop_proof", proved);
      assertRefused(await send(), "invalid_dpop_proof", proved);
      assertRefused(await send(await prove("GET", "https://api.example.com/")), "invalid_dpop_proof", proved);
      assertRefused(await present(`Bearer ${token}`, path), "invalid_token", proved);
      // A method that the platform's crate does not know.
      assertRefused(await send(await prove("GET"), "PROPFIND"), "invalid_dpop_proof", proved);
      assert.equal((await send(await prove("PROPFIND"), "PROPFIND")).text, "Hello, alice.");
      assert.ok(!worker.logs().includes(token.slice(-40)) && !worker.logs().includes(proof.slice(-40)));
    }
    assert.match(worker.logs(), /"check":"replayed"/);
  });

  test("the Worker can state the URL by which clients know it", async () => {
    const keys = await dpop.generateKeyPair("ES256");
    const cnf = { jkt: await dpop.calculateThumbprint(keys.publicKey) };
    const token = await issuer.token("ES256", { sub: "alice", aud: AUDIENCE, cnf });
    const send = async (url: string) => {
      const DPoP = await dpop.generateProof(keys, url, "GET", undefined, token);
      return ask(worker.origin, "/proxied/x", { headers: { Authorization: `DPoP ${token}`, DPoP } });
    };
    assert.equal((await send("https://api.example.com/v1/proxied/x")).text, "Hello, alice.");
    assertRefused(await send(`${worker.origin}/proxied/x`), "invalid_dpop_proof", { scheme: "DPoP" });
  });

  test("missing and malformed credentials are answered as RFC 6750 specifies", async () => {
    assertRefused(await present());
    const both = (await present(undefined, "/clients")).header("www-authenticate") ?? "";
    assert.match(both, /^Bearer realm="[^"]+", DPoP realm="[^"]+", algs="ES256 [^"]+"$/);
    for (const odd of ["Basic YTpi", "Bearer", "Bearer  a.b.c", "Bearer a.b.c, Bearer a.b.c"]) {
      assertRefused(await present(odd), "invalid_request");
    }
  });

  test("it contains nothing of our Worker: no object, no entry point, no route", async () => {
    const script = await readFile(join(LIBRARY_BUILD, "index.js"), "utf8");
    const wasm = new WebAssembly.Module(await readFile(join(LIBRARY_BUILD, "rust_bg.wasm")));
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
