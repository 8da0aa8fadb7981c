// The text that `init` writes: a complete wrangler.toml, or `[env.production]` for an existing one. Pure.
import type { Api, Choices, Hosting } from "./choices.ts";

/** The Durable Object classes of the Worker. */
const OBJECTS = ["Account", "Directory", "Keyring", "Revocations", "Limiter", "Hasher"];
const COMPATIBILITY_DATE = "2026-10-01";
/** Where the page and the API of a developer run, if they are reached by URL. */
const LOCAL_PAGE = "http://localhost:5173";
const LOCAL_API = "http://localhost:3000";

export const NAME = "latchkey";
export const KEYRING_SECRET = "LATCHKEY_KEYRING_SECRET";
export const GATE_SECRET = "LATCHKEY_GATE_SECRET";
export const PAGE_SECRET = "LATCHKEY_PAGE_SECRET";

/** What `[env.production]` takes over from the rest of the file. */
export interface Inherited {
  /** The name of the Worker. */
  readonly name: string;
  /** The binding of the static assets, if the file has one at its top level. Environments inherit it. */
  readonly assetsBinding?: string | undefined;
}

/** A file for a folder that has none: the top level is for localhost. */
export function wholeFile(choices: Choices): string {
  return blocks([
    `\
# The sign-in service and the gate of Latchkey. The top level is what runs on this machine (\`npx wrangler dev\`);
# [env.production] is what \`npx wrangler deploy --env production\` sends to Cloudflare. Check both with
# \`npx latchkey-worker check\` and \`npx latchkey-worker check --env production\`.
name = "${NAME}"
main = "node_modules/latchkey-worker/index.js"
compatibility_date = "${COMPATIBILITY_DATE}"
workers_dev = false`,
    ...(choices.hosting.kind === "assets" ? [assets("", choices.hosting.directory)] : []),
    objects(""),
    migrations,
    ...service("", choices.api),
    latchkey("", {
      about: "On this machine: http on localhost is permitted, and any client may create an account.",
      issuer: "http://localhost:8787",
      audience: "http://localhost:8787/api",
      more: ['sign_up = "open"', ...allowed(choices.hosting, LOCAL_PAGE)],
    }),
    ...upstreams("", choices, { page: LOCAL_PAGE, api: LOCAL_API, secrets: false }),
    ...routes("", choices.hosting),
    production(choices, { name: NAME, assetsBinding: choices.hosting.kind === "assets" ? "ASSETS" : undefined }),
  ]);
}

/** `[env.production]` alone. It repeats what environments do not inherit: bindings, secrets and variables. */
export function production(choices: Choices, { name, assetsBinding }: Inherited): string {
  const { domain, hosting, api } = choices;
  const prefix = "env.production.";
  const binding = assetsBinding ?? "ASSETS";
  return blocks([
    `\
# Production. The custom domain must be in a zone of your Cloudflare account; the first deployment creates its DNS record
# and its certificate.
[env.production]
name = "${name}"
routes = [{ pattern = "${domain}", custom_domain = true }]
workers_dev = false`,
    `\
# \`wrangler deploy\` fails while one of these is missing. \`npx latchkey-worker secret\` creates and stores them.
[env.production.secrets]
required = [${secretNames(choices)
      .map((secret) => `"${secret}"`)
      .join(", ")}]`,
    ...(hosting.kind === "assets" && assetsBinding === undefined ? [assets(prefix, hosting.directory)] : []),
    objects(prefix),
    ...service(prefix, api),
    latchkey(prefix, {
      issuer: `https://${domain}`,
      audience: `https://${domain}/api`,
      more: [
        `# sign_up = "open"                        # any client may create an account; without it only administrators do`,
        `# admin_credentials = ["…"]               # SHA-256 (hex) of a secret that may call /admin/users`,
        ...allowed(hosting, hosting.kind === "pages" ? hosting.page : ""),
      ],
    }),
    `\
# The Worker encrypts its private keys under this secret. Without it, all keys and all sessions are lost.
[env.production.vars.LATCHKEY.keys]
secret_bindings = ["${KEYRING_SECRET}"]`,
    ...upstreams(prefix, choices, {
      page: hosting.kind === "url" ? hosting.page : "",
      api: api.kind === "url" ? api.origin : "",
      binding,
      secrets: true,
    }),
    ...routes(prefix, hosting),
  ]);
}

