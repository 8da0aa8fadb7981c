// The secrets of a developer's machine, in `.dev.vars`, which wrangler reads and git ignores.
import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";

/**
 * Adds a random value for each secret that the file does not have yet.
 *
 * @returns the names of those that were added.
 */
export function addMissingSecrets(file: string, names: readonly string[]): string[] {
  const old = existsSync(file) ? readFileSync(file, "utf8") : "";
  const present = new Set([...old.matchAll(/^\s*(?:export\s+)?([\w.-]+)\s*=/gm)].map(([, name]) => name));
  const missing = names.filter((name) => !present.has(name));
  if (missing.length === 0) return [];
  const lines = missing.map((name) => `${name}=${randomBytes(32).toString("hex")}\n`);
  const start = old === "" || old.endsWith("\n") ? "" : "\n";
  // Only this user may read the file.
  appendFileSync(file, start + lines.join(""), { mode: 0o600 });
  return missing;
}
