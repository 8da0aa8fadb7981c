// The command: asks what is missing, writes the project, installs its packages, and prints what to do next.
import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import { ask } from "./ask.mjs";
import { Mistake } from "./mistake.mjs";
import { readOptions, USAGE } from "./options.mjs";
import { writeProject } from "./project.mjs";

/** @param {string[]} args @returns {Promise<number>} the exit code: 0, 1 if it failed, 2 if it was called wrongly */
export async function main(args) {
  try {
    const options = readOptions(args, process.env);
    if (options === "help") {
      console.log(USAGE);
      return 0;
    }
    const choices = await ask(options, process.stdin, process.stdout);
    await writeProject({ ...options, ...choices });
    const { manager, name, folder } = options;
    console.log(`Created ${name} (${choices.frontend}, ${choices.api}) in ${folder}.\n`);
    const installed = install(manager, folder);
    const here = relative(process.cwd(), folder);
    const next = [
      ...(here === "" ? [] : [`cd ${here}`]),
      ...(installed ? [] : [`${manager} install`]),
      `${manager} run dev`,
    ];
    if (!installed) console.error(`\nThe packages could not be installed; see the output of ${manager} above.`);
    console.log(`\nNext:\n\n${next.map((command) => `  ${command}`).join("\n")}\n`);
    return installed ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    console.error(error.message);
    return error.exitCode;
  }
}

/** @param {string} manager @param {string} folder @returns {boolean} whether it succeeded */
function install(manager, folder) {
  console.log(`Installing its packages with ${manager} …`);
  const quiet = manager === "npm" ? ["--no-audit", "--no-fund", "--loglevel=error"] : [];
  // On Windows, package managers are scripts, which only a shell runs.
  const shell = process.platform === "win32";
  return spawnSync(manager, ["install", ...quiet], { cwd: folder, stdio: "inherit", shell }).status === 0;
}
