// Svelte components, compiled for the browser or for a server, as a bundler with Svelte's plugin would.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { compile } from "svelte/compiler";

/** Compiles `source` with everything that it imports, and returns the module's exports. */
export async function svelteModule<Exports>(source: string, generate: "client" | "server"): Promise<Exports> {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-svelte-"));
  const outfile = join(dir, "module.mjs");
  await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL("..", import.meta.url)), loader: "ts" },
    bundle: true,
    format: "esm",
    platform: generate === "client" ? "browser" : "node",
    conditions: generate === "client" ? ["svelte", "browser"] : ["svelte", "node"],
    outfile,
    plugins: [
      {
        name: "svelte",
        setup: (bundler) => {
          const filter = /^component:/;
          bundler.onResolve({ filter }, ({ path, resolveDir }) => ({
            path,
            namespace: "component",
            pluginData: resolveDir,
          }));
          bundler.onLoad({ filter, namespace: "component" }, ({ path, pluginData }) => {
            const { js } = compile(decodeURIComponent(path.slice("component:".length)), { generate, runes: undefined });
            return { contents: js.code, resolveDir: pluginData };
          });
        },
      },
    ],
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The specifier to import in `source` for a component with this text. */
export const component = (text: string) => JSON.stringify(`component:${encodeURIComponent(text)}`);
