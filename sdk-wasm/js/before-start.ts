import { withHeaders } from "./added-headers.js";
import type { AuthError } from "./errors.js";
import type { VaultFiles } from "./files.js";
import { refuseServiceWorker } from "./refuse-service-worker.js";
import type { ClientOptions } from "./types.js";
import type { VaultSide } from "./vault-side.js";

/**
 * What most pages do not need: options that have to be checked or carried out in the page, and prerendering. Loaded
 * only then.
 *
 * @param errors Given, so that this module has nothing in common with the page's first file.
 * @returns What the client is to use in place of the vault.
 */
export async function beforeStart(
  errors: typeof AuthError,
  { vault = "worker", serviceWorker = "allow", headers }: ClientOptions,
  files: VaultFiles,
): Promise<(opened: VaultSide) => VaultSide> {
  const wrong =
    (!["worker", "page"].includes(vault) && 'vault: expected "worker" or "page".') ||
    (!["allow", "refuse"].includes(serviceWorker) && 'serviceWorker: expected "allow" or "refuse".') ||
    (!["undefined", "function"].includes(typeof headers) && "headers: expected a function.");
  if (wrong) throw new errors("invalid_options", wrong);
  await activation();
  if (serviceWorker === "refuse") await refuseServiceWorker(errors, vault === "worker" ? files.worker : undefined);
  return (opened) => (headers ? withHeaders(opened, headers) : opened);
}

/** A prerendered page starts no worker until the user sees it, and must not change anything on the user's behalf. */
async function activation(): Promise<void> {
  if (!(document as { prerendering?: boolean }).prerendering) return;
  await new Promise((activated) => document.addEventListener("prerenderingchange", activated, { once: true }));
}
