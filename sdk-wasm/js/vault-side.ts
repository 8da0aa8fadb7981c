import type { AuthErrorCode, SessionEndReason } from "./generated/codes.js";
import type { Asked, State, VaultOptions, WakeKind } from "./protocol.js";
import type { SignOutScope } from "./types.js";

/** A vault as the page knows it, wherever it runs. */
export interface VaultSide {
  ask(what: Asked, body: string): Promise<void>;
  signOut(scope: SignOutScope): Promise<void>;
  /** JSON. */
  sessions(): Promise<string>;
  revoke(session: string): Promise<void>;
  /** `url` is absolute, without a fragment. */
  ticket(url: string): Promise<string>;
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  wake(what: WakeKind): void;
  dispose(): void;
}

/** A {@link State} whose error is what the vault's {@link Fail} has made. */
export type Seen<E> = Omit<State, "lastError"> & { lastError: E | undefined };

/** What a vault tells its page. */
export interface Hearing<E> {
  changed(state: Seen<E>): void;
  /** Keep this note of a sign-out that the service doesn't know of yet; without one, strike it. */
  remember(note: string | undefined): void;
  /** Calls `found` if there is such a note of any page's. */
  checkNote(found: () => void): void;
}

/** Makes an error of what is known of it: an `AuthError` in the page, data elsewhere. */
export type Fail<E> = (
  code: AuthErrorCode,
  transient: boolean,
  status?: number,
  reason?: SessionEndReason,
  detail?: string,
  /** In seconds. */
  retryAfter?: number,
  cause?: unknown,
) => E;

export interface Opening {
  /** As the deployer gave them: the vault's side checks them. */
  options: VaultOptions;
  /** The note of a sign-out from an earlier life of the page, of which the service doesn't know yet. */
  owed: string | undefined;
}
