// A running stack: the Worker, the demo's API behind it and their Durable Objects on disk, on this machine.
// `npm start` runs one, and so do the tests.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localCertificate } from "./certificate.mjs";
import { freePort } from "./free-port.mjs";
import { startAttacker } from "./lab-attacker.mjs";
import { at, modernNode, runDir } from "./paths.mjs";
import { Refusal } from "./refusal.mjs";
import "./signals.mjs";
import { workerConfig } from "./worker-config.mjs";
import { wranglerEnv, wranglerScript } from "./wrangler.mjs";

/**
 * @typedef {object} StackOptions
 * @property {number} [port] 0 or absent: any free one.
 * @property {boolean} [https] With the certificate of `.latchkey/https`.
 * @property {{ [key: string]: unknown }} [config] Merged into the Worker's LATCHKEY table.
 * @property {{ [binding: string]: string }} [secrets] Worker secrets.
 * @property {boolean} [lab] Whether the demo's lab is on. It has an admin credential of this run, which is stored nowhere.
 * @property {string} [persist] The directory of the state. If absent, a new one, removed when this process ends.
 * @property {"healthy" | "answers"} [until] What counts as started: `/healthz` says ok (the default), or any answer, as
 *   of a Worker that refuses its configuration.
 * @property {"log" | "warn"} [logLevel] `log` (the default) includes what the Worker writes to its console.
 * @property {(text: string) => void} [onOutput] Receives the stack's output immediately.
 */

/**
 * @typedef {object} Stack
 * @property {string} origin
 * @property {number} port
 * @property {string} persist
 * @property {string | null} certificate PEM of the https certificate.
 * @property {() => string} logs The whole output since the first start.
 * @property {() => Promise<void>} stop Asks it to end and waits until it has.
 * @property {() => Promise<void>} kill Sends SIGKILL to all of its processes, like a power cut.
 * @property {() => Promise<void>} restart On the same port and the same disk, after `stop()`, `kill()` or neither.
 * @property {Promise<number | null>} exited Resolves when the process of the first start has ended.
 */

/** The maximum duration of a start, in milliseconds. On two busy cores it takes 2 to 6 seconds. */
const START_LIMIT = 90_000;
/** How long wrangler may take to end by itself, in milliseconds. */
const STOP_LIMIT = 5_000;

/** @param {StackOptions} [options] @returns {Promise<Stack>} once it has started */
export async function startStack(options = {}) {
  const port = options.port || (await freePort());
  const origin = `${options.https ? "https" : "http"}://localhost:${port}`;
  const certificate = options.https ? await localCertificate() : null;
  const attacker = options.lab ? await startAttacker() : null;
  const { changes, secrets } = attacker
    ? withLab(options, attacker.origin)
    : { changes: options.config, secrets: options.secrets };
  const config = await workerConfig(origin, changes);
  await mkdir(runDir, { recursive: true });
  const persist = options.persist === undefined ? await temporaryDir() : resolve(options.persist);
  const args = [
    ...["dev", "-c", at("demo-app/wrangler.toml"), "--local"],
    ...["--persist-to", persist, "--ip", "localhost", "--port", String(port), "--inspector-port", "0"],
    ...["--show-interactive-dev-session=false", "--log-level", options.logLevel ?? "log"],
    ...(config ? ["--var", `LATCHKEY:${JSON.stringify(config)}`] : []),
    // To the Worker, a secret is a variable like any other.
    ...Object.entries(secrets ?? {}).flatMap(([binding, secret]) => ["--var", `${binding}:${secret}`]),
    ...(certificate ? ["--local-protocol", "https", "--https-key-path", certificate.keyPath] : []),
    ...(certificate ? ["--https-cert-path", certificate.certPath] : []),
  ];
  let output = "";
  /** @param {string} text */
  const print = (text) => {
    output += text;
    options.onOutput?.(text);
  };
  const begin = () => run(args, wranglerEnv(join(persist, "registry")), print);
  let running = begin();
  const exited = running.ended;
  const started = (/** @type {Answer | undefined} */ answer) =>
    options.until === "answers" ? answer !== undefined : answer?.status === 200;
  const untilStarted = () => poll(`${origin}/healthz`, started, certificate?.cert, running, () => output);
  await untilStarted().catch(async (error) => {
    await running.stop();
    throw error;
  });
  return {
    ...{ origin, port, persist, exited, certificate: certificate?.cert ?? null, logs: () => output },
    stop: () => {
      attacker?.stop();
      return running.stop();
    },
    kill: () => running.kill(),
    restart: async () => {
      await running.stop();
      running = begin();
      await untilStarted();
    },
  };
}

