// The closed set of error codes, defined in auth-core/src/wire and written as TypeScript.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { at } from "../paths.mjs";
import { run } from "../run.mjs";

const FILE = "sdk-wasm/js/generated/codes.ts";

export const codes = {
  name: "codes",
  title: "Error codes for TypeScript",
  usually: "10 s",
  inputs: ["Cargo.toml", "Cargo.lock", "auth-core", "tools/build/codes.mjs"],
  outputs: [FILE],
  work: async () => {
    await mkdir(dirname(at(FILE)), { recursive: true });
    await writeFile(at(FILE), await errorCodes());
  },
};

/** @param {...string} args `reference`: Markdown; none: TypeScript. @returns {Promise<string>} */
export async function errorCodes(...args) {
  // The release profile, because the Worker's build needs the same macros; unoptimised, because the program
  // runs only briefly.
  const env = { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_LTO: "off" };
  const program = ["run", "-q", "--release", "-p", "auth-core", "--bin", "error_codes"];
  const { stdout } = await run("cargo", [...program, "--", ...args], { env });
  return stdout;
}
