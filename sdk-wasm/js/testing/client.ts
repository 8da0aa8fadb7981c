import { errorOf } from "../error-of.js";
import { type AuthError, isAuthError } from "../errors.js";
import type { AuthClient, ClientOptions, Credentials, Session, SessionInfo, SignOutScope } from "../types.js";
import type { FakeToken, Grant } from "./accounts.js";
import { type Draft, draft, linked, unless } from "./draft.js";
import { carry, carryCall } from "./network.js";
import { problem } from "./refusal.js";
import { Schedule } from "./schedule.js";
import type { World } from "./service.js";
import { Snapshot } from "./snapshot.js";

/** A token that came because its predecessor was refused, and is refused itself so soon, isn't the reason. */
const REFUSAL_GAP_MS = 10_000;

interface Held {
  readonly token: FakeToken;
  /** By this side's clock, in milliseconds. */
  readonly expiresAt: number;
  readonly receivedAt: number;
  readonly afterRefusal: boolean;
}

/** A client of the fake service: the contract of the real one, without its WebAssembly. */
export class FakeClient implements AuthClient {
  readonly #world: World;
  readonly #forget: () => void;
  readonly #service: string;
  /** The service is on another origin than the page. */
  readonly #elsewhere: boolean;
  readonly #targets: ReadonlySet<string>;
  readonly #timeoutMs: number;
  readonly #aheadMs: number;
  readonly #shown = new Snapshot();
  readonly #later = new Schedule();

  #state: "restoring" | "signed-in" | "signed-out" | "disposed" = "restoring";
  #session: Session | null = null;
  #held: Held | null = null;
  #refused = false;
  #refreshes = 0;
  /** The cookie has been seen to work in this session. */
  #cookieWorks = false;
  /** It is about to be, and until then the page is told of no session. */
  #proving = false;
  /** Why the service can't be reached, or why the session ended. */
  #why: AuthError | null = null;
  /** What can change the cookie travels one after the other. */
  #lane: Promise<unknown> = Promise.resolve();
  #refreshing: Promise<void> | undefined;
  /** Grows when a refresh that is under way would tell of the past. */
  #era = 0;
  #signOuts = 0;
  /** Aborted when the session ends: calls that have been sent, and those that wait for a token. */
  #sent = new AbortController();
  #waiting = new AbortController();

  constructor(world: World, options: Partial<ClientOptions>, forget: () => void) {
    this.#world = world;
    this.#forget = forget;
    this.#service = options.service ?? world.origin;
    this.#elsewhere = this.#service !== world.page;
    this.#targets = new Set(options.apiOrigins ?? [this.#service]);
    this.#timeoutMs = (options.timeoutSeconds ?? 20) * 1000;
    this.#aheadMs = (options.refreshAheadSeconds ?? 60) * 1000;
    world.jar.tabs.add(this);
    if (world.jar.owed) {
      this.#end(null);
      void this.#travel(() => this.#payDebt());
    } else this.#tryToRenew();
  }

  get status() {
    return this.#shown.status;
  }

  get session() {
    return this.#shown.session;
  }

  get tokenClock() {
    return this.#shown.tokenClock;
  }

  get lastError() {
    return this.#shown.lastError;
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#shown.subscribe(listener);

  readonly signUp = (credentials: Credentials): Promise<Session> =>
    this.#open("POST /auth/sign-up", (cookie) => this.#world.accounts.signUp(credentials, cookie));

  readonly signIn = (credentials: Credentials): Promise<Session> =>
    this.#open("POST /auth/sign-in", (cookie) => this.#world.accounts.signIn(credentials, cookie));

  readonly reauthenticate = async ({ password }: { password: string }): Promise<Session> => {
    const { accounts } = this.#world;
    this.#accept(await this.#asUser("POST /auth/reauthenticate", (token) => accounts.reauthenticate(token, password)));
    return this.#opened();
  };

  readonly changePassword = async (passwords: { currentPassword: string; newPassword: string }): Promise<Session> => {
    const { currentPassword, newPassword } = passwords;
    const { accounts } = this.#world;
    const grant = await this.#asUser("POST /auth/password", (token) =>
      accounts.changePassword(token, currentPassword, newPassword),
    );
    this.#accept(grant);
    return this.#opened();
  };

