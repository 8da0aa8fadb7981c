// What `init` has to know, and how the options and answers that state it are read. Pure: no terminal, no files.
import { Mistake } from "../mistake.ts";
import type { Mail } from "./mail.ts";

/** Everything that `init` writes depends on these answers alone. */
export interface Choices {
  /** The host name of the Worker: `app.example.com`. */
  readonly domain: string;
  readonly hosting: Hosting;
  readonly api: Api;
  /** `undefined`: nothing sends mails. */
  readonly mail: Mail | undefined;
}

/** Who serves the page. */
export type Hosting =
  /** This Worker serves the built page, as static assets. */
  | { readonly kind: "assets"; readonly directory: string }
  /** Pages or another host serves the page, under another host name of the same site; `page` is its origin. */
  | { readonly kind: "pages"; readonly page: string }
  /** Another host has the page. The gate fetches it from the origin `page` and serves it under its own domain. */
  | { readonly kind: "url"; readonly page: string };

/** How the gate reaches the API. */
export type Api =
  /** Another Worker, by a service binding. */
  | { readonly kind: "worker"; readonly service: string }
  /** Any HTTP server, by its origin. */
  | { readonly kind: "url"; readonly origin: string };

export const HOSTINGS: readonly Hosting["kind"][] = ["assets", "pages", "url"];
export const DEFAULT_DIRECTORY = "dist";

/** Names of Workers, as wrangler accepts them. */
const WORKER_NAME = /^[a-z0-9_][a-z0-9_-]{0,62}$/;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** Hosts of several customers under one name: every subdomain is a site of its own, so no cookie is shared. */
const SHARED_DOMAINS = ["pages.dev", "workers.dev", "vercel.app", "netlify.app", "github.io", "web.app"];

/** @throws {Mistake} unless it is a host name with at least two labels; an origin with https is accepted too. */
export function readDomain(text: string): string {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/\/$/, "");
  const labels = host.split(".");
  if (
    labels.length < 2 ||
    host.length > 253 ||
    !labels.every((label) => LABEL.test(label)) ||
    /^\d+$/.test(labels.at(-1) ?? "")
  )
    throw new Mistake(
      `--domain: found ${JSON.stringify(text)}, expected the host name of the Worker in a zone of your Cloudflare account, such as app.example.com`,
      2,
    );
  const shared = sharedDomain(host);
  if (shared === "workers.dev" || shared === "pages.dev")
    throw new Mistake(
      `--domain: found ${host}, expected a host name in a zone of your Cloudflare account, because a custom domain cannot be created under ${shared}`,
      2,
    );
  return host;
}

/** @throws {Mistake} unless it is an https origin without a path. */
export function readOrigin(option: string, text: string): string {
  const trimmed = text.trim();
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  const whole = url?.origin === trimmed.toLowerCase().replace(/\/$/, "");
  if (url?.protocol !== "https:" || !whole)
    throw new Mistake(
      `${option}: found ${JSON.stringify(text)}, expected an https origin without a path, such as https://www.example.com`,
      2,
    );
  return url.origin;
}

/** @throws {Mistake} unless it is the name of a Worker or an https origin. */
export function readApi(text: string): Api {
  const trimmed = text.trim();
  if (/^[a-z]+:\/\//i.test(trimmed)) return { kind: "url", origin: readOrigin("--api", trimmed) };
  if (WORKER_NAME.test(trimmed)) return { kind: "worker", service: trimmed };
  throw new Mistake(
    `--api: found ${JSON.stringify(text)}, expected the name of a Worker (such as my-api) or an https origin (such as https://api.example.com)`,
    2,
  );
}

/** @throws {Mistake} unless it is one of {@link HOSTINGS}. */
export function readHosting(text: string): Hosting["kind"] {
  const kind = HOSTINGS.find((each) => each === text.trim());
  if (kind) return kind;
  throw new Mistake(`--hosting: found ${JSON.stringify(text)}, expected one of ${HOSTINGS.join(", ")}`, 2);
}

/** @throws {Mistake} unless pages of the origin can send the cookie of the Worker at the domain. */
export function requireSameSite(page: string, domain: string): void {
  const host = new URL(page).hostname;
  if (host === domain)
    throw new Mistake(
      `--page: found ${page}, which is the Worker's own domain; expected another host name of its site. If this Worker is to serve the page, use --hosting assets or --hosting url`,
      2,
    );
  const shared = sharedDomain(host);
  if (shared === undefined && lastLabels(host) === lastLabels(domain)) return;
  const reason = shared === undefined ? "" : ` (each subdomain of ${shared} is a site of its own)`;
  throw new Mistake(
    `--page: found ${page}, expected an origin of the same site as ${domain}${reason}, because the Worker's cookie is SameSite=Strict. Give the page a custom domain of that site, or use --hosting url: the gate then serves the page under ${domain}`,
    2,
  );
}

const sharedDomain = (host: string) => SHARED_DOMAINS.find((domain) => host === domain || host.endsWith(`.${domain}`));

/**
 * The last two labels, which two hosts of one site have in common. Hosts that have them in common may still be of
 * different sites (`a.co.uk`, `b.co.uk`); only the browser's list of public suffixes tells them apart.
 */
const lastLabels = (host: string) => host.split(".").slice(-2).join(".");
