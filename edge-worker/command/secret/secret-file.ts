// Files of lines `NAME="value"`, such as .dev.vars, which wrangler reads, and .gitignore. Pure.

/** The names that have a value in the file. */
export function namesIn(text: string): string[] {
  const lines = text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)\s*$/gm);
  return [...lines].filter(([, , value]) => !["", '""', "''"].includes(value ?? "")).map(([, name = ""]) => name);
}

/** @param values Base64, which needs no escapes. @returns The text with one more line for each value. */
export function withValues(text: string, values: readonly (readonly [name: string, value: string])[]): string {
  return withLines(
    text,
    values.map(([name, value]) => `${name}="${value}"`),
  );
}

/** Wrangler's files of local secrets, of all environments. */
export const LOCAL_SECRETS = ".dev.vars*";

/** @param gitignore The text of .gitignore. @returns It with the pattern. */
export const withIgnored = (gitignore: string, pattern: string): string =>
  gitignore.split(/\r?\n/).some((line) => [pattern, `/${pattern}`].includes(line.trim()))
    ? gitignore
    : withLines(gitignore, [pattern]);

function withLines(text: string, lines: string[]): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const before = text === "" || text.endsWith("\n") ? text : `${text}${newline}`;
  return before + lines.map((line) => `${line}${newline}`).join("");
}
