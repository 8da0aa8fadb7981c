// Svelte components, compiled for the browser or for a server, as a bundler with Svelte's plugin would.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
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
    plugins: [svelteFiles(generate)],
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A bundler's plugin that compiles components: files, and those of {@link component}. */
export function svelteFiles(generate: "client" | "server"): Plugin {
  return {
    name: "svelte",
    setup: (bundler) => {
      bundler.onResolve({ filter: /^component:/ }, ({ path, resolveDir }) => ({
        path,
        namespace: "component",
        pluginData: resolveDir,
      }));
      const compiled = (text: string) => compile(text, { generate, runes: undefined }).js.code;
      bundler.onLoad({ filter: /^component:/, namespace: "component" }, ({ path, pluginData }) => ({
        contents: compiled(decodeURIComponent(path.slice("component:".length))),
        resolveDir: pluginData,
      }));
      bundler.onLoad({ filter: /\.svelte$/ }, async ({ path }) => ({
        contents: compiled(await readFile(path, "utf8")),
      }));
    },
  };
}

/** The specifier to import in `source` for a component with this text. */
export const component = (text: string) => JSON.stringify(`component:${encodeURIComponent(text)}`);
