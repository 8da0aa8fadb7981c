// Lets git ignore a file with secrets, before it has content.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { readIfPresent } from "../wrangler-config.ts";
import { withIgnored } from "./secret-file.ts";

/** @param pattern What is added to .gitignore, unless git ignores the file already. @returns Notes for the developer. */
export async function ignore(file: string, pattern: string): Promise<string[]> {
  const folder = dirname(file);
  const name = basename(file);
  if ((await git(folder, ["ls-files", "--error-unmatch", name])) === 0)
    return [`${name} is tracked by git. Run: git rm --cached ${name}`];
  if ((await git(folder, ["check-ignore", "--quiet", name])) === 0) return [];
  const path = join(folder, ".gitignore");
  const before = (await readIfPresent(path)) ?? "";
  const after = withIgnored(before, pattern);
  if (after === before) return [];
  await writeFile(path, after);
  return [`.gitignore: added ${pattern}`];
}

export const isInRepository = async (folder: string) => (await git(folder, ["rev-parse"])) === 0;

/** @returns The exit code; `undefined` if git is not installed. */
async function git(folder: string, args: string[]): Promise<number | undefined> {
  try {
    await promisify(execFile)("git", args, { cwd: folder });
    return 0;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return typeof code === "number" ? code : undefined;
  }
}
