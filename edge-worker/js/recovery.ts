// The WebAssembly instance, and its replacement. A panic ends the instance: wasm-bindgen then rejects every call into
// it (`--force-enable-abort-handler`). What was waiting in it would wait for ever, so every promise of it that is
// awaited here is rejected.
import * as rust from "#rust";
import module from "./index_bg.wasm";

// The default of ten frames would only show the machinery of a panic.
(Error as { stackTraceLimit?: number }).stackTraceLimit = 100;

rust.initSync({ module });
rust.disableReset();

/** How many instances there were before the present one. */
export let instance = 0;

/** The instance on which a promise depended has ended. */
export class InstanceEnded extends Error {}

const waiting = new Set<(error: InstanceEnded) => void>();

/** The promise of a call into Rust; rejected with {@link InstanceEnded} if the instance ends first. */
export function whileAlive<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    promise.then(
      (value) => {
        waiting.delete(reject);
        resolve(value);
      },
      (error) => {
        waiting.delete(reject);
        reject(error);
      },
    );
  });
}

/** Runs what calls into Rust. If it fails, the instance is repaired, and the result is `undefined`. */
export function guarded<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    repair(error);
    return undefined;
  }
}

/** Logs an error that may have ended the instance, and replaces the instance if it did. */
export function repair(error: unknown): void {
  console.error("Critical", error);
  revive();
}

/** Replaces the instance if it has ended. */
export function revive(): void {
  if (isAlive()) return;
  try {
    rust.__wbg_reset_state();
    rust.disableReset();
  } catch (error) {
    console.error("Critical", error);
  }
  instance++;
  const error = new InstanceEnded("a panic ended the WebAssembly instance");
  for (const reject of waiting) reject(error);
  waiting.clear();
}

function isAlive(): boolean {
  try {
    rust.touch();
    return true;
  } catch {
    return false;
  }
}

// Rust's tasks run in microtasks of their own, so no caller sees the panic of one.
const uncaught = (error: unknown) => isAlive() || repair(error);
addEventListener("error", ({ error }) => uncaught(error));
addEventListener("unhandledrejection", ({ reason }) => uncaught(reason));
