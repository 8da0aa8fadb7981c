// Runs the wrangler that is installed in the developer's folder.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { Mistake } from "./mistake.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param config The configuration file; wrangler runs in its folder.
 * @param input What it reads from standard input. It has no terminal, so it asks nothing.
 * @throws {Mistake} if it is not installed.
 */
export async function wrangler(config: string, args: string[], input = ""): Promise<Ended> {
  const child = spawn(process.execPath, [await wranglerScript(config), ...args, "--config", config], {
    cwd: dirname(config),
    stdio: ["pipe", "pipe", "pipe"],
  });
  // It may end without having read its input.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const ended = new Promise<number | null>((done, failed) => child.once("error", failed).once("close", done));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** @throws {Mistake} if it is not installed. */
export async function wranglerScript(config: string): Promise<string> {
  let manifest: string;
  try {
    manifest = createRequire(config).resolve("wrangler/package.json");
  } catch {
    throw new Mistake(`wrangler: not found from ${dirname(config)}. Run: npm install --save-dev wrangler`);
  }
  const { bin } = JSON.parse(await readFile(manifest, "utf8")) as { bin: { wrangler: string } };
  return resolve(dirname(manifest), bin.wrangler);
}
