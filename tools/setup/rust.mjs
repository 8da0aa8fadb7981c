// The Rust tools: the wasm32 targets, rustfmt and clippy, and the command-line tools, built into .tools/.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { at, rustBin, toolsDir } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { tryRun } from "../run.mjs";
import { step } from "../steps.mjs";
import { installFailure } from "./network.mjs";

const TARGET = "wasm32-unknown-unknown";
/** WebAssembly with an operating system's interface, for test programs. */
export const WASI_TARGET = "wasm32-wasip1";

/** The target of the Worker and the vault. */
export const installTarget = () => ensureTarget(TARGET);

/** A second target for the core's tests. */
export const installTestTarget = () => ensureTarget(WASI_TARGET);

/** @param {string} target */
async function ensureTarget(target) {
  const sysroot = (await tryRun("rustc", ["--print", "sysroot"])).stdout.trim();
  if (existsSync(join(sysroot, "lib", "rustlib", target, "lib"))) return;
  await step(`Rust's ${target} target`, "about 10 s", () => rustup(["target", "add", target]));
}

export async function installComponents() {
  const [fmt, clippy] = await Promise.all([
    tryRun("cargo", ["fmt", "--version"]),
    tryRun("cargo", ["clippy", "--version"]),
  ]);
  if (fmt.ok && clippy.ok) return;
  await step("rustfmt and clippy", "about 10 s", () => rustup(["component", "add", "rustfmt", "clippy"]));
}

/** @type {Promise<void> | undefined} */
let bindgen;

/**
 * wasm-bindgen, once for all build steps that need it at the same time. It writes the JavaScript that handles tokens,
 * so its dependencies are pinned by a lock file of this project.
 */
export function installWasmBindgen() {
  bindgen ??= (async () => {
    const version = await pinned("wasm-bindgen");
    const path = at("tools", "wasm-bindgen");
    await installRustTool({ crate: "wasm-bindgen", bin: "wasm-bindgen", version, path, usually: "about 20 s" });
  })();
  return bindgen;
}

/**
 * @typedef {object} RustTool
 * @property {string} crate
 * @property {string} bin
 * @property {string} version The exact version.
 * @property {string} usually How long it takes to build.
 * @property {string} [path] The path of its package, if it is not from the registry.
 */

/** Built without optimisation, because such a tool runs for a second but would compile for minutes. @param {RustTool} tool */
export async function installRustTool({ crate, bin, version, path, usually }) {
  const found = await tryRun(rustBin(bin), ["--version"]);
  // `geckodriver 0.37.1`, followed by a text about its licence; or just `0.8.7`.
  const [line = ""] = found.stdout.split("\n");
  if (found.ok && line.split(/\s+/).includes(version)) return;
  const buildDir = join(toolsDir, "build");
  const which = path === undefined ? [crate, "--version", `=${version}`] : ["--path", path];
  const args = ["install", ...which, "--bin", bin, "--locked", "--root", toolsDir, "--no-track", "--force"];
  const env = {
    CARGO_TARGET_DIR: buildDir,
    CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
    CARGO_PROFILE_RELEASE_LTO: "off",
    CARGO_TERM_COLOR: "never",
  };
  await step(`${crate} ${version}`, usually, async () => {
    const result = await tryRun("cargo", args, { env });
    if (!result.ok) throw installFailure(`cargo install ${crate}`, result.output);
  });
  await rm(buildDir, { recursive: true, force: true });
}

/** @param {string} crate @returns {Promise<string>} the version that the workspace's Cargo.toml pins */
export async function pinned(crate) {
  const line = new RegExp(`^${crate} = (?:\\{ version = )?"=([^"]+)"`, "m").exec(
    await readFile(at("Cargo.toml"), "utf8"),
  );
  if (!line) throw new Refusal(`Cargo.toml doesn't pin ${crate} as: ${crate} = "=<version>"`);
  return /** @type {string} */ (line[1]);
}

/** @param {string[]} args */
async function rustup(args) {
  const result = await tryRun("rustup", args);
  if (result.missing) {
    throw new Refusal(
      `This Rust came without rustup, so this has to be installed by hand: rustup ${args.join(" ")}, or the system's package for it.`,
    );
  }
  if (!result.ok) throw installFailure(`rustup ${args.join(" ")}`, result.output);
}
