// The browser of the tests: the one CHROME_PATH names, or the system's Chromium.
import { existsSync } from "node:fs";
import { Refusal } from "../refusal.mjs";
import { run, tryRun } from "../run.mjs";
import { step } from "../steps.mjs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** @returns {string | undefined} */
export function chromiumPath() {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (!existsSync(named)) throw new Refusal(`CHROME_PATH names ${named}, which doesn't exist.`);
    return named;
  }
  return PLACES.find((path) => existsSync(path));
}

export async function installChromium() {
  if (chromiumPath()) return;
  const debian = existsSync("/etc/debian_version") && (await tryRun("apt-get", ["--version"])).ok;
  if (!debian || process.getuid?.() !== 0) {
    const how = debian
      ? "sudo apt-get update && sudo apt-get install -y chromium"
      : "install Chromium or Chrome with the system's package manager";
    throw new Refusal(
      `The browser tests need Chromium. Run:\n  ${how}\nor set CHROME_PATH to one that is installed, and try again.`,
    );
  }
  await step("Chromium", "about 1 minute", async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-q"], { env });
    await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], { env });
  });
}
