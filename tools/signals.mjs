// On a signal, this process exits normally, so that its `exit` handlers end its child processes. If
// another listener for the signal is registered, that one decides instead.
import { constants } from "node:os";

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  });
}
