import type { SessionEndReason } from "../generated/codes.js";
import type { AuthClient, ClientOptions, User } from "../types.js";

/** An account the fake service knows. */
export interface FakeUser {
  email: string;
  /** Default: `"correct horse battery staple"`. */
  password?: string;
  /** Default: none. */
  roles?: readonly string[];
}

/** Whom the fake gate let through. */
export interface FakeCaller {
  readonly user: User;
  readonly sessionId: string;
}

/** Your API, as `auth.fetch` meets it: the request as it was sent, and who sent it. */
export type FakeApi = (request: Request, caller: FakeCaller) => Response | Promise<Response>;

/** Options of {@link fakeService}. */
export interface FakeServiceOptions {
  /** The accounts there are. Default: none. */
  users?: readonly FakeUser[];
  /** Whether `signUp` makes accounts. Default: `"open"`, unlike the real service. */
  signUp?: "open" | "closed";
  /** What answers `auth.fetch`. Default: 404 to everything. */
  api?: FakeApi;
  /** Where the service is said to be, an origin. Default: the page's own, or `https://app.example.com` without a page. */
  origin?: string;
  /** How long an access token lives, in seconds. Default: 300. */
  accessTokenSeconds?: number;
}

/** What can go wrong between a client and the service or the API. All are off at first. */
export interface FakeFaults {
  /** Nothing gets through in either direction. When it becomes `false` again, clients hear of it as from the browser. */
  offline: boolean;
  /** Something else answers, as a captive portal does: the service with `bad_response`, the API with a page. */
  portal: boolean;
  /** The service and the gate answer 503; a number is `Retry-After`, in seconds. */
  unavailable: boolean | number;
  /** How long each answer takes, in milliseconds. More than the client's `timeoutSeconds` is a `timeout`. */
  delayMs: number;
  /** So many of the next requests are carried out, but their answers are lost. */
  lostAnswers: number;
  /**
   * The browser keeps no cookie of the service's. Where that is on another origin, `signIn` and `signUp` fail with
   * `cookie_blocked`; on the page's own, the session ends so at its first renewal.
   */
  cookieBlocked: boolean;
  /** How far the service's clock is ahead of this one, in seconds; negative: behind. */
  skewSeconds: number;
}

/** One browser profile: its tabs share the session's cookie. */
export interface FakeBrowser {
  /**
   * A client in a tab of its own. It can stand in for `createClient`: it takes the same options, checks none of them, and
   * gives a promise. Called again it is a reload, or another tab.
   */
  createClient(options?: Partial<ClientOptions>): Promise<AuthClient>;
  /** Gives the browser a session, as if its user had signed in before. Fails if there is no such account. */
  openSession(email: string): void;
}

/** A token service in memory, with one browser that can be used at once. */
export interface FakeService extends FakeBrowser {
  /** Switches; see {@link FakeFaults}. */
  readonly faults: FakeFaults;
  /**
   * What reached the service and the gate, in order: `"POST /auth/refresh"`, `"GET /api/notes"`. What was lost on the
   * way is not in it.
   */
  readonly requests: readonly string[];
  /** Another browser, with no session. */
  browser(): FakeBrowser;
  /** Access tokens made so far are refused from now on, as if they had expired: the next call meets a 401. */
  expireTokens(): void;
  /**
   * Ends sessions on the service's side, all of them or those of one account. Clients notice when they renew or are
   * refused. `reused` is what theft looks like: an old copy of the cookie was presented. Default: `"revoked"`.
   */
  endSessions(reason?: SessionEndReason, email?: string): void;
  /** The user comes back to the page: what failed before is tried again now, not when its time has come. */
  wake(): void;
}
