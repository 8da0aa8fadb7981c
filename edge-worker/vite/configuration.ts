// What the development server needs to know of wrangler's configuration. The Worker itself checks the table LATCHKEY.
import { namedSecrets } from "../command/secret/named.ts";
import { latchkeyOf, type Table, tableOf, type WranglerConfig } from "../command/wrangler-config.ts";

/** The paths that the service answers, whatever the routes are (auth-core/src/wire/paths.rs). */
const SERVICE_PATHS = ["/auth", "/oauth", "/admin/users", "/admin/keys", "/admin/clients", "/healthz", "/.well-known"];

export interface Configuration {
  /** The port of the issuer, if that is an origin on localhost. */
  readonly port: number | undefined;
  /** The folder of the static files, as the file names it. */
  readonly assets: string | undefined;
  /** The names of the secrets that this project chooses itself: on this machine, any value will do. */
  readonly secrets: readonly string[];
  /** Whether the Worker answers this path. All other paths are the page's, and Vite answers them. */
  isForWorker(path: string): boolean;
  /** The table LATCHKEY as JSON for another origin; `undefined` if it has this origin already. */
  movedTo(origin: string): string | undefined;
}

/** @throws {Mistake} if the top level of the file has no table LATCHKEY. */
export function configurationOf(file: WranglerConfig): Configuration {
  const latchkey = latchkeyOf(file, "");
  const issuer = text(latchkey.issuer) ?? "";
  const assets = tableOf(file.content.assets);
  const routes = routesOf(latchkey, text(assets?.binding));
  return {
    port: localPort(issuer),
    assets: text(assets?.directory),
    secrets: namedSecrets(latchkey)
      .filter(({ purpose }) => purpose !== "issuer")
      .map(({ binding }) => binding),
    isForWorker(path) {
      if (SERVICE_PATHS.some((root) => isUnder(root, path))) return true;
      const [closest] = routes
        .filter((route) => matches(route.path, path))
        .toSorted((a, b) => b.path.length - a.path.length);
      return closest !== undefined && !closest.isPage;
    },
    movedTo: (origin) =>
      issuer === origin || issuer === "" ? undefined : JSON.stringify(latchkey).replaceAll(issuer, origin),
  };
}

/** What the user's configuration of Vite says about its server. */
interface ServerOptions {
  readonly port?: number | undefined;
  readonly cors?: unknown;
}

/**
 * The settings of Vite's server that the plugin adds. Vite's own CORS middleware comes before the proxy, and would answer
 * every preflight and permit every page on localhost. Without it, the Worker decides about requests of other origins.
 */
export const serverSettings = (
  user: ServerOptions | undefined,
  { port }: Configuration,
): { port?: number; cors?: false } => ({
  ...(user?.port === undefined && port !== undefined ? { port } : {}),
  ...(user?.cors === undefined ? { cors: false } : {}),
});

/**
 * Whether a request came from the gate, which it does if an upstream is Vite itself: a framework answers the API's paths in
 * Vite's process. A client can send this header too, so the endpoint checks its value, as with every upstream by URL.
 */
export const isFromGate = (headers: { readonly [name: string]: unknown }): boolean =>
  headers["latchkey-gate-secret"] !== undefined;

interface Route {
  readonly path: string;
  /** Whether the Worker's static assets answer it. */
  readonly isPage: boolean;
}

function routesOf(latchkey: Table, assets: string | undefined): Route[] {
  const upstreams = tableOf(latchkey.upstreams) ?? {};
  const isPage = (name: unknown) => assets !== undefined && tableOf(upstreams[text(name) ?? ""])?.service === assets;
  const routes = Array.isArray(latchkey.routes) ? latchkey.routes.map(tableOf) : [];
  return routes.map((route) => ({ path: text(route?.path) ?? "", isPage: isPage(route?.upstream) }));
}

/** Whether a route's path, exact or a tree that ends in `/*`, matches a request's path. */
const matches = (route: string, path: string) =>
  route.endsWith("/*") ? isUnder(route.slice(0, -2), path) : route === path;

const isUnder = (root: string, path: string) => path === root || path.startsWith(`${root}/`);

function localPort(issuer: string): number | undefined {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  return url?.hostname === "localhost" && url.port !== "" ? Number(url.port) : undefined;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
