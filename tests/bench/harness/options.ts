// The command line of a measurement.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The Worker of this checkout. */
export const edgeWorker = join(root, "edge-worker");

/** Where the figures of a measurement are written. */
export const figuresOf = (name: string) => join(root, "target/bench", `${name}.json`);

type Values<O extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ args: string[]; options: O }>>["values"];

/** Ends the process where the usage is wanted, or the options are wrong: what `understand` throws says why. */
export function readCommandLine<O extends ParseArgsOptionsConfig, T>(
  args: string[],
  usage: string,
  options: O,
  understand: (values: Values<O>) => T,
): T {
  try {
    if (args.includes("--help")) {
      console.log(usage);
      process.exit(0);
    }
    return understand(parseArgs({ args, options }).values);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(1);
  }
}

/** The number behind `--name`. @throws when it isn't a whole one from `least` on */
export function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name}: expected a whole number from ${least} on, found "${text}".`);
  return value;
}
