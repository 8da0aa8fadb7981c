import { Caller } from "../measure/calls.ts";
import { BOUNDS, type Column, columnsFor, type Kind } from "../measure/columns.ts";
import { type Cost, costOf, type DuringOutage, duringOutage } from "../measure/figures.ts";
import {
  type Action,
  type Credentials,
  discard,
  newCredentials,
  type Probe,
  probes,
  type Stored,
  stored,
  type Transport,
} from "../measure/lab-service.ts";
import type { Report } from "../measure/run.ts";
import { RunningTrial, type Trial, until } from "../measure/trial.ts";

/** What a column shows now. */
export interface ColumnState {
  readonly column: Column;
  readonly cost: Cost | null;
  /** The latency of the newest calls in milliseconds, the oldest first; `null` for a call that was not accepted. */
  readonly recent: readonly (number | null)[];
  /** How the newest call ended: `null` before the first one. */
  readonly newest: { readonly outcome: string; readonly status: number } | null;
  readonly outage: DuringOutage | null;
}

export interface LiveState {
  readonly columns: readonly ColumnState[];
  /** Seconds. */
  readonly bound: number;
  readonly isCalling: boolean;
  readonly storeIsDown: boolean;
  /** What the buttons wait for. */
  readonly pending: Action | "user" | null;
  /** The newest trial, with the calls behind it. */
  readonly trial: Trial | null;
  readonly running: RunningTrial | null;
  /** The last trial of each action. */
  readonly trials: readonly Trial[];
  readonly stored: Stored | null;
  /** What requests of other kinds get; measured when the store is switched off. */
  readonly probes: readonly Probe[];
  /** Seconds until the token expires. */
  readonly expiresIn: number | null;
  readonly error: unknown;
}

/** How many calls a sparkline shows. */
const RECENT = 120;
/** How often what is shown is computed anew, in milliseconds. */
const EVERY = 250;

const NOTHING: Omit<LiveState, "bound"> = {
  ...{ columns: [], isCalling: false, storeIsDown: false, pending: "user", trial: null, running: null },
  ...{ trials: [], stored: null, probes: [], expiresIn: null, error: null },
};

/** The calls in four columns, and what is done to their user meanwhile. */
export class LiveRun {
  #state: LiveState;
  #callers: Caller[] = [];
  #credentials: Credentials | null = null;
  #running: RunningTrial | null = null;
  #trials: readonly Trial[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #bound: number;
  #storeIsDown = false;
  #isOver = false;
  /** What is being done, or was done last: one thing at a time. */
  #work: Promise<void> = Promise.resolve();
  #isRenewing = false;
  /** The newest question of what is stored for the user. */
  #asking: Promise<void> = Promise.resolve();
  readonly #transport: Transport;
  readonly #listeners = new Set<() => void>();

