// The password of every user here, and its hash as another system would have stored it: Argon2id at our own cost, so
// that it is verified as it is and never replaced.
import { argon2Sync, randomBytes } from "node:crypto";

export const PASSWORD = "correct horse battery staple";

/** The service's default. */
const COST = { memory: 19 * 1024, passes: 2, parallelism: 1, tagLength: 32 };

/** As a PHC string. */
export function passwordHash(): string {
  const nonce = randomBytes(16);
  const hash = argon2Sync("argon2id", { message: PASSWORD, nonce, ...COST });
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(hash)}`;
}

/** The PHC format has no padding. */
const base64 = (value: Buffer) => value.toString("base64").replace(/=+$/, "");
