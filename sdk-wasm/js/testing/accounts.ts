import type { SessionEndReason } from "../generated/codes.js";
import type { Credentials, Session, SessionInfo, SignOutScope, User } from "../types.js";
import { refusal } from "./refusal.js";
import type { FakeCaller, FakeUser } from "./types.js";

const DAY = 86_400_000;
/** The real service's defaults. */
const SESSION_MS = 30 * DAY;
const IDLE_MS = 7 * DAY;
/** A younger session is answered as it stands, so its times move at most this often. */
const REPLAY_WINDOW_MS = 60_000;
/** For how long after proving the password its user may change the account. */
const FRESH_MS = 600_000;

interface Account {
  readonly user: User;
  password: string;
}

interface Family {
  readonly id: string;
  readonly account: Account;
  readonly createdAt: number;
  authTime: number;
  lastUsedAt: number;
  ended: SessionEndReason | null;
}

/** An access token: an object nobody but its client can get hold of. */
export interface FakeToken {
  readonly session: string;
  /** By the service's clock, in milliseconds. */
  readonly expiresAt: number;
  refused: boolean;
}

/** What a sign-in and a refresh bring. The cookie is the session's id. */
export interface Grant {
  readonly session: Session;
  readonly token: FakeToken;
  readonly lifeMs: number;
}

