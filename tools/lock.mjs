// A lock file that names its holder. A lock whose holder has ended is taken over. No npm package does this here,
// because the lock is taken before npm packages are installed.
import { utimesSync } from "node:fs";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toolsDir } from "./paths.mjs";

/** The holder touches the file this often, in milliseconds. */
const HEARTBEAT = 2_000;
/** A lock that was not touched for this long has no running holder, in milliseconds. */
const STALE = 20_000;

/**
 * One set-up or build at a time in this checkout; the second waits.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withLock(work) {
  const path = join(toolsDir, "lock");
  let release = await acquire(path);
  if (!release) console.log("Another set-up or build is running in this checkout; waiting for it.");
  while (!release) {
    await sleep(500);
    release = await acquire(path);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

/** @param {string} path @returns {Promise<(() => Promise<void>) | null>} releases the lock; `null` if another process holds it */
export async function acquire(path) {
  await mkdir(dirname(path), { recursive: true });
  if (!(await take(path))) {
    if (!(await isStale(path))) return null;
    await rm(path, { force: true });
    if (!(await take(path))) return null;
  }
  const beat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // The directory was removed meanwhile, so there is nothing left to lock.
    }
  }, HEARTBEAT);
  beat.unref();
  return async () => {
    clearInterval(beat);
    await rm(path, { force: true });
  };
}

/** @param {string} path */
async function take(path) {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} path */
async function isStale(path) {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > STALE) return true;
    const holder = Number(await readFile(path, "utf8"));
    if (holder) process.kill(holder, 0); // Without a number, the file is just being written.
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "EPERM";
  }
}
