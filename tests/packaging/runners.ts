// Each test runner, called as its users call it, on the same checks (`runners/check.cjs`). Their files are called
// `*.spec.*`, so that the project's own runner does not take them for its tests.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ENV } from "./bundlers.ts";
import { PROJECT, run } from "./tarball.ts";

const program = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const DIR = join(PROJECT, "runners");

export interface Runner {
  name: string;
  /** What Node runs, in the folder with the checks. */
  args: string[];
  /** What it says when so many checks have passed and none has failed. */
  says: RegExp;
}

const COMMONJS = "commonjs.spec.cjs";
const MODULES = "modules.spec.mjs";

const jest = (environment: string, file: string) => [
  ...(file === MODULES ? ["--experimental-vm-modules"] : []),
  ...[program("jest/bin/jest.js"), "--rootDir=.", `--testMatch=**/${file}`, `--env=${environment}`],
];
const vitest = (environment: string) => [
  ...[program("vitest/vitest.mjs"), "run", "--globals", "--no-color", "--environment", environment, MODULES],
];
const node = (document: string, file: string) => ["--import", `./${document}.mjs`, "--test", file];

const JEST = /Tests: +2 passed, 2 total/;
const NODE = /pass 2\n.*fail 0\n/s;

export const RUNNERS: Runner[] = [
  { name: "Jest, CommonJS, jsdom", args: jest("jsdom", COMMONJS), says: JEST },
  { name: "Jest, CommonJS, happy-dom", args: jest("@happy-dom/jest-environment", COMMONJS), says: JEST },
  { name: "Jest, modules, jsdom", args: jest("jsdom", MODULES), says: JEST },
  { name: "Jest, modules, happy-dom", args: jest("@happy-dom/jest-environment", MODULES), says: JEST },
  { name: "Vitest, jsdom", args: vitest("jsdom"), says: /Tests +2 passed \(2\)/ },
  { name: "Vitest, happy-dom", args: vitest("happy-dom"), says: /Tests +2 passed \(2\)/ },
  { name: "node:test, CommonJS, jsdom", args: node("jsdom", COMMONJS), says: NODE },
  { name: "node:test, CommonJS, happy-dom", args: node("happy-dom", COMMONJS), says: NODE },
  { name: "node:test, modules, jsdom", args: node("jsdom", MODULES), says: NODE },
  { name: "node:test, modules, happy-dom", args: node("happy-dom", MODULES), says: NODE },
];

/** Copies the checks to where the package is installed. */
export const copyChecks = () => cp(fileURLToPath(new URL("runners", import.meta.url)), DIR, { recursive: true });

/** Everything that it printed, whether it failed or not. */
export async function runChecks({ args }: Runner): Promise<string> {
  // Without this, a node:test that is started by another one reports to that one and prints nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = ENV as NodeJS.ProcessEnv;
  const options = { cwd: DIR, env: { ...env, NODE_ENV: "test", NO_COLOR: "1" } };
  const { stdout, stderr } = await run(process.execPath, args, options).catch((error) => error);
  return `${stdout}\n${stderr}`;
}
