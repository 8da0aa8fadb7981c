// Runs a wasm32-wasip1 program: cargo's runner for the core's tests in WebAssembly. They get arguments, standard
// output, a clock and random numbers (proptest's seed), and no files.
//   node tools/test/wasi.mjs program.wasm [argument…]
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [program = "", ...args] = process.argv.slice(2);
const { LATCHKEY_CASES } = process.env;
const wasi = new WASI({
  version: "preview1",
  args: [program, ...args],
  // A failing test ends the process, and what it says would be lost if it were captured.
  env: { RUST_TEST_NOCAPTURE: "1", ...(LATCHKEY_CASES ? { LATCHKEY_CASES } : {}) },
  returnOnExit: true,
});
// Its types are in the browser's library, which is not configured for these tools.
const { WebAssembly } = /** @type {any} */ (globalThis);
const { instance } = await WebAssembly.instantiate(await readFile(program), wasi.getImportObject());
process.exitCode = wasi.start(instance);
