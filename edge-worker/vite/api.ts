// The developer's API, if it is a server of its own.
import { type Running, run } from "./running.ts";

/** @param command A line for the shell. */
export function startApi(command: string, folder: string, print: (line: string) => void): Running {
  const shell = process.platform === "win32" ? ["cmd", "/d", "/s", "/c"] : ["/bin/sh", "-c"];
  const running = run([...shell, command], process.env, folder, print);
  let stopped = false;
  void running.ended.then(() => {
    if (!stopped) print(`latchkey: the API has ended by itself (${command}). Start the development server again.`);
  });
  return {
    ended: running.ended,
    stop: () => {
      stopped = true;
      return running.stop();
    },
  };
}
