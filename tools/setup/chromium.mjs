// The browser of the tests: the one that CHROME_PATH names, or the system's Chromium.
import { existsSync } from "node:fs";
import { Refusal } from "../refusal.mjs";
import { installDebianPackages } from "./debian.mjs";

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
  await installDebianPackages({
    what: "The browser tests need Chromium.",
    title: "Chromium",
    usually: "about 1 minute",
    packages: ["chromium"],
    elsewhere: "install Chromium or Chrome with the system's package manager",
    besides: "or set CHROME_PATH to one that is installed, ",
  });
}
