import { Caller } from "./calls.ts";
import { columnsFor, type Kind } from "./columns.ts";
import { type Cost, costOf, type DuringOutage, duringOutage } from "./figures.ts";
import {
  ACTION_TITLES,
  ACTIONS,
  discard,
  newCredentials,
  type Probe,
  probes,
  type Stored,
  stored,
  type Transport,
} from "./lab-service.ts";
import { runTrial, type Trial, until } from "./trial.ts";

/** Everything that a run has measured. What is absent has not been measured. */
export interface Report {
  readonly measured_at: string;
  /** What made the calls: a browser, or a program. */
  readonly runtime: string;
  /** Seconds. */
  readonly bound: number;
  /** Seconds. */
  readonly token_life?: number;
  readonly costs?: Readonly<Partial<Record<Kind, Cost>>>;
  readonly outage?: Readonly<Partial<Record<Kind, DuringOutage>>>;
  readonly stored?: Stored;
  readonly trials?: readonly Trial[];
  readonly probes?: readonly Probe[];
  /** In how many places script of the page has looked for a credential, and in how many it found one. */
  readonly script?: { readonly places: number; readonly found: number };
}

export interface RunOptions {
  readonly runtime: string;
  /** Seconds. */
  readonly bound: number;
  /** For how long latency is measured, in milliseconds. */
  readonly latencyFor: number;
  /** Whether to wait until the tokens have expired. The trials then run at the same time. */
  readonly untilExpiry: boolean;
  /** What script of the page finds; absent where there is no page. */
  readonly script?: Report["script"];
  readonly onProgress: (doing: string, report: Report) => void;
}

/** Measures everything. */
export async function run(transport: Transport, options: RunOptions): Promise<Report> {
  const { bound, runtime, script, untilExpiry } = options;
  let report: Report = { measured_at: new Date().toISOString(), runtime, bound, ...(script ? { script } : {}) };
  const add = (doing: string, found: Partial<Report>) => {
    report = { ...report, ...found };
    options.onProgress(doing, report);
  };
  const columns = columnsFor(bound);

  add("Latency and look-ups", {});
  const credentials = await newCredentials(transport);
  const callers = columns.map((column) => new Caller(transport, column, credentials));
  for (const caller of callers) caller.start();
  // The first calls find nothing in memory.
  await until(() => callers.every(({ calls }) => calls.length >= 20));
  const warm = performance.now();
  await until(() => performance.now() > warm + options.latencyFor);
  const since =
    (from: number) =>
    ({ calls }: Caller) =>
      calls.filter(({ at }) => at >= from);
  const ofKinds = <T>(figure: (caller: Caller) => T): Record<Kind, T> =>
    Object.fromEntries(callers.map((caller) => [caller.column.kind, figure(caller)])) as Record<Kind, T>;
  const costs = ofKinds((caller) => costOf(since(warm)(caller)) as Cost);
  add("The store is down", { costs, token_life: credentials.tokenLife });

  const down = performance.now();
  for (const caller of callers) caller.storeIsDown = true;
  // As long as copies of the list of revocations are allowed to be used, and a little longer.
  await until(() => performance.now() > down + 1000 * Math.min(bound, 5) + 2000);
  await Promise.all(callers.map((caller) => caller.stop()));
  const outage = ofKinds((caller) => duringOutage(since(down + 1000 * Math.min(bound, 5) + 500)(caller)));
  add("Requests of other kinds", { outage });
  add("", { probes: await probes(transport) });
  await discard(transport, credentials);

  const trials: Trial[] = [];
  const tryOut = async (action: (typeof ACTIONS)[number]) => {
    const trial = await runTrial(transport, columns, action, { bound, untilExpiry });
    trials.push(trial);
    add(ACTION_TITLES[action], { trials: ACTIONS.flatMap((each) => trials.filter((one) => one.action === each)) });
  };
  const ofUsers = ACTIONS.filter((action) => action !== "key");
  if (untilExpiry) await Promise.all(ofUsers.map(tryOut));
  else for (const action of ofUsers) await tryOut(action);
  // Last, because it ends the tokens of all users.
  await tryOut("key");
  // By now the list of revocations has entries.
  const last = await newCredentials(transport);
  add("What is stored", { stored: await stored(transport, last) });
  await discard(transport, last);
  return report;
}
