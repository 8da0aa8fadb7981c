import type { Draft } from "../draft.ts";

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
