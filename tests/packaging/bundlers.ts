// Each bundler, called as its users call it. docs/bundlers.md lists what differs between them.
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT, run } from "./tarball.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = join(PROJECT, "node_modules/latchkey-auth");

/** A program of the packages in tests/packaging. */
const bin = (name: string) => here(`node_modules/.bin/${name}`);
/** Vite's versions are installed side by side, under names of their own. */
export const viteBin = (version: ViteVersion) => here(`node_modules/vite${version === 8 ? "" : version}/bin/vite.js`);

export type ViteVersion = 5 | 6 | 7 | 8;

interface Bundler {
  /** The folder in `apps` with its configuration. Default: its name. */
  source?: string;
  /** Builds the app in this directory. */
  build: (app: string) => Promise<unknown>;
  /** What it put out for browsers, below that. */
  output: string;
  /** What its framework needs of the strict policy besides. */
  policy?: (strict: string) => string;
}

/** Frameworks would report to their makers. Some notice that CI runs them, and then do without caches. All run in this Node. */
export const ENV = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  NODE_ENV: "production",
  CI: "",
  NEXT_TELEMETRY_DISABLED: "1",
  ASTRO_TELEMETRY_DISABLED: "1",
  NUXT_TELEMETRY_DISABLED: "1",
  NG_CLI_ANALYTICS: "false",
};

const call = (name: string, args: string[], app: string) => run(bin(name), args, { cwd: app, env: ENV });
const copyPage = (app: string) => copyFile(join(app, "index.html"), join(app, "dist/index.html"));

/** For development servers that read nothing outside of the app's own directory. */
export async function installIn(app: string): Promise<void> {
  await mkdir(join(app, "node_modules"), { recursive: true });
  await cp(PACKAGE, join(app, "node_modules/latchkey-auth"), { recursive: true });
}

const allowTrustedTypes = (policy: string, name: string) =>
  policy.replace("trusted-types latchkey", `trusted-types latchkey ${name}`);

const vite = (version: ViteVersion): Bundler => ({
  source: "vite",
  build: (app) =>
    run(process.execPath, [viteBin(version), "build", "--base", `/vite${version}/`], { cwd: app, env: ENV }),
  output: "dist",
});

/** Set before the app is built: the origin that serves it, which is not the page's. */
export const cdn = { origin: "" };

const BUNDLERS = {
  vite5: vite(5),
  vite6: vite(6),
  vite7: vite(7),
  vite8: vite(8),
  cdn: {
    source: "vite",
    build: (app) =>
      run(process.execPath, [viteBin(8), "build", "--base", `${cdn.origin}/cdn/`], { cwd: app, env: ENV }),
    output: "dist",
  },
  webpack: {
    build: async (app) => {
      await call("webpack", [], app);
      await copyPage(app);
    },
    output: "dist",
  },
  rspack: {
    build: async (app) => {
      await call("rspack", ["build"], app);
      await copyPage(app);
    },
    output: "dist",
  },
  parcel: {
    build: (app) =>
      call("parcel", ["build", "index.html", "--dist-dir", "dist", "--public-url", "/parcel/", "--no-cache"], app),
    output: "dist",
  },
  esbuild: {
    build: async (app) => {
      await run(
        here("../../node_modules/.bin/esbuild"),
        ["main.js", "--bundle", "--minify", "--format=esm", "--outdir=dist"],
        { cwd: app },
      );
      // It leaves `new URL(…, import.meta.url)` as it stands, so the files have to stand where that points.
      await cp(join(PACKAGE, "dist/latchkey-auth"), join(app, "dist/latchkey-auth"), { recursive: true });
      await copyPage(app);
    },
    output: "dist",
  },
  bare: {
    // No bundler: the package's files as they are, imported by their address, because an import map would be an inline
    // script.
    build: async (app) => {
      await cp(join(PACKAGE, "dist"), join(app, "latchkey"), { recursive: true });
      const text = await readFile(join(app, "app.js"), "utf8");
      await writeFile(join(app, "app.js"), text.replace('from "latchkey-auth"', 'from "./latchkey/index.js"'));
    },
    output: ".",
  },
  next: { build: (app) => call("next", ["build"], app), output: ".next/static" },
  angular: {
    build: async (app) => {
      await installIn(app);
      await call("ng", ["build"], app);
    },
    output: "dist",
    // It writes a <base> into the page.
    policy: (strict) => allowTrustedTypes(strict, "angular").replace("base-uri 'none'", "base-uri 'self'"),
  },
  astro: { build: (app) => call("astro", ["build"], app), output: "dist" },
  sveltekit: {
    build: async (app) => {
      await installIn(app);
      await call("vite", ["build"], app);
    },
    output: "build",
    // It announces pages to screen readers by an element with a style attribute.
    policy: (strict) => `style-src-attr 'unsafe-inline'; ${allowTrustedTypes(strict, "svelte-trusted-html")}`,
  },
  nuxt: {
    build: (app) => call("nuxt", ["generate"], app),
    output: ".output/public",
    policy: (strict) => allowTrustedTypes(strict, "vue"),
  },
} satisfies Record<string, Bundler>;

export type BundlerName = keyof typeof BUNDLERS;
export const BUNDLER_NAMES = Object.keys(BUNDLERS) as BundlerName[];
const bundler = (name: BundlerName): Bundler => BUNDLERS[name];

/** Where an app is built. */
export const appOf = (name: BundlerName) => join(PROJECT, name);
/** Where its output for browsers is. */
export const outputOf = (name: BundlerName) => join(appOf(name), bundler(name).output);
/** The strict policy, with what its framework needs besides. */
export const policyFor = (name: BundlerName, strict: string) => bundler(name).policy?.(strict) ?? strict;

export async function buildApp(name: BundlerName): Promise<void> {
  const app = appOf(name);
  const { source = name, build } = bundler(name);
  await cp(here(`apps/${source}`), app, { recursive: true });
  for (const file of ["app.js", "main.js"]) await copyFile(here(`apps/${file}`), join(app, file));
  await build(app);
}

/** Builds one app after the other in each of two lanes, because all at once need more memory than a small machine has. */
export async function inTwoLanes(builds: readonly (() => Promise<unknown>)[]): Promise<void> {
  const waiting = [...builds];
  const lane = async () => {
    for (let build = waiting.shift(); build !== undefined; build = waiting.shift()) await build();
  };
  await Promise.all([lane(), lane()]);
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
