import type { ClientOptions } from "./types.js";

/** Options with their defaults filled in. */
export interface CheckedOptions {
  service: string;
  apiOrigins: string[] | undefined;
  refreshAheadSeconds: number;
  timeoutSeconds: number;
}

/** The options that the vault needs. All others are for the page. */
const KNOWN = ["service", "apiOrigins", "refreshAheadSeconds", "timeoutSeconds"] as const;
export type VaultOptions = Pick<ClientOptions, (typeof KNOWN)[number]>;

/**
 * Checks types and ranges, in the page or worker in which the vault runs. The WebAssembly checks the origins. Throws
 * the error that `invalid` creates from a description of the invalid option.
 */
export function checkOptions(options: VaultOptions, invalid: (detail: string) => unknown): CheckedOptions {
  const unknown = Object.keys(options).find((name) => !(KNOWN as readonly string[]).includes(name));
  if (unknown) throw invalid(`There is no option "${unknown.slice(0, 100)}".`);
  const { service, apiOrigins, refreshAheadSeconds = 60, timeoutSeconds = 20 } = options;
  if (typeof service !== "string") throw invalid("service: expected a string.");
  if (
    apiOrigins !== undefined &&
    !(Array.isArray(apiOrigins) && apiOrigins.every((each) => typeof each === "string"))
  ) {
    throw invalid("apiOrigins: expected an array of strings.");
  }
  for (const [option, origins] of [
    ["service", [service]],
    ["apiOrigins", apiOrigins ?? []],
  ] as const) {
    for (const given of origins) {
      const meant = originOf(given);
      if (meant)
        throw invalid(`${option}: found "${given.slice(0, 100)}", expected an origin without a path: "${meant}".`);
    }
  }
  if (!isWithin(refreshAheadSeconds, 0, 86_400)) throw invalid("refreshAheadSeconds: expected 0 to 86400.");
  if (!isWithin(timeoutSeconds, 0.001, 20)) throw invalid("timeoutSeconds: expected more than 0, at most 20.");
  return { service, apiOrigins: apiOrigins && [...apiOrigins], refreshAheadSeconds, timeoutSeconds };
}

/** The origin that is meant by a URL with more than an origin. */
function originOf(text: string): string | undefined {
  try {
    const { protocol, origin } = new URL(text);
    return /^https?:$/.test(protocol) && origin !== text ? origin : undefined;
  } catch {
    // Not a URL; the WebAssembly says what is expected.
    return undefined;
  }
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}
