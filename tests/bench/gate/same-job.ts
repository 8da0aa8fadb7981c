// Before anything is measured: every candidate gives the upstream's answer, and those that verify do verify.
import assert from "node:assert/strict";
import type { CandidateName } from "./candidates.ts";

const IDENTITY = ["issuer", "subject", "session", "roles", "scope", "token-id"].map((part) => `latchkey-${part}`);

/** What a caller tells about himself that only the gate may say. */
const FORGED = { "Latchkey-Subject": "another-user", "Latchkey-Admin": "yes", Latchkey_Roles: "admin" };

/** @param origins Where each candidate is served. @param token One they must accept. */
export async function assertSameJob(origins: Map<CandidateName, string>, token: string): Promise<void> {
  const bodies = new Set<string>();
  const identities = new Set<string>();
  for (const [name, origin] of origins) {
    const answer = await ask(origin, "/api/notes", token);
    assert.equal(answer.status, 200, `${name} answers ${answer.status}: ${answer.text}`);
    bodies.add(answer.text);
    if (name === "floor") continue;
    if (name !== "copy")
      for (const wrong of [tampered(token), withoutSignature(token), undefined]) {
        const refused = await ask(origin, "/api/notes", wrong);
        assert.equal(refused.status, 401, `${name} answers ${refused.status} to the token ${wrong}`);
      }
    const seen = JSON.parse((await ask(origin, "/api/whoami", token)).text) as Record<string, string>;
    assert.equal(seen.authorization, undefined, `${name} hands the token on`);
    assert.ok(
      IDENTITY.every((header) => header in seen),
      `${name} says who calls: ${JSON.stringify(seen)}`,
    );
    const others = Object.keys(seen).filter((header) => /^latchkey[-_]/.test(header) && !IDENTITY.includes(header));
    assert.deepEqual(others, [], `${name} lets forged headers pass`);
    identities.add(JSON.stringify(IDENTITY.map((header) => seen[header])));
  }
  assert.equal(bodies.size, 1, "all candidates give the same body");
  assert.equal(identities.size, 1, `those that verify say the same of the caller: ${[...identities].join(" ")}`);
}

/** The identity headers that the upstream gets with this token. */
export async function identityOf(origin: string, token: string): Promise<Record<string, string>> {
  const seen = JSON.parse((await ask(origin, "/api/whoami", token)).text) as Record<string, string>;
  return Object.fromEntries(Object.entries(seen).filter(([name]) => IDENTITY.includes(name)));
}

async function ask(origin: string, path: string, token: string | undefined) {
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${origin}${path}`, { headers: { ...FORGED, ...authorization } });
  return { status: answer.status, text: await answer.text() };
}

/** Another signature, of the same length and form. */
function tampered(token: string): string {
  const at = token.lastIndexOf(".") + 10;
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}

const withoutSignature = (token: string) => token.slice(0, token.lastIndexOf(".") + 1);
