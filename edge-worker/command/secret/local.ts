// The secrets of this machine: .dev.vars, which only its owner can read and git ignores.
import { chmod, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readIfPresent } from "../wrangler-config.ts";
import { ignore } from "./ignored.ts";
import { LOCAL_SECRETS, namesIn, withValues } from "./secret-file.ts";

/** @param environment Empty for the top level of the configuration. */
export const localFile = (config: string, environment: string) =>
  join(dirname(config), environment === "" ? ".dev.vars" : `.dev.vars.${environment}`);

export const localNames = async (file: string) => namesIn((await readIfPresent(file)) ?? "");

/** @returns Notes for the developer. */
export async function storeLocally(file: string, values: readonly (readonly [string, string])[]): Promise<string[]> {
  const notes = await ignore(file, LOCAL_SECRETS);
  const before = (await readIfPresent(file)) ?? "";
  await writeFile(file, withValues(before, values), { mode: 0o600 });
  await chmod(file, 0o600); // It may have existed.
  return notes;
}
