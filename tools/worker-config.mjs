// The Worker's configuration for one run: the LATCHKEY table of demo-app/wrangler.toml with another origin
// and with changes merged into it.
import { readFile } from "node:fs/promises";
import { parse } from "smol-toml";
import { at } from "./paths.mjs";

/**
 * @typedef {{ [key: string]: unknown }} Table
 */

/**
 * @param {string} origin The origin of this run; it replaces the file's issuer wherever that occurs.
 * @param {Table} [changes] Merged into it key by key; arrays and plain values replace.
 * @returns {Promise<Table | null>} `null` when nothing differs from the file.
 */
export async function workerConfig(origin, changes = {}) {
  const { vars } = /** @type {any} */ (parse(await readFile(at("demo-app", "wrangler.toml"), "utf8")));
  const file = JSON.stringify(vars.LATCHKEY);
  const moved = JSON.parse(file.replaceAll(vars.LATCHKEY.issuer, origin));
  const config = merge(moved, changes);
  return JSON.stringify(config) === file ? null : config;
}

/** @param {Table} base @param {Table} changes @returns {Table} */
function merge(base, changes) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const old = base[key];
    merged[key] = isTable(value) && isTable(old) ? merge(old, value) : value;
  }
  return merged;
}

/** @param {unknown} value @returns {value is Table} */
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
