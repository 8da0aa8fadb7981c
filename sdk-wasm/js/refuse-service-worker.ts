import type { AuthError } from "./errors.js";

/**
 * Fails with `service_worker_in_control` if a service worker controls the page, or would control the vault's worker: a
 * dedicated worker is controlled by the service worker whose scope its own address is in, which may be another one than
 * the page's or the only one (Service Workers, section "Handle Fetch"). Loaded only where the option asks for it.
 *
 * @param errors Given, so that this module has nothing in common with the page's first file.
 * @param vaultWorker The address of the vault's worker, if there is to be one.
 */
export async function refuseServiceWorker(errors: typeof AuthError, vaultWorker: string | undefined): Promise<void> {
  // Where it is missing (insecure contexts, browsers without it), there are no service workers.
  const container: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  if (!container) return;
  const script = container.controller?.scriptURL ?? (await controllerOf(vaultWorker, container, errors));
  if (script === undefined) return;
  const detail = `${script} controls this page or would control the vault's worker.`;
  throw refusal(errors, `${detail} Unregister it and reload the page.`);
}

/** The script of the service worker that would control a worker at this address. */
async function controllerOf(
  address: string | undefined,
  container: ServiceWorkerContainer,
  errors: typeof AuthError,
): Promise<string | undefined> {
  // A worker can't be started from another origin, which is told when it is tried.
  if (address === undefined || new URL(address).origin !== location.origin) return undefined;
  try {
    return (await container.getRegistration(address))?.active?.scriptURL;
  } catch (cause) {
    throw refusal(errors, "The browser doesn't say whether one controls the vault's worker.", cause);
  }
}

const refusal = (errors: typeof AuthError, detail: string, cause?: unknown) =>
  new errors("service_worker_in_control", `A service worker could read the access token. ${detail}`, { cause });
