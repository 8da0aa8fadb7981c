import init, { Vault } from "./generated/vault.js";
import { mayComeLater } from "./may-come-later.js";
import type { Fail } from "./vault-side.js";

let loading: Promise<unknown> | undefined;

/**
 * The vault's class, once its WebAssembly has been loaded: once per page or worker, however many clients there are.
 * `module`: the WebAssembly, or its address.
 */
export async function loadVault<E>(fail: Fail<E>, module: string | WebAssembly.Module): Promise<typeof Vault> {
  loading ??= load(module);
  try {
    await loading;
  } catch (cause) {
    // The next client tries again.
    loading = undefined;
    throw loadError(fail, module, cause);
  }
  return Vault;
}

/** Rejects with the response if it is not the file. */
async function load(module: string | WebAssembly.Module): Promise<unknown> {
  if (typeof module !== "string") return init({ module_or_path: module });
  const response = await fetch(module);
  if (!response.ok || /html/i.test(response.headers.get("Content-Type") ?? "")) throw response;
  return init({ module_or_path: response });
}

function loadError<E>(fail: Fail<E>, module: string | WebAssembly.Module, cause: unknown): E {
  const unavailable = (transient: boolean, detail: string) =>
    fail({ code: "vault_unavailable", transient, detail }, cause);
  if (cause instanceof Response) {
    const found = cause.ok ? `served as ${cause.headers.get("Content-Type")}` : `answered with ${cause.status}`;
    const remedy = "copy node_modules/latchkey-auth/dist/latchkey-auth/vault_bg.wasm there, or set wasmUrl.";
    const later = !cause.ok && mayComeLater(cause.status);
    return fail({
      ...{ code: "vault_unavailable", transient: later },
      detail: `${module} (the vault's WebAssembly) is ${found}${later ? "." : `. The build has left it out: ${remedy}`}`,
    });
  }
  if (typeof WebAssembly === "undefined") return unavailable(false, "This browser has no WebAssembly, or it is off.");
  // Engines say it in words of their own: Chromium and Firefox with a CompileError, WebKit with an EvalError.
  const blocked = cause instanceof WebAssembly.CompileError || cause instanceof EvalError;
  if (blocked && /Content.Security.Policy|\bCSP\b|unsafe-eval|wasm-eval|blocked/i.test(cause.message)) {
    const where =
      typeof document === "undefined" && location.protocol !== "blob:"
        ? "that vault-worker.js is served with"
        : "of the page";
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
