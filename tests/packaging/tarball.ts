// The package as users get it: packed, installed into a project of its own, without the network.
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const run = promisify(execFile);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The project into which it is installed and in which every app is built. It can see the bundlers, one folder up. */
export const PROJECT = here("build");

export interface Tarball {
  readonly path: string;
  /** What is in it, sorted. */
  readonly files: string[];
  readonly bytes: number;
}

/** Packs the package in this folder, from the root of the checkout, as it was built last. */
export async function pack(folder: string): Promise<Tarball> {
  const args = ["pack", here(`../../${folder}`), "--json", "--pack-destination", PROJECT];
  const { stdout } = await run("npm", args, { cwd: PROJECT });
  const [{ filename, files, size }] = JSON.parse(stdout) as [
    { filename: string; size: number; files: { path: string }[] },
  ];
  return { path: join(PROJECT, filename), files: files.map(({ path }) => path).sort(), bytes: size };
}

/** Makes the project anew and installs the tarball into it. What the bundlers keep from earlier builds goes, too. */
export async function installTarball(): Promise<Tarball> {
  await rm(PROJECT, { recursive: true, force: true });
  await mkdir(PROJECT);
  await writeFile(join(PROJECT, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarball = await pack("sdk-wasm");
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball.path], { cwd: PROJECT });
  return tarball;
}

/** The names of all packages that the installation brought. */
export async function installedPackages(): Promise<string[]> {
  return (await readdir(join(PROJECT, "node_modules"))).filter((name) => !name.startsWith("."));
}
