import init, { Vault } from "./generated/vault.js";
import type { Fail } from "./vault-side.js";

let loading: Promise<unknown> | undefined;

/**
 * The vault's class, once its WebAssembly has been loaded: once per page or worker, however many clients there are.
 * `module`: where that is, unless it lies beside its glue.
 */
export async function loadVault<E>(fail: Fail<E>, module?: string): Promise<typeof Vault> {
  loading ??= init(module === undefined ? undefined : { module_or_path: module });
  try {
    await loading;
  } catch (cause) {
    // The next client tries again.
    loading = undefined;
    throw loadError(fail, cause);
  }
  return Vault;
}

function loadError<E>(fail: Fail<E>, cause: unknown): E {
  const unavailable = (transient: boolean, detail: string) =>
    fail({ code: "vault_unavailable", transient, detail }, cause);
  if (typeof WebAssembly === "undefined") return unavailable(false, "This browser has no WebAssembly, or it is off.");
  // Engines say it in words of their own: Chromium and Firefox with a CompileError, WebKit with an EvalError.
  const blocked = cause instanceof WebAssembly.CompileError || cause instanceof EvalError;
  if (blocked && /Content.Security.Policy|\bCSP\b|unsafe-eval|wasm-eval|blocked/i.test(cause.message)) {
    const where = typeof document === "undefined" ? "that vault-worker.js is served with" : "of the page";
    return unavailable(
      false,
      `The Content-Security-Policy ${where} blocks WebAssembly: allow it with script-src 'wasm-unsafe-eval'.`,
    );
  }
  if (blocked)
    return unavailable(true, "What was loaded as the vault's WebAssembly (vault_bg.wasm) is something else.");
  return unavailable(
    true,
    "The vault's WebAssembly (vault_bg.wasm) could not be loaded: it must be there, and allowed by connect-src.",
  );
}
