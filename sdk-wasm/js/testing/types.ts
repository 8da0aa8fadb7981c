import type { SessionEndReason } from "../generated/codes.js";
import type { AuthClient, ClientOptions, User } from "../types.js";

/** An account of the fake service. */
export interface FakeUser {
  email: string;
  /** Default: `"correct horse battery staple"`. `null`: the account has no password. */
  password?: string | null;
  /** Default: none. */
  roles?: readonly string[];
  /** Whether the user has proved the address. Default: `false`. */
  emailVerified?: boolean;
  /** Whether a sign-in requires a code of an authenticator app, which `totpCode` gives. Default: `false`. */
  totp?: boolean;
  /** The clients that the user has connected by OAuth, if the service has `oauth`. Default: none. */
  grants?: readonly FakeGrant[];
}

/** What a user has permitted a client of another party. */
export interface FakeGrant {
  /** The client's name for users. */
  client: string;
  /** The host of the page to which the client leads users back. Default: none. */
  host?: string;
  scopes: readonly string[];
  /** The API for which it is. Default: the service's `audience`. */
  resource?: string;
}

/** Another provider, with the one user who signs in there. */
export interface FakeProvider {
  /** The name in the configuration: `"google"`. */
  name: string;
  /** The name for users. Default: `name`. */
  label?: string;
  /** The address of the provider's user, who is asked nothing. */
  email: string;
  /** The id of that user at the provider. Default: the address. */
  subject?: string;
  /** The sign-in fails there: pages get `provider_failed`. Default: `false`. */
  fails?: boolean;
}

