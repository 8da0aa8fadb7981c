// Keys of an issuer that a test simulates, and tokens signed with them, valid or invalid as the test
// requires.
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

export interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly private: CryptoKey;
  /** The public key, with `kid`, `alg` and `use`. */
  readonly jwk: JWK;
  /** The private key. */
  readonly privateJwk: JWK;
}

export async function newKey(alg: string, kid: string = alg): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const named = { kid, alg, use: "sig" };
  const [jwk, privateJwk] = await Promise.all([exportJWK(publicKey), exportJWK(privateKey)]);
  return { kid, alg, private: privateKey, jwk: { ...jwk, ...named }, privateJwk: { ...privateJwk, ...named } };
}

export const AUDIENCE = "their-api";

/** Valid claims for `issuer`; tests override some with invalid values. */
export function claims(issuer: string, over: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: AUDIENCE, sub: "theirs", iat: now, exp: now + 300, jti: crypto.randomUUID(), ...over };
}

/** Signed with the key; `header` overrides the valid header. */
export function sign(
  key: { alg: string; kid?: string; private: CryptoKey | Uint8Array },
  payload: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const right = { alg: key.alg, typ: "at+jwt", ...(key.kid === undefined ? {} : { kid: key.kid }) };
  return new SignJWT(payload).setProtectedHeader({ ...right, ...header } as { alg: string }).sign(key.private);
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token assembled by hand, because no library would sign it. */
export function assembled(
  header: unknown,
  payload: unknown,
  signature: (input: string) => Uint8Array | string,
): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${Buffer.from(signature(input)).toString("base64url")}`;
}
