// Runs a program to its end and captures its output.
import { spawn } from "node:child_process";
import { root } from "./paths.mjs";
import { Refusal } from "./refusal.mjs";
import "./signals.mjs";

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] Added to this process's own.
 * @property {boolean} [show] Also print its output immediately.
 * @property {(text: string) => void} [onOutput]
 */

/**
 * @typedef {object} Result
 * @property {boolean} ok
 * @property {boolean} missing The program does not exist.
 * @property {string} output Standard output and error, in order.
 * @property {string} stdout
 */

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.once("exit", () => {
  for (const child of running) child.kill();
});

/** @param {string} program @param {string[]} args @param {RunOptions} [options] @returns {Promise<Result>} */
export function tryRun(program, args, options = {}) {
  return new Promise((resolve) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(program, args, { cwd: options.cwd ?? root, env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    let output = "";
    let stdout = "";
    const take = (/** @type {string} */ text) => {
      output += text;
      options.onOutput?.(text);
      if (options.show) process.stdout.write(text);
    };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      take(text);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.once("error", (error) => {
      running.delete(child);
      resolve({ ok: false, missing: /** @type {any} */ (error).code === "ENOENT", output: error.message, stdout });
    });
    child.once("close", (code) => {
      running.delete(child);
      resolve({ ok: code === 0, missing: false, output, stdout });
    });
  });
}

/**
 * Like {@link tryRun}, but a failure is a {@link Refusal} with the end of its output.
 * @param {string} program @param {string[]} args @param {RunOptions} [options] @returns {Promise<Result>}
 */
export async function run(program, args, options = {}) {
  const result = await tryRun(program, args, options);
  if (result.ok) return result;
  const printed = options.show ? "" : `\n${lastLines(result.output)}`;
  throw new Refusal(`Failed: ${program} ${args.join(" ")}${printed}`);
}

/** @param {string} output */
export const lastLines = (output, count = 40) => output.trimEnd().split("\n").slice(-count).join("\n");
