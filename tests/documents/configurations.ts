// The TOML of the documents, read by the Worker's own reader as `latchkey-worker check` reads a file. A block that
// shows a part of a configuration is completed by a valid one.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "smol-toml";
import { checkConfig } from "../../edge-worker/command/config-check.ts";
import { type Block, root } from "./blocks.ts";

// biome-ignore lint/suspicious/noExplicitAny: what TOML contains is known only when it has been checked.
type Table = Record<string, any>;

/** Documents use the domain of examples, which a deployment must not have. */
const own = (text: string) => text.replaceAll("example.com", "latchkey-documents.net").replaceAll("your-api", "api");
const BASE = parse(own(await readFile(join(root, "examples/spa-and-external-api/wrangler.toml"), "utf8"))) as Table;

/** As `latchkey-worker secret --local` writes them to `.dev.vars`. */
const LOCAL_SECRETS = { LATCHKEY_KEYRING_SECRET: "x".repeat(44), GATE_SECRET: "x".repeat(44) };

/** The mistakes in a block, each as one line; empty if it is not of a Worker with a table `LATCHKEY`. */
export async function mistakesIn({ code }: Pick<Block, "code">): Promise<string[]> {
  const block = parse(own(code)) as Table;
  const environment = block.env ? "production" : "";
  if (section(block, environment).vars?.LATCHKEY === undefined) return [];
  const whole = block.main ? block : completed(block, environment);
  const { errors } = await checkConfig(whole, environment, { ...LOCAL_SECRETS, ...secretsOf(whole, environment) });
  return errors.map(({ path, line }) => `${path}: ${line}`);
}

/** What the deployer gets from other providers, and enters in `.dev.vars`. */
function secretsOf(whole: Table, environment: string): { [name: string]: string } {
  const { providers = {} } = section(whole, environment).vars.LATCHKEY;
  const names = Object.values<Table>(providers).map(({ client_secret_binding: name }) => name);
  return Object.fromEntries(names.filter(Boolean).map((name) => [name, "x".repeat(44)]));
}

const section = (config: Table, environment: string): Table =>
  environment === "" ? config : (config.env?.[environment] ?? {});

/** The block on top of a valid configuration, with the upstreams, issuers and bindings that its routes name. */
function completed(block: Table, environment: string): Table {
  const whole = merge(BASE, block);
  const { vars, services = [] } = section(whole, environment);
  const { LATCHKEY } = vars;
  // An upstream is not merged: one by `service` and one by `url` have different keys.
  Object.assign(LATCHKEY.upstreams, section(block, environment).vars.LATCHKEY.upstreams);
  for (const { upstream } of LATCHKEY.routes) LATCHKEY.upstreams[upstream] ??= { service: "API" };
  const others = [LATCHKEY.sign_in?.elsewhere, LATCHKEY.hooks, LATCHKEY.mail].filter(Boolean);
  const named = [...Object.values<Table>(LATCHKEY.upstreams), ...others].map((each) => each.service);
  if (LATCHKEY.mail) {
    LATCHKEY.mail.adapter ??= "cloudflare";
    LATCHKEY.mail.from ??= "no-reply@latchkey-documents.net";
    section(whole, environment).send_email ??= [{ name: "EMAIL" }];
  }
  const missing = named.filter(
    (name) => name && name !== "ASSETS" && !services.some((each: Table) => each.binding === name),
  );
  section(whole, environment).services = [
    ...services,
    ...[...new Set(missing)].map((binding) => ({ binding, service: binding.toLowerCase() })),
  ];
  return whole;
}

/** Tables are merged; everything else replaces. */
function merge(base: Table, changes: Table): Table {
  const merged: Table = structuredClone(base);
  for (const [key, value] of Object.entries(changes)) {
    const tables = [value, merged[key]].every((each) => typeof each === "object" && each && !Array.isArray(each));
    merged[key] = tables ? merge(merged[key], value) : value;
  }
  return merged;
}
