// Ceremonies that others made: recorded.json is of Chromium's virtual authenticators (record.ts writes it), w3c.json are
// the test vectors of WebAuthn Level 3 (section 16; W3C Document License).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { Random } from "../verifier/random.ts";
import { base64, type Case } from "./draft.ts";
import { ours, simpleWebAuthn } from "./judges.ts";

type Named = Case & { name: string };

const read = async (name: string): Promise<Named[]> =>
  JSON.parse(await readFile(new URL(name, import.meta.url), "utf8"));
const RECORDED = await read("recorded.json");
const W3C = await read("w3c.json");

/** The registration alone. */
const registration = (one: Case): Case => ({ ...one, used: null });

/** The vectors that are refused, and why: the registration, and the use. The vectors choose UV at random. */
const REFUSED: Record<string, [string, string]> = {
  "ES256 Credential with No Attestation": ["user_verification", "user_verification"],
  "ES256 Credential with Self Attestation": ["accepted", "user_verification"],
  'ES256 Credential with "crossOrigin": true in clientDataJSON': ["cross_origin", "cross_origin"],
  'ES256 Credential with "topOrigin" in clientDataJSON': ["cross_origin", "cross_origin"],
  "ES256 Credential with very long credential ID": ["user_verification", "user_verification"],
  "Packed Attestation with ES384 Credential": ["algorithm", "algorithm"],
  "Packed Attestation with ES512 Credential": ["algorithm", "algorithm"],
  "Packed Attestation with RS256 Credential": ["accepted", "user_verification"],
  "Packed Attestation with Ed25519 Credential": ["user_verification", "user_verification"],
  "Packed Attestation with Ed448 Credential": ["algorithm", "algorithm"],
  "Android Key Attestation with ES256 Credential": ["accepted", "user_verification"],
  "Apple Anonymous Attestation with ES256 Credential": ["user_verification", "user_verification"],
  "FIDO U2F Attestation with ES256 Credential": ["user_verification", "user_verification"],
};

describe("recorded ceremonies", () => {
  test("every authenticator and algorithm of Chromium is accepted, by us and by @simplewebauthn/server", async () => {
    assert.equal(RECORDED.length, 9);
    for (const judge of [ours, simpleWebAuthn]) {
      assert.deepEqual(await judge(RECORDED), Array(9).fill("accepted"));
    }
  });

  test("the vectors of WebAuthn Level 3 get the verdict that they must get here", async () => {
    const created = await ours(W3C.map(registration));
    const used = await ours(W3C);
    const verdicts = W3C.map(({ name }, i) => [name, [created[i], used[i]]] as const);
    const refused = verdicts.filter(([, [first, second]]) => first !== "accepted" || second !== "accepted");
    assert.deepEqual(Object.fromEntries(refused), REFUSED);
  });

  test("no changed bit of what a recorded use has signed, or of its signature, is accepted", async () => {
    const random = new Random(1);
    const cases: Case[] = [];
    for (const one of RECORDED) {
      for (const name of ["clientDataJSON", "authenticatorData", "signature"]) {
        for (let i = 0; i < 60; i += 1) {
          const copy = structuredClone(one);
          const { response } = copy.used?.response ?? assert.fail();
          const bytes = Buffer.from(String(response[name]), "base64url");
          const bit = random.below(bytes.length * 8);
          bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          response[name] = base64(bytes);
          cases.push(copy);
        }
      }
    }
    const accepted = (await ours(cases)).filter((verdict) => verdict === "accepted");
    assert.deepEqual([accepted, cases.length], [[], 1_620]);
  });
});
