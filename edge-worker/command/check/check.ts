// `latchkey-worker check`: finds mistakes in the configuration of an environment, before it is deployed.
import { relative } from "node:path";
import { parseEnv } from "node:util";
import { checkConfig, type Finding, type Report } from "../config-check.ts";
import { Mistake } from "../mistake.ts";
import { readOptions } from "../options.ts";
import { localFile } from "../secret/local.ts";
import { readIfPresent, readWranglerConfig } from "../wrangler-config.ts";
import { lineOf } from "./lines.ts";

export const usage = `\
Usage: latchkey-worker check [options]

Reads the configuration with the Worker's own reader and prints each mistake on one line. The exit code is 1 if there is one.

  --env NAME     the environment (default: the top level of the file)
  --config FILE  default: wrangler.json, wrangler.jsonc or wrangler.toml`;

export async function run(args: string[]): Promise<number> {
  const { values: options } = readOptions(
    { args, options: { env: { type: "string", default: "" }, config: { type: "string" } } },
    usage,
  );
  const { path, content } = await readWranglerConfig(options.config);
  const text = (await readIfPresent(path)) ?? "";
  const report = await checkConfig(content, options.env, await localSecrets(path));
  const name = relative(process.cwd(), path);
  const label = options.env === "" ? "the top level" : `[env.${options.env}]`;
  const { mistakes, notes } = linesOf(report, { name, text, label, environment: options.env });
  for (const note of notes) console.error(note);
  if (mistakes.length > 0) throw new Mistake(mistakes.join("\n"));
  console.log(`${name}: no mistakes in ${label}`);
  return 0;
}

/** The secrets of this machine; undefined if there is no file of them. */
async function localSecrets(config: string) {
  const text = await readIfPresent(localFile(config, ""));
  return text === undefined ? undefined : parseEnv(text);
}

/** @param file Its name and text, and the environment. @returns What is printed. */
export function linesOf(
  report: Report,
  file: { name: string; text: string; label: string; environment: string },
): { mistakes: string[]; notes: string[] } {
  /** In the order of the file. */
  const placed = (findings: readonly Finding[]) =>
    findings
      .map(({ path, line }) => ({ number: lineOf(file.name, file.text, path), line }))
      .sort((a, b) => (a.number ?? 0) - (b.number ?? 0))
      .map(({ number, line }) => `${file.name}${number === undefined ? "" : `:${number}`}: ${line}`);
  const { errors, warnings, secrets } = report;
  const count = errors.length === 1 ? "1 mistake" : `${errors.length} mistakes`;
  const option = file.environment === "" ? "" : ` --env ${file.environment}`;
  return {
    mistakes: errors.length === 0 ? [] : [...placed(errors), `${file.name}: ${count} in ${file.label}`],
    notes: [
      ...placed(warnings).map((warning) => `warning: ${warning}`),
      ...secrets.map(
        (secret) =>
          `note: ${file.label} needs the Worker secret ${secret}, which this file does not show; \`npx latchkey-worker secret${option} --if-missing\` creates it`,
      ),
    ],
  };
}
