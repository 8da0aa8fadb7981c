// Every file of the published package. One more is one more that users download and have to trust.

/** Modules of TypeScript: each is a `.js` and a `.d.ts`. */
const MODULES = [
  "adapter/connection",
  "adapter/late-actions",
  "client",
  "create-client",
  "errors",
  "generated/codes",
  "index",
  "load",
  "options",
  "react/index",
  "sign-out-note",
  "svelte/index",
  "tabs",
  ...["accounts", "client", "draft", "faults", "index", "network", "refusal", "schedule", "service", "snapshot"].map(
    (module) => `testing/${module}`,
  ),
  "testing/types",
  "types",
  "vue/index",
  "waking",
];

export const PACKAGE_FILES = [
  ...MODULES.flatMap((module) => [`dist/${module}.d.ts`, `dist/${module}.js`]),
  ...["dist/generated/vault.d.ts", "dist/generated/vault.js", "dist/generated/vault_bg.wasm"],
  ...["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"],
].sort();
