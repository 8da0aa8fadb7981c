// Keys of every type a token may be signed with, and of those it may not.
import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";

export type Alg = "ES256" | "ES384" | "RS256" | "PS256" | "EdDSA" | "HS256";

export interface Key {
  readonly kid: string;
  readonly alg: Alg;
  readonly sign: (input: Buffer) => Buffer;
  readonly privateKey: KeyObject;
  /** Without `kid`, `alg` and `use`; a shared secret has none. */
  readonly jwk: JsonWebKey;
}

export const SECRET = "a secret of 32 bytes, and then some more";

const P1363 = { dsaEncoding: "ieee-p1363" } as const;
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as const;

/** How each algorithm signs (RFC 7518, RFC 8037). */
export const SIGN: Record<Alg, (input: Buffer, key: KeyObject) => Buffer> = {
  ES256: (input, key) => sign("sha256", input, { key, ...P1363 }),
  ES384: (input, key) => sign("sha384", input, { key, ...P1363 }),
  RS256: (input, key) => sign("sha256", input, key),
  PS256: (input, key) => sign("sha256", input, { key, ...PSS }),
  EdDSA: (input, key) => sign(null, input, key),
  HS256: (input) => createHmac("sha256", SECRET).update(input).digest(),
};

function pair(alg: Alg): KeyObject {
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  if (alg === "ES384") return generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  if (alg === "EdDSA") return generateKeyPairSync("ed25519").privateKey;
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
}

export function makeKey(alg: Exclude<Alg, "HS256">, kid: string): Key {
  const privateKey = pair(alg);
  const jwk = createPublicKey(privateKey).export({ format: "jwk" });
  return { kid, alg, privateKey, jwk, sign: (input) => SIGN[alg](input, privateKey) };
}

/** Ed25519 says by itself what it is for, under either of the algorithm's two names (RFC 9864). */
export const published = ({ jwk, kid, alg }: Key) => ({ ...jwk, kid, ...(alg === "EdDSA" ? {} : { alg }), use: "sig" });
