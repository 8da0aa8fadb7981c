import { Caller } from "./calls.ts";
import { type Column, KINDS, type Kind } from "./columns.ts";
import { type Kept, keptWorking } from "./figures.ts";
import { type Action, act, type Credentials, discard, newCredentials, type Transport } from "./lab-service.ts";

/** One action, and for how long the credentials from before it worked in each column. */
export interface Trial {
  readonly action: Action;
  /** The request that carried it out. */
  readonly request: string;
  /** Seconds. */
  readonly bound: number;
  /** Seconds. */
  readonly tokenLife: number;
  readonly kept: Readonly<Record<Kind, Kept>>;
}

/** A trial that goes on: the calls continue until every column has rejected its credential, or it is stopped. */
export class RunningTrial {
  readonly action: Action;
  readonly bound: number;
  readonly credentials: Credentials;
  readonly callers: readonly Caller[];
  request = "";
  /** When the answer arrived, by `performance.now()`; `null` until then. */
  since: number | null = null;

  constructor(action: Action, bound: number, credentials: Credentials, callers: readonly Caller[]) {
    this.action = action;
    this.bound = bound;
    this.credentials = credentials;
    this.callers = callers;
  }

  /** Carries the action out. */
  async act(transport: Transport): Promise<void> {
    const { request } = await act(transport, this.credentials, this.action);
    this.since = performance.now();
    this.request = request;
  }

  get trial(): Trial {
    const { action, request, bound, since } = this;
    const keptBy = ({ calls }: Caller): Kept =>
      since === null ? { ms: 0, rejectedAfter: null, watched: 0 } : keptWorking(calls, since);
    const of = (kind: Kind) => keptBy(this.callers.find(({ column }) => column.kind === kind) as Caller);
    const kept = Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<Kind, Kept>;
    return { action, request, bound, tokenLife: this.credentials.tokenLife, kept };
  }

  /** Stops the columns that have rejected the credential, and calls the others less often after ten seconds. */
  tend(): void {
    const { since } = this;
    if (since === null) return;
    for (const caller of this.callers) {
      if (keptWorking(caller.calls, since).rejectedAfter !== null) void caller.stop();
      if (performance.now() - since > 10_000) caller.pause = 250;
    }
  }

  /** Whether nothing more is to be expected from the columns but to wait for the token's expiry. */
  get isSettled(): boolean {
    const { kept, action, bound } = this.trial;
    // A retired signing key ends no session, and reaches every isolate within ten seconds.
    const ends: readonly Kind[] = action === "key" ? ["none", "bound", "strict"] : ["session", "bound", "strict"];
    const enough = Math.max(10_000, bound * 1000) + 2000;
    return ends.every((kind) => kept[kind].rejectedAfter !== null || kept[kind].watched > enough);
  }

  async stop(): Promise<void> {
    await Promise.all(this.callers.map((caller) => caller.stop()));
  }
}

/** Runs one trial from a new user to its end; with `untilExpiry`, the columns are watched until the token has expired. */
export async function runTrial(
  transport: Transport,
  columns: readonly Column[],
  action: Action,
  { bound, untilExpiry = false, onProgress = () => {} }: TrialOptions,
): Promise<Trial> {
  const credentials = await newCredentials(transport);
  const callers = columns.map((column) => new Caller(transport, column, credentials));
  const running = new RunningTrial(action, bound, credentials, callers);
  for (const caller of callers) caller.start();
  await until(() => callers.every(({ calls }) => calls.length >= 3));
  await running.act(transport);
  const expiry = credentials.issuedAt + credentials.tokenLife * 1000;
  await until(() => {
    running.tend();
    onProgress(running.trial);
    const { none } = running.trial.kept;
    const waits = untilExpiry && none.rejectedAfter === null && performance.now() < expiry + 5000;
    return running.isSettled && !waits;
  });
  await running.stop();
  await discard(transport, credentials);
  return running.trial;
}

export interface TrialOptions {
  /** Seconds. */
  readonly bound: number;
  readonly untilExpiry?: boolean;
  readonly onProgress?: (trial: Trial) => void;
}

/** Looks every 50 milliseconds. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((done) => setTimeout(done, 50));
}
