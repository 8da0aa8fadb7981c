// The parts of the wrangler.toml that `init` writes, each with its comments. Pure.
import { stringify } from "smol-toml";
import type { Choices, Hosting } from "./choices.ts";
import { MAIL_SECRETS } from "./mail.ts";
import {
  API_BINDING,
  ASSETS_BINDING,
  EMAIL_BINDING,
  GATE_SECRET,
  KEYRING_SECRET,
  MAIL_BINDING,
  NAME,
  PAGE_SECRET,
  PRODUCTION,
} from "./names.ts";
import type { Project } from "./project.ts";

/** The Durable Object classes of the Worker. */
const OBJECTS = ["Account", "Directory", "Keyring", "Revocations", "Limiter", "Hasher", "Clients", "Devices"];
/** The newest month that the last wrangler for Node 20 supports; npm installs that one with Node 20. */
const COMPATIBILITY_DATE = "2026-05-01";
/** Where the page and the API of a developer run, if they are reached by URL. */
const LOCAL_PAGE = "http://localhost:5173";
/** The column in which comments of neighbouring lines begin. */
const COLUMN = 42;
const LOCAL_API = "http://localhost:3000";

export const blocks = (parts: string[]) => `${parts.join("\n\n")}\n`;

/** Of a new file, for localhost. */
export function topLevel(choices: Choices, environment: string): string[] {
  const { hosting, api } = choices;
  return [
    `\
#:schema ./node_modules/latchkey-worker/schema.json

# The sign-in service and the gate of Latchkey. The top level is what runs on this machine (\`npx wrangler dev\`);
# [env.${environment}] is what \`npx wrangler deploy --env ${environment}\` sends to Cloudflare. Check both with
# \`npx latchkey-worker check\` and \`npx latchkey-worker check --env ${environment}\`.
name = "${NAME}"
main = "node_modules/latchkey-worker/index.js"
compatibility_date = "${COMPATIBILITY_DATE}"
workers_dev = false`,
    ...(hosting.kind === "assets" ? [assets("", hosting.directory)] : []),
    objects(""),
    migrations,
    ...(api.kind === "worker" ? [service("", { service: api.service, binding: API_BINDING })] : []),
    latchkey("", {
      about: "On this machine: http on localhost is permitted, and any client may create an account.",
      issuer: "http://localhost:8787",
      audience: "http://localhost:8787/api",
      more: ['sign_up = "open"', ...allowed(hosting, LOCAL_PAGE)],
    }),
    api.kind === "worker"
      ? upstream("", "api", BOUND, bound(API_BINDING))
      : upstream("", "api", LOCAL_PROOF, `url = "${LOCAL_API}"\nsecret_binding = "${GATE_SECRET}"`),
    ...pageUpstream("", hosting, ASSETS_BINDING, `url = "${LOCAL_PAGE}"`),
    ...routes("", hosting, undefined),
  ];
}

/** An environment. It repeats what environments do not inherit: bindings, secrets and variables. */
export function deployment(choices: Choices, environment: string, project: Project): string[] {
  const { domain, hosting, api } = choices;
  const prefix = `env.${environment}.`;
  const name = environment === PRODUCTION ? project.name : `${project.name}-${environment}`;
  const option = environment === PRODUCTION ? "" : ` --env ${environment}`;
  const required = [...secretNames(choices, project), ...givenSecretNames(choices)].map((secret) => `"${secret}"`);
  const byUrl = (origin: string, secret: string) => `url = "${origin}"\nsecret_binding = "${secret}"`;
  return [
    `\
# What is deployed. The custom domain must be in a zone of your Cloudflare account; the first deployment creates its DNS
# record and its certificate.
[env.${environment}]
name = "${name}"
routes = [{ pattern = "${domain}", custom_domain = true }]
workers_dev = false`,
    `\
# \`wrangler deploy\` fails while one of these is missing. \`npx latchkey-worker secret${option}\` creates and stores them.
[${prefix}secrets]
required = [${required.join(", ")}]`,
    ...(hosting.kind === "assets" && project.assetsBinding === undefined ? [assets(prefix, hosting.directory)] : []),
    objects(prefix),
    ...(api.kind === "worker" ? [service(prefix, boundService(api.service, name, project))] : []),
    ...mailBinding(prefix, choices),
    latchkey(prefix, {
      issuer: `https://${domain}`,
      audience: `https://${domain}/api`,
      more: [
        withComment('# sign_up = "open"', "any client may create an account; without it only administrators do"),
        withComment('# admin_credentials = ["…"]', "SHA-256 (hex) of a secret that may call /admin/users"),
        ...allowed(hosting, hosting.kind === "pages" ? hosting.page : ""),
      ],
    }),
    `\
# The Worker encrypts its private keys under this secret. Without it, all keys and all sessions are lost.
[${prefix}vars.LATCHKEY.keys]
secret_bindings = ["${KEYRING_SECRET}"]`,
    mail(prefix, choices),
    api.kind === "worker"
      ? upstream(prefix, "api", BOUND, bound(project.api?.binding ?? API_BINDING))
      : upstream(prefix, "api", PROOF, byUrl(api.origin, project.gateSecret)),
    ...pageUpstream(
      prefix,
      hosting,
      project.assetsBinding ?? ASSETS_BINDING,
      hosting.kind === "url" ? byUrl(hosting.page, project.pageSecret) : "",
    ),
    ...routes(prefix, hosting, project.routes),
  ];
}

