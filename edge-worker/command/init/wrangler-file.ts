// Adds `[env.production]` to the text of an existing wrangler.toml, without changing anything that is in it. Pure.
import { isDeepStrictEqual } from "node:util";
import { Mistake } from "../mistake.ts";
import { parseConfig, type Table, tableOf } from "../wrangler-config.ts";
import type { Choices } from "./choices.ts";
import { type Inherited, NAME, production } from "./wrangler-toml.ts";

/**
 * @param file The name of the file, for messages.
 * @param text What is in it.
 * @returns The text with `[env.production]` at its end.
 * @throws {Mistake} if the file cannot be read, configures another Worker, or has the environment already.
 */
export function withProduction(file: string, text: string, choices: Choices): string {
  const before = parseConfig(file, text);
  if (tableOf(tableOf(before.env)?.production))
    throw new Mistake(
      `${file}: found [env.production], expected none, because init changes no configuration that exists. Edit it, or remove it and run init again`,
    );
  if (!isLatchkey(before))
    throw new Mistake(
      `${file}: found the configuration of another Worker (no Durable Object of class Account), expected one of latchkey-worker. Run init in a folder of its own`,
    );
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const added = production(choices, inherited(before)).replaceAll("\n", newline);
  const whole = `${text.trimEnd()}${newline}${newline}${added}`;
  const { env, ...rest } = parseConfig(file, whole);
  const { env: envBefore, ...restBefore } = before;
  const { production: _, ...otherEnvironments } = tableOf(env) ?? {};
  if (!isDeepStrictEqual(rest, restBefore) || !isDeepStrictEqual(otherEnvironments, { ...tableOf(envBefore) }))
    throw new Mistake(
      `${file}: [env.production] cannot be added at its end. Write \`env\` as a table of its own ([env.…])`,
    );
  return whole;
}

/** Whether the file configures a Worker that exports the classes of latchkey-worker. */
function isLatchkey(file: Table): boolean {
  const bindings = tableOf(file.durable_objects)?.bindings;
  return Array.isArray(bindings) && bindings.some((binding) => tableOf(binding)?.class_name === "Account");
}

function inherited(file: Table): Inherited {
  const binding = tableOf(file.assets)?.binding;
  return {
    name: typeof file.name === "string" ? file.name : NAME,
    assetsBinding: typeof binding === "string" ? binding : undefined,
  };
}
