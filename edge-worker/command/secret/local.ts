// The secrets of this machine: .dev.vars, which only its owner can read and git ignores.
import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { readIfPresent } from "../wrangler-config.ts";
import { IGNORED, namesIn, withIgnored, withValues } from "./secret-file.ts";

/** @param environment Empty for the top level of the configuration. */
export const localFile = (config: string, environment: string) =>
  join(dirname(config), environment === "" ? ".dev.vars" : `.dev.vars.${environment}`);

export const localNames = async (file: string) => namesIn((await readIfPresent(file)) ?? "");

/** @returns Notes for the developer. */
export async function storeLocally(file: string, values: readonly (readonly [string, string])[]): Promise<string[]> {
  const notes = await ignore(file);
  const before = (await readIfPresent(file)) ?? "";
  await writeFile(file, withValues(before, values), { mode: 0o600 });
  await chmod(file, 0o600); // It may have existed.
  return notes;
}

/** Lets git ignore the file, before it has content. */
async function ignore(file: string): Promise<string[]> {
  const folder = dirname(file);
  if ((await git(folder, ["ls-files", "--error-unmatch", basename(file)])) === 0)
    return [`${basename(file)} is tracked by git. Run: git rm --cached ${basename(file)}`];
  if ((await git(folder, ["check-ignore", "--quiet", basename(file)])) === 0) return [];
  const path = join(folder, ".gitignore");
  const before = (await readIfPresent(path)) ?? "";
  const after = withIgnored(before);
  if (after === before) return [];
  await writeFile(path, after);
  return [`.gitignore: added ${IGNORED}`];
}

/** @returns The exit code; `undefined` if git is not installed. */
export async function git(folder: string, args: string[]): Promise<number | undefined> {
  try {
    await promisify(execFile)("git", args, { cwd: folder });
    return 0;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return typeof code === "number" ? code : undefined;
  }
}
