// The sizes in the package's README are those of the built package and of the other libraries' present versions.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { type Part, weights } from "../bench/sdk/bundles.ts";

/** How far a size may be from the README's, in per cent, so that not every change has to update the table. */
const TOLERANCE = 3;

const ROWS: Record<string, Part> = {
  "the part of `latchkey-auth` in your bundle": "page",
  "`vault-worker.js`, loaded in the worker": "worker",
  "`vault_bg.wasm`, loaded in the worker": "wasm",
  "`latchkey-auth/react`": "react",
  "`latchkey-auth/vue`": "vue",
  "`latchkey-auth/svelte`": "svelte",
  "`<SignIn>` of `latchkey-auth/react`, with English": "form, react",
  "`<SignIn>` of `latchkey-auth/vue`, with English": "form, vue",
  "`<SignIn>` of `latchkey-auth/svelte`, with English": "form, svelte",
  "`latchkey-auth/devtools`, in development builds only": "devtools",
  "`@workos-inc/authkit-js` 0.20": "authkit-js",
  "`keycloak-js` 26.2": "keycloak-js",
  "`better-auth/client` 1.7": "better-auth, client",
  "`oidc-client-ts` 3.5": "oidc-client-ts",
  "`@auth0/auth0-spa-js` 2.27": "auth0-spa-js",
};

test("the README's table of sizes states the measured sizes", async () => {
  const readme = await readFile(new URL("../../sdk-wasm/README.md", import.meta.url), "utf8");
  const table = readme.slice(readme.indexOf("## Size")).matchAll(/^\| (.+?) \| ([\d,]+) \|$/gm);
  const stated = new Map([...table].map(([, part, bytes]) => [part, Number(bytes?.replaceAll(",", ""))]));
  assert.deepEqual([...stated.keys()].sort(), Object.keys(ROWS).sort());
  const measured = await weights();
  for (const [row, part] of Object.entries(ROWS)) {
    const [found, expected] = [measured[part].gz, stated.get(row) ?? 0];
    const apart = (100 * Math.abs(found - expected)) / expected;
    assert.ok(apart <= TOLERANCE, `${row}: README says ${expected} bytes, measured ${found}`);
  }
});
