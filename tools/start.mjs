// Set-up, build, and a stack that runs until Ctrl-C.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { acquire, withLock } from "./lock.mjs";
import { at } from "./paths.mjs";
import { refuseTakenPort } from "./port.mjs";
import { Refusal, runMain } from "./refusal.mjs";
import { setup } from "./setup.mjs";

/** A valid value of --config. */
const EXAMPLE = '{"access_token_ttl": 5}';

const USAGE = `npm start -- [options]
  --port N         where to listen on localhost (8787)
  --https          with a self-signed certificate
  --config JSON    merged into the Worker's configuration, the LATCHKEY table of demo-app/wrangler.toml;
                   for example '${EXAMPLE}'
  --persist DIR    where the state is kept (.latchkey/state)
  --no-build       serve what was built last`;

await runMain(async () => {
  const options = readOptions();
  if (!options) return console.log(USAGE);
  await refuseTakenPort(options.port);
  const release = await acquire(join(options.persist, "in-use"));
  if (!release)
    throw new Refusal(
      `Another stack is using ${options.persist}. Stop it, or choose another place with --persist DIR.`,
    );
  try {
    await withLock(async () => {
      await setup();
      // Imported here, because npm packages are available only after set-up.
      if (options.build) await (await import("./build.mjs")).build([], { packages: false });
    });
    await serve(options);
  } finally {
    await release();
  }
});

/** @param {NonNullable<ReturnType<typeof readOptions>>} options */
async function serve({ port, https, config, persist }) {
  const { startStack } = await import("./stack.mjs");
  let stopping = false;
  /** @param {string} text */
  const show = (text) => {
    if (!stopping) process.stdout.write(text);
  };
  const asked = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, resolve);
  });
  const stack = await startStack({ port, https, config, persist, lab: true, logLevel: "warn", onOutput: show });
  console.log(`\nLatchkey is running at ${stack.origin} (Ctrl-C stops it; its state stays in ${persist}).`);
  if (https) console.log("Its certificate is self-signed: the browser warns once.");
  const ended = await Promise.race([asked.then(() => false), stack.exited.then(() => true)]);
  stopping = true;
  if (ended) throw new Refusal("The local server ended by itself; see its output above.");
  await stack.stop();
  console.log("\nStopped.");
}

/** Returns `null` if only the usage text was requested. */
function readOptions() {
  const { values } = parse();
  if (values.help) return null;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Refusal(`--port: expected a number from 1 to 65535, found "${values.port}".`);
  }
  const persist = values.persist ?? at(".latchkey", "state");
  return { port, https: values.https, config: readConfig(values.config), persist, build: !values["no-build"] };
}

function parse() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "8787" },
        https: { type: "boolean", default: false },
        config: { type: "string", default: "{}" },
        persist: { type: "string" },
        "no-build": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new Refusal(`${/** @type {Error} */ (error).message}\n\n${USAGE}`);
  }
}

/** @param {string} text @returns {{ [key: string]: unknown }} */
function readConfig(text) {
  try {
    const config = JSON.parse(text);
    if (typeof config === "object" && config !== null && !Array.isArray(config)) return config;
  } catch {
    // Falls through to the same message.
  }
  throw new Refusal(`--config: expected a JSON object like ${EXAMPLE}, found: ${text}`);
}
