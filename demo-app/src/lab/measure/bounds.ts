import { Caller, callOnce } from "./calls.ts";
import { type Column, columnsFor } from "./columns.ts";
import { keptWorking } from "./figures.ts";
import { act, discard, newCredentials, type Transport } from "./lab-service.ts";
import { until } from "./trial.ts";

/** How long tokens of a banned user were accepted on one route, beside what the route states. */
export interface MeasuredBound {
  /** Seconds. */
  readonly stated: number;
  /** Milliseconds, for each round, while calls follow each other: the gate renews its copy after half of the bound. */
  readonly busy: readonly number[];
  /**
   * Milliseconds, for each round, with a single call at the end of the bound: nothing has made the gate renew its copy before,
   * and the ban followed at once after the copy was taken. It is the worst case.
   */
  readonly quiet: readonly number[];
}

/** Nothing else may call a route with a bound meanwhile, because all routes of an isolate use the same copy of the list. */
export async function measureBound(transport: Transport, bound: number, rounds: number): Promise<MeasuredBound> {
  const column = columnsFor(bound).find(({ kind }) => kind === "bound") as Column;
  const busy: number[] = [];
  const quiet: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    busy.push(await busyRound(transport, column));
    quiet.push(await quietRound(transport, column, bound));
  }
  return { stated: bound, busy, quiet };
}

async function busyRound(transport: Transport, column: Column): Promise<number> {
  const credentials = await newCredentials(transport);
  const caller = new Caller(transport, column, credentials);
  caller.start();
  await until(() => caller.calls.length >= 3);
  await act(transport, credentials, "ban");
  const since = performance.now();
  await until(() => keptWorking(caller.calls, since).rejectedAfter !== null);
  await caller.stop();
  await discard(transport, credentials);
  return keptWorking(caller.calls, since).ms;
}

/** The share of the bound after which the single call is made. Later, a slow machine might be too late. */
const LATE = 0.95;

async function quietRound(transport: Transport, column: Column, bound: number): Promise<number> {
  const credentials = await newCredentials(transport);
  const call = () => callOnce(transport, column, credentials);
  // The copy is taken while this call is under way, at the latest.
  let taken = performance.now();
  while (!(await call()).objects.some((name) => name.startsWith("REVOCATIONS"))) {
    await new Promise((done) => setTimeout(done, 20));
    taken = performance.now();
  }
  await act(transport, credentials, "ban");
  const since = performance.now();
  const due = taken + bound * 1000 * LATE;
  await until(() => performance.now() >= due);
  const calls = [await call()];
  while (keptWorking(calls, since).rejectedAfter === null) calls.push(await call());
  await discard(transport, credentials);
  return keptWorking(calls, since).ms;
}
