import type { Account } from "./accounts.js";
import { Refusal } from "./problem.js";
import type { Amr } from "./sessions.js";

/** How long a challenge can be answered, in seconds. */
const LIFE = 600;
const TRIES = 5;
/** The letters of the service's codes. */
const ALPHABET = "BCDFGHJKLMNPQRSTVWXZ";
const CODE_LENGTH = 8;

/** What the answer to a challenge is for. */
export type Purpose = "sign-in" | "reauthenticate" | "reset" | "verify" | "change" | "second-factor";

/** The state of a method that takes two requests, in the browser that began it. */
export interface Challenge {
  readonly purpose: Purpose;
  /** `null`: there is none with this address. */
  readonly account: Account | null;
  /** The address to which a code was sent. */
  readonly email?: string;
  /** The code that was sent. */
  readonly code?: string;
  /** What the user has proved already. */
  readonly amr?: Amr;
}

interface Pending {
  readonly challenge: Challenge;
  readonly expiresAt: number;
  triesLeft: number;
}

/** The challenges, by the cookie of the browser that requested them. */
export class Challenges {
  readonly #pending = new Map<string, Pending>();
  readonly #now: () => number;
  readonly #newId: (kind: string) => string;
  #codes = 0;

  constructor(now: () => number, newId: (kind: string) => string) {
    this.#now = now;
    this.#newId = newId;
  }

  /** Gives the value of the challenge cookie. */
  issue(challenge: Challenge): string {
    const cookie = this.#newId("challenge");
    this.#pending.set(cookie, { challenge, expiresAt: this.#now() + LIFE, triesLeft: TRIES });
    return cookie;
  }

  /** The challenge of this browser, which stays open until {@link spend}. */
  of(cookie: string | undefined, purpose: Purpose): Challenge {
    const pending = this.#find(cookie, purpose);
    if (!pending) throw new Refusal("challenge_expired");
    return pending.challenge;
  }

  isOpen(cookie: string | undefined, purpose: Purpose): boolean {
    return this.#find(cookie, purpose) !== undefined;
  }

  /** Checks the code that the user typed. */
  checkCode(cookie: string | undefined, purpose: Purpose, typed: string): Challenge {
    const challenge = this.of(cookie, purpose);
    return this.count(cookie, () => {
      if (challenge.code === undefined || readCode(typed) !== challenge.code) throw new Refusal("code_invalid");
      return challenge;
    });
  }

  /** What `answer` gives; if it fails, that was one of the tries. */
  count<T>(cookie: string | undefined, answer: () => T): T {
    try {
      return answer();
    } catch (error) {
      const pending = this.#pending.get(cookie ?? "");
      if (pending) pending.triesLeft -= 1;
      throw error;
    }
  }

  /** It has been answered. */
  spend(cookie: string | undefined): void {
    this.#pending.delete(cookie ?? "");
  }

  #find(cookie: string | undefined, purpose: Purpose): Pending | undefined {
    const pending = this.#pending.get(cookie ?? "");
    const isOpen = pending?.challenge.purpose === purpose && this.#now() < pending.expiresAt && pending.triesLeft > 0;
    return isOpen ? pending : undefined;
  }

  /** Another code each time, and the same ones in each run of a test. */
  newCode(): string {
    this.#codes += 1;
    let rest = this.#codes * 7_919;
    let code = "";
    for (let at = 0; at < CODE_LENGTH; at += 1) {
      code += ALPHABET[(rest + 11 * at) % ALPHABET.length];
      rest = Math.floor(rest / ALPHABET.length) + this.#codes;
    }
    return code;
  }
}

/** A code as it is shown, in groups: `BCDF-GHJK`. */
export const shownCode = (code: string): string => (code.match(/.{4}/g) ?? []).join("-");

/** A code as it was typed: letter case, spaces and hyphens do not matter. */
export function readCode(typed: string): string {
  return typed.replace(/[\s-]/g, "").toUpperCase();
}
