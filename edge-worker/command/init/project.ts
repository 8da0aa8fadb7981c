// What `init` takes over from an existing wrangler.toml. Pure.
import { Mistake } from "../mistake.ts";
import { parseConfig, type Table, tableOf } from "../wrangler-config.ts";
import { GATE_SECRET, NAME, PAGE_SECRET, PRODUCTION } from "./names.ts";

/** What an environment has in common with the top level of the file. */
export interface Project {
  /** The name of the Worker. */
  readonly name: string;
  /** The binding of the static assets, if the file has one. Environments inherit it. */
  readonly assetsBinding: string | undefined;
  /** The Worker behind the upstream `api`, if it is reached by a service binding. */
  readonly api: BoundApi | undefined;
  /** The names of the secrets of the upstreams `api` and `page`. */
  readonly gateSecret: string;
  readonly pageSecret: string;
  /** The routes; `undefined` if there are none. */
  readonly routes: readonly Table[] | undefined;
  /** Keys of LATCHKEY that are not taken over. */
  readonly left: readonly string[];
}

export interface BoundApi {
  readonly binding: string;
  readonly service: string;
  /** The class of the Worker that answers, if it is not the default one. */
  readonly entrypoint: string | undefined;
}

/** A folder without a configuration. */
export const newProject: Project = {
  ...{ name: NAME, assetsBinding: undefined, api: undefined },
  ...{ gateSecret: GATE_SECRET, pageSecret: PAGE_SECRET, routes: undefined, left: [] },
};

/** Keys of LATCHKEY that an environment has values of its own for. */
const OWN_KEYS = ["issuer", "audience", "sign_up", "allowed_origins", "keys", "upstreams", "routes"];
/** Upstreams that `init` writes. */
const UPSTREAMS = ["api", "page"];

/**
 * @param file The name of the file, for messages.
 * @param environment The environment that is to be added.
 * @throws {Mistake} if the file cannot be read, configures another Worker, or has the environment already.
 */
export function readProject(file: string, text: string, environment: string): Project {
  const content = parseConfig(file, text);
  if (tableOf(tableOf(content.env)?.[environment]))
    throw new Mistake(
      `${file}: found [env.${environment}], expected none, because init changes no configuration that exists. Edit it, or remove it and run init again`,
    );
  if (!isLatchkey(content))
    throw new Mistake(
      `${file}: found the configuration of another Worker (no Durable Object of class Account), expected one of latchkey-worker. Run init in a folder of its own`,
    );
  const latchkey = tableOf(tableOf(content.vars)?.LATCHKEY) ?? {};
  const upstreams = tableOf(latchkey.upstreams) ?? {};
  const secretOf = (upstream: string) => textOf(tableOf(upstreams[upstream])?.secret_binding);
  const others = Object.keys(upstreams).filter((name) => !UPSTREAMS.includes(name));
  const routes = listOf(latchkey.routes);
  return {
    name: textOf(content.name) ?? NAME,
    assetsBinding: textOf(tableOf(content.assets)?.binding),
    api: boundApi(content, textOf(tableOf(upstreams.api)?.service)),
    gateSecret: secretOf("api") ?? GATE_SECRET,
    pageSecret: secretOf("page") ?? PAGE_SECRET,
    routes: routes.length === 0 ? undefined : routes,
    left: [
      ...Object.keys(latchkey).filter((key) => !OWN_KEYS.includes(key)),
      ...others.map((name) => `upstreams.${name}`),
    ],
  };
}

/**
 * The command that deploys an environment: the project's script `deploy`, which may also build the page, or wrangler. A
 * script that names no environment is taken for production's.
 *
 * @param manifest The text of the project's package.json, if it has one.
 * @throws {Mistake} if that is not JSON.
 */
export function deployCommand(manifest: string | undefined, environment: string): string {
  const scripts = manifest === undefined ? undefined : tableOf(parseConfig("package.json", manifest).scripts);
  const script = textOf(scripts?.deploy);
  const deployed = /\swrangler\s.*\s(?:--env|-e)[\s=]+([\w-]+)/.exec(` ${script}`)?.[1] ?? PRODUCTION;
  return script !== undefined && deployed === environment
    ? "npm run deploy"
    : `npx wrangler deploy --env ${environment}`;
}

/** Whether the file configures a Worker that exports the classes of latchkey-worker. */
const isLatchkey = (file: Table) =>
  listOf(tableOf(file.durable_objects)?.bindings).some(({ class_name }) => class_name === "Account");

function boundApi(file: Table, binding: string | undefined): BoundApi | undefined {
  const found = listOf(file.services).find((service) => service.binding === binding);
  const service = textOf(found?.service);
  if (binding === undefined || service === undefined) return undefined;
  return { binding, service, entrypoint: textOf(found?.entrypoint) };
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);
const listOf = (value: unknown): Table[] =>
  Array.isArray(value) ? value.map(tableOf).filter((each) => each !== undefined) : [];
