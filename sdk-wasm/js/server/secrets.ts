import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** What the gate requires of the secret, too (RFC 7518 section 3.2). */
const MIN_BYTES = 32;

/**
 * Whether `presented` is one of the secrets. Digests are compared: how long that takes depends on the digests, from
 * which neither the secret nor another text with a more similar digest can be computed. `crypto.timingSafeEqual` exists
 * in some runtimes only, and WebCrypto's digests would make this asynchronous.
 */
export function isSecretOf(secrets: unknown, presented: string): boolean {
  const given = (Array.isArray(secrets) ? secrets : [secrets]).filter((each) => each !== undefined && each !== "");
  if (given.length === 0) {
    const found = Array.isArray(secrets) ? "a list without a value" : secrets === "" ? "empty" : "undefined";
    throw new TypeError(
      `gateIdentity: \`secret\` is ${found}; expected the value of the Worker secret that secret_binding of this upstream ` +
        "names. Set the environment variable from which it is read.",
    );
  }
  const digest = digestOf(presented);
  return given.filter((each) => digestOf(checked(each)) === digest).length > 0;
}

function checked(secret: unknown): string {
  if (typeof secret !== "string")
    throw new TypeError(`gateIdentity: \`secret\` is of type ${typeof secret}; expected text.`);
  const { length } = utf8ToBytes(secret);
  if (length < MIN_BYTES) {
    throw new TypeError(`gateIdentity: \`secret\` has ${length} bytes; expected at least ${MIN_BYTES}.`);
  }
  return secret;
}

const digestOf = (text: string) => bytesToHex(sha256(utf8ToBytes(text)));
