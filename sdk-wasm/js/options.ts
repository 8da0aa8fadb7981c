import { AuthError } from "./errors.js";
import type { ClientOptions } from "./types.js";

/** Options with their defaults filled in. */
export interface CheckedOptions {
  service: string;
  apiOrigins: string[] | undefined;
  refreshAheadSeconds: number;
  timeoutSeconds: number;
}

const KNOWN = ["service", "apiOrigins", "vault", "refreshAheadSeconds", "timeoutSeconds"];

/** Checks types and ranges; whether an origin may be trusted with a token is for the vault to say. */
export function checkOptions(options: ClientOptions): CheckedOptions {
  if (typeof options !== "object" || options === null) throw invalid("Expected an object.");
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown) throw invalid(`There is no option "${unknown}".`);
  const { service, apiOrigins, vault } = options;
  if (typeof service !== "string") throw invalid("service: expected a string.");
  if (
    apiOrigins !== undefined &&
    !(Array.isArray(apiOrigins) && apiOrigins.every((each) => typeof each === "string"))
  ) {
    throw invalid("apiOrigins: expected an array of strings.");
  }
  if (vault !== "page") throw invalid('vault: expected "page".');
  const { refreshAheadSeconds = 60, timeoutSeconds = 20 } = options;
  if (!isWithin(refreshAheadSeconds, 0, 86_400)) throw invalid("refreshAheadSeconds: expected 0 to 86400.");
  if (!isWithin(timeoutSeconds, 0.001, 20)) throw invalid("timeoutSeconds: expected more than 0, at most 20.");
  return { service, apiOrigins: apiOrigins && [...apiOrigins], refreshAheadSeconds, timeoutSeconds };
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

function invalid(detail: string): AuthError {
  return new AuthError("invalid_options", { detail });
}
