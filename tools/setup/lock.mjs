// One set-up or build at a time in this checkout. A lock whose holder is dead is taken over.
import { mkdir, open, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toolsDir } from "../paths.mjs";

/** The holder touches the file this often, in milliseconds. */
const HEARTBEAT = 2_000;
/** A lock that wasn't touched for so long has no living holder. */
const STALE = 20_000;

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
export async function withLock(work) {
  const path = join(toolsDir, "lock");
  await mkdir(toolsDir, { recursive: true });
  let told = false;
  while (!(await take(path))) {
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) console.log("Another set-up or build is at work in this checkout; waiting for it.");
    told = true;
    await sleep(500);
  }
  const release = () => rm(path, { force: true });
  const beat = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), HEARTBEAT);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await release();
  }
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
    if (!holder) return false; // It is just being written.
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "EPERM";
  }
}
