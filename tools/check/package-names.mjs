// Our packages have these names, because the bare name belongs to other projects: `npm install latchkey` and
// `cargo add latchkey` would install their tools.

/** The names on the npm registry. None of our crates is on another one. */
export const PACKAGES = ["latchkey-auth", "latchkey-worker", "create-latchkey-auth"];

/** A name of a package that resembles ours. */
const NAME = "(@latchkey[\\w-]*/[\\w-]+|(?:@[\\w-]+/)?[\\w-]*latchkey[\\w-]*)";

/** A command that installs or runs packages, and its arguments up to the end of the command. */
const COMMAND =
  /\b((?:npm|pnpm|yarn|bun|deno|cargo) (?:i|install|add|ci|create|init|dlx|exec|x)|npx|bunx)((?: +[^\s`|;&#)]+)+)/g;
const ARGUMENT = new RegExp(`^(?:npm:)?${NAME}(?:@|$)`);
/** A specifier in an import, or a path into an installed package. */
const IMPORT = new RegExp(`(?:\\b(?:from|import|require) *\\(? *["']|node_modules/)${NAME}`, "g");
/** A dependency of a package.json. */
const DEPENDENCY = new RegExp(`"${NAME}": *"(?:[\\^~]?\\d|latest|\\*|file:|npm:)`, "g");

/**
 * @param {string} text A document.
 * @returns {string[]} The names that resemble ours, but are not, in commands, imports and dependencies.
 */
export function foreignPackages(text) {
  const commands = [...text.matchAll(COMMAND)].flatMap(([, command = "", rest = ""]) => {
    const words = rest.split(" ").filter((word) => word !== "" && !word.startsWith("-"));
    const created = /(?:create|init)$/.test(command);
    // What follows the name of a program is the program's own.
    const names = created || /(?:npx|bunx|dlx|exec| x)$/.test(command) ? words.slice(0, 1) : words;
    const found = names.flatMap((word) => ARGUMENT.exec(word)?.[1] ?? []);
    // `npm create x` runs the package create-x.
    return created ? found.map((name) => `create-${name}`) : found;
  });
  const named = [IMPORT, DEPENDENCY].flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = ""]) => name));
  return [...commands, ...named].filter((name) => !PACKAGES.includes(name));
}
