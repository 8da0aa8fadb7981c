import { AuthError } from "./errors.js";
import type { AuthErrorCode, SessionEndReason } from "./generated/codes.js";
import type { Vault } from "./generated/vault.js";
import type { CheckedOptions } from "./options.js";
import { SignOutNote } from "./sign-out-note.js";
import { Tabs } from "./tabs.js";
import type { AuthClient, AuthStatus, Credentials, Session, SessionInfo, SignOutScope, TokenClock } from "./types.js";
import { watchForWaking } from "./waking.js";

/** What the vault calls: the other side of `sdk-wasm/src/host.rs`. Nothing of it has a place for a token. */
interface Host {
  fail(
    code: AuthErrorCode,
    transient: boolean,
    status: number | undefined,
    reason: SessionEndReason | undefined,
    detail: string | undefined,
    retryAfter: number | undefined,
    cause: unknown,
  ): AuthError;
  notify(
    status: AuthStatus,
    session: string | undefined,
    expiresAt: number | undefined,
    refreshes: number,
    lastError: AuthError | null,
  ): void;
  broadcast(kind: "signed-in" | "signed-out", session: string | undefined): void;
  remember(scope: "local" | "global" | undefined): void;
}

/** The page's side of a vault: keeps the snapshots, passes on what tabs and the browser say. It decides nothing. */
export class Client implements AuthClient {
  readonly #vault: Vault;
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;
  #status: AuthStatus = "loading";
  #session: Session | null = null;
  #sessionJson: string | undefined;
  #tokenClock: TokenClock = { expiresAt: null, refreshes: 0 };
  #lastError: AuthError | null = null;

  constructor(vault: typeof Vault, options: CheckedOptions) {
    const { service, apiOrigins, refreshAheadSeconds, timeoutSeconds } = options;
    const note = new SignOutNote(service);
    const tabs = new Tabs(service, (kind, session) => this.#vault.hear(kind, session));
    const host: Host = {
      fail: (code, transient, status, reason, detail, retryAfter, cause) =>
        new AuthError(code, { transient, status, reason, detail, retryAfter, cause }),
      notify: (...snapshot) => this.#notify(...snapshot),
      broadcast: (kind, session) => tabs.tell(kind, session),
      remember: (scope) => note.write(scope),
    };
    this.#vault = new vault(service, apiOrigins, refreshAheadSeconds, timeoutSeconds, host);
    tabs.open();
    const stopWatching = watchForWaking((kind) => {
      if (kind === "frozen") return tabs.close();
      if (kind === "thawed") tabs.open();
      this.#vault.wake(kind);
    });
    this.#stop = () => {
      stopWatching();
      tabs.close();
    };
    this.#vault.start(note.read());
  }

  get status(): AuthStatus {
    return this.#status;
  }

  get session(): Session | null {
    return this.#session;
  }

  get tokenClock(): TokenClock {
    return this.#tokenClock;
  }

  get lastError(): AuthError | null {
    return this.#lastError;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // A function of our own, so that one listener can subscribe twice and unsubscribe once.
    const call = () => listener();
    this.#listeners.add(call);
    return () => {
      this.#listeners.delete(call);
    };
  };

  readonly signUp = ({ email, password }: Credentials): Promise<Session> =>
    this.#opened(this.#vault.signUp(JSON.stringify({ email, password })));

  readonly signIn = ({ email, password }: Credentials): Promise<Session> =>
    this.#opened(this.#vault.signIn(JSON.stringify({ email, password })));

  readonly changePassword = (passwords: { currentPassword: string; newPassword: string }): Promise<Session> => {
    const { currentPassword: current_password, newPassword: new_password } = passwords;
    return this.#opened(this.#vault.changePassword(JSON.stringify({ current_password, new_password })));
  };

  readonly deleteAccount = ({ currentPassword: current_password }: { currentPassword: string }): Promise<void> =>
    this.#vault.deleteAccount(JSON.stringify({ current_password }));

  readonly signOut = ({ scope = "local" }: { scope?: SignOutScope } = {}): Promise<void> => this.#vault.signOut(scope);

  readonly sessions = {
    list: async (): Promise<SessionInfo[]> => JSON.parse(await this.#vault.sessions()),
    // Ending one's own session is signing out, with all that belongs to it.
    revoke: (id: string): Promise<void> =>
      id === this.#session?.id ? this.signOut() : this.#vault.revoke(encodeURIComponent(id)),
  };

  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => this.#vault.fetch(input, init);

  readonly dispose = (): void => {
    this.#stop();
    this.#listeners.clear();
    this.#vault.dispose();
  };

  /** The session that was opened, unless a sign-out has overtaken the answer. */
  async #opened(opening: Promise<void>): Promise<Session> {
    await opening;
    if (!this.#session) throw new AuthError("signed_out");
    return this.#session;
  }

  #notify(...[status, session, expires, refreshes, lastError]: Parameters<Host["notify"]>): void {
    const expiresAt = expires ?? null;
    this.#status = status;
    if (this.#sessionJson !== session) {
      this.#sessionJson = session;
      this.#session = session === undefined ? null : JSON.parse(session);
    }
    if (!lastError || !this.#lastError || !isSame(lastError, this.#lastError)) this.#lastError = lastError;
    if (this.#tokenClock.expiresAt !== expiresAt || this.#tokenClock.refreshes !== refreshes) {
      this.#tokenClock = { expiresAt, refreshes };
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // A listener's fault is not the vault's, and must not keep the others from hearing.
        reportError(error);
      }
    }
  }
}

/** Whether two errors say the same, so that the snapshot needn't change. */
function isSame(one: AuthError, other: AuthError): boolean {
  return (
    one.message === other.message &&
    one.status === other.status &&
    one.reason === other.reason &&
    one.retryAfter === other.retryAfter
  );
}