  /** `bound` in seconds, one of {@link BOUNDS}. */
  constructor(transport: Transport, bound: number) {
    this.#transport = transport;
    this.#bound = bound;
    this.#state = { ...NOTHING, bound };
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly read = () => this.#state;

  /** Opens a session of a new user and begins to call. */
  async start(): Promise<void> {
    this.#isOver = false;
    this.#timer ??= setInterval(() => this.#show(), EVERY);
    await this.#do("user", async () => this.#begin());
  }

  /** Ends all calls, and deletes the user. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#end();
    this.#discardUser();
  }

  /** Deletes the user of a page that is being left: what is not sent now is never sent. */
  leave(): void {
    this.#discardUser({ keepalive: true });
  }

  pause(): void {
    for (const caller of this.#callers) void caller.stop();
    this.#show();
  }

  resume(): void {
    for (const caller of this.#callers) caller.start();
    this.#show();
  }

  setStoreIsDown(isDown: boolean): void {
    this.#storeIsDown = isDown;
    for (const caller of this.#callers) caller.storeIsDown = isDown;
    this.#show();
    if (isDown)
      probes(this.#transport).then(
        (found) => this.#set({ probes: found }),
        (error) => this.#set({ error }),
      );
  }

  /** `bound`: one of {@link BOUNDS}. The calls of this column begin anew, with the same user. */
  setBound(bound: number): void {
    if (!BOUNDS.includes(bound) || bound === this.#bound) return;
    this.#bound = bound;
    this.#keepTrial();
    this.#running = null;
    const column = columnsFor(bound).find(({ kind }) => kind === "bound");
    this.#callers = this.#callers.map((caller) => {
      if (caller.column.kind !== "bound" || !column || !this.#credentials) return caller;
      const isRunning = caller.isRunning;
      void caller.stop();
      return this.#callerOf(column, this.#credentials, isRunning);
    });
    this.#show();
  }

  /** A new user, with new credentials in every column. */
  newUser(): Promise<void> {
    return this.#do("user", async () => this.#begin());
  }

  /** Carries an action out while calls go on; with a new user if something was done to the present one. */
  act(action: Action): Promise<void> {
    return this.#do(action, async () => {
      if (this.#running || this.#isDue || !this.#credentials) await this.#begin();
      else this.resume();
      const [credentials, callers] = [this.#credentials, this.#callers];
      if (!credentials) return;
      const counts = callers.map(({ calls }) => calls.length);
      await until(() => this.#isOver || callers.every(({ calls }, at) => calls.length >= (counts[at] ?? 0) + 3));
      const running = new RunningTrial(action, this.#bound, credentials, callers);
      this.#running = running;
      await running.act(this.#transport);
      this.#storedAnew();
    });
  }

  /** What the report of the lab learns from here. */
  get found(): Partial<Report> {
    const { columns, bound, trials, stored, probes } = this.#state;
    const of = <T>(figure: (column: ColumnState) => T | null) =>
      Object.fromEntries(
        columns.flatMap((each) => (figure(each) ? [[each.column.kind, figure(each)]] : [])),
      ) as Partial<Record<Kind, T>>;
    return {
      bound,
      costs: of(({ cost }) => cost),
      outage: of(({ outage }) => outage),
      trials,
      ...(this.#credentials ? { token_life: this.#credentials.tokenLife } : {}),
      ...(stored ? { stored } : {}),
      ...(probes.length > 0 ? { probes } : {}),
    };
  }

  async #begin(): Promise<void> {
    await this.#end();
    this.#replace(await newCredentials(this.#transport), true);
  }

  /** As a client renews its token: the calls go on meanwhile, and the buttons can be used. */
  async #renew(): Promise<void> {
    this.#isRenewing = true;
    try {
      await this.#inTurn(async () => {
        const credentials = await newCredentials(this.#transport);
        const isCalling = this.#isCalling;
        await this.#end();
        this.#replace(credentials, isCalling);
      });
      this.#set({ error: null });
    } catch (error) {
      this.#set({ error });
    } finally {
      this.#isRenewing = false;
    }
  }

  #replace(credentials: Credentials, starts: boolean): void {
    this.#discardUser();
    this.#credentials = credentials;
    if (this.#isOver) {
      this.#discardUser();
      return;
    }
    this.#callers = columnsFor(this.#bound).map((column) => this.#callerOf(column, credentials, starts));
    this.#storedAnew();
  }

  #discardUser(options?: { keepalive: boolean }): void {
    const [credentials, asking] = [this.#credentials, this.#asking];
    this.#credentials = null;
    if (!credentials) return;
    if (options?.keepalive) void discard(this.#transport, credentials, options);
    // A question about a deleted user is an error, which the browser reports.
    else void asking.then(() => discard(this.#transport, credentials));
  }

  async #end(): Promise<void> {
    this.#keepTrial();
    this.#running = null;
    await Promise.all(this.#callers.map((caller) => caller.stop()));
  }

  #callerOf(column: Column, credentials: Credentials, starts: boolean): Caller {
    const caller = new Caller(this.#transport, column, credentials);
    caller.storeIsDown = this.#storeIsDown;
    if (starts) caller.start();
    return caller;
  }

  #keepTrial(): void {
    const trial = this.#running?.since === null ? undefined : this.#running?.trial;
    if (trial) this.#trials = [...this.#trials.filter(({ action }) => action !== trial.action), trial];
  }

  #storedAnew(): void {
    const credentials = this.#credentials;
    if (!credentials) return;
    this.#asking = stored(this.#transport, credentials).then(
      (found) => this.#set({ stored: found }),
      // The figure is absent then.
      () => {},
    );
  }

  async #do(pending: Action | "user", work: () => Promise<void>): Promise<void> {
    this.#set({ pending, error: null });
    try {
      await this.#inTurn(work);
      this.#set({ pending: null });
    } catch (error) {
      this.#set({ pending: null, error });
    }
    this.#show();
  }

  /** Does this after what is being done. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  get #isCalling(): boolean {
    return this.#callers.some(({ isRunning }) => isRunning);
  }

  /** Seconds until the token expires. */
  get #expiresIn(): number | null {
    const credentials = this.#credentials;
    return credentials && credentials.tokenLife - (performance.now() - credentials.issuedAt) / 1000;
  }

  /** Whether the token expires so soon that a client would renew it. */
  get #isDue(): boolean {
    const [expiresIn, credentials] = [this.#expiresIn, this.#credentials];
    return credentials !== null && Number(expiresIn) < Math.min(10, credentials.tokenLife / 10);
  }

  #show(): void {
    this.#running?.tend();
    if (this.#running) this.#keepTrial();
    const isCalling = this.#isCalling;
    const isFree = !this.#running && !this.#isRenewing && this.#state.pending === null;
    // In a trial the old token is what is measured.
    if (this.#isDue && isCalling && isFree) void this.#renew();
    this.#set({
      columns: this.#callers.map(stateOf),
      bound: this.#bound,
      isCalling,
      storeIsDown: this.#storeIsDown,
      running: this.#running,
      trial: this.#running && this.#running.since !== null ? this.#running.trial : null,
      trials: this.#trials,
      expiresIn: this.#expiresIn,
    });
  }

  #set(changed: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...changed };
    for (const listener of this.#listeners) listener();
  }
}

function stateOf({ column, calls }: Caller): ColumnState {
  const last = calls.at(-1);
  const without = calls.filter(({ storeIsDown }) => storeIsDown);
  return {
    column,
    cost: costOf(calls.slice(-1000)),
    recent: calls.slice(-RECENT).map(({ outcome, ms }) => (outcome === "accepted" ? ms : null)),
    newest: last ? { outcome: last.outcome, status: last.status } : null,
    outage: without.length > 0 ? duringOutage(without) : null,
  };
}
