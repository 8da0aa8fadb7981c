// What must exist before anything can be installed: Node 20, git, Rust, a C compiler to link with.
import { readFile } from "node:fs/promises";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { tryRun } from "../run.mjs";

const OLDEST_NODE = 20;

export async function checkRequirements() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new Refusal(`Node ${process.versions.node} is too old: Latchkey's tools need ${OLDEST_NODE} or newer.`);
  }
  if (process.platform === "win32") {
    throw new Refusal("Latchkey is built on Linux and macOS. On Windows, use the Linux subsystem (WSL).");
  }
  const [git, cargo, rustc, cc] = await Promise.all([
    tryRun("git", ["--version"]),
    tryRun("cargo", ["--version"]),
    tryRun("rustc", ["--version"]),
    tryRun("cc", ["--version"]),
  ]);
  if (git.missing)
    throw new Refusal("git isn't installed. Install it with the system's package manager and try again.");
  if (cargo.missing || rustc.missing) {
    throw new Refusal(
      "Rust isn't installed (no cargo in PATH). Install it with rustup (https://rustup.rs), open a new shell and try again.\n" +
        "Only this repository is built with Rust. An app with Latchkey needs none: npm create latchkey-auth@latest",
    );
  }
  if (!rustc.ok) throw new Refusal(`rustc doesn't run:\n${rustc.output}`);
  await checkRustVersion(rustc.output);
  if (cc.missing) {
    throw new Refusal(
      "There is no C compiler, which Rust needs for linking. On Debian: apt-get install build-essential",
    );
  }
}

/** @param {string} printed The output of `rustc --version`. */
async function checkRustVersion(printed) {
  const oldest = /^rust-version = "(\d+)\.(\d+)/m.exec(await readFile(at("Cargo.toml"), "utf8"));
  const found = /rustc (\d+)\.(\d+)/.exec(printed);
  if (!oldest || !found) return;
  const [major, minor] = [Number(found[1]) - Number(oldest[1]), Number(found[2]) - Number(oldest[2])];
  if (major < 0 || (major === 0 && minor < 0)) {
    throw new Refusal(
      `Rust ${found[1]}.${found[2]} is too old: ${oldest[1]}.${oldest[2]} or newer is needed. Run: rustup update stable`,
    );
  }
}
