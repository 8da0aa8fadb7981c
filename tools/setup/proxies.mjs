// The proxies of the forward-auth tests: the one that a variable names, the system's, or Debian's package,
// unpacked next to the other tools. A package is not installed, because that would start a server. Without a
// proxy, its tests are skipped.
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { toolsDir } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run, tryRun } from "../run.mjs";
import { step } from "../steps.mjs";

const DIRECTORIES = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

/** @typedef {"nginx" | "caddy" | "haproxy" | "envoy"} Proxy */

/** By name: the variable with its path; where Debian's package has it, if there is one, and the arguments that print its
 *  version. @type {Record<Proxy, { variable: string, debian?: { program: string, version: string[] } }>} */
const PROXIES = {
  nginx: { variable: "NGINX_PATH", debian: { program: "usr/sbin/nginx", version: ["-v"] } },
  caddy: { variable: "CADDY_PATH", debian: { program: "usr/bin/caddy", version: ["version"] } },
  haproxy: { variable: "HAPROXY_PATH", debian: { program: "usr/sbin/haproxy", version: ["-v"] } },
  envoy: { variable: "ENVOY_PATH" },
};

/** @param {Proxy} name */
const unpacked = (name) => join(toolsDir, name);

/** @param {Proxy} name @returns {string | undefined} */
export function proxyPath(name) {
  const { variable, debian } = PROXIES[name];
  const named = process.env[variable];
  if (named) {
    if (!existsSync(named)) throw new Refusal(`${variable} names ${named}, which doesn't exist.`);
    return named;
  }
  const places = DIRECTORIES.map((directory) => join(directory, name));
  if (debian) places.push(join(unpacked(name), debian.program));
  return places.find((path) => existsSync(path));
}

/** The environment of the program, which finds the libraries that were unpacked with it. @param {Proxy} name
 *  @returns {Record<string, string>} */
export function proxyEnvironment(name) {
  const root = join(unpacked(name), "usr", "lib");
  if (!existsSync(root)) return {};
  const directories = readdirSync(root).filter((directory) => directory.includes("-linux-"));
  return { LD_LIBRARY_PATH: directories.map((directory) => join(root, directory)).join(":") };
}

export async function installProxies() {
  for (const name of /** @type {Proxy[]} */ (Object.keys(PROXIES))) {
    const { variable, debian } = PROXIES[name];
    if (proxyPath(name) || !debian) continue;
    const why = (await tryRun("apt-get", ["--version"])).ok ? await unpack(name, debian) : "this isn't Debian";
    if (why) {
      console.log(
        `  ${name} could not be installed (${why}). Its forward-auth tests are skipped. To run them, install it (on Debian: ` +
          `sudo apt-get install ${name}), or set ${variable} to its path.`,
      );
    }
  }
}

/** @param {Proxy} name @param {{ program: string, version: string[] }} debian
 *  @returns {Promise<string | undefined>} why it didn't work */
async function unpack(name, { program, version }) {
  const place = unpacked(name);
  try {
    await step(`${name}, unpacked`, "about 5 s", async () => {
      await rm(place, { recursive: true, force: true });
      await mkdir(place, { recursive: true });
      await download(name, place);
      const runs = () => tryRun(join(place, program), version, { env: proxyEnvironment(name) });
      let result = await runs();
      // Libraries that other programs rarely need, and the libraries of those.
      let libraries = await missingLibraries([name]);
      for (let depth = 0; depth < 3 && !result.ok && libraries.length > 0; depth++) {
        for (const library of libraries) await download(library, place);
        result = await runs();
        libraries = await missingLibraries(libraries);
      }
      if (!result.ok) throw new Refusal(result.output.trim());
    });
    return undefined;
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    return error instanceof Error ? error.message : String(error);
  }
}

/** Unpacks a package. @param {string} name @param {string} place */
async function download(name, place) {
  const download = () => tryRun("apt-get", ["download", "-q", name], { cwd: place });
  let { ok, output } = await download();
  // The package lists may be missing or old; only root can update them.
  if (!ok && process.getuid?.() === 0) {
    await run("apt-get", ["update", "-q"]);
    ({ ok, output } = await download());
  }
  if (!ok) throw new Refusal(output.trim().split("\n").at(-1) ?? "no package");
  for (const archive of (await readdir(place)).filter((file) => file.endsWith(".deb"))) {
    await run("dpkg-deb", ["-x", join(place, archive), place]);
    await rm(join(place, archive));
  }
}

/** The libraries on which packages depend and that the system lacks. @param {string[]} packages
 *  @returns {Promise<string[]>} */
async function missingLibraries(packages) {
  const { output } = await tryRun("apt-cache", ["depends", ...packages]);
  const names = [...output.matchAll(/^ {2}Depends: (lib[a-z0-9.+-]+)$/gm)].map(([, name]) => name ?? "");
  const missing = await Promise.all(
    [...new Set(names)].map(async (name) => ((await tryRun("dpkg", ["-s", name])).ok ? [] : [name])),
  );
  return missing.flat();
}
