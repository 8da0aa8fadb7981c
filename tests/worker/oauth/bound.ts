// Keys to which tokens are bound, and proofs of them (RFC 9449), made by jose: good ones, and ones that are wrong in one
// point.
import { createHash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { ISSUER } from "./world.ts";

export interface Key {
  jwk: JWK;
  thumbprint: string;
  sign(header: object, claims: object): Promise<string>;
}

export async function newKey(alg = "ES256"): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    jwk,
    thumbprint: await calculateJwkThumbprint(jwk),
    sign: (header, claims) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: "dpop+jwt", jwk, ...header }).sign(privateKey),
  };
}

export const seconds = () => Math.floor(Date.now() / 1000);
export const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");

/** The claims of a good proof for a GET of this path, with changes; `undefined` omits one. */
export const claims = (path: string, token: string | undefined, changes: object = {}) => ({
  ...{ jti: randomUUID(), htm: "GET", htu: `${ISSUER}${path}`, iat: seconds() },
  ...(token === undefined ? {} : { ath: sha256(token) }),
  ...changes,
});

/** What a request has in its `DPoP` headers: nothing, or one or several proofs. */
export type Proofs = string | string[] | undefined;
/** A proof, made when it is needed. */
type Row = [what: string, make: () => Promise<Proofs>];

export interface Bound {
  key: Key;
  other: Key;
  /** Bound to `key`. */
  token: string;
  path: string;
  /** The address of the server, which is not the issuer's. */
  server: string;
  /** The present time, in seconds. */
  now(): number;
  /** By how many seconds the times in the proofs are on the safe side of the permitted 60. 0: exact, for a stopped clock. */
  margin: number;
}

const good =
  ({ key, token, path, now }: Bound) =>
  (changes: object = {}, header: object = {}) =>
    key.sign(header, claims(path, token, { iat: now(), ...changes }));

/** Requests with the token that are rejected as `invalid_dpop_proof`. */
export function wrongProofs(bound: Bound): Row[] {
  const { key, other, token, path, server, now, margin } = bound;
  const signed = good(bound);
  return [
    ["none", async () => undefined],
    ["an empty one", async () => ""],
    ["not a JWS", async () => "a.b.c"],
    ["two", async () => [await signed(), await signed()]],
    ["two, joined", async () => `${await signed()}, ${await signed()}`],
    ["another method", () => signed({ htm: "POST" })],
    ["the method in lower case", () => signed({ htm: "get" })],
    ["another path", () => signed({ htu: `${ISSUER}/read/y` })],
    ["a slash more", () => signed({ htu: `${ISSUER}${path}/` })],
    ["another host", () => signed({ htu: `http://evil.example${path}` })],
    ["another scheme", () => signed({ htu: ISSUER.replace("http:", "https:") + path })],
    ["the address of the server instead of the issuer", () => signed({ htu: `${server}${path}` })],
    ["no URL", () => signed({ htu: path })],
    ["too old", () => signed({ iat: now() - 61 - margin })],
    ["too far in the future", () => signed({ iat: now() + 61 + margin })],
    ["no time", () => signed({ iat: undefined })],
    ["no id", () => signed({ jti: undefined })],
    ["no hash of the token", () => signed({ ath: undefined })],
    ["the hash of another token", () => signed({ ath: sha256("another") })],
    ["another type", () => signed({}, { typ: "JWT" })],
    ["no key", () => signed({}, { jwk: undefined })],
    ["a private key", () => signed({}, { jwk: { ...key.jwk, d: "AAAA" } })],
    ["a signature of another key", () => other.sign({ jwk: key.jwk }, claims(path, token, { iat: now() }))],
    ["an access token", async () => token],
  ];
}

/** Proofs that are good in an unusual form. */
export function unusualProofs(bound: Bound): Row[] {
  const { path, now, margin } = bound;
  const signed = good(bound);
  const spelled = path.replace("r", "%72");
  return [
    ["old", () => signed({ iat: now() - 60 + margin })],
    ["in the future", () => signed({ iat: now() + 60 - margin })],
    ["another spelling of the URL", () => signed({ htu: `${ISSUER.toUpperCase()}${spelled}` })],
    ["a query and a fragment", () => signed({ htu: `${ISSUER}${path}?a=b#c` })],
    ["a further claim", () => signed({ nonce: "n", x: 1 })],
  ];
}
