// What a relying party checks of a WebAuthn ceremony (Level 3, sections 7.1 and 7.2), with ES256 only.
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { fromBase64url, fromUtf8, utf8 } from "./bytes.js";
import { Refusal } from "./problem.js";

/** What `toJSON()` of a `PublicKeyCredential` gives, as far as the service reads it. */
export interface CredentialJson {
  readonly id: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    /** Of a registration: the key as SubjectPublicKeyInfo. */
    readonly publicKey?: string;
    /** Of a sign-in. */
    readonly signature?: string;
  };
}

/** A response whose challenge, origin, relying party and flags are right. */
export interface CheckedResponse {
  readonly id: string;
  readonly challenge: string;
  /** Whether there is a copy of the passkey. */
  readonly backedUp: boolean;
  /** Of a registration: the key, as an uncompressed point of P-256. */
  readonly publicKey: Uint8Array;
  /** Of a sign-in: whether it was signed by the owner of this key. */
  isSignedBy(publicKey: Uint8Array): boolean;
}

/** The flags UP and UV: the user was there, and was verified. */
const VERIFIED = 0b101;
/** The flag BS. */
const BACKED_UP = 0b1_0000;
/** Before the flags, authenticator data has the hash of the relying party's id. */
const HASH_LENGTH = 32;
/** How many bytes come before the point in an SPKI key of P-256. */
const SPKI_PREFIX = 26;

/** Fails with `invalid_credentials` if the response is not one to `type`, from a page of this origin. */
export function check(credential: CredentialJson | undefined, type: "create" | "get", page: string): CheckedResponse {
  try {
    const { id, response } = credential ?? malformed();
    const clientData = fromBase64url(response.clientDataJSON);
    const data = fromBase64url(response.authenticatorData);
    const { type: found, challenge, origin } = JSON.parse(fromUtf8(clientData));
    const flags = data[HASH_LENGTH] ?? 0;
    const hash = sha256(utf8(new URL(page).hostname));
    const isRight =
      found === `webauthn.${type}` &&
      origin === page &&
      (flags & VERIFIED) === VERIFIED &&
      hash.every((byte, at) => byte === data[at]);
    if (!isRight || typeof challenge !== "string") malformed();
    return {
      ...{ id, challenge, backedUp: (flags & BACKED_UP) !== 0 },
      publicKey: fromBase64url(response.publicKey ?? "").slice(SPKI_PREFIX),
      isSignedBy: (publicKey) => {
        const signature = fromBase64url(response.signature ?? "");
        const signed = concatBytes(data, sha256(clientData));
        return p256.verify(signature, signed, publicKey, { format: "der", lowS: false });
      },
    };
  } catch {
    throw new Refusal("invalid_credentials");
  }
}

function malformed(): never {
  throw new Error("The credential is malformed.");
}
