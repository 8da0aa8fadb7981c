import type { OperationName, Operations } from "./generated/codes.js";
import type { FailureView } from "./generated/vault.js";
import type { VaultOptions } from "./options.js";
import type { AskedBody, State, WakeKind } from "./protocol.js";
import type { AuthRequestInit, SignOutScope } from "./types.js";
import type { RequiredStepUp } from "./ways-in.js";

/** A vault as the page knows it, wherever it runs. */
export interface VaultSide {
  /** A request to the service. `segment` is the part of its path that the page gives. */
  ask<Name extends OperationName>(what: Name, body?: AskedBody, segment?: string): Promise<Operations[Name]>;
  signOut(scope: SignOutScope): Promise<void>;
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
  /** Lets the user step up, then calls `done`. Only if `stepsUp` is true. */
  stepUp?(number: number, required: RequiredStepUp, done: () => void): void;
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
  /** Whether there is {@link Hearing.stepUp}. */
  stepsUp: boolean;
}
