// Builds the site of the documentation into the demo, which serves it below /docs/.
import { OUTSIDE } from "../docs/documents.mjs";
import { at } from "../paths.mjs";

export const docs = {
  name: "docs",
  title: "Documentation",
  usually: "5 s",
  inputs: [
    ...["docs", ...OUTSIDE.keys(), "tools/docs", "tools/build/docs.mjs", "package-lock.json"],
    ...[
      "demo-app/src/styles/tokens.css",
      "sdk-wasm/dist",
      "sdk-wasm/dist/generated",
      "sdk-wasm/package.json",
      "edge-worker/package",
    ],
  ],
  outputs: ["demo-app/dist/docs/index.html"],
  // Imported here, because the tools that it needs are those of one step.
  work: async () => (await import("../docs/site.mjs")).buildSite(at("demo-app/dist/docs")),
};