/** The secrets that a provider gives to the deployer. */
export const givenSecretNames = ({ mail }: Choices): string[] =>
  [mail && MAIL_SECRETS[mail.adapter]].filter((name) => name !== undefined);

/** The secrets that the configuration of these choices names, and that `secret` creates. */
export const secretNames = (
  { hosting, api }: Choices,
  { gateSecret, pageSecret } = { gateSecret: GATE_SECRET, pageSecret: PAGE_SECRET },
): string[] => [
  KEYRING_SECRET,
  ...(api.kind === "url" ? [gateSecret] : []),
  ...(hosting.kind === "url" ? [pageSecret] : []),
];

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

interface Service {
  readonly service: string;
  readonly entrypoint?: string | undefined;
  readonly binding: string;
}

/** The one of the top level, if it is the same. A Worker that calls itself has another name in each environment. */
function boundService(service: string, name: string, project: Project): Service {
  const { api } = project;
  if (api?.service !== service) return { service, binding: api?.binding ?? API_BINDING };
  return { ...api, service: service === project.name ? name : service };
}

const service = (prefix: string, { binding, service: name, entrypoint }: Service) => `\
# Your API. It needs no route of its own: only the gate calls it.
[[${prefix}services]]
binding = "${binding}"
service = "${name}"${entrypoint === undefined ? "" : `\nentrypoint = "${entrypoint}"`}`;

/** What the adapter is bound to. */
function mailBinding(prefix: string, { mail }: Choices): string[] {
  if (mail?.adapter === "cloudflare")
    return [
      `# Cloudflare's Email Sending, by which mails are sent.\n[[${prefix}send_email]]\nname = "${EMAIL_BINDING}"`,
    ];
  if (mail?.adapter !== "worker") return [];
  return [`# Sends the mails.\n[[${prefix}services]]\nbinding = "${MAIL_BINDING}"\nservice = "${mail.service}"`];
}

function mail(prefix: string, { mail, domain }: Choices): string {
  if (mail === undefined) return mailToFillIn(prefix, domain);
  const secret = MAIL_SECRETS[mail.adapter];
  return [
    "# Mails: codes for sign-in without a password, forgotten passwords, verified addresses. docs/mail.md has the set-up.",
    `[${prefix}vars.LATCHKEY.mail]`,
    `adapter = "${mail.adapter}"`,
    withComment(`from = ${JSON.stringify(mail.from)}`, "the provider must permit this sender"),
    ...(mail.adapter === "ses" ? [`region = "${mail.region}"`, `access_key_id = "${mail.accessKeyId}"`] : []),
    ...(mail.adapter === "worker" ? [`service = "${MAIL_BINDING}"`] : []),
    ...(secret === undefined ? [] : [withComment(`secret_binding = "${secret}"`, "the provider gives it to you")]),
    withComment('# page = "/"', "links in mails lead to this page of the app"),
  ].join("\n");
}

const mailToFillIn = (prefix: string, domain: string) => `\
# Mails: codes for sign-in without a password, forgotten passwords, verified addresses. docs/mail.md has the set-up of each
# provider.
# [[${prefix}send_email]]
# name = "EMAIL"
# [${prefix}vars.LATCHKEY.mail]
${withComment('# adapter = "cloudflare"', 'or "resend", "postmark", "ses", "worker"')}
# from = "no-reply@${domain}"
${withComment('# page = "/"', "links in mails lead to this page of the app")}`;

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
    withComment(`issuer = "${issuer}"`, "the origin of this Worker"),
    withComment(`audience = "${audience}"`, "`aud` of the access tokens"),
    ...more,
  ].join("\n");

const allowed = (hosting: Hosting, page: string) =>
  hosting.kind === "pages" ? [withComment(`allowed_origins = ["${page}"]`, "the origin of the page")] : [];

const withComment = (line: string, comment: string) => `${line.padEnd(COLUMN - 1)} # ${comment}`;

const BOUND = "Your API, by its service binding.";
const PROOF =
  "Your API. It is reached by URL, and rejects requests without this secret in Latchkey-Gate-Secret, because they did not\n# come through the gate.";

const LOCAL_PROOF =
  "Your API. `npx latchkey-worker secret --local` creates the secret by which it recognises the gate, in .dev.vars.";

const bound = (binding: string) => `service = "${binding}"`;

const upstream = (prefix: string, name: string, about: string, target: string) =>
  `# ${about}\n[${prefix}vars.LATCHKEY.upstreams.${name}]\n${target}`;

function pageUpstream(prefix: string, { kind }: Hosting, binding: string, byUrl: string): string[] {
  if (kind === "pages") return [];
  return [
    kind === "assets"
      ? upstream(prefix, "page", "The static assets.", bound(binding))
      : upstream(prefix, "page", "The host of the page.", byUrl),
  ];
}

/** @param known The routes of the top level. */
function routes(prefix: string, { kind }: Hosting, known: Project["routes"]): string[] {
  const header = `[[${prefix}vars.LATCHKEY.routes]]`;
  const about = "# Which requests the gate forwards. It rejects a request that matches no route.";
  if (known !== undefined) {
    const kept = known.filter(({ upstream }) => kind !== "pages" || upstream !== "page");
    return kept.map((route, at) => `${at === 0 ? `${about}\n` : ""}${header}\n${stringify(route).trimEnd()}`);
  }
  const api = `\
${about}
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
  return kind === "pages" ? [api] : [api, page];
}
