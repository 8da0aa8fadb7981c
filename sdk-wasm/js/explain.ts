// What a developer has to correct in the set-up of page and service, for failures that the browser reports in general
// terms, or not at all. Runs where the vault runs, so that none of it is in the page's own code.
import type { Fail, Failed } from "./vault-side.js";

/** The origins of the page and of the service. */
export interface Places {
  readonly page: string;
  readonly service: string;
}

const IS_LOCAL = /^https?:\/\/([\w.-]*localhost|127[\d.]+|\[::1\])(:|$)/;

/** A registrable domain, as far as the hosts of this machine have one; the last two labels of a name below `localhost`. */
const siteOf = ({ hostname }: URL) => /[^.]+\.localhost$/.exec(hostname)?.[0] ?? hostname;

/**
 * What to do if page and service are of different sites, where that can be known without the public suffix list: they
 * have different schemes (schemeful same-site), or both are on this machine under different names.
 */
export function sitesDiffer({ page, service }: Places): string | undefined {
  if (!/^https?:/.test(page)) return undefined;
  const [ours, theirs] = [new URL(page), new URL(service)];
  const same = `The page is on ${page} and the service on ${service}. For browsers these are two sites, so they send no cookie`;
  if (ours.protocol !== theirs.protocol) return `${same}: serve both by https.`;
  if (!IS_LOCAL.test(page) || !IS_LOCAL.test(service) || siteOf(ours) === siteOf(theirs)) return undefined;
  const opened = new URL(page);
  opened.hostname = theirs.hostname;
  return `${same}: open the page as ${opened.origin}.`;
}

/** What has been told already, so that each text is in the console once. */
const told = new Set<string>();
const MAX_TOLD = 50;

/** Writes one line to the console for developers. */
export function tell(line: string): void {
  if (told.has(line) || told.size >= MAX_TOLD) return;
  told.add(line);
  console.error(`[latchkey] ${line}`);
}

/** The origins to which the policy that applies to this script has blocked a request. */
const blocked = new Set<string>();

/** Notices when the Content-Security-Policy blocks a request, which `fetch` reports as a failed connection. */
export function watchPolicy(): void {
  addEventListener("securitypolicyviolation", (event) => {
    const { effectiveDirective, blockedURI } = event as SecurityPolicyViolationEvent;
    if (effectiveDirective === "connect-src" && /^https?:/.test(blockedURI)) blocked.add(new URL(blockedURI).origin);
  });
}

/** The services that have answered the question of {@link isUnlisted}, and list the page's origin. */
const listing = new Set<string>();

/** Adds to a failure what has to be corrected, and tells it in the console. */
export function explaining<E>(places: Places, fail: Fail<E>): Fail<E> {
  return (failure, cause) => {
    const explained = explain(failure, places);
    // What browsers themselves report in the console is not repeated.
    if (explained && (failure.code !== "network" || blocked.has(places.service) || listing.has(places.service)))
      tell(explained);
    return fail({ ...failure, detail: failure.detail ?? explained }, cause);
  };
}

function explain({ code, reason, status, detail }: Failed, places: Places): string | undefined {
  const { page, service } = places;
  const isLocal = IS_LOCAL.test(service);
  const ports = isLocal
    ? "Cookies ignore ports: another service on this host, on another port, may have replaced its cookie."
    : undefined;
  switch (code) {
    case "cookie_blocked":
      return sitesDiffer(places) ?? ports;
    case "session_ended":
      return reason === "none" ? ports : undefined;
    case "request_forgery":
      return `allowed_origins: the service ${service} does not list the origin of this page, "${page}". Add it to allowed_origins in the Worker's configuration.`;
    case "origin_not_allowed":
      return detail;
    case "challenge_expired":
      // Then the browser has not kept its cookie.
      return sitesDiffer(places);
    case "not_found":
      return isLocal ? detail : undefined;
    case "bad_response":
      return isLocal
        ? `${service}/auth was answered (${status}), but not by Latchkey: let that server pass /auth on to the Worker, or set the option service to the Worker's origin.`
        : undefined;
    case "network":
      if (blocked.has(service)) {
        return `connect-src: the Content-Security-Policy of the page, and the one that vault-worker.js is served with, must list the service, ${service}.`;
      }
      if (!isLocal) return undefined;
      // A development server may answer the preflight without permitting credentials.
      return (
        sitesDiffer(places) ??
        (listing.has(service)
          ? `${service} answers, but does not allow credentials to this page, ${page}: if a development server there answers preflights (OPTIONS) itself, let it pass those of /auth on to the Worker (in Vite, by server.cors = false).`
          : `${service} does not answer: is the Worker running there?`)
      );
    case "unavailable":
      // On localhost, the service says what is wrong with its configuration.
      return isLocal ? detail : undefined;
    default:
      return undefined;
  }
}

/** Asks the service whether it lists this page's origin: without credentials, and so that no preflight is needed. */
export async function isUnlisted(service: string, signal: AbortSignal): Promise<boolean> {
  try {
    const request = new Request(`${service}/auth/refresh`, { method: "POST", credentials: "omit" });
    const response = await fetch(request, { signal });
    const { check } = await response.json();
    const isUnlisted = response.status === 403 && check === "foreign_origin";
    if (check && !isUnlisted) listing.add(service);
    return isUnlisted;
  } catch {
    listing.delete(service);
    return false;
  }
}
