// Access tokens as the service itself would mint them. One is got by signing up; the rest are that one with an id of
// their own, signed with the service's key, which is read from the Keyring's file as soon as it has been made.
import { createPrivateKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JSONWebKeySet } from "jose";

/** In seconds: the service's own default. A round of the bench is shorter. */
const LIFETIME = 300;

export class Mint {
  readonly #header: string;
  readonly #claims: Record<string, unknown>;
  readonly #key: KeyObject;
  /** The service's public keys, as it publishes them. */
  readonly jwks: JSONWebKeySet;

  private constructor(sample: string, key: KeyObject, jwks: JSONWebKeySet) {
    const [header = "", payload = ""] = sample.split(".");
    this.#header = header;
    this.#claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    this.#key = key;
    this.jwks = jwks;
  }

  /** @param storage Where the running service keeps its objects. */
  static async of(origin: string, storage: string): Promise<Mint> {
    const sample = await signUp(origin);
    const jwks = (await (await fetch(`${origin}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    const { kid } = JSON.parse(Buffer.from(sample.split(".")[0] ?? "", "base64url").toString());
    return new Mint(sample, await signingKey(storage, kid), jwks);
  }

  /** A token that no gate has seen before. */
  token(): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { ...this.#claims, iat: now, exp: now + LIFETIME, jti: randomBytes(16).toString("base64url") };
    const input = `${this.#header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    const signature = sign("sha256", Buffer.from(input), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return `${input}.${signature.toString("base64url")}`;
  }

  tokens(count: number): string[] {
    return Array.from({ length: count }, () => this.token());
  }
}

async function signUp(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/auth/sign-up`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Latchkey-Client": "latchkey-bench/1" },
    body: JSON.stringify({ email: "bench@example.com", password: "correct horse battery staple" }),
  });
  if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** The object's file is in use, so a copy of it is read. */
async function signingKey(storage: string, kid: string): Promise<KeyObject> {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-bench-keyring-"));
  try {
    const source = join(storage, "Keyring");
    const files = await readdir(source);
    for (const file of files) await copyFile(join(source, file), join(dir, file));
    for (const file of files.filter((name) => name.endsWith(".sqlite"))) {
      const database = new DatabaseSync(join(dir, file));
      try {
        if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'signing_key'").get()) continue;
        const row = database.prepare("SELECT jwk FROM signing_key WHERE kid = ?").get(kid);
        if (row) return createPrivateKey({ key: JSON.parse(String(row.jwk)), format: "jwk" });
      } finally {
        database.close();
      }
    }
    throw new Error(`The Keyring's file holds no key ${kid}.`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
