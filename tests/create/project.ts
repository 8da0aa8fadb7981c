// A project of `create-latchkey-auth`, made from the packed packages as a user makes it: by the command, with npm, on a
// machine without Rust.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { accessSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../harness/port.ts";
import { until } from "../harness/until.ts";

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL("../../create-app/bin/create-latchkey-auth.mjs", import.meta.url));
const PACK = fileURLToPath(new URL("../../tools/pack.mjs", import.meta.url));
const PACKAGES = fileURLToPath(new URL("../../target/packages", import.meta.url));

export type Frontend = "react" | "vue" | "svelte" | "plain";
export type Api = "worker" | "url";

const parent = await mkdtemp(join(tmpdir(), "latchkey-create-"));
after(() => rm(parent, { recursive: true, force: true, maxRetries: 5 }));

/** Node, npm and a shell, and nothing of this repository or of Rust. */
const PATH = [dirname(process.execPath), ...programs("npm", "sh")].join(delimiter);

function programs(...names: string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const found = names.map((name) => folders.find((folder) => exists(join(folder, name))));
  return [...new Set(found.filter((folder) => folder !== undefined))];
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

const { NODE_TEST_CONTEXT: _, CI: __, ...inherited } = process.env;
const env = (folder: string): NodeJS.ProcessEnv => ({
  ...inherited,
  PATH,
  NO_COLOR: "1",
  npm_config_prefer_offline: "true",
  npm_config_update_notifier: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_REGISTRY_PATH: join(folder, ".wrangler/registry"),
  WRANGLER_LOG_PATH: join(folder, ".wrangler/logs"),
});

/** What a program printed and its exit code, whatever that is. */
export async function call(program: string, args: string[], cwd = parent): Promise<{ output: string; code: number }> {
  const options = { cwd, env: env(cwd), maxBuffer: 16 << 20 };
  const result = await run(program, args, options).then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
  return { output: `${result.stdout}${result.stderr}`, code: result.code };
}

/** Packs what was built last, as `npm run pack` does. */
export const pack = () => run(process.execPath, [PACK]);

const create = (...args: string[]) => call(process.execPath, [COMMAND, ...args]);

export class Project {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(frontend: Frontend, api: Api): Promise<Project> {
    const name = `${frontend}-${api}`;
    const { output, code } = await create(name, "--frontend", frontend, "--api", api, "--packages", PACKAGES);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`cd ${name}\\n +npm run dev\\n`));
    return new Project(join(parent, name));
  }

  path = (file: string) => join(this.folder, file);
  read = (file: string) => readFile(this.path(file), "utf8");
  write = (file: string, text: string) => writeFile(this.path(file), text);

  /** Replaces a text that occurs in the file. */
  async edit(file: string, from: string, to: string): Promise<void> {
    const text = await this.read(file);
    assert.ok(text.includes(from), `${file} contains ${from}`);
    await writeFile(this.path(file), text.replaceAll(from, to));
  }

  /** Runs a script of the project and returns what it printed. */
  async script(...args: string[]): Promise<string> {
    const { output, code } = await call("npm", ["run", ...args], this.folder);
    assert.equal(code, 0, output);
    return output;
  }

  /** `npm run dev`, or another program that serves until it is ended. */
  async serve(program: string, args: string[], url: string): Promise<Server> {
    const server = new Server(program, args, this.folder);
    after(() => server.kill());
    await until(`${url} answers`, async () => server.ended || (await fetch(url).catch(() => undefined))?.ok);
    assert.ok(!server.ended, server.output);
    return server;
  }

  async dev(port?: number): Promise<Server & { origin: string }> {
    const chosen = port ?? (await freePort());
    const origin = `http://localhost:${chosen}`;
    const args = ["run", "dev", ...(port === undefined ? ["--", "--port", String(chosen)] : [])];
    return Object.assign(await this.serve("npm", args, `${origin}/healthz`), { origin });
  }
}

/** A program in a process group of its own, as a terminal starts it. */
export class Server {
  output = "";
  ended = false;
  readonly #child: ChildProcess;
  readonly #folder: string;

  constructor(program: string, args: string[], folder: string) {
    this.#folder = folder;
    this.#child = spawn(program, args, {
      cwd: folder,
      env: env(folder),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.#child.once("exit", () => {
      this.ended = true;
    });
  }

  /** Waits until it has printed something that matches. */
  prints = (pattern: RegExp) =>
    until(`it prints ${pattern}; it printed ${this.output}`, () => pattern.test(this.output));

  /** As Ctrl-C in a terminal does: a signal to the whole process group. */
  async stop(): Promise<void> {
    if (this.#child.pid) process.kill(-this.#child.pid, "SIGINT");
    await until("it has ended", () => this.ended);
  }

  /** Waits until no process of the project is left. */
  async leavesNothing(): Promise<void> {
    const left = async () => {
      const { stdout } = await run("ps", ["-eo", "args"]);
      return stdout.split("\n").filter((line) => line.includes(this.#folder));
    };
    await until("all of its processes have ended", async () => (await left()).length === 0);
  }

  kill(): void {
    try {
      if (this.#child.pid) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}
