// A signal ends this process through its `exit` handlers, which end what it started. Whoever listens to the signal himself
// decides himself.
import { constants } from "node:os";

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  });
}