/** A mail that the fake service has sent. */
export interface FakeMail {
  readonly to: string;
  readonly kind:
    | "sign_in"
    | "sign_up"
    | "reauthentication"
    | "password_reset"
    | "no_account"
    | "email_verification"
    | "email_change"
    | "email_in_use"
    | "email_changed";
  /** The code in it, as a user reads it: `BCDF-GHJK`. Those without a code say what has happened, or why there is none. */
  readonly code?: string;
  /** When it was sent, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** A session, as the service keeps it. Times are in milliseconds since the Unix epoch, by the service's clock. */
export interface FakeSession {
  readonly id: string;
  /** The address of its user. */
  readonly email: string;
  /** The number of its refresh token: 1 at first. A refresh with a token that is older than 60 seconds replaces it by the next. */
  readonly generation: number;
  readonly createdAt: number;
  /** When the present refresh token was issued. */
  readonly lastUsedAt: number;
  /** 7 days after `lastUsedAt`, but not later than `expiresAt`. */
  readonly idleExpiresAt: number;
  /** 30 days after `createdAt`. */
  readonly expiresAt: number;
  /** Why it has ended; `null` while it is open. */
  readonly endReason: SessionEndReason | null;
  readonly endedAt: number | null;
}

/** The caller that the fake gate has identified. */
export interface FakeCaller {
  readonly user: User;
  readonly sessionId: string;
}

/** Your API: answers the requests of `auth.fetch` whose token is valid. */
export type FakeApi = (request: Request, caller: FakeCaller) => Response | Promise<Response>;

/** Options of {@link fakeService}. */
export interface FakeServiceOptions {
  /** The accounts that exist at first. Default: none. */
  users?: readonly FakeUser[];
  /** Whether users can create accounts. Default: `"open"`, unlike the real service. */
  signUp?: "open" | "closed";
  /** Whether `auth.methods()` offers passwords. Default: `true`. */
  password?: boolean;
  /** Whether the service sends mails: sign-in by code, forgotten passwords, proof of addresses. Default: `false`. */
  mail?: boolean;
  /** Whether the service accepts passkeys. Default: `false`. */
  passkeys?: boolean;
  /** The scopes that API keys can have, if the service has API keys. Default: it has none, and `auth.apiKeys` fails with `not_found`. */
  apiKeys?: readonly string[];
  /** Whether users can connect clients by OAuth; if not, `auth.grants` fails with `not_found`. Default: `false`. */
  oauth?: boolean;
  /** The other providers with which users can sign in. Default: none. */
  providers?: readonly FakeProvider[];
  /** Answers the requests of `auth.fetch`. Default: 404 to all of them. */
  api?: FakeApi;
  /**
   * The origin of the service: `https`, or `http` on localhost. Default: that of the page in which the test runs;
   * without a page, or if its origin is not one of these, `https://app.example.com`, which is the page's origin then,
   * too.
   */
  origin?: string;
  /** How long an access token lives, in seconds. Default: 300. */
  accessTokenSeconds?: number;
}

/** Faults between a client and the service or the API. All are off at first. */
export interface FakeFaults {
  /** No request arrives. When it becomes `false` again, pages get the event `online`. */
  offline: boolean;
  /** Every request is answered with a page, as by a captive portal: for the client, `bad_response` of the service. */
  portal: boolean;
  /** The service and the gate answer 503 with `Retry-After`: this number of seconds; `true`: one. */
  unavailable: boolean | number;
  /**
   * Sign-ins, sign-ups and other calls with a credential, or for a code, are answered 429 with `Retry-After`: this number of seconds;
   * `true`: one.
   */
  rateLimited: boolean | number;
  /** Mails cannot be sent: what needs one fails with `mail_unavailable`. */
  mailUnavailable: boolean;
  /** How long each request takes, in milliseconds. More than the client's `timeoutSeconds` is a `timeout`. */
  delayMs: number;
  /** This number of the next requests are carried out, but their answers are lost. */
  lostAnswers: number;
  /**
   * The browser keeps no cookie of the service's. If the service is on another origin than the page, `signIn` and
   * `signUp` fail with `cookie_blocked`; on the page's own origin, the session ends with this code at its first
   * renewal.
   */
  cookieBlocked: boolean;
  /** How far the service's clock is ahead of the test's, in seconds; negative: behind. */
  skewSeconds: number;
}

/** The authenticator of a browser, and how its user answers the browser's dialogs. */
export interface FakeAuthenticator {
  /** The names of its passkeys' users, the oldest passkey first. */
  readonly passkeys: readonly string[];
  /** What the user does when the browser asks for a passkey. Default: `"confirm"`. */
  answer: "confirm" | "cancel";
  /**
   * Whether the browser supports passkeys, which `auth.passkeys.isSupported` says, in tabs that are opened from then on.
   * Default: `true`.
   */
  isAvailable: boolean;
  /**
   * The user chooses a passkey among the suggestions of a field: what waits for it (`signIn({ conditional: true })`)
   * goes on with the last passkey.
   */
  autofill(): void;
}

/** One browser profile: its tabs share the session's cookie. */
export interface FakeBrowser {
  /**
   * Opens a tab, in which `createClient` is called with these options, and `vault: "page"`. Default of `service`: that
   * of the fake. Called again, it opens another tab, which is also what a reload is.
   */
  createClient(options?: Partial<ClientOptions>): Promise<AuthClient>;
  /**
   * Gives the browser a session, as if the user had signed in before, with the second factor if the account has one. Throws
   * if there is no such account.
   */
  openSession(email: string): void;
  /** Where its passkeys are. */
  readonly authenticator: FakeAuthenticator;
  /**
   * Where its page has gone by `signInWith` or `link`: the address to which the provider led it back, with `?error=` if
   * it failed; `null` at first. Call `createClient` for the client of that page.
   */
  readonly location: string | null;
}

/** A token service in memory, with one browser that can be used at once. */
export interface FakeService extends FakeBrowser {
  /** Switches; see {@link FakeFaults}. */
  readonly faults: FakeFaults;
  /** The requests that arrived at the service and the gate, in order: `"POST /auth/refresh"`, `"GET /api/notes"`. */
  readonly requests: readonly string[];
  /** The mails that were sent, the newest first. */
  readonly mails: readonly FakeMail[];
  /** Another browser, without a session. */
  browser(): FakeBrowser;
  /** All sessions, also those that have ended, the newest first. */
  sessions(): readonly FakeSession[];
  /**
   * The code that the user's authenticator app shows. The service accepts each code once, so after two codes 30 seconds
   * have to pass: this throws until then.
   */
  totpCode(email: string): string;
  /** The service and the gate reject all access tokens that exist now: the next call is answered with 401. */
  expireTokens(): void;
  /**
   * Ends sessions at the service: all of them, or those of one account. Clients notice at their next renewal, or when a
   * request is rejected. `reused`: as after the detection of a stolen cookie. Default: `"revoked"`.
   */
  endSessions(reason?: SessionEndReason, email?: string): void;
  /** Pages get the event `visibilitychange`, as if the user had come back to them: what has failed is tried again now. */
  wake(): void;
  /** The time of clients and service, in milliseconds since the Unix epoch: `Date.now()` and what has been skipped. */
  now(): number;
  /**
   * Lets time pass for all clients, whose devices are awake, and for the service: timers that fall due run one after
   * the other, each at its own time, and what they cause is handled before time goes on. So in 10 minutes a client
   * renews its token as often as in 10 real minutes, and a session in use stays in use. Meanwhile time stands still
   * otherwise.
   *
   * Resolves when all of that has been handled; an API that waits for something else than promises is not waited for.
   * The test's own `Date.now` and timers do not change, replaced or not: compare with `now()`.
   *
   * 30 days, with a renewal every 4 minutes, take some seconds.
   *
   * @throws RangeError if `seconds` is negative or not finite.
   */
  skip(seconds: number): Promise<void>;
  /**
   * The devices of all clients sleep: `Date.now` goes on, for the service too, while timers and `performance.now` stand
   * still; then the pages get the event `visibilitychange`. So no session is used meanwhile: after
   * 7 days they have ended with the reason `idle`. Resolves when the event has been handled.
   *
   * @throws RangeError if `seconds` is negative or not finite.
   */
  sleep(seconds: number): Promise<void>;
}
