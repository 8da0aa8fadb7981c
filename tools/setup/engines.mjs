// The browsers besides Chromium in which the vault is tested, each with its vendor's driver: Firefox with
// geckodriver, WebKit as WebKitGTK's MiniBrowser with WebKitWebDriver, on a virtual screen.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { rustBin } from "../paths.mjs";
import { installDebianPackages } from "./debian.mjs";
import { installRustTool } from "./rust.mjs";

const GECKODRIVER = "0.37.1";

/** @typedef {"firefox" | "geckodriver" | "WebKitWebDriver" | "MiniBrowser" | "Xvfb"} EngineProgram */

/** Debian's name comes first. */
const FIREFOX = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

/** @returns {Promise<Record<EngineProgram, string | undefined>>} where each is */
export async function enginePrograms() {
  return {
    firefox: FIREFOX.find((path) => existsSync(path)),
    geckodriver: existing(rustBin("geckodriver")),
    WebKitWebDriver: existing("/usr/bin/WebKitWebDriver"),
    MiniBrowser: await miniBrowser(),
    Xvfb: existing("/usr/bin/Xvfb"),
  };
}

/** @param {string} path */
const existing = (path) => (existsSync(path) ? path : undefined);

/** Below the library's directory, whose name contains the architecture and the version. */
async function miniBrowser() {
  for (const base of ["/usr/lib", "/usr/libexec"]) {
    for (const arch of ["", ...(await readdir(base).catch(() => [])).filter((name) => name.endsWith("-linux-gnu"))]) {
      for (const version of ["webkitgtk-6.0", "webkit2gtk-4.1", "webkit2gtk-4.0"]) {
        const path = join(base, arch, version, "MiniBrowser");
        if (existsSync(path)) return path;
      }
    }
  }
  return undefined;
}

export async function installEngines() {
  const found = await enginePrograms();
  const packages = [
    ...(found.firefox ? [] : ["firefox-esr"]),
    ...(found.WebKitWebDriver && found.MiniBrowser ? [] : ["webkit2gtk-driver"]),
    ...(found.Xvfb ? [] : ["xvfb"]),
  ];
  if (packages.length > 0) {
    await installDebianPackages({
      what: "The engines' tests need Firefox, WebKitGTK with its WebDriver, and Xvfb.",
      title: packages.join(", "),
      usually: "about 1 minute",
      packages,
      elsewhere:
        "install Firefox, WebKitGTK's MiniBrowser and WebKitWebDriver, and Xvfb with the system's package manager",
      besides: "or run them for Chromium alone with npm test, ",
    });
  }
  await installRustTool({
    ...{ crate: "geckodriver", bin: "geckodriver", version: GECKODRIVER },
    ...{ usually: "1 to 2 minutes" },
  });
}
