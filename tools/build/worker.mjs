// The Worker: worker-build calls cargo, wasm-bindgen and esbuild. Their paths are set explicitly, because it
// would download them otherwise. The Worker's entry point, which is TypeScript, is added to the output.
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
    "worker-config",
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
    // Without comments, which are half of it. Names are kept, because they appear in stack traces.
    const flags = ["--minify-whitespace", "--minify-syntax", "--log-level=warning"];
    const modules = ["--bundle", "--format=esm", "--target=es2022", "--external:./index.js", "--external:cloudflare:*"];
    await run(npmBin("esbuild"), [
      at("edge-worker/js/entry.ts"),
      ...flags,
      ...modules,
      `--outfile=${at("edge-worker/build/entry.js")}`,
    ]);
  },
};
