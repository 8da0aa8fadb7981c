import type { AuthErrorCode, AuthMethod, SessionEndReason } from "./generated/codes.js";
import type { SessionInfo, Snapshot } from "./generated/vault.js";
import type { ClientOptions, SignOutScope } from "./types.js";

// What a page and a vault that runs elsewhere say to each other: all of it. No message has a place for a token; what
// comes back from an API is the answer to what was asked of it, never the request. Neither side assumes that the other
// shares its origin: every address is absolute, and whatever comes from a page is read by `worker/read.ts` as if it were
// hostile.
//
// `start`, `ready` and `refused` keep their shape in every version, so that two versions can tell each other apart.

/** Raised with any change of the messages below. Page and vault must have the same. */
export const PROTOCOL = 5;

/** Chosen by the page: for one `ask`, `sign-out`, `sessions`, `revoke`, `ticket` or `fetch`, never used again. */
export type Id = number;

/** From the page to the vault. */
export type ToVault =
  | Start
  /** What goes to the service; `body` has the request's fields. Answered by `done` or `failed`. */
  | { kind: "ask"; id: Id; what: Asked; body: AskedBody }
  | { kind: "sign-out"; id: Id; scope: SignOutScope }
  /** Answered by `sessions` or `failed`. */
  | { kind: "sessions"; id: Id }
  | { kind: "revoke"; id: Id; session: string }
  /** Asks for a URL that works once. Answered by `ticket` or `failed`. */
  | { kind: "ticket"; id: Id; url: string }
  /** Answered by `response`, which `chunk`s and `end` may follow, or `failed`. `progress` may come before. */
  | { kind: "fetch"; id: Id; call: Call }
  /** The caller has no more use for this fetch, or for the rest of its body. Nothing more will come for it. */
  | { kind: "abort"; id: Id }
  /** So many bytes of this body have been read, and may be followed by as many. */
  | { kind: "more"; id: Id; bytes: number }
  /** The page may have slept, or is about to. */
  | { kind: "wake"; what: WakeKind }
  /** Drop the token and stop; what has been sent already goes on. */
  | { kind: "dispose" };

/** The first message, and the only one before `ready`. */
export interface Start {
  kind: "start";
  protocol: number;
  /** Where the WebAssembly is. */
  module: string;
  options: VaultOptions;
  /** The note of a sign-out that the service hasn't heard of yet: what `remember` said last. */
  owed: string | undefined;
  /** Whether the page is in a frame, or the browser says that it keeps no cookies. */
  cookieUncertain: boolean;
}

/** What the vault needs of {@link import("./types.js").ClientOptions}. */
export type VaultOptions = Omit<ClientOptions, "vault" | "headers" | "serviceWorker" | "workerUrl" | "wasmUrl">;

export const ASKED = ["signIn", "signUp", "reauthenticate", "changePassword", "deleteAccount"] as const;
export type Asked = (typeof ASKED)[number];
/** The fields of a request to the service, by the names of the wire. The vault checks which there are. */
export type AskedBody = Readonly<Record<string, string>>;

export const WAKES = ["visible", "hidden", "online", "offline", "frozen", "thawed", "noted"] as const;
/** `frozen`: into the back/forward cache; `thawed`: out of it; `noted`: the answer to `check-note`. */
export type WakeKind = (typeof WAKES)[number];

/** A request; what is left out is as `fetch` has it. */
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
  /** Whether `progress` is to be told while the body is sent. */
  progress?: boolean;
}

/** A list is a form's entries. A stream is transferred; everything else is copied, a Blob by reference. */
export type CallBody = string | Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | FormEntry[] | ReadableStream;
export type FormEntry = [name: string, value: string | File];

/** How much of a body may be under way, in bytes, before the page has read any of it. */
export const WINDOW = 1 << 20;

/** From the vault to the page. */
export type ToPage =
  /** It has started. */
  | { kind: "ready"; protocol: number }
  /** It can't start, and this is its last word. */
  | { kind: "refused"; protocol: number; error: ErrorView }
  /** Something the page may see has changed. */
  | ({ kind: "state" } & State)
  /** Keep this note, where all pages of the origin find it, that the service must still be told of a sign-out; without one,
   *  strike it. */
  | { kind: "remember"; note: string | undefined }
  /** If there is such a note of any page's, say so: `wake` with `noted`. */
  | { kind: "check-note" }
  | { kind: "done"; id: Id }
  | { kind: "sessions"; id: Id; sessions: SessionInfo[] }
  /** The URL that was asked for, with a ticket in it: good once, for what the page opens next, and nothing besides. */
  | { kind: "ticket"; id: Id; url: string }
  /** Whatever was asked, or the rest of a body, won't come. */
  | { kind: "failed"; id: Id; error: ErrorView }
  /** So many bytes of the request's body have been sent. */
  | { kind: "progress"; id: Id; loaded: number; total: number }
  | { kind: "response"; id: Id; answer: Answer }
  /** The next part of a body, transferred. */
  | { kind: "chunk"; id: Id; bytes: Uint8Array<ArrayBuffer> }
  /** The body is complete. */
  | { kind: "end"; id: Id }
  /** A message was not understood; nothing came of it. */
  | { kind: "violation"; detail: string };

/** Everything the page may see, at one moment. */
export interface State extends Snapshot {
  lastError: ErrorView | undefined;
}

/** The head of an API's answer. */
export interface Answer {
  /** 0 when `redirect: "manual"` was asked for and there was a redirect. */
  status: number;
  statusText: string;
  headers: [name: string, value: string][];
  url: string;
  redirected: boolean;
  type: ResponseType;
  /** Whether `chunk`s and an `end` will follow. */
  body: boolean;
}

/** An error, as it crosses: an `AuthError`, or one of the platform's by its name. */
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
