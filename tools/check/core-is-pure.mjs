// The architecture's first invariant: auth-core has no access to JavaScript, a clock or randomness.
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";

const FORBIDDEN = ["js-sys", "wasm-bindgen", "web-sys", "gloo-net", "worker", "getrandom", "rand", "rand_core"];

export async function coreIsPure() {
  const args = ["tree", "-p", "auth-core", "-e", "normal", "--target", "wasm32-unknown-unknown", "--prefix", "none"];
  const { stdout } = await run("cargo", args);
  const crates = new Set(stdout.split("\n").map((line) => line.split(" ")[0]));
  const found = FORBIDDEN.filter((name) => crates.has(name));
  if (found.length === 0) return;
  throw new Refusal(
    `auth-core depends on ${found.join(", ")}. It takes time, random bytes and replies as arguments and does no IO ` +
      `(ARCHITECTURE.md). To see which crate depends on it: cargo tree -p auth-core -e normal -i ${found[0]}`,
  );
}
