// Builds the demo app with Vite.
import { at, modernNode, npmBin } from "../paths.mjs";
import { run } from "../run.mjs";

export const demo = {
  name: "demo",
  title: "Demo app",
  usually: "5 s",
  inputs: [
    "demo-app",
    "package-lock.json",
    "sdk-wasm/dist",
    "sdk-wasm/dist/generated",
    "edge-worker/package/vite",
    "tools/build/demo.mjs",
  ],
  outputs: ["demo-app/dist/index.html"],
  work: () => run(modernNode(), [npmBin("vite"), "build", "--logLevel", "warn"], { cwd: at("demo-app") }),
};
