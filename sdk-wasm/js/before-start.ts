import { withHeaders } from "./added-headers.js";
import type { Open } from "./client.js";
import type { AuthError } from "./errors.js";
import type { VaultFiles } from "./files.js";
import { refuseServiceWorker } from "./refuse-service-worker.js";
import { withStepUp } from "./step-up.js";
import type { ClientOptions } from "./types.js";

/**
 * What most pages do not need: options that have to be checked or carried out in the page, and prerendering. Loaded
 * only then.
 *
 * @param errors Given, so that this module has nothing in common with the page's first file.
 * @returns What is to start the vault in place of the given function.
 */
export async function beforeStart(
  errors: typeof AuthError,
  { vault = "worker", serviceWorker = "allow", headers, onStepUp }: ClientOptions,
  files: VaultFiles,
): Promise<(open: Open) => Open> {
  const wrong =
    (!["worker", "page"].includes(vault) && 'vault: expected "worker" or "page".') ||
    (!["allow", "refuse"].includes(serviceWorker) && 'serviceWorker: expected "allow" or "refuse".') ||
    (!isFunctionOrAbsent(headers) && "headers: expected a function.") ||
    (!isFunctionOrAbsent(onStepUp) && "onStepUp: expected a function.");
  if (wrong) throw new errors("invalid_options", wrong);
  await activation();
  if (serviceWorker === "refuse") await refuseServiceWorker(errors, vault === "worker" ? files.worker : undefined);
  return (open) => {
    const opens = onStepUp ? withStepUp(open, onStepUp) : open;
    return headers ? async (...args) => withHeaders(await opens(...args), headers) : opens;
  };
}

const isFunctionOrAbsent = (value: unknown) => ["undefined", "function"].includes(typeof value);

/** A prerendered page starts no worker until the user sees it, and must not change anything on the user's behalf. */
async function activation(): Promise<void> {
  if (!(document as { prerendering?: boolean }).prerendering) return;
  await new Promise((activated) => document.addEventListener("prerenderingchange", activated, { once: true }));
}
