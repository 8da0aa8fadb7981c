/** The part of Trusted Types that is used here; TypeScript's DOM types do not have them yet. */
declare const trustedTypes: undefined | { createPolicy(name: string, rules: ScriptUrls): ScriptUrls };
interface ScriptUrls {
  createScriptURL(url: string): string;
}

let policy: ScriptUrls | undefined;

/** An address of one of the package's files, as a `TrustedScriptURL` where the browser has Trusted Types. */
export function trusted(url: string): string {
  if (typeof trustedTypes === "undefined") return url;
  try {
    // The policy accepts only the first address, so that other scripts cannot use it.
    policy ??= trustedTypes.createPolicy("latchkey", { createScriptURL: (given) => (given === url ? url : "") });
  } catch {
    // The page's policy does not allow it. If it also requires Trusted Types, the worker cannot start.
    return url;
  }
  return policy.createScriptURL(url);
}
