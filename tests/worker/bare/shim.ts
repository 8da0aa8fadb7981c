// The built Worker, several times over, behind `workers/faults.ts`.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Module } from "../../bench/harness/workerd.ts";

/**
 * The modules of a Worker with this many copies of the built one, each with its own memory, all with the same
 * code.
 */
export async function withFaults(built: Module[], copies: number): Promise<Module[]> {
  const main = built[0]?.name ?? "";
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("workers/faults.ts", import.meta.url))],
    bundle: false,
    write: false,
    format: "esm",
    target: "es2024",
  });
  const shim = (outputFiles[0]?.text ?? "").replaceAll("/MAIN", `/${main}`);
  const wasm = built.filter(({ name }) => name.endsWith(".wasm"));
  const scripts = built.filter(({ name }) => !name.endsWith(".wasm"));
  // The copies share the compiled code, but not its state.
  const shared = (content: Module["content"]) =>
    wasm.reduce(
      (text, { name }) => text.replaceAll(`"./${name}"`, `"../${name}"`),
      Buffer.from(content as Uint8Array).toString(),
    );
  const all = Array.from({ length: copies }, (_, i) =>
    scripts.map(({ name, content }) => ({ name: `copy-${i}/${name}`, content: shared(content) })),
  );
  return [{ name: "shim.js", content: shim }, ...wasm, ...all.flat()];
}
