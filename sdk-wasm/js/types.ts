import type { AuthError } from "./errors.js";

/** Options of {@link createClient}. They are checked as a whole; a bad one rejects with `invalid_options`. */
export interface ClientOptions {
  /**
   * Where the token service lives: an origin, without a path (`https://auth.example.com`).
   * It must be same-site with the page, because the cookie is `SameSite=Strict`: from another site a sign-in is not possible
   * (`cookie_blocked`).
   */
  service: string;
  /**
   * The origins `auth.fetch` may send the access token to. Each is an `https` origin without a path
   * (`http` only on localhost), compared as a parsed origin, never as a prefix or a pattern.
   * Default: the service's own origin only.
   */
  apiOrigins?: readonly string[];
  /**
   * Where the vault runs. `"worker"`, the default: in a dedicated worker, out of reach of the page's scripts. `"page"`: in
   * the page itself, which is weaker, and therefore nothing that is fallen back to: it must be asked for by name.
   */
  vault?: "worker" | "page";
  /**
   * What to do where a service worker controls the page, or would control the vault's worker, when the client is created. It sees
   * the requests of both, with the access token. `"allow"`, the default: start. `"refuse"`: fail with
   * `service_worker_in_control`, before the vault is started. A service worker that takes control later is not noticed.
   */
  serviceWorker?: "allow" | "refuse";
  /**
   * The address of `vault-worker.js`, relative to the page, where the app serves that file itself. Default: where the package has
   * it, which bundlers follow (`docs/bundlers.md`). On another origin than the page's, the worker is started from a copy, which the
   * page's policy has to allow (`worker-src blob:`).
   */
  workerUrl?: string | URL;
  /** The address of `vault_bg.wasm`, relative to the page, where the app serves that file itself. Default: where the package has it. */
  wasmUrl?: string | URL;
  /**
   * How long before its expiry the access token is renewed, in seconds, less some jitter.
   * Default: 60, and never more than half of the token's lifetime.
   */
  refreshAheadSeconds?: number;
  /**
   * How long a request to the service may take, in seconds, counting only the time in which the tab runs. Default: 20, which is also the
   * maximum.
   */
  timeoutSeconds?: number;
  /**
   * Called in the page for each call of `auth.fetch`, before it is sent; the call gets the headers that it returns, for example
   * those of a trace. It must return them at once, not a promise. A header that the call has already is not changed; `Authorization`
   * and names that begin with `Latchkey-` are ignored, because they are the vault's. If the function throws, the error is
   * reported (`reportError`), and the call is sent without these headers. After a 401 the call is sent again with the same headers.
   */
  headers?: (request: OutgoingRequest) => AddedHeaders;
}

/** What {@link ClientOptions.headers} returns. A value that is `undefined` adds nothing. */
export type AddedHeaders = HeadersInit | { readonly [name: string]: string | undefined };

/** The call to which {@link ClientOptions.headers} adds headers. */
export interface OutgoingRequest {
  /** The absolute URL. */
  readonly url: string;
  readonly method: string;
}

/** How much of a request's body has been sent, in bytes. */
export interface UploadProgress {
  /** Bytes that the browser has handed to the network. Some of them may be in buffers of the operating system. */
  readonly loaded: number;
  /** Bytes of the whole body. */
  readonly total: number;
}

