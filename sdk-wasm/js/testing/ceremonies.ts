import type { Account } from "./accounts.js";
import { toBase64url, utf8 } from "./bytes.js";
import { Refusal } from "./problem.js";

/** How long a ceremony may take, in seconds. */
const LIFE = 600;

/** A WebAuthn ceremony that a browser has begun. */
export interface Ceremony {
  readonly kind: "create" | "get";
  /** The account to which a passkey is added. `null`: the ceremony decides which account it is. */
  readonly account: Account | null;
  /** Of a sign-up: the address, and the id of the account that it creates. */
  readonly email?: string | undefined;
  readonly userId?: string;
}

/** The ceremonies that are under way, by their WebAuthn challenges. */
export class Ceremonies {
  readonly #pending = new Map<string, { ceremony: Ceremony; cookie: string; expiresAt: number }>();
  readonly #now: () => number;
  readonly #newId: (kind: string) => string;

  constructor(now: () => number, newId: (kind: string) => string) {
    this.#now = now;
    this.#newId = newId;
  }

  /** Gives the WebAuthn challenge, and the cookie of the browser: the one that it has, or a new one. */
  begin(ceremony: Ceremony, cookie = this.#newId("challenge")): { challenge: string; cookie: string } {
    const challenge = toBase64url(utf8(this.#newId("webauthn")));
    this.#pending.set(challenge, { ceremony, cookie, expiresAt: this.#now() + LIFE });
    return { challenge, cookie };
  }

  /** The ceremony of this browser with this challenge. Each is answered once. */
  finish(kind: Ceremony["kind"], challenge: string, cookie: string | undefined): Ceremony {
    const pending = this.#pending.get(challenge);
    this.#pending.delete(challenge);
    if (pending?.ceremony.kind === kind && pending.cookie === cookie && this.#now() < pending.expiresAt) {
      return pending.ceremony;
    }
    throw new Refusal("challenge_expired");
  }
}
