// The secrets of a developer's machine, in `.dev.vars`, which wrangler reads and git ignores.
import { randomBytes } from "node:crypto";
import { localNames, storeLocally } from "../command/secret/local.ts";

/**
 * Gives a random value to each secret that has none in the file.
 *
 * @returns what was done, for the developer.
 */
export async function addMissingSecrets(file: string, names: readonly string[]): Promise<string[]> {
  const present = await localNames(file);
  const missing = names.filter((name) => !present.includes(name));
  if (missing.length === 0) return [];
  const values = missing.map((name) => [name, randomBytes(32).toString("base64")] as const);
  const notes = await storeLocally(file, values);
  return [`wrote random values for ${missing.join(", ")} to .dev.vars`, ...notes];
}
