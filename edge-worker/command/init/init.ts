// `latchkey-worker init`: writes the configuration of a deployment.
import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Mistake } from "../mistake.ts";
import { readOptions } from "../options.ts";
import { ask, hasTerminal } from "../terminal.ts";
import { readIfPresent } from "../wrangler-config.ts";
import { PRODUCTION } from "./names.ts";
import { deployCommand, newProject, readProject } from "./project.ts";
import { choose } from "./questions.ts";
import { wholeFile, withEnvironment } from "./wrangler-file.ts";
import { givenSecretNames, secretNames } from "./wrangler-toml.ts";

export const usage = `\
Usage: latchkey-worker init [options]

Writes an environment into wrangler.toml, or a complete wrangler.toml if there is none. It never changes what is there.
It asks for what no option states.

  --domain HOST       the host name of the Worker, in a zone of your Cloudflare account
  --hosting assets    this Worker serves the built page (default)
            pages     Cloudflare Pages or another host serves it, under another host name of the same site
            url       another host has it, and this Worker fetches it from there
  --assets DIR        with --hosting assets: the folder of the built page (default: dist)
  --page ORIGIN       with --hosting pages or url: the origin of the page
  --api NAME|ORIGIN   your API: the name of a Worker, or an https origin
  --mail none         no mails (default)
         cloudflare, resend, postmark, ses, worker
                      what sends the mails
  --mail-from SENDER  an address, or "Name <address>" (default: no-reply@HOST)
  --mail-region REGION, --mail-access-key-id ID
                      with --mail ses
  --mail-service NAME with --mail worker: the name of the Worker
  --env NAME          the environment (default: production)
  --config FILE       default: wrangler.toml
  --yes               ask nothing; use the defaults`;

export async function run(args: string[]): Promise<number> {
  const { values } = readOptions(
    {
      args,
      options: {
        domain: { type: "string" },
        hosting: { type: "string" },
        assets: { type: "string" },
        page: { type: "string" },
        api: { type: "string" },
        mail: { type: "string" },
        "mail-from": { type: "string" },
        "mail-region": { type: "string" },
        "mail-access-key-id": { type: "string" },
        "mail-service": { type: "string" },
        env: { type: "string", default: PRODUCTION },
        config: { type: "string", default: "wrangler.toml" },
        yes: { type: "boolean", default: false },
      },
    },
    usage,
  );
  const { config, env, yes, ...given } = values;
  if (!config.endsWith(".toml"))
    throw new Mistake(`--config: found ${config}, expected a file in TOML, because init does not write JSON`, 2);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(env))
    throw new Mistake(`--env: found ${JSON.stringify(env)}, expected lower-case letters, digits and hyphens`, 2);
  const file = resolve(config);
  const name = basename(file);
  const text = await existing(file);
  const project = text === undefined ? newProject : readProject(name, text, env);
  const deploy = deployCommand(await readIfPresent(resolve(file, "..", "package.json")), env);
  const choices = await choose(given, !yes && hasTerminal() ? ask : undefined, project.api?.service);
  if (text === undefined) await writeFile(file, wholeFile(choices, env), { flag: "wx" });
  else await writeFile(file, withEnvironment(name, text, project, choices, env));
  if (project.left.length > 0)
    console.error(`Not taken over from [vars.LATCHKEY]: ${project.left.join(", ")}. Add what production needs.`);
  const copy = secretNames(choices, project).length === 1 ? "" : " --out latchkey-secrets.env";
  console.log(`\
${name}: ${text === undefined ? "created" : `added [env.${env}]`}. Next:
  npx wrangler login
  npx latchkey-worker secret --env ${env}${copy}
${givenSecretNames(choices)
  .map((secret) => `  npx wrangler secret put ${secret} --env ${env}\n`)
  .join("")}\
  npx latchkey-worker check --env ${env}
  ${deploy}`);
  return 0;
}

/** The text of the file; `undefined` if it does not exist. @throws {Mistake} if there is a configuration in JSON. */
async function existing(file: string): Promise<string | undefined> {
  const isDefault = basename(file) === "wrangler.toml";
  for (const json of isDefault ? ["wrangler.json", "wrangler.jsonc"] : []) {
    if ((await readIfPresent(resolve(file, "..", json))) !== undefined)
      throw new Mistake(
        `${json}: found a configuration in JSON, expected wrangler.toml or none, because wrangler reads only one of them`,
      );
  }
  return readIfPresent(file);
}
