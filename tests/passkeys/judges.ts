// Those who judge: the verifier of this project, compiled natively; @simplewebauthn/server; webauthn-rs.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { Case } from "./draft.ts";

/** `accepted`, or why not, in the judge's own words. */
export type Judge = (cases: Case[]) => Promise<string[]>;

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** A program that reads cases and writes verdicts, a line each. */
const program =
  (file: string): Judge =>
  async (cases) => {
    const child = spawn(path(file), { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(child, "exit");
    // A judge that ends early is noticed by the verdicts that are missing.
    child.stdin.on("error", () => {});
    child.stdin.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(""));
    const verdicts: string[] = [];
    for await (const line of createInterface(child.stdout)) verdicts.push(line);
    const [code] = await ended;
    if (code !== 0 || verdicts.length !== cases.length) {
      throw new Error(`${file} ended with ${code} after ${verdicts.length} of ${cases.length} verdicts.`);
    }
    return verdicts;
  };

export const ours = program("target/debug/examples/ceremonies");

/** Builds the judge first. It needs crates that nothing else here does. */
export function webauthnRs(): Judge {
  const folder = path("tests/passkeys/webauthn-rs");
  const target = path("target/webauthn-rs");
  const built = spawnSync("cargo", ["build", "--locked", "--target-dir", target], { cwd: folder, stdio: "inherit" });
  if (built.status !== 0) throw new Error("The judge of webauthn-rs could not be built.");
  return program("target/webauthn-rs/debug/webauthn-rs-judge");
}

export const simpleWebAuthn: Judge = (cases) =>
  Promise.all(
    cases.map((one) =>
      judge(one).then(
        (verified) => (verified ? "accepted" : "not verified"),
        (error) => String(error.message),
      ),
    ),
  );

async function judge({ rp_id, origins, created, used }: Case): Promise<boolean> {
  const expected = { expectedOrigin: origins, expectedRPID: rp_id, requireUserVerification: true };
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: created.response as unknown as RegistrationResponseJSON,
    expectedChallenge: created.challenge,
    supportedAlgorithmIDs: [-7, -8, -257],
    ...expected,
  });
  if (!verified || registrationInfo === undefined) return false;
  if (used === null) return true;
  const use = await verifyAuthenticationResponse({
    response: used.response as unknown as AuthenticationResponseJSON,
    expectedChallenge: used.challenge,
    credential: registrationInfo.credential,
    ...expected,
  });
  return use.verified;
}
