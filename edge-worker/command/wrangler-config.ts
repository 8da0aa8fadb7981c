// The configuration file of wrangler in the developer's folder, and the parts of it that a command needs.
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type ParseError, parse as parseJson, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml, TomlError } from "smol-toml";
import { Mistake } from "./mistake.ts";

export type Table = Record<string, unknown>;

export interface WranglerConfig {
  /** Absolute. */
  readonly path: string;
  /** Its name, for messages. */
  readonly name: string;
  readonly content: Table;
}

/** In the order in which wrangler looks for them. */
const NAMES = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/**
 * @param named The file that the developer names. Without it, the one that wrangler finds in the current folder.
 * @throws {Mistake} if there is none, or it cannot be read.
 */
export async function readWranglerConfig(named?: string): Promise<WranglerConfig> {
  for (const name of named === undefined ? NAMES : [named]) {
    const path = resolve(name);
    const text = await readIfPresent(path);
    if (text !== undefined) return { path, name: basename(path), content: parseConfig(basename(path), text) };
  }
  throw new Mistake(
    `${named ?? "wrangler.toml"}: not found in ${process.cwd()}. Run this command in the folder of your Worker, name the file with --config, or create it with \`npx latchkey-worker init\``,
  );
}

/** @param name Its ending decides between JSON with comments and TOML. @throws {Mistake} if it is neither. */
export function parseConfig(name: string, text: string): Table {
  if (/\.jsonc?$/.test(name)) {
    const errors: ParseError[] = [];
    const content = parseJson(text, errors, { allowTrailingComma: true });
    const [first] = errors;
    if (first) {
      const line = text.slice(0, first.offset).split("\n").length;
      throw new Mistake(`${name}:${line}: found invalid JSON (${printParseErrorCode(first.error)})`);
    }
    return tableOf(content) ?? {};
  }
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The lines after the first one show the place, which the line number names.
    const reason = error.message.replace("Invalid TOML document: ", "").split("\n", 1)[0];
    throw new Mistake(`${name}:${error.line}: found invalid TOML (${reason})`);
  }
}

/**
 * @param environment The name of an environment; empty for the top level of the file.
 * @returns The `LATCHKEY` table of the environment.
 * @throws {Mistake} if the environment or the table does not exist.
 */
export function latchkeyOf({ name, content }: WranglerConfig, environment: string): Table {
  const label = environment === "" ? "the top level" : `[env.${environment}]`;
  const part = environment === "" ? content : tableOf(tableOf(content.env)?.[environment]);
  if (!part) {
    const found = Object.keys(tableOf(content.env) ?? {});
    throw new Mistake(
      `${name}: found ${found.length === 0 ? "no environment" : `the environments ${found.join(", ")}`}, expected ${label}. Create it with \`npx latchkey-worker init\`, or name another one with --env`,
    );
  }
  const table = latchkeyTable(tableOf(part.vars)?.LATCHKEY);
  if (!table)
    throw new Mistake(
      `${name}: found no table vars.LATCHKEY in ${label}. \`npx latchkey-worker check\` says what it needs`,
    );
  return table;
}

/** The variable may also be a JSON string. */
function latchkeyTable(value: unknown): Table | undefined {
  if (typeof value !== "string") return tableOf(value);
  try {
    return tableOf(JSON.parse(value));
  } catch {
    return undefined;
  }
}

export const tableOf = (value: unknown): Table | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : undefined;

/** @returns The text of a file; `undefined` if it does not exist. @throws {Mistake} if it cannot be read. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Mistake(`${path}: cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
