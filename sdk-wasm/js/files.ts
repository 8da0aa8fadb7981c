import { AuthError } from "./errors.js";

/** The addresses of the vault's two files. */
export interface VaultFiles {
  /** Of `vault-worker.js`. */
  readonly worker: string;
  /** Of `vault_bg.wasm`. */
  readonly wasm: string;
}

/**
 * Finds the files that bundlers copy and do not bundle: at the addresses that the options give, otherwise where the
 * package has them.
 *
 * `latchkey-auth/vault-worker.js` is a relative address, because the folder beside this module is called
 * `latchkey-auth`, and also the name of one of this package's exports. Bundlers and browsers follow the address. The
 * dependency optimiser of Vite 5 to 7 moves this module, but not the files; Vite finds nothing at the address then, and
 * follows the name.
 */
export function vaultFiles(workerUrl?: string | URL, wasmUrl?: string | URL): VaultFiles {
  return {
    worker: address("workerUrl", workerUrl, () => new URL("latchkey-auth/vault-worker.js", import.meta.url)),
    wasm: address("wasmUrl", wasmUrl, () => new URL("latchkey-auth/vault_bg.wasm", import.meta.url)),
  };
}

function address(option: string, given: string | URL | undefined, own: () => URL): string {
  let found = "none";
  try {
    // Some bundlers give an address of this site without its origin, which would mean something else in the worker.
    const url = given === undefined ? new URL(own().href, location.href) : new URL(given, document.baseURI);
    if (/^https?:$/.test(url.protocol)) return url.href;
    found = url.protocol;
  } catch {
    // Not an address, or no `import.meta.url` to which it is relative.
  }
  if (given !== undefined) throw new AuthError("invalid_options", `${option}: expected an http or https URL.`);
  const detail = `The package's files need an http address, but this build or test runner gives them: ${found}.`;
  const remedy =
    "Build ES modules and inline no files, or set workerUrl and wasmUrl. In tests, use latchkey-auth/testing.";
  throw new AuthError("vault_unavailable", `The vault could not be started. ${detail} ${remedy}`);
}
