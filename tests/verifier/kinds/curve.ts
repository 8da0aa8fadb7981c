import type { Draft } from "../draft.ts";
import type { Random } from "../random.ts";

/** The order of P-256 (FIPS 186-5). */
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same draft, signed by ES256. */
export function ec256(draft: Draft): Draft {
  return signedWith(draft, "ES256");
}

/** The same draft, signed by the issuer's key of this algorithm. */
export function signedWith(draft: Draft, alg: string): Draft {
  const key = draft.world.keys[draft.policy].find((each) => each.alg === alg);
  if (!key) throw new Error(`${draft.policy} has no key for ${alg}`);
  draft.key = key;
  draft.header.set("alg", key.alg).set("kid", key.kid);
  return draft;
}

/**
 * The same draft, signed by ES256 or EdDSA. With the other algorithms the native verifier has jwt-simple read header
 * and payload too, and it rejects a `jwk` or a `jti` of a type that it does not expect. The Worker uses WebCrypto for
 * them.
 */
export function signedByCurve(draft: Draft, random: Random): Draft {
  return signedWith(draft, random.pick(draft.policy === "plain" ? ["ES256"] : ["ES256", "EdDSA"]));
}
