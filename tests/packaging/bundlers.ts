// Each bundler, called as its users call it. The table of bundlers in sdk-wasm/README.md lists what differs between them.
import { copyFile, cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT, run } from "./tarball.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = join(PROJECT, "node_modules/latchkey-auth");

/** A program of the project's own packages, or of those in tests/packaging. */
const bin = (name: string, of = "../../") => here(`${of}node_modules/.bin/${name}`);

interface Bundler {
  /** Builds the app in this directory. */
  build: (app: string) => Promise<unknown>;
  /** What it put out for browsers, below that. */
  output: string;
}

const BUNDLERS = {
  vite: { build: (app) => run(bin("vite"), ["build"], { cwd: app }), output: "dist" },
  webpack: {
    build: async (app) => {
      await run(bin("webpack", ""), [], { cwd: app });
      await copyFile(join(app, "index.html"), join(app, "dist/index.html"));
    },
    output: "dist",
  },
  esbuild: {
    build: async (app) => {
      await run(bin("esbuild"), ["main.js", "--bundle", "--minify", "--format=esm", "--outdir=dist"], { cwd: app });
      // It leaves `new URL(…, import.meta.url)` as it stands, so the files have to stand where that points.
      await cp(join(PACKAGE, "dist/latchkey-auth"), join(app, "dist/latchkey-auth"), { recursive: true });
      await copyFile(join(app, "index.html"), join(app, "dist/index.html"));
    },
    output: "dist",
  },
  bare: {
    // No bundler: the package's files as they are, imported by their address, because an import map would be an inline script.
    build: async (app) => {
      await cp(join(PACKAGE, "dist"), join(app, "latchkey"), { recursive: true });
      const text = await readFile(join(app, "app.js"), "utf8");
      await writeFile(join(app, "app.js"), text.replace('from "latchkey-auth"', 'from "./latchkey/index.js"'));
    },
    output: ".",
  },
  next: {
    build: (app) => run(bin("next", ""), ["build"], { cwd: app, env: { ...process.env, ...OFFLINE } }),
    output: ".next/static",
  },
} satisfies Record<string, Bundler>;

/** Next.js would report to its makers. */
export const OFFLINE = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" } as const;

export type BundlerName = keyof typeof BUNDLERS;
export const BUNDLER_NAMES = Object.keys(BUNDLERS) as BundlerName[];

/** Where an app is built. */
export const appOf = (name: BundlerName) => join(PROJECT, name);
/** Where its output for browsers is. */
export const outputOf = (name: BundlerName) => join(appOf(name), BUNDLERS[name].output);

export async function buildApp(name: BundlerName): Promise<void> {
  const app = appOf(name);
  await cp(here(`apps/${name}`), app, { recursive: true });
  await copyFile(here("apps/app.js"), join(app, "app.js"));
  if (name !== "next") await copyFile(here("apps/main.js"), join(app, "main.js"));
  await BUNDLERS[name].build(app);
}

/** The files of an app's output whose names end so. */
export async function outputFiles(name: BundlerName, ending: string): Promise<string[]> {
  const dir = outputOf(name);
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  return files
    .map((file) => relative(dir, join(file.parentPath, file.name)))
    .filter((path) => path.endsWith(ending))
    .sort();
}
