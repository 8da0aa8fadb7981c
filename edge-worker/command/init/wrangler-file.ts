// The text of wrangler.toml that `init` writes. Nothing that is in the file is changed. Pure.
import { isDeepStrictEqual } from "node:util";
import { Mistake } from "../mistake.ts";
import { parseConfig, tableOf } from "../wrangler-config.ts";
import type { Choices } from "./choices.ts";
import { ASSETS_BINDING } from "./names.ts";
import { newProject, type Project } from "./project.ts";
import { blocks, deployment, topLevel } from "./wrangler-toml.ts";

/** A file for a folder that has none: the top level is for localhost. */
export function wholeFile(choices: Choices, environment: string): string {
  const assetsBinding = choices.hosting.kind === "assets" ? ASSETS_BINDING : undefined;
  return blocks([
    ...topLevel(choices, environment),
    ...deployment(choices, environment, { ...newProject, assetsBinding }),
  ]);
}

/**
 * @param file The name of the file, for messages.
 * @param text What is in it, and what was read from that.
 * @returns The text with `[env.<environment>]` at its end.
 * @throws {Mistake} if TOML does not allow that.
 */
export function withEnvironment(file: string, text: string, project: Project, choices: Choices, environment: string) {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const added = blocks(deployment(choices, environment, project)).replaceAll("\n", newline);
  const whole = `${text.trimEnd()}${newline}${newline}${added}`;
  const { env: envBefore, ...restBefore } = parseConfig(file, text);
  const { env, ...rest } = parseConfig(file, whole);
  const { [environment]: _, ...otherEnvironments } = tableOf(env) ?? {};
  if (!isDeepStrictEqual(rest, restBefore) || !isDeepStrictEqual(otherEnvironments, { ...tableOf(envBefore) }))
    throw new Mistake(`${file}: [env.${environment}] cannot be added at its end. Write \`env\` as tables ([env.…])`);
  return whole;
}
