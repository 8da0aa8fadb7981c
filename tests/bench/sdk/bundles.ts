// What a user's minified bundle gets of each package, and what it weighs on its way.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { svelteFiles } from "../../harness/svelte.ts";

export interface Weight {
  bytes: number;
  gz: number;
  br: number;
}

/** File names and contents; the first one is the entry. */
export type Bundle = Map<string, Uint8Array>;

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = new URL("../../../sdk-wasm/dist/", import.meta.url);

interface Built {
  files: Bundle;
  /** Those that a page loads before anything runs: the entry, and what it imports statically. */
  first: string[];
}

/** Bundles a module as users do, with chunks for what is imported later. `external`: what the app has anyway. */
export async function bundle(source: string, external: string[] = []): Promise<Built> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: here, loader: "ts" },
    ...{ bundle: true, minify: true, splitting: true, format: "esm", target: "es2022", platform: "browser" },
    ...{ write: false, metafile: true, outdir: "out", entryNames: "main", chunkNames: "chunk-[hash]", external },
    define: { "process.env.NODE_ENV": '"production"' },
    ...{ conditions: ["svelte", "module"], plugins: [svelteFiles("client")] },
  });
  const content = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const first = new Set<string>();
  const visit = (path: string) => {
    const name = basename(path);
    if (first.has(name)) return;
    first.add(name);
    for (const { path: imported, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && metafile.outputs[imported]) visit(imported);
    }
  };
  const entry = Object.keys(metafile.outputs).find((path) => basename(path) === "main.js") ?? "";
  visit(entry);
  return { files: content, first: [...first] };
}

/** The files that lie beside the package's modules and aren't bundled. */
export async function besides(): Promise<Bundle> {
  const names = ["latchkey-auth/vault-worker.js", "latchkey-auth/vault_bg.wasm"];
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, dist))] as const)));
}

function weigh(contents: Uint8Array[]): Weight {
  const sum = (of: (content: Uint8Array) => number) => contents.reduce((total, content) => total + of(content), 0);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return {
    bytes: sum(({ length }) => length),
    gz: sum((content) => gzipSync(content, { level: 9 }).length),
    br: sum((content) => brotliCompressSync(content, { params }).length),
  };
}

const of = ({ files, first }: Built) => weigh(first.map((name) => files.get(name) ?? new Uint8Array()));

export type Part = keyof Awaited<ReturnType<typeof weights>>;

/** What each adapter exports besides `<SignIn>`. */
const ADAPTERS = {
  react: "AuthProvider, useAuth, useSession",
  vue: "createAuth, useAuth, useSession",
  svelte: "createAuth",
};

/** By part. The parts `form` are what `<SignIn>` adds to its adapter, with one language. What a page loads only when it is needed (page mode, the reasons for which a vault didn't start) isn't in `page`; the
 *  worker's file holds the glue, too. */
export async function weights() {
  const core = await bundle('export { createClient, isAuthError } from "latchkey-auth";');
  const files = await besides();
  const worker = files.get("latchkey-auth/vault-worker.js") ?? new Uint8Array();
  const wasm = files.get("latchkey-auth/vault_bg.wasm") ?? new Uint8Array();
  const later = [...core.files.keys()].filter((name) => !core.first.includes(name));
  // Nothing of the vault is in them.
  const frameworks = ["react", "react/*", "vue", "svelte", "svelte/*"];
  const adapter = (name: keyof typeof ADAPTERS) =>
    bundle(`export { ${ADAPTERS[name]} } from "latchkey-auth/${name}";`, frameworks).then(of);
  const form = async (name: keyof typeof ADAPTERS): Promise<Weight> => {
    const source = `export { ${ADAPTERS[name]}, SignIn } from "latchkey-auth/${name}"; export { en } from "latchkey-auth/texts/en";`;
    const [whole, without] = [of(await bundle(source, frameworks)), await adapter(name)];
    return { bytes: whole.bytes - without.bytes, gz: whole.gz - without.gz, br: whole.br - without.br };
  };
  return {
    page: of(core),
    worker: weigh([worker]),
    wasm: weigh([wasm]),
    "wasm and glue": weigh([wasm, await readFile(new URL("generated/vault.js", dist))]),
    "wasm and worker": weigh([worker, wasm]),
    "loaded only if needed": weigh(later.map((name) => core.files.get(name) ?? new Uint8Array())),
    react: await adapter("react"),
    vue: await adapter("vue"),
    svelte: await adapter("svelte"),
    devtools: of(await bundle('export { mountDevtools } from "latchkey-auth/devtools";')),
    "form, react": await form("react"),
    "form, vue": await form("vue"),
    "form, svelte": await form("svelte"),
    "auth0-spa-js": of(await bundle('export { createAuth0Client } from "@auth0/auth0-spa-js";')),
    "authkit-js": of(await bundle('export { createClient } from "@workos-inc/authkit-js";')),
    "keycloak-js": of(await bundle('export { default } from "keycloak-js";')),
    "better-auth, client": of(await bundle('export { createAuthClient } from "better-auth/client";')),
    "oidc-client-ts": of(await bundle('export { UserManager, WebStorageStateStore } from "oidc-client-ts";')),
  } satisfies Record<string, Weight>;
}
