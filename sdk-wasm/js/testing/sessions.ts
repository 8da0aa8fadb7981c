import type { SessionEndReason } from "../generated/codes.js";
import type { SignOutScope } from "../types.js";
import { type Account, methodsOf, secondFactorsOf, userOf, userView } from "./accounts.js";
import { Refusal } from "./problem.js";
import type { FakeCaller, FakeSession } from "./types.js";

// All times are in seconds; these are the real service's defaults.
const DAY = 86_400;
const SESSION_LIFE = 30 * DAY;
const IDLE_LIFE = 7 * DAY;
/** A refresh token is replaced when it is older than this, so the session's times change at most this often. */
const REPLAY_WINDOW = 60;
/** For how long after the user has proved a credential they may change the account. */
const FRESH = 600;

/** What the user has proved, by the names of RFC 8176, and `email`: a code by mail. */
export type Amr = readonly string[];

export const isTwoFactor = (amr: Amr) => amr.includes("mfa");

export interface Session {
  readonly id: string;
  readonly account: Account;
  readonly createdAt: number;
  authTime: number;
  amr: Amr;
  /** The number of the refresh token. */
  generation: number;
  /** When that refresh token was issued. */
  lastUsedAt: number;
  end: { readonly reason: SessionEndReason; readonly at: number } | null;
}

interface Token {
  readonly session: Session;
  readonly expiresAt: number;
}

/** A cookie that the service sets, and for how many seconds the browser keeps it. */
export interface SetCookie {
  readonly value: string;
  readonly maxAge: number;
}

/** What a sign-in and a refresh give: the session's cookie is its id. */
export interface Grant {
  readonly cookie: SetCookie;
  /** The body of the response. */
  readonly response: object;
}

