// The nginx of the forward-auth tests: the one that NGINX_PATH names, the system's, or Debian's package,
// unpacked next to the other tools. The package is not installed, because that would start a web server.
// Without nginx, its tests are skipped.
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { toolsDir } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run, tryRun } from "../run.mjs";
import { step } from "../steps.mjs";

const unpacked = join(toolsDir, "nginx");
const PLACES = [
  "/usr/sbin/nginx",
  "/usr/local/sbin/nginx",
  "/usr/local/bin/nginx",
  "/opt/homebrew/bin/nginx",
  join(unpacked, "usr", "sbin", "nginx"),
];

/** @returns {string | undefined} */
export function nginxPath() {
  const named = process.env.NGINX_PATH;
  if (named) {
    if (!existsSync(named)) throw new Refusal(`NGINX_PATH names ${named}, which doesn't exist.`);
    return named;
  }
  return PLACES.find((path) => existsSync(path));
}

export async function installNginx() {
  if (nginxPath()) return;
  const why = (await tryRun("apt-get", ["--version"])).ok ? await unpack() : "this isn't Debian";
  if (why) {
    console.log(
      `  nginx could not be installed (${why}). The forward-auth tests are skipped, unless you install nginx or set NGINX_PATH.`,
    );
  }
}

/** @returns {Promise<string | undefined>} why it didn't work */
async function unpack() {
  try {
    await step("nginx, unpacked", "about 5 s", async () => {
      await rm(unpacked, { recursive: true, force: true });
      await mkdir(unpacked, { recursive: true });
      const download = () => tryRun("apt-get", ["download", "-q", "nginx"], { cwd: unpacked });
      let { ok, output } = await download();
      // The package lists may be missing or old; only root can update them.
      if (!ok && process.getuid?.() === 0) {
        await run("apt-get", ["update", "-q"]);
        ({ ok, output } = await download());
      }
      if (!ok) throw new Refusal(output.trim().split("\n").at(-1) ?? "no package");
      const [archive] = (await readdir(unpacked)).filter((name) => name.endsWith(".deb"));
      await run("dpkg-deb", ["-x", join(unpacked, archive ?? ""), unpacked]);
      // Nearly every Debian system has its libraries; if one is missing, nginx can't be used.
      const runs = await tryRun(join(unpacked, "usr", "sbin", "nginx"), ["-v"]);
      if (!runs.ok) throw new Refusal(runs.output.trim());
    });
    return undefined;
  } catch (error) {
    await rm(unpacked, { recursive: true, force: true });
    return error instanceof Error ? error.message : String(error);
  }
}
