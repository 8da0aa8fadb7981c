// `npm start` with a configuration of its own: it is served, or its mistakes are printed and the command ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertTokenResponse } from "../harness/contract.ts";
import { freePort } from "../harness/port.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD, post } from "../harness/visitor.ts";

const script = fileURLToPath(new URL("../../tools/start.mjs", import.meta.url));
const dir = await mkdtemp(join(tmpdir(), "latchkey-start-"));
after(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));

/** Runs `npm start -- <args>` without a build. */
function start(args: string[]) {
  const child = spawn(process.execPath, [script, "--no-build", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  return { output: () => output, ended, stop: () => child.kill("SIGINT") };
}

/** The arguments of a start of its own. */
const own = async (config: string) => {
  const port = await freePort();
  return { port, args: ["--port", String(port), "--persist", join(dir, String(port)), "--config", config] };
};

test("the example of --config in the help text works", async () => {
  const help = start(["--help"]);
  assert.equal(await help.ended, 0);
  const example = /for example '(.+)'/.exec(help.output())?.[1] ?? "";
  const { port, args } = await own(example);
  const running = start(args);
  try {
    await until("the service", () => running.output().includes(`Latchkey is running at http://localhost:${port}`));
    const seconds = JSON.parse(example).access_token_ttl;
    const account = { email: newEmail(), password: PASSWORD };
    const headers = { Origin: `http://localhost:${port}` };
    const answer = await post(`http://localhost:${port}`, "/auth/sign-up", account, { headers });
    assertTokenResponse(answer, 201, seconds);
  } finally {
    running.stop();
  }
  assert.equal(await running.ended, 0, running.output());
});

test("mistakes in the configuration are printed, one line each, and the command ends", {
  timeout: 300_000,
}, async () => {
  const { args } = await own('{"acces_token_ttl": 5, "sign_up": "yes", "upstreams": {"lost": {"service": 1}}}');
  const failed = start(args);
  assert.equal(await failed.ended, 1, failed.output());
  const [, printed = ""] = failed.output().split("The Worker rejects its configuration:\n");
  assert.deepEqual(printed.trim().split("\n"), [
    'LATCHKEY: sign_up: found "yes", expected "open" or "closed"',
    "LATCHKEY: upstreams.lost.service: found 1, expected the name of a service binding",
    "LATCHKEY: acces_token_ttl: found 5, expected no such key; did you mean access_token_ttl?",
  ]);
});

test("a --config that is no JSON object is rejected before anything starts", async () => {
  const failed = start(["--config", "[]"]);
  assert.equal(await failed.ended, 1);
  assert.equal(failed.output().trim(), '--config: expected a JSON object like {"access_token_ttl": 5}, found: []');
});
