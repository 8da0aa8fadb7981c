// Every file of the published package. One more is one more that users download and have to trust.

/** Modules of TypeScript: each is a `.js` and a `.d.ts`. */
const MODULES = [
  "adapter/connection",
  "adapter/late-actions",
  "arriving-body",
  "client",
  "create-client",
  "error-of",
  "errors",
  "generated/codes",
  "index",
  "load",
  "open-vault",
  "options",
  "page-vault",
  "protocol",
  "react/index",
  "request",
  "response",
  "restore",
  "sign-out-note",
  "svelte/index",
  "tabs",
  ...["accounts", "client", "draft", "faults", "index", "network", "refusal", "schedule", "service", "snapshot"].map(
    (module) => `testing/${module}`,
  ),
  "testing/types",
  "trusted",
  "types",
  "vault-side",
  "view",
  "vue/index",
  "waking",
  "why-not-started",
  "worker-vault",
];

export const PACKAGE_FILES = [
  ...MODULES.flatMap((module) => [`dist/${module}.d.ts`, `dist/${module}.js`]),
  "dist/vault-worker.js",
  ...["dist/generated/vault.d.ts", "dist/generated/vault.js", "dist/generated/vault_bg.wasm"],
  ...["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"],
].sort();