/** What {@link AuthClient.fetch} takes in addition to the options of `fetch`. */
export interface AuthRequestInit extends RequestInit {
  /**
   * Called while the body is sent; from the start again if the call is sent again after a 401. The vault sends such a call by
   * `XMLHttpRequest`, because `fetch` does not report what has been sent. So the response resolves when its whole body
   * has arrived, `credentials: "omit"` is as `"same-origin"`, and the call fails with a `TypeError` if its body is a stream or
   * if it sets `mode`, `redirect`, `cache`, `integrity` or `keepalive`.
   */
  onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** What the user typed. Neither value is kept, logged or put into an error. */
export interface Credentials {
  email: string;
  password: string;
}

/** Whose session it is, as the service last said. */
export interface User {
  readonly id: string;
  readonly email: string;
  /** `false` until a flow exists that proves the address. */
  readonly emailVerified: boolean;
  readonly roles: readonly string[];
}

/** The living session. All times are milliseconds since the Unix epoch, by the service's clock. */
export interface Session {
  readonly id: string;
  readonly user: User;
  readonly createdAt: number;
  /** When the user last proved a credential in this session. A renewal of the access token leaves it unchanged. */
  readonly authTime: number;
  /** The absolute expiry. It never moves. */
  readonly expiresAt: number;
  /** The idle expiry. It moves when the refresh token rotates. */
  readonly idleExpiresAt: number;
}

/** One row of `auth.sessions.list()`. All times are milliseconds since the Unix epoch. */
export interface SessionInfo {
  readonly id: string;
  /** Whether it is the one this client uses. */
  readonly current: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly userAgent: string;
}

/**
 * - `loading`: the first refresh is under way.
 * - `signed-in`: a session lives and the service can be reached.
 * - `offline`: a session is believed to live (or it isn't known yet whether there is one), but the service can't be
 *   reached, and is tried again by backoff; or the browser says that it has no network (`lastError` may be `null` then).
 * - `signed-out`: there is no session.
 */
export type AuthStatus = "loading" | "signed-in" | "signed-out" | "offline";

/** What the vault says of the access token, which itself it never hands out. */
export interface TokenClock {
  /** When the current access token expires, in milliseconds since the Unix epoch by this page's clock; `null`: there is none. */
  readonly expiresAt: number | null;
  /** How often a refresh brought a new access token since the client was created. */
  readonly refreshes: number;
}

/** Which sessions a sign-out ends: this one, all but this one, or all of the user's. */
export type SignOutScope = "local" | "others" | "global";

/** What {@link createClient} gives. */
export interface AuthClient {
  readonly status: AuthStatus;
  /** The session, or `null`. A snapshot: the object's identity changes only when what it says changes. */
  readonly session: Session | null;
  /** A snapshot, like `session`. */
  readonly tokenClock: TokenClock;
  /** Why the last session ended or the service can't be reached; `null` when all is well or the user signed out himself. */
  readonly lastError: AuthError | null;
  /** Calls `listener` after each change of `status`, `session`, `tokenClock` or `lastError`. Returns the way to stop it. */
  subscribe(listener: () => void): () => void;
  /** Creates an account and signs in. Fails with `email_taken`, `sign_up_closed`, `invalid_request`, … */
  signUp(credentials: Credentials): Promise<Session>;
  /**
   * Always starts a new session; the one there was, if any, ends. Fails with `invalid_credentials`, …
   *
   * If the service is on another origin than the page, if the page is in a frame, or if the browser says that it keeps no cookies,
   * this and `signUp` wait until the browser has been seen to keep the session's cookie, and fail with `cookie_blocked` if it
   * doesn't, before `status` has changed. That is one request more, and only until it has succeeded once.
   */
  signIn(credentials: Credentials): Promise<Session>;
  /**
   * Ends sessions. With `local` (the default) and `global` the access token is gone from memory before this returns
   * to its caller, and every tab follows. Offline too: the service is told as soon as it can be reached.
   */
  signOut(options?: { scope?: SignOutScope }): Promise<void>;
  /**
   * Proves the password again, in the same session: `session.authTime` is now, in the next access token too. Needed after the
   * code `reauthentication_required`, and after a 401 `step_up_required` of an API. Fails with `invalid_credentials`,
   * `signed_out`, …
   */
  reauthenticate(proof: { password: string }): Promise<Session>;
  /**
   * Changes the password; every session ends, and this client gets a new one. Fails with `invalid_credentials`, `signed_out`, …, and
   * with `reauthentication_required` if the user proved a credential too long ago (10 minutes, unless configured otherwise):
   * call {@link AuthClient.reauthenticate}, then this again.
   */
  changePassword(passwords: { currentPassword: string; newPassword: string }): Promise<Session>;
  /**
   * Deletes the user's account with all its sessions, and signs out in every tab. There is no way back. Fails with
   * `invalid_credentials`, `signed_out`, …, and with `reauthentication_required` as `changePassword` does.
   */
  deleteAccount(proof: { currentPassword: string }): Promise<void>;
  readonly sessions: {
    /** All living sessions of the user: this one first, then the newest. */
    list(): Promise<SessionInfo[]>;
    /** Ends one of the user's sessions. */
    revoke(id: string): Promise<void>;
  };
  /**
   * `fetch`, with the access token on it: same arguments, same answers, same errors (a `TypeError` when the network
   * fails, the signal's reason when it is aborted), and an {@link AuthError} where the vault itself says no:
   *
   * - `origin_not_allowed`: the address isn't on one of `apiOrigins`, or is one of the service's own under `/auth`.
   * - `signed_out`: there is no session, so nothing was sent; or a sign-out ended the call.
   * - `not_replayable`: an API answered 401, the token has been renewed, but the body was a stream and is gone.
   * - `network`, `timeout`, `bad_response`, `unavailable`, …: the token had expired and could not be renewed.
   *
   * It waits for a renewal if there is no token that is still good, and after a 401 renews it and sends the request once
   * more. An `Authorization` header of your own is replaced. Redirects within `apiOrigins` and elsewhere are followed as
   * `fetch` does, which takes the token off when they lead to another origin.
   *
   * To stream a large upload, give the stream as `init.body`; the body of a `Request` object is kept for the second try.
   */
  fetch(input: RequestInfo | URL, init?: AuthRequestInit): Promise<Response>;
  /**
   * The URL of a `WebSocket` or an `EventSource`, which can't be given a header, with a ticket in it: it opens once, within
   * 30 seconds, from this page's origin, and nothing but this very URL. `wss:` is checked against `apiOrigins` as `https:`.
   *
   * ```ts
   * const socket = new WebSocket(await auth.ticket("wss://api.example.com/live"));
   * ```
   *
   * Each connection needs a ticket of its own, also when it is made anew: an `EventSource` that connects again by itself is
   * refused, so close it when it fails and make another one, or read the stream with {@link AuthClient.fetch}. An open
   * connection isn't cut off when the session ends: close it when `status` becomes `signed-out`.
   *
   * Fails with `origin_not_allowed`, `signed_out`, `invalid_request` (the gate takes no token there), `rate_limited`, …
   */
  ticket(url: string | URL): Promise<string>;
  /**
   * A `fetch` for libraries that take one: calls to `apiOrigins` go through the vault, as by {@link AuthClient.fetch},
   * everything else to the given function. Default: the page's own `fetch`. A URL that is not valid rejects with a `TypeError`.
   */
  wrap(fetch?: typeof globalThis.fetch): AuthClient["fetch"];
  /**
   * Drops the token, stops all timers and listeners. The session itself lives on, but this client shows none any more: `session`
   * is `null` and `status` is `signed-out`. Every later call fails with
   * `disposed`; calls that have been sent already go on.
   */
  dispose(): void;
}
