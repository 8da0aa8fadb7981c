import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call, Outcome } from "./calls.ts";
import { costOf, duringOutage, keptWorking, perRow, quantile } from "./figures.ts";

const call = (at: number, outcome: Outcome, more: Partial<Call> = {}): Call => ({
  ...{ at, outcome, ms: 5, status: outcome === "accepted" ? 200 : 401, objects: [], bytes: 100, storeIsDown: false },
  ...more,
});

test("a credential worked until the last accepted call after the action began", () => {
  const calls = [call(90, "accepted"), call(110, "accepted"), call(130, "accepted"), call(150, "rejected")];
  assert.deepEqual(keptWorking(calls, 100), { ms: 30, rejectedAfter: 50, watched: 50 });
});

test("a call that began before the action was answered does not count, whatever it got", () => {
  assert.deepEqual(keptWorking([call(99, "accepted"), call(101, "rejected")], 100), {
    ms: 0,
    rejectedAfter: 1,
    watched: 1,
  });
  assert.deepEqual(keptWorking([call(80, "rejected"), call(101, "accepted")], 100), {
    ms: 1,
    rejectedAfter: null,
    watched: 1,
  });
});

test("calls without an answer are neither accepted nor rejected, and a rejection before an accepted call ends nothing", () => {
  const calls = [call(100, "rejected"), call(110, "unavailable"), call(120, "accepted"), call(130, "unavailable")];
  assert.deepEqual(keptWorking(calls, 100), { ms: 20, rejectedAfter: null, watched: 30 });
  assert.deepEqual(keptWorking([], 100), { ms: 0, rejectedAfter: null, watched: 0 });
});

test("what calls cost: of those that were accepted with the store", () => {
  const calls = [
    call(0, "accepted", { ms: 10, objects: ["ACCOUNT#a", "REVOCATIONS#b"] }),
    call(1, "accepted", { ms: 20, objects: ["ACCOUNT#a", "ACCOUNT#a"], bytes: 120 }),
    call(2, "rejected", { ms: 1000 }),
    call(3, "accepted", { ms: 1000, storeIsDown: true }),
  ];
  assert.deepEqual(costOf(calls), {
    ...{ calls: 2, p50: 10, p99: 20, lookups: 2, objects: 1.5, credentialBytes: 120 },
    bindings: ["ACCOUNT", "REVOCATIONS"],
  });
  assert.equal(costOf([call(0, "rejected")]), null);
  assert.deepEqual(duringOutage(calls), { calls: 4, accepted: 3 });
});

test("quantiles are the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
  assert.deepEqual([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99)], [50, 99, 7]);
});

test("bytes for each row, of tables that have rows", () => {
  const tables = [
    { name: "family", rows: 2, bytes: 401 },
    { name: "ticket", rows: 0, bytes: 0 },
  ];
  assert.deepEqual(perRow(tables, "family"), { rows: 2, bytes: 201 });
  assert.deepEqual([perRow(tables, "ticket"), perRow(tables, "other")], [null, null]);
});