/**
 * Adds the lab's admin credential: the secret for the demo's API, its hash for the service; and where the lab's other site is.
 * @param {StackOptions} options @param {string} attacker
 */
function withLab({ config = {}, secrets = {} }, attacker) {
  const secret = randomBytes(32).toString("base64url");
  const hash = createHash("sha256").update(secret).digest("hex");
  const others = Array.isArray(config.admin_credentials) ? config.admin_credentials : [];
  return {
    changes: { ...config, admin_credentials: [...others, hash] },
    secrets: { ...secrets, LAB_SECRET: secret, LAB_ATTACKER: attacker },
  };
}

async function temporaryDir() {
  const dir = await mkdtemp(join(runDir, "state-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts the process tree once. @param {string[]} args @param {NodeJS.ProcessEnv} env @param {(text: string) => void} print */
function run(args, env, print) {
  // A process group of its own, so that Ctrl-C reaches only this process, and a kill reaches the whole group.
  const child = spawn(modernNode(), [wranglerScript, ...args], {
    cwd: at(),
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  takeLines(child.stdout, print);
  takeLines(child.stderr, print);
  const killGroup = () => {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {
      // No process of the group exists any more.
    }
  };
  /** @type {Promise<number | null>} */
  const ended = new Promise((done) => child.once("exit", done));
  // The child processes must end when wrangler or this process ends.
  process.once("exit", killGroup);
  child.once("exit", () => {
    killGroup();
    process.off("exit", killGroup);
  });
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) killGroup();
    await ended;
  };
  const stop = async () => {
    child.kill("SIGINT");
    await Promise.race([ended, sleep(STOP_LIMIT, undefined, { ref: false })]);
    await kill();
  };
  return { ended, kill, stop };
}

/**
 * Calls `take` with each text of whole lines, and at the end with the rest. What is waiting for a line must not see a part of
 * it, and one stream's line must not interrupt the other's.
 * @param {import("node:stream").Readable} stream @param {(text: string) => void} take
 */
function takeLines(stream, take) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    const all = rest + text;
    const end = all.lastIndexOf("\n") + 1;
    rest = all.slice(end);
    if (end > 0) take(all.slice(0, end));
  });
  stream.on("end", () => {
    if (rest !== "") take(rest);
  });
}

/**
 * @param {string} url @param {(answer: Answer | undefined) => boolean} enough @param {string | undefined} ca
 * @param {{ ended: Promise<unknown> }} running @param {() => string} logs
 */
async function poll(url, enough, ca, running, logs) {
  let over = false;
  running.ended.then(() => {
    over = true;
  });
  const end = Date.now() + START_LIMIT;
  while (!over && Date.now() < end) {
    const answer = await ask(url, ca);
    if (enough(answer)) return;
    const mistakes = mistakesIn(answer);
    if (mistakes) throw new Refusal(`The Worker rejects its configuration:\n${mistakes}`);
    if (logs().includes("Build failed with")) throw new Refusal(`A Worker can't be bundled:\n${logs().slice(-4000)}`);
    await sleep(100);
  }
  const why = over
    ? "The local server ended before it answered"
    : `The local server didn't answer within ${START_LIMIT / 1000} s`;
  throw new Refusal(`${why}. It printed:\n${logs().slice(-4000)}`);
}

/** @typedef {{ status: number | undefined, body: string }} Answer */

/**
 * A Worker whose configuration is wrong answers every request with 503, and says on localhost what is wrong.
 * @param {Answer | undefined} answer @returns {string | undefined} One line for each mistake.
 */
export function mistakesIn(answer) {
  if (answer?.status !== 503) return undefined;
  try {
    const { detail } = JSON.parse(answer.body);
    return typeof detail === "string" && detail.startsWith("LATCHKEY") ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} url @param {string | undefined} ca @returns {Promise<Answer | undefined>} */
function ask(url, ca) {
  return new Promise((done) => {
    const { get } = ca ? https : /** @type {any} */ (http);
    const request = get(url, { ca, agent: false, timeout: 2000 }, (/** @type {http.IncomingMessage} */ response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        body += text;
      });
      response.on("end", () => done({ status: response.statusCode, body }));
      response.on("error", () => done(undefined));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => done(undefined));
  });
}
