import { AuthError } from "./errors.js";
import init, { Vault } from "./generated/vault.js";

let loading: Promise<unknown> | undefined;

/** The vault's class, once its WebAssembly has been loaded: once per page, however many clients there are. */
export async function loadVault(): Promise<typeof Vault> {
  loading ??= init();
  try {
    await loading;
  } catch (cause) {
    // The next client tries again.
    loading = undefined;
    throw loadError(cause);
  }
  return Vault;
}

function loadError(cause: unknown): AuthError {
  if (cause instanceof WebAssembly.CompileError) {
    const detail = "WebAssembly was not compiled. A Content-Security-Policy needs script-src 'wasm-unsafe-eval'.";
    return new AuthError("invalid_options", { detail, cause });
  }
  return new AuthError("network", { transient: true, detail: "The vault's WebAssembly could not be loaded.", cause });
}