/** Accounts and sessions: what the real service keeps in its objects. Synchronous, so nothing happens halfway. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #families = new Map<string, Family>();
  readonly #tokens = new Set<FakeToken>();
  readonly #open: boolean;
  readonly #lifeMs: number;
  readonly #now: () => number;
  #last = 0;

  constructor(users: readonly FakeUser[], open: boolean, lifeMs: number, now: () => number) {
    this.#open = open;
    this.#lifeMs = lifeMs;
    this.#now = now;
    for (const { email, password = "correct horse battery staple", roles = [] } of users) {
      this.#add({ email, password }, roles);
    }
  }

  signUp(credentials: Credentials, cookie?: string): Grant {
    if (!this.#open) throw refusal("sign_up_closed");
    const length = [...credentials.password].length;
    if (!/^[^@\s]+@[^@\s]+$/.test(credentials.email.trim()) || length < 8 || length > 128) {
      throw refusal("invalid_request");
    }
    if (this.#accounts.has(normalised(credentials.email))) throw refusal("email_taken");
    return this.#begin(this.#add(credentials, []), cookie);
  }

  signIn({ email, password }: Credentials, cookie?: string): Grant {
    const account = this.#accounts.get(normalised(email));
    if (account?.password !== password) throw refusal("invalid_credentials");
    return this.#begin(account, cookie);
  }

  /** A session without a password, for tests that begin signed in. */
  open(email: string, cookie?: string): Grant {
    const account = this.#accounts.get(normalised(email));
    if (!account) throw new Error(`fakeService has no user ${email}`);
    return this.#begin(account, cookie);
  }

  /** `null`: no cookie came. */
  refresh(cookie: string | undefined): Grant | null {
    if (cookie === undefined) return null;
    const family = this.#families.get(cookie);
    if (!family) throw refusal("session_ended", { reason: "none" });
    const ended = family.ended ?? this.#outlived(family);
    if (ended) throw refusal("session_ended", { reason: ended });
    return this.#grant(family);
  }

  signOut(cookie: string | undefined, scope: SignOutScope): void {
    const family = cookie === undefined ? undefined : this.#families.get(cookie);
    if (!family || family.ended) {
      if (scope === "local") return;
      throw refusal("session_ended", { reason: family?.ended ?? "none" });
    }
    for (const each of this.#families.values()) {
      const own = each === family;
      const mine = each.account === family.account;
      if (scope === "local" ? own : mine && (scope === "global" || !own)) this.#end(each, "revoked");
    }
  }

  reauthenticate(token: FakeToken, password: string): Grant {
    const family = this.#familyOf(token);
    if (family.account.password !== password) throw refusal("invalid_credentials");
    family.authTime = this.#now();
    return this.#grant(family);
  }

  changePassword(token: FakeToken, current: string, next: string): Grant {
    const family = this.#freshFamilyOf(token);
    if (family.account.password !== current) throw refusal("invalid_credentials");
    const length = [...next].length;
    if (length < 8 || length > 128) throw refusal("invalid_request");
    family.account.password = next;
    this.endAll("revoked", family.account.user.email);
    return this.#begin(family.account, undefined);
  }

  deleteAccount(token: FakeToken, current: string): void {
    const { account } = this.#freshFamilyOf(token);
    if (account.password !== current) throw refusal("invalid_credentials");
    this.#accounts.delete(normalised(account.user.email));
    this.endAll("revoked", account.user.email);
  }

  list(token: FakeToken): SessionInfo[] {
    const own = this.#familyOf(token);
    return [...this.#families.values()]
      .filter((each) => each.account === own.account && !each.ended)
      .reverse()
      .sort((one, other) => Number(other === own) - Number(one === own))
      .map((each) => ({
        id: each.id,
        current: each === own,
        createdAt: each.createdAt,
        lastUsedAt: each.lastUsedAt,
        expiresAt: each.createdAt + SESSION_MS,
        userAgent: globalThis.navigator?.userAgent ?? "fake",
      }));
  }

  revoke(token: FakeToken, id: string): void {
    const own = this.#familyOf(token);
    const family = this.#families.get(id);
    if (!family || family.ended || family.account !== own.account) throw refusal("not_found");
    this.#end(family, "revoked");
  }

  /** A URL as the real service gives one; nothing here takes it. */
  ticket(token: FakeToken, url: string): string {
    this.#familyOf(token);
    return `${url}${url.includes("?") ? "&" : "?"}latchkey-ticket=${this.#id("ticket")}`;
  }

  /** Whose token it is; `null` if it isn't good any more. */
  verify(token: FakeToken): FakeCaller | null {
    const family = this.#families.get(token.session);
    if (token.refused || this.#now() >= token.expiresAt || !family || family.ended) return null;
    return { user: family.account.user, sessionId: family.id };
  }

  expireTokens(): void {
    for (const token of this.#tokens) token.refused = true;
    this.#tokens.clear();
  }

  endAll(reason: SessionEndReason, email?: string): void {
    for (const family of this.#families.values()) {
      if (email !== undefined && normalised(family.account.user.email) !== normalised(email)) continue;
      if (!family.ended) this.#end(family, reason);
    }
  }

  #add({ email, password }: Credentials, roles: readonly string[]): Account {
    const user = { id: this.#id("user"), email: email.trim(), emailVerified: false, roles: [...roles] };
    const account = { user, password };
    this.#accounts.set(normalised(email), account);
    return account;
  }

  /** Always a new session; the one presented ends. */
  #begin(account: Account, cookie: string | undefined): Grant {
    this.signOut(cookie, "local");
    const at = this.#now();
    const family: Family = {
      id: this.#id("session"),
      account,
      createdAt: at,
      authTime: at,
      lastUsedAt: at,
      ended: null,
    };
    this.#families.set(family.id, family);
    return this.#grant(family);
  }

  #grant(family: Family): Grant {
    const token = { session: family.id, expiresAt: this.#now() + this.#lifeMs, refused: false };
    this.#tokens.add(token);
    const now = this.#now();
    if (now - family.lastUsedAt >= REPLAY_WINDOW_MS) family.lastUsedAt = now;
    const session = {
      id: family.id,
      user: family.account.user,
      createdAt: family.createdAt,
      authTime: family.authTime,
      expiresAt: family.createdAt + SESSION_MS,
      idleExpiresAt: Math.min(family.lastUsedAt + IDLE_MS, family.createdAt + SESSION_MS),
    };
    return { session, token, lifeMs: this.#lifeMs };
  }

  #familyOf(token: FakeToken): Family {
    const family = this.#families.get(token.session);
    if (!family || !this.verify(token)) throw refusal("invalid_token");
    return family;
  }

  #freshFamilyOf(token: FakeToken): Family {
    const family = this.#familyOf(token);
    if (this.#now() - family.authTime > FRESH_MS) throw refusal("reauthentication_required");
    return family;
  }

  #end(family: Family, reason: SessionEndReason): void {
    family.ended = reason;
  }

  #outlived(family: Family): SessionEndReason | null {
    if (this.#now() >= family.createdAt + SESSION_MS) return "expired";
    return this.#now() >= family.lastUsedAt + IDLE_MS ? "idle" : null;
  }

  /** Counted, so that a test's snapshots stay the same. */
  #id(kind: string): string {
    this.#last += 1;
    return `${kind}-${this.#last}`;
  }
}

/** The service's normal form, as far as a browser's `URL` has it: NFC, lower case, the domain as UTS 46 maps it. */
function normalised(email: string): string {
  const address = email.trim().normalize("NFC").toLowerCase();
  const at = address.lastIndexOf("@") + 1;
  const domain = `http://${address.slice(at)}`;
  return URL.canParse(domain) ? address.slice(0, at) + new URL(domain).hostname : address;
}
