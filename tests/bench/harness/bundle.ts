// A Worker written in TypeScript, with what it imports, as the one module that wrangler would deploy.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Module } from "./workerd.ts";

export async function bundle(entry: URL): Promise<Module> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
  });
  return { name: "worker.js", content: outputFiles[0]?.text ?? "" };
}
