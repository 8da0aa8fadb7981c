// Runs a command for as long as the process that started this one lives, however that one ends: by Ctrl-C, by a closed
// terminal, or by `kill -9`. Its arguments are the command and the command's arguments.
import { spawn } from "node:child_process";

/** How long the command may take to end by itself, in milliseconds. */
const GRACE = 2_000;

const [command = "", ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
  console.error(error.message);
  killAll();
});
child.once("exit", killAll);
process.once("disconnect", () => {
  signal("SIGINT");
  setTimeout(killAll, GRACE);
});
// Only a signal of this process's own, to the whole group.
process.on("SIGINT", () => {});

/** Sends a signal to the process group: the command, what it has started, and this process. */
function signal(name: "SIGINT" | "SIGKILL"): void {
  if (process.platform !== "win32") process.kill(-process.pid, name);
  else child.kill(name);
}

/** Ends the command, what it has started and left behind, and this process. */
function killAll(): void {
  if (process.platform === "win32" && child.pid) {
    spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"]).once("exit", () => process.exit());
  } else signal("SIGKILL");
}
