// The Worker: worker-build calls cargo, wasm-bindgen, wasm-opt and esbuild. Each is named to it, else it would download
// its own.
import { at, npmBin, rustBin } from "../paths.mjs";
import { run } from "../run.mjs";

export const worker = {
  name: "worker",
  title: "Worker",
  usually: "2 minutes the first time",
  inputs: [
    "Cargo.toml",
    "Cargo.lock",
    "auth-core",
    "edge-worker/Cargo.toml",
    "edge-worker/src",
    "tools/build/worker.mjs",
  ],
  outputs: ["edge-worker/build/index.js", "edge-worker/build/index_bg.wasm"],
  work: () =>
    run(rustBin("worker-build"), ["--release"], {
      cwd: at("edge-worker"),
      env: {
        RUST_BACKTRACE: "0",
        WASM_BINDGEN_BIN: rustBin("wasm-bindgen"),
        WASM_OPT_BIN: npmBin("wasm-opt"),
        ESBUILD_BIN: npmBin("esbuild"),
      },
    }),
};
