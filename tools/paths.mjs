// The paths of the project. Every tool gets paths from here.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {...string} parts */
export const at = (...parts) => join(root, ...parts);

/** The output of set-up: the Rust command-line tools, their stamps and logs. */
export const toolsDir = at(".tools");
/** The output of a running stack: state, certificate, logs. */
export const runDir = at(".latchkey");

/** @param {string} name A program of an npm package. */
export const npmBin = (name) => at("node_modules", ".bin", name);
/** @param {string} name A program that set-up has built with cargo. */
export const rustBin = (name) => join(toolsDir, "bin", name);

/** The Node that runs wrangler and the tests: the one from npm, whatever version runs this script. */
export const modernNode = () => {
  const own = npmBin("node");
  return existsSync(own) ? own : process.execPath;
};
