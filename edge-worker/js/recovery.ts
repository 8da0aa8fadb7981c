// A panic ends the WebAssembly instance; the next call creates another one. What was waiting in the old one would wait for
// ever, so every request that has something there is told.
import { forgetSettings, rust } from "./rust.ts";

/** What worker-build knows of the instance: whether it panicked, and how many instances there were. */
interface InstanceState {
  criticalError: boolean;
  readonly instanceId: number;
}

export const state = (globalThis as unknown as { __worker_init_state: InstanceState }).__worker_init_state;

const waiting = new Set<(filled: false) => void>();

/** Whether the plan is filled in: false if its instance has ended. */
export function unlessLost(filling: Promise<undefined>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    waiting.add(resolve);
    filling.then(
      () => {
        waiting.delete(resolve);
        resolve(true);
      },
      (error) => {
        waiting.delete(resolve);
        reject(error);
      },
    );
  });
}

/** Runs what calls into Rust. A panic there is repaired, and the result is then `undefined`. */
export function guarded<T>(call: () => T): T | undefined {
  try {
    if (state.criticalError) heal();
    return call();
  } catch (error) {
    ended(error);
    return undefined;
  }
}

/** Logs an error that may have ended the instance, and replaces the instance. */
export function ended(error: unknown): void {
  console.error("Critical", error);
  heal();
}

/**
 * Replaces an instance that has ended: at once, and by a call without arguments. wasm-bindgen would do it inside the next
 * call, whose arguments would already lie in the old memory.
 */
export function heal(): void {
  const before = state.instanceId;
  try {
    rust.renew();
  } catch (error) {
    console.error("Critical", error);
  }
  // The classes of worker-build would replace the new instance once more.
  state.criticalError = false;
  if (state.instanceId === before) return;
  forgetSettings();
  for (const tell of waiting) tell(false);
  waiting.clear();
}

addEventListener("error", ({ error }) => ended(error));
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError) ended(reason);
});
