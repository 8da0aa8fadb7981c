// The options of a command.
import { type ParseArgsConfig, parseArgs } from "node:util";
import { Mistake } from "./mistake.ts";

/**
 * @param usage The help text of the command.
 * @throws {Mistake} on an unknown option, a missing value or an argument that the command does not take.
 */
export function readOptions<const T extends ParseArgsConfig>(
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Mistake(`${error instanceof Error ? error.message : error}\n\n${usage}`, 2);
  }
}
