// `latchkey-worker secret`: creates the secrets that the configuration names.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { Mistake } from "../mistake.ts";
import { readOptions } from "../options.ts";
import { latchkeyOf, readWranglerConfig } from "../wrangler-config.ts";
import { deployedNames, storeDeployed } from "./deployed.ts";
import { ignore, isInRepository } from "./ignored.ts";
import { localFile, localNames, storeLocally } from "./local.ts";
import { CONSEQUENCE, type NamedSecret, namedSecrets } from "./named.ts";
import { plan } from "./plan.ts";
import { withValues } from "./secret-file.ts";

export const usage = `\
Usage: latchkey-worker secret [NAME] [options]

Creates each secret that LATCHKEY names and that does not exist yet (or only NAME): 32 random bytes in base64, stored by
\`wrangler secret bulk\`. It shows no secret and replaces none.

  --env NAME     the environment (default: production; with --local: the top level of the file)
  --out FILE     also writes the values to a new file (mode 600, ignored by git), as a copy for a safe place
  --local        stores them in .dev.vars on this machine (mode 600), and adds that to .gitignore
  --if-missing   does nothing if all of them exist; without it, that is an error
  --config FILE  default: wrangler.json, wrangler.jsonc or wrangler.toml`;

/** As long as a key derived from it; the Worker accepts no shorter one. */
const BYTES = 32;

export async function run(args: string[]): Promise<number> {
  const { values: options, positionals } = readOptions(
    {
      args,
      allowPositionals: true,
      options: {
        env: { type: "string" },
        out: { type: "string" },
        local: { type: "boolean", default: false },
        "if-missing": { type: "boolean", default: false },
        config: { type: "string" },
      },
    },
    usage,
  );
  const { local, out } = options;
  if (positionals.length > 1) throw new Mistake(`found ${positionals.join(" ")}, expected one name\n\n${usage}`, 2);
  if (local && out !== undefined)
    throw new Mistake("--out: found with --local, expected without it, because .dev.vars contains the values", 2);
  const config = await readWranglerConfig(options.config);
  const environment = options.env ?? (local ? "" : "production");
  const named = namedSecrets(latchkeyOf(config, environment));
  const file = localFile(config.path, environment);
  const { create, notes } = plan({
    ...{ named, name: positionals[0], local, ifMissing: options["if-missing"] },
    existing: local ? await localNames(file) : await deployedNames(config.path, environment),
    copied: local || out !== undefined,
  });
  for (const note of notes) console.error(note);
  const values = create.map(({ binding }) => [binding, randomBytes(BYTES).toString("base64")] as const);
  if (values.length === 0) return 0;
  if (local) {
    for (const note of await storeLocally(file, values)) console.error(note);
    console.error(`${basename(file)}: added ${create.map(({ binding }) => binding).join(", ")}`);
    return 0;
  }
  if (out !== undefined) await writeCopy(out, values);
  try {
    await storeDeployed(config.path, environment, values);
  } catch (error) {
    if (!(error instanceof Mistake) || out === undefined) throw error;
    const bulk = `npx wrangler secret bulk ${out} --env ${environment}`;
    throw new Mistake(`${error.message}\nThe values are in ${out}. To store them: ${bulk}`);
  }
  for (const secret of create) console.error(stored(secret, environment, out));
  return 0;
}

/** Before anything is stored, so that no secret exists without its copy. @throws {Mistake} if the file exists. */
async function writeCopy(out: string, values: readonly (readonly [string, string])[]): Promise<void> {
  const path = resolve(out);
  if (await isInRepository(dirname(path)))
    for (const note of await ignore(path, `/${basename(path)}`)) console.error(note);
  try {
    await writeFile(path, withValues("", values), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new Mistake(
      `--out: found ${out}, ${exists ? "which exists, expected the name of a new file" : `which cannot be written: ${error instanceof Error ? error.message : error}`}`,
    );
  }
}

function stored({ binding, purpose }: NamedSecret, environment: string, out: string | undefined): string {
  const copy =
    out === undefined
      ? `No copy was kept. Until the first deployment you can still get one: run \`npx wrangler secret delete ${binding} --env ${environment}\`, and then this command with --out FILE`
      : `Keep the copy in ${out} in a safe place, such as a password manager, apart from the configuration`;
  const shared = " Give it to the other server, which compares it with the header Latchkey-Gate-Secret.";
  return `${binding}: stored; ${CONSEQUENCE[purpose]}. ${copy}.${purpose === "sealing" ? "" : shared}`;
}
