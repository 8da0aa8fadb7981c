// What a route of the fake service gets and gives.
import { type Account, type Accounts, secondFactorsOf } from "./accounts.js";
import type { Ceremonies } from "./ceremonies.js";
import type { Challenges } from "./challenges.js";
import type { Clock } from "./clock.js";
import { Refusal } from "./problem.js";
import { type Amr, type Grant, isTwoFactor, type Sessions, type SetCookie } from "./sessions.js";
import type { FakeFaults, FakeMail, FakeProvider } from "./types.js";
import type { CredentialJson } from "./webauthn.js";

/** What the service knows and how it is configured. */
export interface Backend {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly challenges: Challenges;
  readonly ceremonies: Ceremonies;
  readonly mails: FakeMail[];
  readonly faults: FakeFaults;
  readonly providers: readonly FakeProvider[];
  readonly signUp: boolean;
  readonly password: boolean;
  readonly mail: boolean;
  readonly passkeys: boolean;
  /** The scopes that API keys can have; `null`: there are no API keys. */
  readonly apiKeys: readonly string[] | null;
  /** Whether users can connect clients by OAuth. */
  readonly oauth: boolean;
  /** The service's origin. */
  readonly origin: string;
  /** The origin of the pages, which is also the relying party's. */
  readonly page: string;
  /** The accounts that are being linked with a provider, by ticket. */
  readonly links: Map<string, Account>;
  readonly clock: Clock;
  /** Seconds since the Unix epoch, by the service's clock. */
  readonly now: () => number;
  /** Numbered, so that a test's snapshots stay the same. */
  readonly newId: (kind: string) => string;
}

/** The members of all bodies. */
export interface Body {
  readonly email?: string;
  readonly password?: string;
  readonly current_password?: string;
  readonly new_password?: string;
  readonly code?: string;
  readonly recovery_code?: string;
  readonly scope?: string;
  readonly url?: string;
  readonly name?: string | null;
  readonly picture?: string | null;
  readonly locale?: string | null;
  readonly return_to?: string;
  readonly credential?: CredentialJson;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  readonly networks?: readonly string[];
  readonly expires_in?: number | null;
}

/** A request to the service, without what only HTTP needs. */
export interface Asked {
  readonly backend: Backend;
  readonly cookie: string | undefined;
  /** The challenge cookie. */
  readonly challenge: string | undefined;
  /** The access token; empty without one. */
  readonly token: string;
  readonly body: Body;
  /** What the path has in place of `{id}` or `{name}`. */
  readonly id: string;
  readonly query: URLSearchParams;
}

/** What the service answers. Cookies that are missing stay as they are; `null`: the browser drops it. */
export interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly cookie?: SetCookie | null | undefined;
  readonly challenge?: string | null | undefined;
  /** Of a redirect. */
  readonly location?: URL;
}

/** Routes, by method and path. */
export type Routes = Readonly<Record<string, (asked: Asked) => Answer>>;

export const DONE: Answer = { status: 204 };

export const granted = ({ cookie, response }: Grant, status = 200): Answer => ({
  ...{ status, body: response, cookie, challenge: null },
});

/** Opens a session, or asks for the second factor if the account has one. */
export function open({ backend, cookie }: Asked, account: Account, amr: Amr, status = 200): Answer {
  const { challenges, sessions } = backend;
  if (!account.totp?.confirmed || isTwoFactor(amr)) return granted(sessions.begin(account, amr, cookie), status);
  const challenge = challenges.issue({ purpose: "second-factor", account, amr });
  throw new Refusal("second_factor_required", { methods: secondFactorsOf(account) }, challenge);
}
