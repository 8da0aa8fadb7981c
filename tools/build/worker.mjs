// The Worker: worker-build calls cargo, wasm-bindgen and esbuild. Each is named to it, else it would download
// its own. The Worker's door, which is JavaScript, is put beside what it builds.
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
    "edge-worker/js",
    "tools/build/worker.mjs",
  ],
  outputs: ["edge-worker/build/entry.js", "edge-worker/build/index.js", "edge-worker/build/index_bg.wasm"],
  async work() {
    await run(rustBin("worker-build"), ["--release"], {
      cwd: at("edge-worker"),
      env: {
        RUST_BACKTRACE: "0",
        WASM_BINDGEN_BIN: rustBin("wasm-bindgen"),
        WASM_OPT_BIN: npmBin("wasm-opt"),
        ESBUILD_BIN: npmBin("esbuild"),
      },
    });
    // Without its comments, which are half of it. Names stay: they stand in the traces of its errors.
    const flags = ["--minify-whitespace", "--minify-syntax", "--log-level=warning"];
    await run(npmBin("esbuild"), [
      at("edge-worker/js/entry.js"),
      ...flags,
      `--outfile=${at("edge-worker/build/entry.js")}`,
    ]);
  },
};
