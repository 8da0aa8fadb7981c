// A deployer's project: a folder with latchkey-worker as npm installs it, and wrangler.
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ask } from "./http.ts";
import { takeLines } from "./lines.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { wranglerEnv } = (await import(new URL("../../tools/wrangler.mjs", import.meta.url).href)) as {
  wranglerEnv(registry?: string): NodeJS.ProcessEnv;
};

const source = join(root, "edge-worker", "package");

let packed: Promise<string[]> | undefined;

/** The paths of the files in the package's tarball. */
function packedFiles(): Promise<string[]> {
  packed ??= (async () => {
    const { stdout } = await promisify(execFile)("npm", ["pack", source, "--dry-run", "--json"]);
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    return files.map(({ path }) => path);
  })();
  return packed;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface WorkerProject {
  readonly dir: string;
  /** Runs `latchkey-worker`. */
  latchkey(args: string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Runs `wrangler`. */
  wrangler(args: string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Runs `wrangler dev` until it is stopped. Resolves when the service is healthy. */
  dev(origin: string, args: string[]): Promise<{ logs(): string; stop(): Promise<void> }>;
  remove(): Promise<void>;
}

/** How long a start may take on a busy machine, in milliseconds. */
const START_LIMIT = 120_000;

/**
 * @param files By their paths in the folder.
 * @param tarball Of latchkey-worker, to be installed by npm; if absent, the built package is copied.
 */
export async function workerProject(files: Record<string, string> = {}, tarball?: string): Promise<WorkerProject> {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-project-"));
  const modules = join(dir, "node_modules");
  await mkdir(modules);
  if (tarball === undefined) {
    await Promise.all(
      (await packedFiles()).map((path) => cp(join(source, path), join(modules, "latchkey-worker", path))),
    );
  } else {
    await writeFile(join(dir, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await promisify(execFile)("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: dir });
  }
  await symlink(join(root, "node_modules", "wrangler"), join(modules, "wrangler"));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  // No account, and no place to report to.
  const environment = { ...wranglerEnv(join(dir, "registry")), CLOUDFLARE_API_TOKEN: "", CLOUDFLARE_ACCOUNT_ID: "" };
  const run = async (script: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> => {
    const options = { cwd: dir, env: { ...environment, ...env } };
    const child = spawn(process.execPath, [join(modules, script), ...args], options);
    child.stdin.end();
    const code = new Promise<number | null>((done) => child.once("close", done));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, stdout, stderr };
  };
  const dev: WorkerProject["dev"] = async (origin, args) => {
    const flags = ["--show-interactive-dev-session=false", "--inspector-port", "0", "--port", new URL(origin).port];
    const script = join(modules, "wrangler", "bin", "wrangler.js");
    const child = spawn(process.execPath, [script, "dev", ...flags, ...args], { cwd: dir, env: environment });
    let logs = "";
    for (const stream of [child.stdout, child.stderr])
      takeLines(stream, (text) => {
        logs += text;
      });
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    const stop = async () => {
      child.kill("SIGINT");
      await ended;
    };
    const end = Date.now() + START_LIMIT;
    for (;;) {
      const health = await ask(origin, "/healthz").catch(() => undefined);
      if (health?.status === 200) return { logs: () => logs, stop };
      if (child.exitCode !== null || Date.now() > end) {
        await stop();
        throw new Error(`wrangler dev did not start:\n${logs}`);
      }
      await sleep(100);
    }
  };
  return {
    dir,
    dev,
    latchkey: (args, env) => run("latchkey-worker/bin/latchkey-worker.mjs", args, env),
    wrangler: (args, env) => run("wrangler/bin/wrangler.js", args, env),
    remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}
