// The Worker: its WebAssembly, and its entry point, which is TypeScript, bundled with what wasm-bindgen writes. Both go
// to the npm package, where they are deployed from.
import { copyFile } from "node:fs/promises";
import { build } from "esbuild";
import { at } from "../paths.mjs";
import { buildModule } from "./wasm.mjs";

const BUILD = "edge-worker/build";
const TO = "edge-worker/package";
const MODULE = "index_bg.wasm";

export const worker = {
  name: "worker",
  title: "Worker",
  usually: "2 minutes the first time",
  inputs: [
    ...["Cargo.toml", "Cargo.lock", "auth-core", "worker-config"],
    ...["edge-worker/Cargo.toml", "edge-worker/src", "edge-worker/js"],
    ...["tools/build/worker.mjs", "tools/build/wasm.mjs"],
  ],
  outputs: [`${TO}/index.js`, `${TO}/${MODULE}`],
  async work() {
    await buildModule({
      crate: "edge-worker",
      profile: "release",
      to: BUILD,
      name: "index",
      bindings: ["--no-typescript", ...RECOVERY],
      features: ["exception-handling"],
      // -Oz gives fewer bytes, which compress worse. Functions whose names are similar have similar code: next to each
      // other, they compress better.
      optimisation: ["-O1", "--reorder-functions-by-name"],
    });
    await build({
      entryPoints: [at("edge-worker/js/entry.ts")],
      outfile: at(TO, "index.js"),
      bundle: true,
      // Without comments, which are half of it. Names are kept, because they appear in stack traces.
      minifyWhitespace: true,
      minifySyntax: true,
      format: "esm",
      target: "es2022",
      alias: { "#rust": at(BUILD, "index.js") },
      external: [`./${MODULE}`, "cloudflare:*"],
      logLevel: "warning",
    });
    await copyFile(at(BUILD, MODULE), at(TO, MODULE));
  },
};

/** A panic ends the instance, and edge-worker/js/recovery.ts replaces it. */
const RECOVERY = ["--force-enable-abort-handler", "--experimental-reset-state-function"];
