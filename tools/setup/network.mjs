// Distinguishes network errors from other failures of cargo, rustup and npm.
import { Refusal } from "../refusal.mjs";
import { lastLines } from "../run.mjs";

const SIGNS = new RegExp(
  [
    "could ?n['o]t resolve host|failed to lookup address|temporary failure in name resolution|dns error",
    "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network is unreachable",
    "could ?n['o]t connect|connection refused|failed to connect|timed? ?out|spurious network error|could not download file",
  ].join("|"),
  "i",
);

/** npm appends its usage text to an error. @param {string} output */
const withoutUsage = (output) => output.split(/^npm error Usage:/m)[0] ?? output;

/** @param {string} what @param {string} output @returns {Refusal} */
export function installFailure(what, output) {
  if (SIGNS.test(output)) {
    return new Refusal(
      `${what}: the package registry couldn't be reached. Check the network (and the proxy settings of cargo and npm), ` +
        `then run the same command again; what is installed already stays.\n${lastLines(output, 6)}`,
    );
  }
  return new Refusal(`${what} failed:\n${lastLines(withoutUsage(output))}`);
}
