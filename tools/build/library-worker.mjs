// A Worker that uses the verifier as a library, for the tests.
import { at, npmBin, rustBin } from "../paths.mjs";
import { run } from "../run.mjs";

const DIR = "tests/library-worker";

export const libraryWorker = {
  name: "library-worker",
  title: "A Worker that uses the verifier as a library, for the tests",
  usually: "1 minute the first time",
  inputs: [
    ...["Cargo.toml", "Cargo.lock", "auth-core", "worker-config", "edge-worker/Cargo.toml", "edge-worker/src"],
    ...[`${DIR}/Cargo.toml`, `${DIR}/src`, "tools/build/library-worker.mjs"],
  ],
  outputs: [`${DIR}/build/index.js`, `${DIR}/build/index_bg.wasm`],
  work: () =>
    run(rustBin("worker-build"), ["--release"], {
      cwd: at(DIR),
      env: {
        RUST_BACKTRACE: "0",
        WASM_BINDGEN_BIN: rustBin("wasm-bindgen"),
        WASM_OPT_BIN: npmBin("wasm-opt"),
        ESBUILD_BIN: npmBin("esbuild"),
      },
    }),
};
