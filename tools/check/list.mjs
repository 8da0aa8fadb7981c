// Every check, in the order in which they run: the quick ones first.
import { basename, relative } from "node:path";
import { errorReference } from "../error-reference.mjs";
import { filesUnder } from "../files.mjs";
import { at, npmBin, root } from "../paths.mjs";
import { run } from "../run.mjs";
import { commonPasswords } from "./common-passwords.mjs";
import { coreIsPure } from "./core-is-pure.mjs";
import { crates } from "./crates.mjs";
import { documents } from "./documents.mjs";
import { moduleCycles } from "./module-cycles.mjs";
import { noRegistryHosts } from "./no-registry-hosts.mjs";
import { npmLock } from "./npm-lock.mjs";
import { oauthRequirements } from "./oauth-requirements.mjs";
import { versions } from "./versions.mjs";
import { wasmBindgenLock } from "./wasm-bindgen-lock.mjs";

/** @typedef {{ name: string, usually: string, check: () => Promise<unknown> }} Check */

const DENY = ["--", "-D", "warnings"];

/** @returns {Promise<Check[]>} */
export const allChecks = async () => [
  { name: "no registry hosts", usually: "1 s", check: noRegistryHosts },
  { name: "npm lock file", usually: "1 s", check: npmLock },
  { name: "one version of all packages", usually: "1 s", check: versions },
  { name: "lock file of wasm-bindgen's tool", usually: "1 s", check: wasmBindgenLock },
  { name: "list of common passwords", usually: "1 s", check: commonPasswords },
  { name: "licences and sources of crates", usually: "1 s", check: crates },
  { name: "links and paths in documents", usually: "1 s", check: documents },
  { name: "requirements of OAuth and their tests", usually: "1 s", check: oauthRequirements },
  { name: "auth-core is pure", usually: "1 s", check: coreIsPure },
  { name: "no import cycle among modules", usually: "1 s", check: moduleCycles },
  { name: "error reference", usually: "10 s", check: errorReference },
  { name: "rustfmt", usually: "2 s", check: () => run("cargo", ["fmt", "--all", "--check"]) },
  {
    name: "biome",
    usually: "2 s",
    check: () => run(npmBin("biome"), ["ci", "--colors=off", "--max-diagnostics=50", at()]),
  },
  ...(await typescriptProjects()).map((project) => ({
    name: `types of ${project}`,
    usually: "2 s",
    check: () => run(npmBin("tsc"), ["--noEmit", "-p", at(project)]),
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
  {
    // By itself, so that the Worker's own entry point is left out.
    name: "clippy for the verifier as a library",
    usually: "10 s",
    check: () => run("cargo", ["clippy", "-p", "library-worker", "--target", "wasm32-unknown-unknown", ...DENY]),
  },
];

/** @returns {Promise<string[]>} every `tsconfig*.json` but the common base and the parts of projects that do not exist yet */
async function typescriptProjects() {
  const files = (await filesUnder(at())).map((file) => relative(root, file));
  const projects = files.filter((file) => /^tsconfig(\.\w+)?\.json$/.test(basename(file)));
  return projects.filter((file) => file !== "tsconfig.base.json" && !file.startsWith("create-app/templates/"));
}
