import assert from "node:assert/strict";
import { test } from "node:test";
import { countdown, distance, seconds, since } from "./time.ts";

const NOW = 1_800_000_000_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

for (const [apart, words] of [
  [0, "just now"],
  [-59 * SECOND, "just now"],
  [30 * SECOND, "in under a minute"],
  [-60 * SECOND, "1 minute ago"],
  [-119 * SECOND, "1 minute ago"],
  [59 * MINUTE, "in 59 minutes"],
  [-90 * MINUTE, "1 hour ago"],
  [-25 * HOUR, "yesterday"],
  [30 * DAY - 5 * SECOND, "in 30 days"],
] as const) {
  test(`${apart} ms away: ${words}`, () => assert.equal(distance(NOW + apart, NOW), words));
}

test("what was stored after the page last looked at its clock was stored just now", () => {
  assert.equal(since(NOW + 20 * SECOND, NOW), "just now");
  assert.equal(since(NOW - 2 * MINUTE, NOW), "2 minutes ago");
});

for (const [left, shown] of [
  [300 * SECOND, "5:00"],
  [299_001, "5:00"],
  [65 * SECOND, "1:05"],
  [1, "0:01"],
  [0, "0:00"],
  [-5 * SECOND, "0:00"],
] as const) {
  test(`${left} ms left: ${shown}`, () => assert.equal(countdown(left), shown));
}

for (const [duration, words] of [
  [1, "1 second"],
  [42, "42 seconds"],
  [119, "119 seconds"],
  [121, "3 minutes"],
  [900, "15 minutes"],
] as const) {
  test(`${duration} s: ${words}`, () => assert.equal(seconds(duration), words));
}
