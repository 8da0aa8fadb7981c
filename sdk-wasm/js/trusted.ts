/** As much of Trusted Types as is used here; TypeScript's DOM doesn't have them yet. */
declare const trustedTypes: undefined | { createPolicy(name: string, rules: ScriptUrls): ScriptUrls };
interface ScriptUrls {
  createScriptURL(url: string): string;
}

let policy: ScriptUrls | undefined;

/** An address of the package's own, as one that a page with Trusted Types lets become a script. */
export function trusted(url: string): string {
  if (typeof trustedTypes === "undefined") return url;
  try {
    // The first address is the only one it will ever make, so it is of no use to others.
    policy ??= trustedTypes.createPolicy("latchkey", { createScriptURL: (given) => (given === url ? url : "") });
  } catch {
    // Not allowed. Nor needed, unless Trusted Types are required: then there will be no worker.
    return url;
  }
  return policy.createScriptURL(url);
}
