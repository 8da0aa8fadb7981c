// The types of the installed package, as users' compilers read them.
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT, run } from "./tarball.ts";

const TSC = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url));
const SOURCES = fileURLToPath(new URL("types", import.meta.url));

/** How a program finds packages: as bundlers do, and as Node does. */
export const RESOLUTIONS = [
  { module: "esnext", moduleResolution: "bundler" },
  { module: "nodenext", moduleResolution: "nodenext" },
] as const;

/** Compiles the files of `types/`, the package's declarations included. Gives the lines with errors, such as `uses.ts:12`. */
export async function errorLines(resolution: (typeof RESOLUTIONS)[number]): Promise<string[]> {
  const dir = join(PROJECT, `types-${resolution.moduleResolution}`);
  await cp(SOURCES, dir, { recursive: true });
  const compilerOptions = {
    ...resolution,
    ...{ target: "es2022", lib: ["ES2023", "DOM", "DOM.Iterable"], types: [], noEmit: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false },
  };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const { stdout } = await run(TSC, ["-p", ".", "--pretty", "false"], { cwd: dir }).catch(
    (error: { stdout: string }) => error,
  );
  // Further lines of an error are indented.
  const found = stdout.split("\n").filter((line) => /^\S/.test(line));
  return [...new Set(found.map((line) => /^(.+)\((\d+),\d+\)/.exec(line)?.slice(1).join(":") ?? line))];
}

/** The lines of `misuses.ts` that say they have an error. */
export async function markedLines(): Promise<string[]> {
  const lines = (await readFile(join(SOURCES, "misuses.ts"), "utf8")).split("\n");
  return lines.flatMap((line, index) => (line.endsWith("// no") ? [`misuses.ts:${index + 1}`] : []));
}