/** The secrets that the configuration of these choices names. */
export const secretNames = ({ hosting, api }: Choices): string[] => [
  KEYRING_SECRET,
  ...(api.kind === "url" ? [GATE_SECRET] : []),
  ...(hosting.kind === "url" ? [PAGE_SECRET] : []),
];

const blocks = (parts: string[]) => `${parts.join("\n\n")}\n`;

const assets = (prefix: string, directory: string) => `\
# The built page. The gate runs first, so that every request is decided by the routes below. Paths without a file get the
# page, which a single-page app needs.
[${prefix}assets]
directory = ${JSON.stringify(directory)}
binding = "ASSETS"
run_worker_first = true
not_found_handling = "single-page-application"`;

const objects = (prefix: string) => `\
# Where accounts, sessions and keys are stored. There is no database to create.
[${prefix}durable_objects]
bindings = [
${OBJECTS.map((object) => `  { name = "${object.toUpperCase()}", class_name = "${object}" },`).join("\n")}
]`;

const migrations = `\
[[migrations]]
tag = "v1"
new_sqlite_classes = [${OBJECTS.map((object) => `"${object}"`).join(", ")}]`;

const service = (prefix: string, api: Api) =>
  api.kind === "worker"
    ? [
        `\
# Your API, another Worker. It needs no route of its own: only the gate calls it.
[[${prefix}services]]
binding = "API"
service = "${api.service}"`,
      ]
    : [];

interface Latchkey {
  about?: string;
  issuer: string;
  audience: string;
  more: string[];
}

const latchkey = (prefix: string, { about, issuer, audience, more }: Latchkey) =>
  [
    ...(about === undefined ? [] : [`# ${about}`]),
    `[${prefix}vars.LATCHKEY]`,
    `${`issuer = "${issuer}"`.padEnd(42)}# the origin of this Worker`,
    `${`audience = "${audience}"`.padEnd(42)}# \`aud\` of the access tokens`,
    ...more,
  ].join("\n");

const allowed = (hosting: Hosting, page: string) =>
  hosting.kind === "pages" ? [`${`allowed_origins = ["${page}"]`.padEnd(42)}# the origin of the page`] : [];

interface Targets {
  page: string;
  api: string;
  binding?: string;
  /** An upstream on this machine needs no secret. */
  secrets: boolean;
}

function upstreams(prefix: string, { hosting, api }: Choices, { page, api: origin, binding, secrets }: Targets) {
  const secret = (name: string) => (secrets ? `\nsecret_binding = "${name}"` : "");
  const table = (name: string, about: string, target: string) =>
    `# ${about}\n[${prefix}vars.LATCHKEY.upstreams.${name}]\n${target}`;
  const proof = secrets
    ? ", and rejects requests without this secret in Latchkey-Gate-Secret, because they did not come through the gate"
    : "";
  return [
    api.kind === "worker"
      ? table("api", "Your API, by its service binding.", 'service = "API"')
      : table("api", `Your API. It is reached by URL${proof}.`, `url = "${origin}"${secret(GATE_SECRET)}`),
    ...(hosting.kind === "assets" ? [table("page", "The static assets.", `service = "${binding ?? "ASSETS"}"`)] : []),
    ...(hosting.kind === "url"
      ? [table("page", "The host of the page.", `url = "${page}"${secret(PAGE_SECRET)}`)]
      : []),
  ];
}

function routes(prefix: string, hosting: Hosting): string[] {
  const header = `[[${prefix}vars.LATCHKEY.routes]]`;
  const api = `\
# Which requests the gate forwards. It rejects a request that matches no route.
${header}
path = "/api/*"
methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
access = "token"                          # or "public", "session", "token-or-session"
revocation = "5s"                         # a revoked token is rejected within this time; or "none", "strict"
upstream = "api"`;
  const page = `\
${header}
path = "/*"
methods = ["GET", "HEAD"]
access = "public"
upstream = "page"`;
  return hosting.kind === "pages" ? [api] : [api, page];
}
