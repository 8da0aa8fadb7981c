// Keys that tests hold, and what clients sign with them: DPoP proofs (made by the npm package `dpop`, or wrong in one
// point by hand) and assertions.
import { generateKeyPair, generateProof, type KeyPair } from "dpop";
import { calculateJwkThumbprint, exportJWK, SignJWT } from "jose";
import type { Durable } from "../durable/world.ts";
import { ISSUER, send } from "./world.ts";

export const TOKEN = `${ISSUER}/oauth/token`;

export interface Key extends KeyPair {
  /** RFC 7638, by jose. */
  thumbprint: string;
}

export async function newKey(algorithm: "ES256" | "EdDSA" | "PS256" | "RS256" = "ES256"): Promise<Key> {
  const pair = await generateKeyPair(algorithm === "EdDSA" ? "Ed25519" : algorithm, { extractable: true });
  return { ...pair, thumbprint: await calculateJwkThumbprint(await exportJWK(pair.publicKey)) };
}

export const proof = (key: Key, url = TOKEN, method = "POST", token?: string) =>
  generateProof(key, url, method, undefined, token);

/** A proof that is not what the package makes: with these members of its header and payload. */
export async function oddProof(key: Key, payload: Record<string, unknown> = {}, header: Record<string, unknown> = {}) {
  const claims = { jti: crypto.randomUUID(), htm: "POST", htu: TOKEN, iat: Math.floor(Date.now() / 1000), ...payload };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: await exportJWK(key.publicKey), ...header })
    .sign(key.privateKey);
}

/** A request to the token endpoint with a proof. */
export const withProof = (world: Durable, form: Record<string, string>, proof: string) =>
  send(world, "/oauth/token", form, { DPoP: proof });

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The parameters of a client that authenticates by an assertion. */
export async function assertion(
  key: { privateKey: CryptoKey },
  client: string,
  payload: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<{ client_assertion: string; client_assertion_type: string }> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: client, sub: client, aud: ISSUER, jti: crypto.randomUUID(), iat: now, exp: now + 60 };
  const jwt = new SignJWT({ ...claims, ...payload }).setProtectedHeader({ alg: "ES256", kid: "one", ...header });
  return { client_assertion: await jwt.sign(key.privateKey), client_assertion_type: JWT_BEARER };
}