/** The sessions that the real service keeps in its accounts' objects, and their access tokens. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #tokens = new Map<string, Token>();
  readonly #tokenLife: number;
  readonly #mail: boolean;
  readonly #now: () => number;
  readonly #newId: (kind: string) => string;

  /** `tokenLife` is in seconds; `mail`: whether the service sends codes; `now` gives seconds since the Unix epoch. */
  constructor(tokenLife: number, mail: boolean, now: () => number, newId: (kind: string) => string) {
    this.#tokenLife = tokenLife;
    this.#mail = mail;
    this.#now = now;
    this.#newId = newId;
  }

  /** Always a new session; the one of the presented cookie ends. */
  begin(account: Account, amr: Amr, cookie: string | undefined): Grant {
    this.signOut(cookie, "local");
    const [id, at] = [this.#newId("session"), this.#now()];
    const session: Session = {
      ...{ id, account, createdAt: at, authTime: at, amr },
      ...{ generation: 1, lastUsedAt: at, end: null },
    };
    this.#sessions.set(id, session);
    return this.grant(session);
  }

  /** The user has proved a credential again in this session. */
  prove(session: Session, amr: Amr): Grant {
    session.authTime = this.#now();
    session.amr = [...new Set([...session.amr, ...amr])];
    return this.grant(session);
  }

  refresh(cookie: string): Grant {
    const session = this.#sessions.get(cookie);
    const ended = this.#refusalOf(session);
    if (!session || ended) throw new Refusal("session_ended", { reason: ended });
    const now = this.#now();
    if (now > session.lastUsedAt + REPLAY_WINDOW) {
      session.generation += 1;
      session.lastUsedAt = now;
    }
    return this.grant(session);
  }

  signOut(cookie: string | undefined, scope: SignOutScope): void {
    const session = cookie === undefined ? undefined : this.#sessions.get(cookie);
    const ended = this.#refusalOf(session);
    if (!session || ended) {
      if (scope === "local") return;
      throw new Refusal("session_ended", { reason: ended });
    }
    for (const each of this.#sessions.values()) {
      const isOwn = each === session;
      const isUsers = each.account === session.account;
      if (scope === "local" ? isOwn : isUsers && (scope === "global" || !isOwn)) this.#finish(each, "revoked");
    }
  }

  /** The body of the response. */
  list(token: string): object {
    const own = this.of(token);
    const sessions = [...this.#sessions.values()]
      .filter((each) => each.account === own.account && !this.#endOf(each))
      .reverse()
      .sort((one, other) => Number(other === own) - Number(one === own))
      .map((each) => ({
        id: each.id,
        current: each === own,
        created_at: each.createdAt,
        last_used_at: each.lastUsedAt,
        expires_at: expiryOf(each),
        user_agent: globalThis.navigator?.userAgent ?? "fake",
      }));
    return { sessions };
  }

  revoke(token: string, id: string): void {
    const own = this.of(token);
    const session = this.#sessions.get(id);
    if (!session || this.#endOf(session) || session.account !== own.account) throw new Refusal("not_found");
    this.#finish(session, "revoked");
  }

  /** The caller that a token identifies; `null` if it is not valid. */
  verify(token: string): FakeCaller | null {
    const known = this.#tokens.get(token);
    if (!known || known.session.end || this.#now() >= known.expiresAt) return null;
    return { user: userOf(known.session.account), sessionId: known.session.id };
  }

  expireTokens(): void {
    this.#tokens.clear();
  }

  /** Ends the sessions for which `concerns` holds. */
  endAll(reason: SessionEndReason, concerns: (session: Session) => boolean = () => true): void {
    for (const session of this.#sessions.values()) if (concerns(session)) this.#finish(session, reason);
  }

  /** As tests see them, the newest first. */
  all(): FakeSession[] {
    return [...this.#sessions.values()].reverse().map((session) => {
      const end = this.#endOf(session);
      return {
        ...{ id: session.id, email: session.account.email, generation: session.generation },
        ...{ createdAt: session.createdAt * 1000, lastUsedAt: session.lastUsedAt * 1000 },
        ...{ idleExpiresAt: idleExpiryOf(session) * 1000, expiresAt: expiryOf(session) * 1000 },
        ...{ endReason: end?.reason ?? null, endedAt: end && end.at * 1000 },
      };
    });
  }

  /** The body of the response has a new access token. */
  grant(session: Session): Grant {
    const now = this.#now();
    const [expires, idleExpires] = [expiryOf(session), idleExpiryOf(session)];
    const token = this.#newId("fake-token");
    // A token does not outlive its session.
    const life = Math.max(1, Math.min(this.#tokenLife, idleExpires - now));
    this.#tokens.set(token, { session, expiresAt: now + life });
    const view = {
      id: session.id,
      user: userView(session.account),
      created_at: session.createdAt,
      auth_time: session.authTime,
      expires_at: expires,
      idle_expires_at: idleExpires,
      methods: session.amr,
      bound: "none",
    };
    const response = { access_token: token, token_type: "Bearer", expires_in: life, session: view };
    return { cookie: { value: session.id, maxAge: expires - now }, response };
  }

  /** The session whose token it is. */
  of(token: string): Session {
    const caller = this.verify(token);
    const session = caller && this.#sessions.get(caller.sessionId);
    if (!session) throw new Refusal("invalid_token");
    return session;
  }

  /**
   * The same, if the user may change the account: they have proved the second factor in this session, if the account has
   * one, and a credential recently enough.
   */
  freshOf(token: string): Session {
    const session = this.of(token);
    if (session.account.totp?.confirmed && !isTwoFactor(session.amr)) {
      throw new Refusal("step_up_required", { methods: secondFactorsOf(session.account) });
    }
    if (this.#now() - session.authTime <= FRESH) return session;
    throw new Refusal("reauthentication_required", { methods: methodsOf(session.account, this.#mail) });
  }

  /** When and why the session has ended; `null` while it is open. */
  #endOf(session: Session): Session["end"] {
    const [expires, idleExpires] = [expiryOf(session), idleExpiryOf(session)];
    if (session.end || this.#now() < idleExpires) return session.end;
    return { reason: idleExpires < expires ? "idle" : "expired", at: idleExpires };
  }

  /** The reason with which its cookie is rejected: after the absolute expiry, the service does not look whether it was idle before. */
  #refusalOf(session: Session | undefined): SessionEndReason | undefined {
    if (!session) return "none";
    if (!session.end && this.#now() >= expiryOf(session)) return "expired";
    return this.#endOf(session)?.reason;
  }

  /** A session that has ended already keeps its reason. */
  #finish(session: Session, reason: SessionEndReason): void {
    session.end ??= this.#endOf(session) ?? { reason, at: this.#now() };
  }
}

const expiryOf = ({ createdAt }: Session): number => createdAt + SESSION_LIFE;

const idleExpiryOf = (session: Session): number => Math.min(session.lastUsedAt + IDLE_LIFE, expiryOf(session));
