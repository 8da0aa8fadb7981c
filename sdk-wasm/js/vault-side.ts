import type { FailureView, SessionInfo } from "./generated/vault.js";
import type { VaultOptions } from "./options.js";
import type { Asked, AskedBody, State, WakeKind } from "./protocol.js";
import type { AuthRequestInit, SignOutScope } from "./types.js";

/** A vault as the page knows it, wherever it runs. */
export interface VaultSide {
  ask(what: Asked, body: AskedBody): Promise<void>;
  signOut(scope: SignOutScope): Promise<void>;
  sessions(): Promise<SessionInfo[]>;
  revoke(session: string): Promise<void>;
  /** `url` is absolute, without a fragment. */
  ticket(url: string): Promise<string>;
  fetch(input: RequestInfo | URL, init?: AuthRequestInit): Promise<Response>;
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

/** What is known of a failure; what is left out is unknown. */
export type Failed = Pick<FailureView, "code" | "transient"> & Partial<FailureView>;

/** Makes an error of what is known of it: an `AuthError` in the page, data elsewhere. */
export type Fail<E> = (failure: Failed, cause?: unknown) => E;

export interface Opening {
  /** As the deployer gave them: the vault's side checks them. */
  options: VaultOptions;
  /** The note of a sign-out from an earlier life of the page, of which the service doesn't know yet. */
  owed: string | undefined;
  /** Whether the page is in a frame, or the browser says that it keeps no cookies. */
  cookieUncertain: boolean;
}
