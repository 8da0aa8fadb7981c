#!/usr/bin/env node
// In a file of its own that is not built, so that npm finds it when it links the workspace, and old versions of Node
// can read it.
const OLDEST_NODE = 20;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(`latchkey-worker needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}.`);
  process.exitCode = 1;
} else {
  const { main } = await import("../command/main.js");
  process.exitCode = await main(process.argv.slice(2));
}
