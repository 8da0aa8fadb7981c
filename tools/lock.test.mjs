import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { acquire } from "./lock.mjs";

let dir = "";
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "latchkey-lock-"));
});
after(() => rm(dir, { recursive: true }));

test("only one process holds a lock, until it is released", async () => {
  const path = join(dir, "one");
  const release = await acquire(path);
  assert.equal(await acquire(path), null);
  await release?.();
  await (await acquire(path))?.();
});

test("a lock of a process that has ended is taken over", async () => {
  const path = join(dir, "gone");
  await writeFile(path, "999999999");
  const release = await acquire(path);
  assert.equal(await readFile(path, "utf8"), String(process.pid));
  await release?.();
});

test("a lock that was not touched for a minute is taken over, even if its process id now belongs to another process", async () => {
  const path = join(dir, "old");
  await writeFile(path, String(process.ppid));
  const aMinuteAgo = new Date(Date.now() - 60_000);
  await utimes(path, aMinuteAgo, aMinuteAgo);
  await (await acquire(path))?.();
});
