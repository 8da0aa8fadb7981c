// Every check, in the order in which they run: the quick ones first.
import { existsSync } from "node:fs";
import { at, npmBin } from "../paths.mjs";
import { run } from "../run.mjs";
import { coreIsPure } from "./core-is-pure.mjs";
import { noRegistryHosts } from "./no-registry-hosts.mjs";
import { npmLock } from "./npm-lock.mjs";

/** @typedef {{ name: string, usually: string, check: () => Promise<unknown> }} Check */

const DENY = ["--", "-D", "warnings"];

const TYPESCRIPT = ["sdk-wasm", "demo-app", "demo-app/api", "tests", "tools"];

/** @type {Check[]} */
export const checks = [
  { name: "no registry hosts", usually: "1 s", check: noRegistryHosts },
  { name: "npm lock file", usually: "1 s", check: npmLock },
  { name: "auth-core is pure", usually: "1 s", check: coreIsPure },
  { name: "rustfmt", usually: "2 s", check: () => run("cargo", ["fmt", "--all", "--check"]) },
  {
    name: "biome",
    usually: "2 s",
    check: () => run(npmBin("biome"), ["ci", "--colors=off", "--max-diagnostics=50", at()]),
  },
  ...TYPESCRIPT.filter((dir) => existsSync(at(dir, "tsconfig.json"))).map((dir) => ({
    name: `types of ${dir}`,
    usually: "2 s",
    check: () => run(npmBin("tsc"), ["--noEmit", "-p", at(dir)]),
  })),
  {
    name: "clippy",
    usually: "2 minutes the first time",
    check: () => run("cargo", ["clippy", "--workspace", "--all-targets", ...DENY]),
  },
  {
    name: "clippy for wasm32",
    usually: "1 minute the first time",
    check: () =>
      run("cargo", ["clippy", "-p", "sdk-wasm", "-p", "edge-worker", "--target", "wasm32-unknown-unknown", ...DENY]),
  },
];
