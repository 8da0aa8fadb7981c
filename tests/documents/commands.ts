// Which commands a shell block uses, and whether they exist. Nothing is run.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { COMMANDS } from "../../edge-worker/command/commands.ts";
import { root } from "./blocks.ts";

/** Programs that readers have, or install with what the document names. */
const PROGRAMS = [
  "awk",
  "cat",
  "cd",
  "cp",
  "curl",
  "echo",
  "export",
  "git",
  "grep",
  "head",
  "mkdir",
  "openssl",
  "printf",
  "sha256sum",
];
/** Subcommands of wrangler that documents use. */
const WRANGLER = [
  ...["delete", "deploy", "deployments list", "dev", "kv key put", "kv namespace create", "login", "pages deploy"],
  ...["rollback", "secret bulk", "secret list", "secret put", "tail", "versions list", "versions upload"],
];
/** Scripts of a project that `npm create latchkey-auth` writes. */
const APP_SCRIPTS = ["dev", "test", "deploy", "build"];

const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { scripts: object };

/** The commands in this text that do not exist, each with the words that decide. */
export async function unknownCommands(text: string): Promise<string[]> {
  const lines = text
    .replaceAll(/\\\n/g, " ")
    .replaceAll(/'[^']*'/g, "''")
    .replaceAll(/(^|\s)#.*$/gm, "");
  const commands = lines
    .split(/\n|&&|\|\||[;|]|\$\(/)
    .map((each) => each.trim().replace(/^(\w+=\S*\s+)+/, ""))
    .filter((each) => each !== "" && !/^\w+=/.test(each));
  const found = await Promise.all(commands.map((each) => unknown(each.split(/\s+/))));
  return found.filter((each) => each !== undefined);
}

/** The words of a command that make it unknown, or `undefined`. */
async function unknown(words: readonly string[]): Promise<string | undefined> {
  const [program = "", ...rest] = words;
  if (program === "npm") return unknownNpm(rest);
  if (program === "npx") return unknownProgram(rest);
  if (program === "node") return (await isFile(rest[0] ?? "")) ? undefined : words.slice(0, 2).join(" ");
  return PROGRAMS.includes(program) ? undefined : program;
}

/** Whether the repository has this file. @param path From its root. */
const isFile = async (path: string) => (await stat(join(root, path)).catch(() => undefined))?.isFile() === true;

/** @param words What follows `npm`. */
async function unknownNpm(words: readonly string[]): Promise<string | undefined> {
  const [verb = "", name = ""] = words;
  // Names of packages are the business of tools/check/package-names.mjs.
  if (["install", "create", "update", "ci", "pack"].includes(verb)) return undefined;
  if (verb !== "run") return Object.hasOwn(scripts, verb) ? unknownFlag(verb, words.slice(1)) : `npm ${verb}`;
  if (Object.hasOwn(scripts, name)) return unknownFlag(name, words.slice(2));
  return APP_SCRIPTS.includes(name) ? undefined : `npm run ${name}`;
}

/** An option, after `--`, that the usage text of a script of this repository does not have. */
async function unknownFlag(script: string, words: readonly string[]): Promise<string | undefined> {
  const flags = words.filter((word) => /^--\w/.test(word));
  if (flags.length === 0 || script !== "start") return undefined;
  const usage = await readFile(join(root, "tools", "start.mjs"), "utf8");
  const wrong = flags.find((flag) => !usage.includes(`  ${flag} `));
  return wrong ? `npm ${script} -- ${wrong}` : undefined;
}

/** @param words What follows `npx`. */
async function unknownProgram(words: readonly string[]): Promise<string | undefined> {
  const [name = "", ...rest] = words;
  if (name === "wrangler") {
    const known = WRANGLER.some((command) => rest.join(" ").startsWith(command));
    return known ? undefined : `npx wrangler ${rest.join(" ")}`;
  }
  if (name !== "latchkey-worker") return name === "create-latchkey-auth" ? undefined : `npx ${name}`;
  const [command = ""] = rest;
  if (!Object.hasOwn(COMMANDS, command)) return `npx latchkey-worker ${command}`;
  const usage = (await COMMANDS[command]?.load())?.usage ?? "";
  const wrong = rest.find((word) => /^--\w/.test(word) && !usage.includes(word.split("=")[0] ?? ""));
  return wrong ? `npx latchkey-worker ${command} ${wrong}` : undefined;
}
