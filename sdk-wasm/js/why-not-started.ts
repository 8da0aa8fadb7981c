import type { AuthError } from "./errors.js";
import type { AuthErrorCode } from "./generated/codes.js";
import type { ToPage } from "./protocol.js";

/** What the error is to say. */
interface Reason {
  code: AuthErrorCode;
  message: string;
  transient: boolean;
}

/**
 * Finds out why the vault's worker didn't start. Loaded only then, so that it can afford to look and to say it precisely.
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
  const violation = violations.find(({ blockedURI }) => blockedURI !== "" && url.startsWith(blockedURI));
  if (violation || (cause instanceof DOMException && cause.name === "SecurityError")) {
    if (new URL(url).origin !== location.origin) return unavailable(false, elsewhere(url));
    const directive = violation?.effectiveDirective ?? "worker-src";
    const detail = `The Content-Security-Policy's ${directive} doesn't allow ${url}: it needs worker-src 'self'.`;
    return unavailable(false, detail);
  }
  if (cause instanceof TypeError) {
    const detail = "The page requires Trusted Types: its Content-Security-Policy needs trusted-types latchkey.";
    return unavailable(false, detail);
  }
  const detail =
    cause === undefined
      ? `${url} didn't start in time.`
      : `${url} can't be run as a worker: ${await hindrance(url, cause)}`;
  return unavailable(true, detail);
}

/** What keeps a file that the policy allows from being a worker. Browsers don't say; so it is asked for once more. */
async function hindrance(url: string, cause: unknown): Promise<string> {
  const said = cause instanceof ErrorEvent ? cause.message : "";
  if (said) return said;
  try {
    const { ok, status, headers } = await fetch(url, { cache: "no-store" });
    const type = headers.get("Content-Type") ?? "without a type";
    if (!ok) return `the answer was ${status}.`;
    if (!/javascript/i.test(type)) return `it is served as ${type}, not as JavaScript.`;
    if (globalThis.crossOriginIsolated && !headers.has("Cross-Origin-Embedder-Policy")) {
      return "it must be served with the page's Cross-Origin-Embedder-Policy.";
    }
    return "it is there, but this browser doesn't run it. Module workers are needed.";
  } catch {
    return "it could not be loaded.";
  }
}

const elsewhere = (url: string) => `${url} is not on the page's own origin, and a worker has to be.`;

function isVersion(cause: unknown): cause is Extract<ToPage, { kind: "ready" }> {
  return typeof cause === "object" && cause !== null && "kind" in cause && cause.kind === "ready";
}

function unavailable(transient: boolean, detail: string): Reason {
  return { code: "vault_unavailable", message: `The vault could not be started. ${detail}`, transient };
}
