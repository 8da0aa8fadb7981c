// Where things are. Every tool names files through this list.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {...string} parts */
export const at = (...parts) => join(root, ...parts);

/** What set-up installs: the Rust command-line tools, their stamps and logs. */
export const toolsDir = at(".tools");
/** What a running stack writes: state, certificate, logs. */
export const runDir = at(".latchkey");

/** @param {string} name A program that an npm package put there. */
export const npmBin = (name) => at("node_modules", ".bin", name);
/** @param {string} name A program that set-up built with cargo. */
export const rustBin = (name) => join(toolsDir, "bin", name);

/** The Node that runs wrangler and the tests: the one from npm, whatever version runs this script. */
export const modernNode = () => {
  const own = npmBin("node");
  return existsSync(own) ? own : process.execPath;
};
