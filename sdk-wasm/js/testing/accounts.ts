import type { SessionEndReason } from "../generated/codes.js";
import type { SignOutScope, User } from "../types.js";
import { Refusal } from "./problem.js";
import type { FakeCaller, FakeUser } from "./types.js";

// All times are in seconds; these are the real service's defaults.
const DAY = 86_400;
const SESSION_LIFE = 30 * DAY;
const IDLE_LIFE = 7 * DAY;
/** A session that was used later than this is not renewed, so its times change at most this often. */
const REPLAY_WINDOW = 60;
/** For how long after the user has proved the password they may change the account. */
const FRESH = 600;

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

interface Token {
  readonly family: Family;
  readonly expiresAt: number;
}

/** What a sign-in and a refresh give: the session's cookie is its id. */
export interface Grant {
  readonly cookie: string;
  /** The body of the response. */
  readonly response: object;
}

/** The accounts and sessions that the real service keeps in its objects. Synchronous, so that each operation is one step. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #families = new Map<string, Family>();
  readonly #tokens = new Map<string, Token>();
  readonly #isOpen: boolean;
  readonly #tokenLife: number;
  readonly #now: () => number;
  #lastId = 0;

  /** `tokenLife` is in seconds; `now` gives seconds since the Unix epoch. */
  constructor(users: readonly FakeUser[], isOpen: boolean, tokenLife: number, now: () => number) {
    this.#isOpen = isOpen;
    this.#tokenLife = tokenLife;
    this.#now = now;
    for (const { email, password = "correct horse battery staple", roles = [] } of users) {
      this.#add(email, password, roles);
    }
  }

  signUp(email: string, password: string, cookie: string | undefined): Grant {
    if (!this.#isOpen) throw new Refusal("sign_up_closed");
    if (!/^[^@\s]+@[^@\s]+$/.test(email.trim())) {
      throw new Refusal("invalid_request", { field: "email", detail: "The e-mail address is not valid." });
    }
    checkLength("password", password);
    if (this.#accounts.has(normalised(email))) throw new Refusal("email_taken");
    return this.#begin(this.#add(email, password, []), cookie);
  }

  signIn(email: string, password: string, cookie: string | undefined): Grant {
    const account = this.#accounts.get(normalised(email));
    if (account?.password !== password) throw new Refusal("invalid_credentials");
    return this.#begin(account, cookie);
  }

  /** A session without a password, for tests that begin signed in. */
  open(email: string, cookie: string | undefined): Grant {
    const account = this.#accounts.get(normalised(email));
    if (!account) throw new Error(`fakeService has no user ${email}`);
    return this.#begin(account, cookie);
  }

  refresh(cookie: string): Grant {
    const family = this.#families.get(cookie);
    if (!family) throw new Refusal("session_ended", { reason: "none" });
    const ended = family.ended ?? this.#outlived(family);
    if (ended) throw new Refusal("session_ended", { reason: ended });
    return this.#grant(family);
  }

  signOut(cookie: string | undefined, scope: SignOutScope): void {
    const family = cookie === undefined ? undefined : this.#families.get(cookie);
    if (!family || family.ended) {
      if (scope === "local") return;
      throw new Refusal("session_ended", { reason: family?.ended ?? "none" });
    }
    for (const each of this.#families.values()) {
      const isOwn = each === family;
      const isUsers = each.account === family.account;
      if (scope === "local" ? isOwn : isUsers && (scope === "global" || !isOwn)) each.ended ??= "revoked";
    }
  }

  reauthenticate(token: string, password: string): Grant {
    const family = this.#familyOf(token);
    if (family.account.password !== password) throw new Refusal("invalid_credentials");
    family.authTime = this.#now();
    return this.#grant(family);
  }

  changePassword(token: string, current: string, next: string): Grant {
    const { account } = this.#freshFamilyOf(token);
    if (account.password !== current) throw new Refusal("invalid_credentials");
    checkLength("new_password", next);
    account.password = next;
    this.endAll("revoked", account.user.email);
    return this.#begin(account, undefined);
  }

  deleteAccount(token: string, current: string): void {
    const { account } = this.#freshFamilyOf(token);
    if (account.password !== current) throw new Refusal("invalid_credentials");
    this.#accounts.delete(normalised(account.user.email));
    this.endAll("revoked", account.user.email);
  }

  /** The body of the response. */
  list(token: string): object {
    const own = this.#familyOf(token);
    const sessions = [...this.#families.values()]
      .filter((each) => each.account === own.account && !each.ended)
      .reverse()
      .sort((one, other) => Number(other === own) - Number(one === own))
      .map((each) => ({
        id: each.id,
        current: each === own,
        created_at: each.createdAt,
        last_used_at: each.lastUsedAt,
        expires_at: each.createdAt + SESSION_LIFE,
        user_agent: globalThis.navigator?.userAgent ?? "fake",
      }));
    return { sessions };
  }

  revoke(token: string, id: string): void {
    const own = this.#familyOf(token);
    const family = this.#families.get(id);
    if (!family || family.ended || family.account !== own.account) throw new Refusal("not_found");
    family.ended = "revoked";
  }

  /** The body of the response. The URL has the form of the real service's; nothing accepts the ticket. */
  ticket(token: string, url: string): object {
    this.#familyOf(token);
    return { url: `${url}${url.includes("?") ? "&" : "?"}latchkey-ticket=${this.#id("ticket")}`, expires_in: 30 };
  }

  /** The caller that a token identifies; `null` if it is not valid. */
  verify(token: string): FakeCaller | null {
    const known = this.#tokens.get(token);
    if (!known || known.family.ended || this.#now() >= known.expiresAt) return null;
    return { user: known.family.account.user, sessionId: known.family.id };
  }

  expireTokens(): void {
    this.#tokens.clear();
  }

  endAll(reason: SessionEndReason, email?: string): void {
    for (const family of this.#families.values()) {
      if (email === undefined || normalised(family.account.user.email) === normalised(email)) family.ended ??= reason;
    }
  }

  #add(email: string, password: string, roles: readonly string[]): Account {
    const user = { id: this.#id("user"), email: lowerCase(email), emailVerified: false, roles: [...roles] };
    const account = { user, password };
    this.#accounts.set(normalised(email), account);
    return account;
  }

  /** Always a new session; the one of the presented cookie ends. */
  #begin(account: Account, cookie: string | undefined): Grant {
    this.signOut(cookie, "local");
    const [id, at] = [this.#id("session"), this.#now()];
    const family: Family = { id, account, createdAt: at, authTime: at, lastUsedAt: at, ended: null };
    this.#families.set(id, family);
    return this.#grant(family);
  }

  #grant(family: Family): Grant {
    const now = this.#now();
    const token = this.#id("fake-token");
    this.#tokens.set(token, { family, expiresAt: now + this.#tokenLife });
    if (now - family.lastUsedAt >= REPLAY_WINDOW) family.lastUsedAt = now;
    const { id, email, emailVerified, roles } = family.account.user;
    const expires = family.createdAt + SESSION_LIFE;
    const session = {
      id: family.id,
      user: { id, email, email_verified: emailVerified, roles },
      created_at: family.createdAt,
      auth_time: family.authTime,
      expires_at: expires,
      idle_expires_at: Math.min(family.lastUsedAt + IDLE_LIFE, expires),
    };
    const response = { access_token: token, token_type: "Bearer", expires_in: this.#tokenLife, session };
    return { cookie: family.id, response };
  }

  #familyOf(token: string): Family {
    const caller = this.verify(token);
    const family = caller && this.#families.get(caller.sessionId);
    if (!family) throw new Refusal("invalid_token");
    return family;
  }

  #freshFamilyOf(token: string): Family {
    const family = this.#familyOf(token);
    if (this.#now() - family.authTime > FRESH) throw new Refusal("reauthentication_required");
    return family;
  }

  #outlived(family: Family): SessionEndReason | null {
    if (this.#now() >= family.createdAt + SESSION_LIFE) return "expired";
    return this.#now() >= family.lastUsedAt + IDLE_LIFE ? "idle" : null;
  }

  /** Numbered, so that a test's snapshots stay the same. */
  #id(kind: string): string {
    this.#lastId += 1;
    return `${kind}-${this.#lastId}`;
  }
}

function lowerCase(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

/** The form in which the service compares addresses, as far as a browser's `URL` has it: the domain as UTS 46 maps it. */
function normalised(email: string): string {
  const address = lowerCase(email);
  const at = address.lastIndexOf("@") + 1;
  const domain = `http://${address.slice(at)}`;
  return URL.canParse(domain) ? address.slice(0, at) + new URL(domain).hostname : address;
}

function checkLength(field: string, password: string): void {
  const length = [...password].length;
  if (length >= 8 && length <= 128) return;
  throw new Refusal("invalid_request", { field, detail: "The password must have 8 to 128 characters." });
}
