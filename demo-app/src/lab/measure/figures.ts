import type { Call } from "./calls.ts";
import type { StoredTable } from "./lab-service.ts";

/** What the calls of one column cost. */
export interface Cost {
  readonly calls: number;
  /** Milliseconds, of accepted calls. */
  readonly p50: number;
  readonly p99: number;
  /** Calls of objects for each request, on average. */
  readonly lookups: number;
  /** Different objects for each request, on average. */
  readonly objects: number;
  /** The bindings of these objects. */
  readonly bindings: readonly string[];
  /** The header with the credential, in bytes. */
  readonly credentialBytes: number;
}

/** `null` if no call was accepted. Calls without the store do not count. */
export function costOf(calls: readonly Call[]): Cost | null {
  const accepted = calls.filter(({ outcome, storeIsDown }) => outcome === "accepted" && !storeIsDown);
  if (accepted.length === 0) return null;
  const took = accepted.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return {
    calls: accepted.length,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    lookups: mean(accepted.map(({ objects }) => objects.length)),
    objects: mean(accepted.map(({ objects }) => new Set(objects).size)),
    bindings: [...new Set(accepted.flatMap(({ objects }) => objects.map((name) => name.split("#")[0] ?? "")))].sort(),
    credentialBytes: accepted.at(-1)?.bytes ?? 0,
  };
}

/** The nearest rank. `sorted` in ascending order, not empty. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** For how long an old credential worked after it had been ended. */
export interface Kept {
  /**
   * Milliseconds from the answer to the action until the beginning of the last call that was accepted; 0 if no call that
   * began after the answer was accepted.
   */
  readonly ms: number;
  /** Milliseconds from the answer until the beginning of the call that was rejected; `null`: none has been so far. */
  readonly rejectedAfter: number | null;
  /** For how long it was watched, in milliseconds. */
  readonly watched: number;
}

/** `since`: when the answer to the action arrived, by `performance.now()`. */
export function keptWorking(calls: readonly Call[], since: number): Kept {
  const after = calls.filter(({ at }) => at >= since);
  const lastAccepted = after.findLast(({ outcome }) => outcome === "accepted")?.at;
  const rejected = after.find(({ at, outcome }) => outcome === "rejected" && at > (lastAccepted ?? 0))?.at;
  return {
    ms: lastAccepted === undefined ? 0 : lastAccepted - since,
    rejectedAfter: rejected === undefined ? null : rejected - since,
    watched: Math.max(0, (after.at(-1)?.at ?? since) - since),
  };
}

/** What was accepted while the store was down. */
export interface DuringOutage {
  readonly calls: number;
  readonly accepted: number;
}

export function duringOutage(calls: readonly Call[]): DuringOutage {
  return { calls: calls.length, accepted: calls.filter(({ outcome }) => outcome === "accepted").length };
}

/** How many rows a table has, and the mean of their sizes in bytes; `null` if it has none. */
export function perRow(tables: readonly StoredTable[], name: string): { rows: number; bytes: number } | null {
  const table = tables.find((each) => each.name === name);
  return table && table.rows > 0 ? { rows: table.rows, bytes: Math.round(table.bytes / table.rows) } : null;
}
