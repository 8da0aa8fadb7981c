// What the command is called with.
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Mistake } from "./mistake.mjs";

/** The questions, and their answers. The first answer is the default. */
export const CHOICES = /** @type {const} */ ({
  frontend: ["react", "vue", "svelte", "plain"],
  api: ["worker", "url"],
});

export const USAGE = `npm create latchkey-auth@latest my-app -- [options]

Creates the folder my-app with an app that has sign-in: a Vite page, an API, and the Worker in front of them.

  --frontend react|vue|svelte|plain   what the page is written with (react)
  --api worker|url                    worker: a Hono API in the same Worker; url: an Express server of its own (worker)
  --yes                               ask nothing, and use the defaults for what is not given
  --packages DIR                      use the packed latchkey-auth and latchkey-worker in DIR, not the registry's`;

/**
 * @typedef {typeof CHOICES.frontend[number]} Frontend
 * @typedef {typeof CHOICES.api[number]} Api
 *
 * @typedef {object} Options
 * @property {string} name The project's name, also the Worker's.
 * @property {string} folder Absolute.
 * @property {Frontend | undefined} frontend
 * @property {Api | undefined} api
 * @property {boolean} yes
 * @property {string | undefined} packages Absolute.
 * @property {string} manager The package manager that called this command.
 */

/** @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Options | "help"} */
export function readOptions(args, env) {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const [target, ...rest] = positionals;
  if (target === undefined) throw new Mistake("Which folder? For example: npm create latchkey-auth@latest my-app", 2);
  if (rest.length > 0) {
    throw new Mistake(
      `Expected one folder, found: ${positionals.join(" ")}. npm reads options itself unless -- stands before them: ` +
        `npm create latchkey-auth@latest ${target} -- --frontend react`,
      2,
    );
  }
  const folder = resolve(target);
  return {
    name: checkedName(basename(folder)),
    folder,
    frontend: choice("frontend", values.frontend),
    api: choice("api", values.api),
    // `npm create latchkey-auth my-app --yes`: npm takes the option for its own, and says so here.
    yes: values.yes || env.npm_config_yes === "true",
    packages: values.packages === undefined ? undefined : resolve(values.packages),
    manager: /^(npm|pnpm|yarn|bun)\//.exec(env.npm_config_user_agent ?? "")?.[1] ?? "npm",
  };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        frontend: { type: "string" },
        api: { type: "string" },
        yes: { type: "boolean", short: "y", default: false },
        packages: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new Mistake(`${/** @type {Error} */ (error).message}\n\n${USAGE}`, 2);
  }
}

/** The rules of Worker names, which are stricter than those of npm packages. @param {string} name */
function checkedName(name) {
  if (/^[a-z][a-z0-9-]{0,52}[a-z0-9]$/.test(name)) return name;
  throw new Mistake(
    "The name of the folder becomes the name of the Worker: expected 2 to 54 lower-case letters, digits and hyphens, " +
      `beginning with a letter, found ${JSON.stringify(name)}. For example: npm create latchkey-auth@latest my-app`,
    2,
  );
}

/**
 * @template {keyof typeof CHOICES} Question
 * @param {Question} question @param {string | undefined} value
 * @returns {typeof CHOICES[Question][number] | undefined}
 */
function choice(question, value) {
  const known = CHOICES[question].find((each) => each === value);
  if (known !== undefined || value === undefined) return known;
  throw new Mistake(`--${question}: expected ${CHOICES[question].join(", ")}; found ${JSON.stringify(value)}.`, 2);
}
