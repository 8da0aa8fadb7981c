// The Worker's own reader of the configuration, compiled to WebAssembly. It is beside this module in `generated/`, both
// in the sources and in the package.
import { readFile } from "node:fs/promises";
import { check, initSync } from "./generated/config_check.js";

export interface Finding {
  /** The path of the value in the file, such as `env.production.vars.LATCHKEY.routes[1].access`. */
  readonly path: string;
  /** Key, value found, value expected. */
  readonly line: string;
}

export interface Report {
  /** The configuration must not be deployed. */
  readonly errors: readonly Finding[];
  /** It works, but is not recommended, or the file does not show whether it works. */
  readonly warnings: readonly Finding[];
  /** The Worker secrets that must exist at Cloudflare. */
  readonly secrets: readonly string[];
}

/**
 * @param content The content of a wrangler configuration file.
 * @param environment Empty for the top level.
 * @param localSecrets The values in `.dev.vars`; undefined if there is no such file. Only their lengths are used.
 */
export async function checkConfig(
  content: unknown,
  environment: string,
  localSecrets: Readonly<Record<string, string | undefined>> | undefined,
): Promise<Report> {
  initSync({ module: await readFile(new URL("./generated/config_check_bg.wasm", import.meta.url)) });
  const length = ([name, value]: [string, string | undefined]) => [name, Buffer.byteLength(value ?? "")];
  const lengths = localSecrets && JSON.stringify(Object.fromEntries(Object.entries(localSecrets).map(length)));
  return JSON.parse(check(JSON.stringify(content), environment || undefined, lengths)) as Report;
}
