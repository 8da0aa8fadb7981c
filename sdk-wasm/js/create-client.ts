import { type Open, openClient } from "./client.js";
import { AuthError } from "./errors.js";
import { vaultFiles } from "./files.js";
import { isForVault, type MarkedPromise } from "./is-for-vault.js";
import { describe } from "./request.js";
import { dress } from "./response.js";
import type { AuthClient, ClientOptions } from "./types.js";
import { openInWorker } from "./worker-vault.js";

/**
 * Creates a client and has it look for a session.
 *
 * Resolves as soon as the vault is loaded and the options are checked; whether there is a session is known when
 * `status` is no longer `loading`. Calls made before that wait for it. Creating two clients, as React's StrictMode
 * does, does no harm: `dispose()` the one you don't need.
 *
 * Fails with `invalid_options`, which names what is wrong; with `vault_unavailable`, which says what keeps the vault
 * from starting and how to allow it; or with `service_worker_in_control`, if `serviceWorker` says to refuse one.
 */
export function createClient(options: ClientOptions): Promise<AuthClient> {
  const marks: MarkedPromise = { isForVault: (input) => isForVault(input, options) };
  return Object.assign(create(options), marks);
}

/** TypeScript's DOM does not have it yet. */
interface Prerendered extends Document {
  readonly prerendering?: boolean;
}

async function create(options: ClientOptions): Promise<AuthClient> {
  if (typeof document === "undefined") {
    throw new AuthError("invalid_options", "createClient needs a page.");
  }
  const {
    vault = "worker",
    serviceWorker = "allow",
    workerUrl,
    wasmUrl,
    headers,
    onStepUp,
    ...rest
  }: ClientOptions = options ?? {};
  const files = vaultFiles(workerUrl, wasmUrl);
  let use = (open: Open) => open;
  if (
    vault !== "worker" ||
    serviceWorker !== "allow" ||
    headers !== undefined ||
    onStepUp !== undefined ||
    (document as Prerendered).prerendering
  ) {
    use = await (await import("./before-start.js")).beforeStart(AuthError, options, files);
  }
  // The WebAssembly's glue is loaded in page mode only.
  const open = vault === "page" ? (await import("./page-vault.js")).openInPage : openInWorker;
  const cookieUncertain = self !== top || !navigator.cookieEnabled;
  return openClient(
    rest,
    use(async (opening, hearing) =>
      open({ ...opening, cookieUncertain, stepsUp: !!hearing.stepUp }, hearing, files, { AuthError, describe, dress }),
    ),
  );
}
