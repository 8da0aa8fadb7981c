import type { AuthErrorCode, AuthMethod, OperationName, SessionEndReason } from "./generated/codes.js";
import type { Snapshot } from "./generated/vault.js";
import type { VaultOptions } from "./options.js";
import type { Session, SignOutScope } from "./types.js";
import type { RequiredStepUp } from "./ways-in.js";

// All messages between a page and a vault in a worker. No message has a field for a token: an API's response is passed
// on, never the request. Neither side assumes that the other has its origin: every URL is absolute, and
// `worker/read.ts` treats every message of a page as hostile.
//
// `start`, `ready` and `refused` have the same shape in every version, so that two versions recognise each other.

/** Raised with any change of the messages below. Page and vault must have the same. */
export const PROTOCOL = 6;

/** Chosen by the page: for one `ask`, `sign-out` or `fetch`, never used again. */
export type Id = number;

/** From the page to the vault. */
export type ToVault =
  | Start
  /** A request to the service. Answered by `done` or `failed`. The vault checks that there is such a request. */
  | { kind: "ask"; id: Id; what: OperationName; body: AskedBody | undefined; segment: string | undefined }
  /** Answered by `done` or `failed`. */
  | { kind: "sign-out"; id: Id; scope: SignOutScope }
  /** Answered by `response`, which `chunk`s and `end` may follow, or `failed`. `progress` may come before. */
  | { kind: "fetch"; id: Id; call: Call }
  /** The caller does not need this fetch, or the rest of its body. The vault sends nothing more for it. */
  | { kind: "abort"; id: Id }
  /** The number of bytes of this body that have been read; the vault may send as many more. */
  | { kind: "more"; id: Id; bytes: number }
  /** The user has stepped up, or does not want to: the answer to `step-up`. */
  | { kind: "stepped-up"; number: number }
  /** The page may have slept, or is about to. */
  | { kind: "wake"; what: WakeKind }
  /** Drop the token and stop; requests in progress continue. */
  | { kind: "dispose" };

/** The first message, and the only one before `ready`. */
export interface Start {
  kind: "start";
  protocol: number;
  /** The URL of the WebAssembly. */
  module: string;
  options: VaultOptions;
  /** The note of a pending sign-out: that of the last `remember`. */
  owed: string | undefined;
  /** Whether the page is in a frame, or the browser says that it keeps no cookies. */
  cookieUncertain: boolean;
  /** Whether the page answers `step-up`. */
  stepsUp: boolean;
}

/** The members of a request to the service, by the names of the wire. The vault and the service check them. */
export type AskedBody = { readonly [name: string]: Json | undefined };
export type Json = string | number | boolean | null | readonly Json[] | AskedBody;

export const WAKES = ["visible", "hidden", "online", "offline", "frozen", "thawed", "noted"] as const;
/** `frozen`: into the back/forward cache; `thawed`: out of it; `noted`: the answer to `check-note`. */
export type WakeKind = (typeof WAKES)[number];

/** A request; absent members have the defaults of `fetch`. */
export interface Call {
  url: string;
  method: string;
  headers: [name: string, value: string][];
  body?: CallBody;
  duplex?: "half";
  mode?: RequestMode;
  credentials?: RequestCredentials;
  cache?: RequestCache;
  redirect?: RequestRedirect;
  referrer?: string;
  referrerPolicy?: ReferrerPolicy;
  integrity?: string;
  keepalive?: boolean;
  priority?: RequestPriority;
  /** Whether to send `progress` while the body is sent. */
  progress?: boolean;
}

/** A list is a form's entries. A stream is transferred; everything else is copied, a Blob by reference. */
export type CallBody = string | Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | FormEntry[] | ReadableStream;
export type FormEntry = [name: string, value: string | File];

/** How much of a body the vault sends, in bytes, before the page has read any of it. */
export const WINDOW = 1 << 20;

/** From the vault to the page. */
export type ToPage =
  /** It has started. */
  | { kind: "ready"; protocol: number }
  /** It can't start. No message follows. */
  | { kind: "refused"; protocol: number; error: ErrorView }
  /** The state has changed. */
  | ({ kind: "state" } & State)
  /** Store this note of a pending sign-out for all pages of the origin; without a note, remove it. */
  | { kind: "remember"; note: string | undefined }
  /** If any page has stored such a note, answer `wake` with `noted`. */
  | { kind: "check-note" }
  /** `value` is the part of the service's answer that is for pages: see `Operations`. */
  /** An API requires this: let the user step up, then answer `stepped-up` with this number. */
  | { kind: "step-up"; number: number; required: RequiredStepUp }
  | { kind: "done"; id: Id; value: unknown }
  /** The request has failed, or the rest of a body won't arrive. */
  | { kind: "failed"; id: Id; error: ErrorView }
  /** The number of bytes of the request's body that have been sent. */
  | { kind: "progress"; id: Id; loaded: number; total: number }
  | { kind: "response"; id: Id; answer: Answer }
  /** The next part of a body, transferred. */
  | { kind: "chunk"; id: Id; bytes: Uint8Array<ArrayBuffer> }
  /** The body is complete. */
  | { kind: "end"; id: Id }
  /** A message was malformed, and had no effect. */
  | { kind: "violation"; detail: string };

/** Everything that the page may see, at one time. */
export interface State extends Snapshot {
  session: Session | undefined;
  lastError: ErrorView | undefined;
}

/** The head of an API's response. */
export interface Answer {
  /** 0 if there was a redirect and the call has `redirect: "manual"`. */
  status: number;
  statusText: string;
  headers: [name: string, value: string][];
  url: string;
  redirected: boolean;
  type: ResponseType;
  /** Whether `chunk`s and an `end` will follow. */
  body: boolean;
}

/** An error as a message: an `AuthError`, or an error of the platform by its name. */
export type ErrorView =
  | {
      code: AuthErrorCode;
      message: string;
      transient: boolean;
      status?: number | undefined;
      reason?: SessionEndReason | undefined;
      methods?: readonly AuthMethod[] | undefined;
      field?: string | undefined;
      detail?: string | undefined;
      /** In seconds. */
      retryAfter?: number | undefined;
      cause?: ErrorView | undefined;
    }
  | { name: string; message: string };
