import type { AuthError } from "./errors.js";
import type { AuthErrorCode } from "./generated/codes.js";
import { mayComeLater } from "./may-come-later.js";
import type { ToPage } from "./protocol.js";

/** What the error is to say. */
interface Reason {
  code: AuthErrorCode;
  message: string;
  transient: boolean;
}

/**
 * Finds out why the vault's worker didn't start. Loaded only then, so that it can afford to look and to say it
 * precisely.
 *
 * @param errors Given, so that this module has nothing in common with the page's first file.
 * @param cause What was thrown; or the worker's error event, its first message, or nothing in time.
 * @param violations Of the page's policy, since before the worker was started.
 * @param protocol The page's version.
 */
export async function whyNotStarted(
  errors: typeof AuthError,
  url: string,
  cause: unknown,
  violations: readonly SecurityPolicyViolationEvent[],
  protocol: number,
): Promise<AuthError> {
  const { code, message, transient } = await find(url, cause, violations, protocol);
  return new errors(code, message, { transient, cause });
}

async function find(
  url: string,
  cause: unknown,
  violations: readonly SecurityPolicyViolationEvent[],
  protocol: number,
): Promise<Reason> {
  if (isVersion(cause)) {
    const detail = `vault-worker.js speaks version ${cause.protocol} of their protocol, the page version ${protocol}.`;
    return unavailable(true, `Files of two versions of the package are being served: ${detail}`);
  }
  if (cause instanceof DOMException && cause.name === "DataCloneError") {
    return { code: "invalid_options", message: "Expected strings, numbers and arrays of them.", transient: false };
  }
  if (typeof Worker === "undefined") return unavailable(false, "This browser has no workers.");
  const { origin } = new URL(url);
  const copied = origin !== location.origin;
  if (cause instanceof Response) return unfit(url, cause, violations);
  const violation = violations.find(({ blockedURI }) => {
    return copied ? blockedURI.startsWith("blob") : blockedURI !== "" && url.startsWith(blockedURI);
  });
  if (violation || (cause instanceof DOMException && cause.name === "SecurityError")) {
    if (copied) return unavailable(false, `${url} is not on the page's own origin. ${remedyForCopies(origin)}`);
    const directive = violation?.effectiveDirective ?? "worker-src";
    const detail = `The Content-Security-Policy's ${directive} doesn't allow ${url}: it needs worker-src 'self'.`;
    return unavailable(false, detail);
  }
  if (cause instanceof TypeError) {
    const detail = "The page requires Trusted Types: its Content-Security-Policy needs trusted-types latchkey.";
    return unavailable(false, detail);
  }
  if (cause === undefined) return unavailable(true, `${url} didn't start in time.`);
  const said = cause instanceof ErrorEvent ? cause.message : "";
  if (said) return unfit(url, said);
  // Browsers do not say why a file that the policy allows is not run as a worker. So request it once more, and look.
  return unfit(url, await fetch(url, { cache: "no-store" }).catch(() => Response.error()), violations);
}

/** Why this cannot be run as the worker: what the worker itself has thrown, or the response to a request for its file. */
async function unfit(
  url: string,
  found: string | Response,
  violations: readonly SecurityPolicyViolationEvent[] = [],
): Promise<Reason> {
  const because = (transient: boolean, detail: string) =>
    unavailable(transient, `${url} can't be run as a worker: ${detail}`);
  if (typeof found === "string") return because(true, found);
  const { ok, status, headers } = found;
  if (status === 0) return because(await mayBeLoadedLater(url, violations), notLoaded(url));
  if (!ok) {
    const later = mayComeLater(status);
    return because(later, `the answer was ${status}.${later ? "" : ` ${remedy(url)}`}`);
  }
  const type = headers.get("Content-Type") ?? "without a type";
  if (!/javascript/i.test(type)) return because(false, `it is served as ${type}, not as JavaScript. ${remedy(url)}`);
  if (globalThis.crossOriginIsolated && !headers.has("Cross-Origin-Embedder-Policy")) {
    return because(false, "it must be served with the page's Cross-Origin-Embedder-Policy.");
  }
  return because(true, "it is there, but this browser doesn't run it. Module workers are needed.");
}

function notLoaded(url: string): string {
  const { origin } = new URL(url);
  if (origin === location.origin) return "it could not be loaded.";
  return `it could not be read. ${origin} has to allow that by Access-Control-Allow-Origin. ${remedyForCopies(origin)}`;
}

/** Whether it was the network that kept a file from being loaded; if not, the policy of the page or of the file's server did. */
async function mayBeLoadedLater(url: string, violations: readonly SecurityPolicyViolationEvent[]): Promise<boolean> {
  if (new URL(url).origin === location.origin) return true;
  // Without CORS the response cannot be read, but it arrives.
  const arrives = await fetch(url, { mode: "no-cors", credentials: "omit" }).then(
    () => true,
    () => false,
  );
  return !arrives && !violations.some(({ effectiveDirective }) => effectiveDirective === "connect-src");
}

/** What the developer has to do where a build has left the file out. */
function remedy(url: string): string {
  if (document.querySelector("[ng-version]")) {
    const assets =
      '{ "glob": "*", "input": "node_modules/latchkey-auth/dist/latchkey-auth", "output": "latchkey-auth" }';
    return `Angular has left it out of this build: add ${assets} to "assets" in angular.json.`;
  }
  if (/\/deps\/latchkey-auth\/[^/]+$/.test(url)) {
    const line = 'optimizeDeps: { exclude: ["latchkey-auth"] }';
    return `Vite's dependency optimiser has moved the package away from its files: add ${line} to vite.config.`;
  }
  const folder = new URL(".", url).pathname;
  if (folder.includes("/@fs/")) {
    const line = `server: { fs: { allow: [".", "${folder.replace(/^.*\/@fs(?=\/)/, "")}"] } }`;
    return `Vite's development server may not read the package's folder: add ${line} to vite.config.`;
  }
  const copy = `copy the folder node_modules/latchkey-auth/dist/latchkey-auth to ${folder}`;
  return `The build has left it out: ${copy}, or set workerUrl and wasmUrl.`;
}

const remedyForCopies = (origin: string) =>
  "Browsers start workers from no other origin than the page's: serve node_modules/latchkey-auth/dist/latchkey-auth there, and " +
  `set workerUrl and wasmUrl. Or allow a copy: worker-src blob:, connect-src ${origin}. Or choose vault: "page", which is weaker.`;

function isVersion(cause: unknown): cause is Extract<ToPage, { kind: "ready" }> {
  return typeof cause === "object" && cause !== null && "kind" in cause && cause.kind === "ready";
}

function unavailable(transient: boolean, detail: string): Reason {
  return { code: "vault_unavailable", message: `The vault could not be started. ${detail}`, transient };
}
