import type { AuthError } from "./errors.js";
import type { ApiKeysGroup, GrantsGroup } from "./permissions.js";
import type {
  EmailGroup,
  PasskeysGroup,
  PasswordGroup,
  Profile,
  ProfileChange,
  ProvidersGroup,
  Reauthentication,
  RequiredStepUp,
  SecondFactorGroup,
  SignInMethods,
  SignInResult,
  SignInWith,
} from "./ways-in.js";

/** Options of {@link createClient}. `createClient` checks all of them first, and rejects an invalid one with `invalid_options`. */
export interface ClientOptions {
  /**
   * The origin of the token service, without a path (`https://auth.example.com`).
   * It must be same-site with the page, because the cookie is `SameSite=Strict`. On another site, a sign-in fails
   * with `cookie_blocked`.
   */
  service: string;
  /**
   * The origins to which `auth.fetch` may send the access token. Each is an `https` origin without a path
   * (`http` only on localhost), and is compared with the parsed origin of a request, not by prefix or pattern.
   * Default: the service's own origin only.
   */
  apiOrigins?: readonly string[];
  /**
   * Where the vault runs. `"worker"`, the default: in a dedicated worker, which the page's scripts cannot reach.
   * `"page"`: in the page itself, which is weaker. The package never changes to it by itself; it must be requested by
   * this name.
   */
  vault?: "worker" | "page";
  /**
   * What to do if a service worker controls the page, or would control the vault's worker, when the client is created.
   * A service worker sees the requests of both, with the access token. `"allow"`, the default: start. `"refuse"`: fail
   * with `service_worker_in_control` before the vault is started. A service worker that takes control later is not
   * detected.
   */
  serviceWorker?: "allow" | "refuse";
  /**
   * The address of `vault-worker.js`, relative to the page, if the app serves that file itself. Default: the file in
   * the package, which bundlers find (`docs/bundlers.md`). If it is on another origin than the page, the worker is
   * started from a copy, which the page's policy must allow (`worker-src blob:`).
   */
  workerUrl?: string | URL;
  /** The address of `vault_bg.wasm`, relative to the page, if the app serves that file itself. Default: the file in the package. */
  wasmUrl?: string | URL;
  /**
   * How long before its expiry the access token is renewed, in seconds. The vault subtracts some jitter.
   * Default: 60, and never more than half of the token's lifetime.
   */
  refreshAheadSeconds?: number;
  /**
   * How long a request to the service may take, in seconds. Only the time in which the tab runs counts. Default and
   * maximum: 20.
   */
  timeoutSeconds?: number;
  /**
   * Called in the page for each call of `auth.fetch`, before it is sent; the call gets the headers that it returns, for
   * example those of a trace. It must return them at once, not a promise. A header that the call already has is not
   * changed. `Authorization` and names that begin with `Latchkey-` are ignored, because the vault sets them. If the
   * function throws, the error is reported (`reportError`), and the call is sent without these headers. After a 401 the
   * call is sent again with the same headers.
   */
  headers?: (request: OutgoingRequest) => AddedHeaders;
  /**
   * Called when an API answers a call of `auth.fetch` with 401 and requires a more recent authentication, or one with
   * a second factor (RFC 9470, `max_auth_age` and `acr` of a route). Show a dialog, and let the user prove what is
   * missing, by `auth.reauthenticate` or `auth.secondFactor.verify`. When the promise resolves, the call is sent again
   * with the new token, once. Calls that are answered in this way meanwhile wait for the same dialog.
   *
   * If nothing was proved by then, because the user does not want to, or if the promise rejects, the calls get their
   * 401; a rejection is also reported (`reportError`). A call whose body is a stream gets its 401 at once. Do not wait
   * in this function for a call that needs the step-up itself. Default: every such call gets its 401.
   */
  onStepUp?: (required: RequiredStepUp) => void | Promise<void>;
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
   * Called while the body is sent; from the start again if the call is sent again after a 401. The vault sends such a
   * call by `XMLHttpRequest`, because `fetch` does not report what has been sent. So the response resolves when its
   * whole body has arrived, `credentials: "omit"` is as `"same-origin"`, and the call fails with a `TypeError` if its
   * body is a stream or if it sets `mode`, `redirect`, `cache`, `integrity` or `keepalive`.
   */
  onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** What the user typed. The package does not store or log either value, and no error contains one. */
export interface Credentials {
  email: string;
  password: string;
}

/** The user of the session, as in the service's last response. */
export interface User {
  readonly id: string;
  readonly email: string;
  /** Whether the user has proved the address, by a code that was sent to it. */
  readonly emailVerified: boolean;
  readonly roles: readonly string[];
  /** What the user tells about themselves. Absent if the service does not send it. */
  readonly profile?: Profile;
  /** What an administrator has stored about the user. Absent if there is nothing. */
  readonly metadata?: { readonly [name: string]: unknown };
  /** The number of the user's passkeys. Absent if the service does not send it. */
  readonly passkeys?: number;
  /** Whether a sign-in requires a second factor. Absent if the service does not send it. */
  readonly secondFactor?: boolean;
}

/** The session. All times are milliseconds since the Unix epoch, by the service's clock. */
export interface Session {
  readonly id: string;
  readonly user: User;
  readonly createdAt: number;
  /** When the user last proved a credential in this session. A renewal of the access token leaves it unchanged. */
  readonly authTime: number;
  /** The methods by which the user has authenticated, as in the token's `amr` (RFC 8176). Absent if the service does not send them. */
  readonly methods?: readonly string[];
  /** The key of the browser's to which the session is bound. Absent if the service does not send it. */
  readonly bound?: "none" | "dbsc" | "dpop";
  /** The absolute expiry, which does not change. */
  readonly expiresAt: number;
  /** The idle expiry. It is later after each rotation of the refresh token. */
  readonly idleExpiresAt: number;
}

/**
 * What a server knows about a session from the request for a page: whose it is. The members that are absent are those
 * that only the vault knows.
 */
export interface InitialSession extends Pick<Session, "id" | "user"> {
  readonly createdAt?: never;
  readonly authTime?: never;
  readonly methods?: never;
  readonly bound?: never;
  readonly expiresAt?: never;
  readonly idleExpiresAt?: never;
}

/** One row of `auth.sessions.list()`. All times are milliseconds since the Unix epoch. */
export interface SessionInfo {
  readonly id: string;
  /** Whether it is the session of this client. */
  readonly current: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly userAgent: string;
}

/**
 * - `loading`: the first refresh has not been answered yet.
 * - `signed-in`: there is a session, and the service can be reached.
 * - `offline`: there is probably a session (or it is not known yet whether there is one), but the service cannot be
 *   reached. The client tries again, with growing pauses. Also if the browser reports that it has no network; `lastError` may
 *   then be `null`.
 * - `signed-out`: there is no session.
 */
export type AuthStatus = "loading" | "signed-in" | "signed-out" | "offline";

/** Facts about the access token. The vault does not return the token itself. */
export interface TokenClock {
  /** When the current access token expires, in milliseconds since the Unix epoch by this page's clock; `null` if there is none. */
  readonly expiresAt: number | null;
  /** The number of refreshes that returned a new access token since the client was created. */
  readonly refreshes: number;
}

/** Which sessions a sign-out ends: this one, all but this one, or all of the user's. */
export type SignOutScope = "local" | "others" | "global";

/** The client that {@link createClient} returns. */
export interface AuthClient {
  readonly status: AuthStatus;
  /** The session, or `null`. A snapshot: the object's identity changes only when its content changes. */
  readonly session: Session | null;
  /** A snapshot, like `session`. */
  readonly tokenClock: TokenClock;
  /** Why the last session ended, or why the service cannot be reached. `null` if neither applies, and after the user has signed out. */
  readonly lastError: AuthError | null;
  /** Calls `listener` after each change of `status`, `session`, `tokenClock` or `lastError`. Returns a function that removes the listener. */
  subscribe(listener: () => void): () => void;
  /** Creates an account and signs in. Fails with `email_taken`, `sign_up_closed`, `invalid_request`, … */
  signUp(credentials: Credentials): Promise<Session>;
  /**
   * Opens a new session, and ends the previous one, if any; or, with `{ status: "second-factor", methods }`, asks for
   * the second factor: show a field for one of `methods`, and call `secondFactor.verify`. Fails with
   * `invalid_credentials`, …
   *
   * If the service is on another origin than the page, if the page is in a frame, or if the browser says that it keeps
   * no cookies, this and `signUp` first check that the browser keeps the session's cookie, and fail with
   * `cookie_blocked` if it does not, before `status` changes. The check costs one request, and is not repeated once it
   * has succeeded.
   */
  signIn(credentials: Credentials): Promise<SignInResult>;
  /** The ways to sign in that the service offers. */
  methods(): Promise<SignInMethods>;
  /**
   * Ends sessions. With `local` (the default) and `global`, the access token is removed from memory before this call
   * returns, and every tab signs out. This also works without a network: the service is informed as soon as it can be
   * reached.
   */
  signOut(options?: { scope?: SignOutScope }): Promise<void>;
  /**
   * Proves a credential again in the same session, which sets `session.authTime` to the present time, also in the next
   * access token: the password; a code that `email.sendCode()` has sent to the user's own address; or, with
   * `"passkey"`, a passkey. Necessary after the code `reauthentication_required`, and after a 401 `step_up_required` of an API. Fails with
   * `invalid_credentials`, `code_invalid`, `signed_out`, …
   */
  reauthenticate(proof: Reauthentication): Promise<Session>;
  /**
   * Changes the password. Every session ends, and this client gets a new one. Fails with `invalid_credentials`,
   * `signed_out`, …, and with `reauthentication_required` if the user proved a credential too long ago (10 minutes,
   * unless configured otherwise): call {@link AuthClient.reauthenticate}, then this again.
   */
  changePassword(passwords: { currentPassword?: string; newPassword: string }): Promise<Session>;
  /**
   * Deletes the user's account with all its sessions, and signs out in every tab. This cannot be undone. Fails with
   * `invalid_credentials`, `signed_out`, …, and with `reauthentication_required` as `changePassword` does.
   */
  deleteAccount(proof?: { currentPassword?: string }): Promise<void>;
  /** Changes what the user tells about themselves. Fails with `invalid_request`, `signed_out`, … */
  updateProfile(change: ProfileChange): Promise<User>;
  /** Codes by mail, and the user's address. */
  readonly email: EmailGroup;
  /** What a user who has forgotten the password needs. */
  readonly password: PasswordGroup;
  /** Passkeys. */
  readonly passkeys: PasskeysGroup;
  /** Signs in with another provider, such as Google. */
  readonly signInWith: SignInWith;
  /** The user's accounts at other providers. */
  readonly providers: ProvidersGroup;
  /** Second factors. */
  readonly secondFactor: SecondFactorGroup;
  /** The user's API keys. */
  readonly apiKeys: ApiKeysGroup;
  /** The clients of other parties that the user has connected by OAuth. */
  readonly grants: GrantsGroup;
  readonly sessions: {
    /** All sessions of the user: the client's own first, then the newest. */
    list(): Promise<SessionInfo[]>;
    /** Ends one of the user's sessions. */
    revoke(id: string): Promise<void>;
  };
  /**
   * `fetch` with the access token: the same arguments, responses and errors (a `TypeError` if the network fails, the
   * signal's reason if the call is aborted), and an {@link AuthError} if the vault rejects the call:
   *
   * - `origin_not_allowed`: the URL's origin is not one of `apiOrigins`, or the URL is one of the service under `/auth`.
   * - `signed_out`: there is no session, so the call was not sent; or a sign-out aborted it.
   * - `not_replayable`: an API answered 401 and the token was renewed, but the call cannot be sent again because its body was a
   *   stream.
   * - `network`, `timeout`, `bad_response`, `unavailable`, …: the token had expired and could not be renewed.
   *
   * It waits for a renewal if there is no valid token. After a 401 it renews the token and sends the call once more. It
   * replaces an `Authorization` header of your own. Redirects are followed as by `fetch`, which removes the token if
   * they lead to another origin.
   *
   * To stream a large upload, give the stream as `init.body`; the body of a `Request` object is kept for the second
   * try.
   */
  fetch(input: RequestInfo | URL, init?: AuthRequestInit): Promise<Response>;
  /**
   * Returns a URL with a one-time ticket for a `WebSocket` or an `EventSource`, to which a page cannot add a header.
   * The ticket is valid once, within 30 seconds, from this page's origin, and for exactly this URL. `wss:` is checked
   * against `apiOrigins` as `https:`.
   *
   * ```ts
   * const socket = new WebSocket(await auth.ticket("wss://api.example.com/live"));
   * ```
   *
   * Each connection needs a ticket of its own, also after a reconnect. The gate rejects an `EventSource` that
   * reconnects by itself, so close it when it fails and create another one, or read the stream with {@link
   * AuthClient.fetch}. An open connection is not closed when the session ends: close it when `status` becomes
   * `signed-out`.
   *
   * Fails with `origin_not_allowed`, `signed_out`, `invalid_request` (the route does not accept tokens),
   * `rate_limited`, …
   */
  ticket(url: string | URL): Promise<string>;
  /**
   * Returns a `fetch` for libraries that take one. Calls to `apiOrigins` are sent by the vault, as by {@link
   * AuthClient.fetch}; all others by the given function (default: the page's own `fetch`). An invalid URL rejects with
   * a `TypeError`.
   */
  wrap(fetch?: typeof globalThis.fetch): AuthClient["fetch"];
  /**
   * Removes the token from memory and stops all timers and listeners. The session itself continues, but this client no
   * longer shows it: `session` is `null` and `status` is `signed-out`. Later calls fail with `disposed`; calls that
   * have already been sent continue.
   */
  dispose(): void;
}
