// Time-based one-time passwords (RFC 6238), as authenticator apps compute them: SHA-1, 6 digits, 30 seconds.
import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import type { Totp } from "./accounts.js";
import { utf8 } from "./bytes.js";

/** In seconds. */
const STEP = 30;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An app that is not confirmed yet. The secret has 20 bytes, and is the same in each run of a test. */
export const newTotp = (newId: (kind: string) => string): Totp => ({
  ...{ secret: utf8(newId("totp").padEnd(20, "-")), confirmed: false, lastStep: 0 },
});

/** `time` is in seconds since the Unix epoch. */
const stepAt = (time: number): number => Math.floor(time / STEP);

/** The code of a time step (RFC 4226 section 5.3). */
function codeOf(secret: Uint8Array, step: number): string {
  const counter = new Uint8Array(8);
  new DataView(counter.buffer).setBigUint64(0, BigInt(step));
  const mac = hmac(sha1, secret, counter);
  const at = (mac.at(-1) ?? 0) & 15;
  const number = new DataView(mac.buffer, mac.byteOffset).getUint32(at) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Accepts the code of the present time step or of one beside it, each step once. Returns whether it did. */
export function accept(totp: Totp, code: string, now: number): boolean {
  for (const step of [stepAt(now) - 1, stepAt(now), stepAt(now) + 1]) {
    if (step <= totp.lastStep || codeOf(totp.secret, step) !== code) continue;
    totp.lastStep = step;
    return true;
  }
  return false;
}

/** The code that the service accepts next. */
export function nextCode({ secret, lastStep }: Totp, now: number): string {
  const step = Math.max(stepAt(now), lastStep + 1);
  if (step <= stepAt(now) + 1) return codeOf(secret, step);
  throw new Error(
    `Each code is accepted once, and the next one is too far in the future: let ${STEP} seconds pass, for example by skip(${STEP}).`,
  );
}

export function base32(bytes: Uint8Array): string {
  let [text, bits, value] = ["", 0, 0];
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}
