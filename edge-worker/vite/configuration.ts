// What the development server needs to know of wrangler.toml. The Worker itself checks the table LATCHKEY.
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

/** The paths that the service answers, whatever the routes are (auth-core/src/wire/paths.rs). */
const SERVICE_PATHS = ["/auth", "/admin/users", "/admin/keys", "/healthz", "/.well-known"];

type Table = Record<string, unknown>;

export interface Configuration {
  /** The port of the issuer, if that is an origin on localhost. */
  readonly port: number | undefined;
  /** The folder of the static files, as the file names it. */
  readonly assets: string | undefined;
  /** The names of the secrets that this project chooses itself: any value will do on a developer's machine. */
  readonly secrets: readonly string[];
  /** Whether the Worker answers this path. All other paths are the page's, and Vite answers them. */
  isForWorker(path: string): boolean;
  /** The table LATCHKEY as JSON for another origin; `undefined` if the file has this origin already. */
  movedTo(origin: string): string | undefined;
}

/** Throws if the file cannot be read or is not TOML. */
export function readConfiguration(file: string): Configuration {
  const toml = table(parse(readFileSync(file, "utf8")));
  const latchkey = table(table(toml.vars).LATCHKEY);
  const issuer = text(latchkey.issuer) ?? "";
  const assets = table(toml.assets);
  const upstreams = Object.entries(table(latchkey.upstreams)).map(([name, value]) => [name, table(value)] as const);
  const binding = text(assets.binding);
  const pages = upstreams
    .filter(([, upstream]) => binding !== undefined && upstream.service === binding)
    .map(([name]) => name);
  const routes = list(latchkey.routes)
    .map(table)
    .map(({ path, upstream }) => ({ path: text(path) ?? "", isPage: pages.includes(text(upstream) ?? "") }));
  const secrets = [
    ...list(table(latchkey.keys).secret_bindings),
    ...upstreams.map(([, upstream]) => upstream.secret_binding),
  ];
  return {
    port: localPort(issuer),
    assets: text(assets.directory),
    secrets: [...new Set(secrets.map(text).filter((name) => name !== undefined))],
    isForWorker(path) {
      if (SERVICE_PATHS.some((root) => path === root || path.startsWith(`${root}/`))) return true;
      const matching = routes.filter((route) => matches(route.path, path));
      const [closest] = matching.toSorted((a, b) => b.path.length - a.path.length);
      return closest !== undefined && !closest.isPage;
    },
    movedTo: (origin) =>
      issuer === origin || issuer === "" ? undefined : JSON.stringify(latchkey).replaceAll(issuer, origin),
  };
}

/** Whether a route's path, exact or a tree that ends in `/*`, matches a request's path. */
function matches(route: string, path: string): boolean {
  if (!route.endsWith("/*")) return route === path;
  const root = route.slice(0, -2);
  return path === root || path.startsWith(`${root}/`);
}

function localPort(issuer: string): number | undefined {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  return url?.hostname === "localhost" && url.port !== "" ? Number(url.port) : undefined;
}

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const table = (value: unknown): Table => (isTable(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
