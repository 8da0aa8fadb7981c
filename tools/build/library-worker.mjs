// A Worker that uses the verifier as a library, for the tests.
import { build } from "esbuild";
import { at } from "../paths.mjs";
import { buildModule } from "./wasm.mjs";

const DIR = "tests/library-worker";

export const libraryWorker = {
  name: "library-worker",
  title: "A Worker that uses the verifier as a library, for the tests",
  usually: "1 minute the first time",
  inputs: [
    ...["Cargo.toml", "Cargo.lock", "auth-core", "worker-config", "edge-worker/Cargo.toml", "edge-worker/src"],
    ...[`${DIR}/Cargo.toml`, `${DIR}/src`, `${DIR}/entry.js`],
    ...["tools/build/library-worker.mjs", "tools/build/wasm.mjs"],
  ],
  outputs: [`${DIR}/build/index.js`, `${DIR}/build/rust_bg.wasm`],
  async work() {
    const to = `${DIR}/build`;
    // Not optimised, because its size and speed don't matter.
    await buildModule({ crate: "library-worker", profile: "release", to, name: "rust", optimisation: null });
    await build({
      entryPoints: [at(DIR, "entry.js")],
      outfile: at(to, "index.js"),
      bundle: true,
      format: "esm",
      target: "es2022",
      alias: { "#rust": at(to, "rust.js") },
      external: ["./rust_bg.wasm"],
      logLevel: "warning",
    });
  },
};
