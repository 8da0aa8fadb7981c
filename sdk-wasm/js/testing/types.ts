import type { SessionEndReason } from "../generated/codes.js";
import type { AuthClient, ClientOptions, User } from "../types.js";

/** An account of the fake service. */
export interface FakeUser {
  email: string;
  /** Default: `"correct horse battery staple"`. */
  password?: string;
  /** Default: none. */
  roles?: readonly string[];
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
  /** Whether `signUp` creates accounts. Default: `"open"`, unlike the real service. */
  signUp?: "open" | "closed";
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
   * Sign-ins, sign-ups and other calls with a password are answered 429 with `Retry-After`: this number of seconds;
   * `true`: one.
   */
  rateLimited: boolean | number;
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

/** One browser profile: its tabs share the session's cookie. */
export interface FakeBrowser {
  /**
   * Opens a tab, in which `createClient` is called with these options, and `vault: "page"`. Default of `service`: that
   * of the fake. Called again, it opens another tab, which is also what a reload is.
   */
  createClient(options?: Partial<ClientOptions>): Promise<AuthClient>;
  /** Gives the browser a session, as if the user had signed in before. Throws if there is no such account. */
  openSession(email: string): void;
}

/** A token service in memory, with one browser that can be used at once. */
export interface FakeService extends FakeBrowser {
  /** Switches; see {@link FakeFaults}. */
  readonly faults: FakeFaults;
  /** The requests that arrived at the service and the gate, in order: `"POST /auth/refresh"`, `"GET /api/notes"`. */
  readonly requests: readonly string[];
  /** Another browser, without a session. */
  browser(): FakeBrowser;
  /** The service and the gate reject all access tokens that exist now: the next call is answered with 401. */
  expireTokens(): void;
  /**
   * Ends sessions at the service: all of them, or those of one account. Clients notice at their next renewal, or when a
   * request is rejected. `reused`: as after the detection of a stolen cookie. Default: `"revoked"`.
   */
  endSessions(reason?: SessionEndReason, email?: string): void;
  /** Pages get the event `visibilitychange`, as if the user had come back to them: what has failed is tried again now. */
  wake(): void;
}
