// Debian packages: installed if this process is root; otherwise the user is told to install them.
import { existsSync } from "node:fs";
import { Refusal } from "../refusal.mjs";
import { run, tryRun } from "../run.mjs";
import { step } from "../steps.mjs";

/**
 * @param {object} wanted
 * @param {string} wanted.what Why they are needed, as a sentence.
 * @param {string} wanted.title
 * @param {string} wanted.usually How long it usually takes.
 * @param {string[]} wanted.packages
 * @param {string} wanted.elsewhere What to do on a system other than Debian.
 * @param {string} [wanted.besides] An alternative to installing them.
 */
export async function installDebianPackages({ what, title, usually, packages, elsewhere, besides = "" }) {
  const debian = existsSync("/etc/debian_version") && (await tryRun("apt-get", ["--version"])).ok;
  if (!debian || process.getuid?.() !== 0) {
    const how = debian ? `sudo apt-get update && sudo apt-get install -y ${packages.join(" ")}` : elsewhere;
    throw new Refusal(`${what} Run:\n  ${how}\n${besides}and try again.`);
  }
  await step(title, usually, async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env });
    await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], { env });
  });
}