  readonly deleteAccount = async ({ currentPassword }: { currentPassword: string }): Promise<void> => {
    await this.#asUser("DELETE /auth/account", (token) => this.#world.accounts.deleteAccount(token, currentPassword));
    await this.signOut();
  };

  readonly signOut = async ({ scope = "local" }: { scope?: SignOutScope } = {}): Promise<void> => {
    if (this.#state === "disposed") throw errorOf("disposed");
    const { accounts, jar } = this.#world;
    if (scope === "others") {
      return this.#asUser("POST /auth/sign-out", () => accounts.signOut(this.#cookie, "others"));
    }
    const id = this.#session?.id;
    jar.owed = jar.owed === "global" ? "global" : scope;
    this.#signedOut();
    for (const tab of jar.tabs) if (tab !== this) tab.hear("signed-out", id);
    await this.#travel(() => this.#payDebt());
  };

  readonly sessions = {
    list: (): Promise<SessionInfo[]> => this.#asUser("GET /auth/sessions", (token) => this.#world.accounts.list(token)),
    revoke: (id: string): Promise<void> =>
      id === this.#session?.id
        ? this.signOut()
        : this.#asUser("DELETE /auth/sessions/{id}", (token) => this.#world.accounts.revoke(token, id)),
  };

  readonly ticket = async (url: string | URL): Promise<string> => {
    const target = new URL(url, this.#base());
    target.hash = "";
    // A socket's origin stands for that of the pages beside it.
    if (!this.#allows(new URL(target.href.replace(/^ws/, "http")))) throw errorOf("origin_not_allowed");
    return this.#asUser("POST /auth/ticket", (token) => this.#world.accounts.ticket(token, target.href));
  };

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const call = draft(input, init, this.#base());
    call.signal?.throwIfAborted();
    if (!this.#allows(call.url)) throw errorOf("origin_not_allowed");
    const token = await this.#tokenFor(call);
    const answer = await this.#send(call, token);
    if (answer.status !== 401 || !this.#isWorthRenewing(token)) return answer;
    const another = await this.#tokenFor(call);
    if (!call.replayable) throw errorOf("not_replayable", { status: 401 });
    return this.#send(call, another);
  };

  readonly wrap =
    (fetch: typeof globalThis.fetch = globalThis.fetch): typeof globalThis.fetch =>
    (input, init) => {
      const { origin } = new URL(input instanceof Request ? input.url : input, this.#base());
      return this.#targets.has(origin) ? this.fetch(input, init) : fetch(input, init);
    };

  readonly dispose = (): void => {
    this.#state = "disposed";
    this.#era += 1;
    this.#later.cancel();
    this.#shown.silence();
    this.#shown.show("signed-out", null, { expiresAt: null, refreshes: 0 }, null);
    this.#waiting.abort(errorOf("disposed"));
    this.#world.jar.tabs.delete(this);
    this.#forget();
  };

  /** Tries again now what failed before. */
  wake(): void {
    if (this.#later.mustWait) return;
    if (this.#world.jar.owed) void this.#travel(() => this.#payDebt());
    else if (this.status === "offline") this.#tryToRenew();
  }

  /** Another tab has spoken. */
  hear(kind: "signed-in" | "signed-out", id: string | undefined): void {
    const other = this.#session !== null && id !== undefined && id !== this.#session.id;
    if (kind === "signed-out" && !other) {
      this.#signedOut();
    } else if (kind === "signed-out" || id !== this.#session?.id) {
      if (kind === "signed-in" && this.#session) this.#forgetSession();
      this.#era += 1;
      this.#tryToRenew();
    }
  }

  // --- The session ---

  async #open(name: string, handle: (cookie: string | undefined) => Grant): Promise<Session> {
    const { jar } = this.#world;
    this.#refuseIfDisposed();
    const signOuts = this.#signOuts;
    await this.#travel(async () => {
      const unpaid = await this.#payDebt();
      if (unpaid) throw unpaid;
      const grant = await this.#ask(name, () => handle(this.#cookie));
      jar.cookie = this.#world.faults.cookieBlocked ? undefined : grant.session.id;
      this.#refuseIfDisposed();
      if (signOuts !== this.#signOuts) throw errorOf("signed_out");
      this.#era += 1;
      this.#cookieWorks = false;
      this.#proving = this.#elsewhere && this.#refreshes === 0;
      this.#accept(grant);
      for (const tab of jar.tabs) if (tab !== this) tab.hear("signed-in", grant.session.id);
      if (this.#proving) await this.#prove(grant.session);
    });
    return this.#opened();
  }

  /** Has the cookie shown that the browser keeps it. */
  async #prove({ id }: Session): Promise<void> {
    await this.#refresh().catch((error) => {
      if (!isAuthError(error)) throw error;
    });
    this.#refuseIfDisposed();
    if (this.#session?.id === id) return;
    throw (this.#state === "signed-out" && this.#why) || errorOf("signed_out");
  }

  #opened(): Session {
    if (!this.#shown.session) throw errorOf("signed_out");
    return this.#shown.session;
  }

  #accept({ session, token, lifeMs }: Grant): void {
    if (this.#session && this.#session.user.id !== session.user.id) this.#endCalls();
    const now = Date.now();
    this.#held = { token, expiresAt: now + lifeMs, receivedAt: now, afterRefusal: this.#refused };
    this.#refused = false;
    this.#state = "signed-in";
    this.#session = session;
    this.#why = null;
    this.#later.succeeded();
    this.#later.at(Math.max(lifeMs - Math.min(this.#aheadMs, lifeMs / 2), 1000), () => this.#tryToRenew());
    this.#publish();
  }

  #signedOut(): void {
    this.#era += 1;
    this.#signOuts += 1;
    this.#end(null);
  }

  #end(why: AuthError | null): void {
    this.#forgetSession();
    this.#later.succeeded();
    this.#state = "signed-out";
    this.#why = why;
    this.#publish();
  }

  /** What was under way in the session is over; whether there is another one the service will say. */
  #forgetSession(): void {
    this.#proving = false;
    this.#endCalls();
    this.#held = null;
    this.#session = null;
    this.#state = "restoring";
    this.#publish();
  }

  #endCalls(): void {
    const over = errorOf("signed_out");
    this.#sent.abort(over);
    this.#waiting.abort(over);
    this.#sent = new AbortController();
    this.#waiting = new AbortController();
  }

  /** Tells the service of a sign-out it hasn't heard of. Gives why it can't be told, if it will be tried again. */
  async #payDebt(): Promise<AuthError | undefined> {
    const { accounts, jar } = this.#world;
    if (!jar.owed) return undefined;
    const scope = jar.owed;
    try {
      await this.#ask("POST /auth/sign-out", () => accounts.signOut(this.#cookie, scope));
    } catch (error) {
      if (!isAuthError(error)) throw error;
      if (error.transient) {
        this.#later.afterFailure(error.retryAfter, () => void this.#travel(() => this.#payDebt()));
        return error;
      }
      // The cookie was dead already: that is what was wanted.
      if (error.code !== "session_ended") throw error;
    }
    jar.cookie = undefined;
    jar.owed = undefined;
    this.#later.succeeded();
    return undefined;
  }

  // --- The token ---

  /** One refresh at a time, whatever the number of those who wait for it. */
  #renew(): Promise<void> {
    this.#refreshing ??= this.#travel(() => this.#refresh()).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** For nobody who waits: what comes of it is in the snapshot. */
  #tryToRenew(): void {
    this.#renew().catch(() => {});
  }

  async #refresh(): Promise<void> {
    const { accounts } = this.#world;
    const era = this.#era;
    try {
      const grant = await this.#ask("POST /auth/refresh", () => accounts.refresh(this.#cookie));
      if (era !== this.#era) return this.#refreshAgain();
      this.#proving = false;
      this.#refreshes += grant ? 1 : 0;
      this.#cookieWorks ||= grant !== null;
      if (grant) this.#accept(grant);
      else this.#end(this.#session ? this.#whyNoCookie() : this.#whySignedOut());
    } catch (error) {
      if (era !== this.#era) return this.#refreshAgain();
      if (!isAuthError(error)) throw error;
      this.#proving = false;
      if (error.code === "session_ended") this.#end(this.#state === "signed-out" ? this.#why : error);
      else {
        if (this.#state !== "signed-out") this.#why = error;
        this.#later.afterFailure(error.retryAfter, () => this.#tryToRenew());
        this.#publish();
      }
      throw error;
    }
  }

  #whyNoCookie(): AuthError {
    return this.#cookieWorks ? errorOf("session_ended", { status: 401, reason: "none" }) : errorOf("cookie_blocked");
  }

  #whySignedOut(): AuthError | null {
    return this.#state === "signed-out" ? this.#why : null;
  }

  /** The answer told of the past. */
  async #refreshAgain(): Promise<void> {
    if (this.#state !== "disposed" && !this.#world.jar.owed) await this.#refresh();
  }

  async #token(): Promise<FakeToken> {
    this.#refuseIfDisposed();
    if (this.#state === "signed-out") throw errorOf("signed_out");
    if (this.#held && Date.now() < this.#held.expiresAt) return this.#held.token;
    if (this.#why && this.#later.mustWait) throw this.#why;
    await unless(this.#waiting.signal, this.#renew());
    if (!this.#held) throw errorOf("signed_out");
    return this.#held.token;
  }

  /** After a refusal. Whoever comes late finds that it has been done. */
  #isWorthRenewing(refused: FakeToken): boolean {
    const held = this.#held;
    if (held?.token !== refused) return true;
    if (held.afterRefusal && Date.now() - held.receivedAt < REFUSAL_GAP_MS) return false;
    this.#held = null;
    this.#refused = true;
    return true;
  }

  // --- Requests ---

  /** What the browser sends along to the service. */
  get #cookie(): string | undefined {
    return this.#world.faults.cookieBlocked ? undefined : this.#world.jar.cookie;
  }

  /** What relative addresses are relative to. */
  #base(): string {
    return globalThis.location?.origin === this.#world.origin ? globalThis.location.href : this.#world.origin;
  }

  #allows({ origin, pathname }: URL): boolean {
    return this.#targets.has(origin) && !(origin === this.#service && /^\/+auth(\/|$)/i.test(pathname));
  }

  async #tokenFor({ signal }: Draft): Promise<FakeToken> {
    return signal ? unless(signal, this.#token()) : this.#token();
  }

  async #send(call: Draft, token: FakeToken): Promise<Response> {
    const { accounts, api, faults, requests } = this.#world;
    const { signal, release } = linked(call.signal, this.#sent.signal);
    const request = call.build(`fake.${token.session}`);
    try {
      const answer = carryCall(faults, signal, () => {
        requests.push(`${request.method} ${call.url.pathname}`);
        const caller = accounts.verify(token);
        return caller
          ? api(request, caller)
          : problem(401, "invalid_token", { "WWW-Authenticate": 'Bearer error="invalid_token"' });
      });
      return await unless(signal, answer);
    } finally {
      release();
    }
  }

  /** A request with the token; after a refusal, once more with a new one. */
  async #asUser<T>(name: string, handle: (token: FakeToken) => T): Promise<T> {
    const token = await this.#token();
    const ask = (with_: FakeToken) =>
      unless(
        this.#waiting.signal,
        this.#travel(() => this.#ask(name, () => handle(with_))),
      );
    try {
      return await ask(token);
    } catch (error) {
      if (!isAuthError(error) || error.code !== "invalid_token" || !this.#isWorthRenewing(token)) throw error;
      return ask(await this.#token());
    }
  }

  #travel<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#lane.then(act);
    this.#lane = turn.catch(() => {});
    return turn;
  }

  #ask<T>(name: string, handle: () => T): Promise<T> {
    return carry(this.#world.faults, this.#timeoutMs, () => {
      this.#world.requests.push(name);
      return handle();
    });
  }

  #refuseIfDisposed(): void {
    if (this.#state === "disposed") throw errorOf("disposed");
  }

  #publish(): void {
    if (this.#state === "disposed" || (this.#proving && !this.#shown.session)) return;
    const well = this.#state === "restoring" ? "loading" : this.#state;
    const status = this.#why && well !== "signed-out" ? "offline" : well;
    const clock = { expiresAt: this.#held?.expiresAt ?? null, refreshes: this.#refreshes };
    this.#shown.show(status, this.#session, clock, this.#why);
  }
}
