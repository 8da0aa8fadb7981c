// Acknowledged changes survive a stop, a power cut and a new process on the same disk.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { refused, rotated } from "../harness/family.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { get, newEmail, PASSWORD, post, renewed, signIn, signUp } from "../harness/visitor.ts";

const persist = await mkdtemp(join(tmpdir(), "latchkey-restart-"));
const config = { replay_window: 2 };
let stack: Stack = await startStack({ persist, config: { ...config, sign_up: "open" } });
const { origin, port } = stack;
after(async () => {
  await stack.stop();
  await rm(persist, { recursive: true, force: true, maxRetries: 5 });
});

/** A family whose first generation is neither current nor its predecessor. */
let stolen: { first: string; third: string };

test("check_27_check_26 a power cut loses nothing acknowledged: sessions, generations, keys, ends; reuse is detected across it", async () => {
  const who = await signUp(origin);
  const gone = await signIn(origin, who);
  const [second, third] = await Promise.all([
    rotated(origin, (await signUp(origin)).cookie),
    signUp(origin).then(async ({ cookie: first }) => {
      stolen = { first, third: await rotated(origin, await rotated(origin, first)) };
      return stolen.third;
    }),
  ]);
  assert.equal((await post(origin, "/auth/sign-out", undefined, gone)).status, 204);
  await stack.kill();
  await assert.rejects(get(origin, "/healthz"), "the server is down");
  await stack.restart();
  await renewed(origin, who.cookie);
  assert.equal((await get(origin, "/api/me", who)).status, 200, "the key is the same");
  assert.equal((await get(origin, "/auth/sessions", who)).status, 200);
  await refused(origin, gone.cookie, "revoked");
  await renewed(origin, second);
  await renewed(origin, third);
  await refused(origin, stolen.first, "reused");
  await signIn(origin, who);
});

test("another process on the same disk, sign-up now closed (the default): 403 sign_up_closed, everything else continues", async () => {
  const who = await signUp(origin);
  await stack.stop();
  stack = await startStack({ persist, port, config: { ...config, sign_up: undefined } });
  await renewed(origin, who.cookie);
  await signIn(origin, who);
  assert.equal((await get(origin, "/api/me", who)).status, 200);
  for (const cookie of [stolen.third, stolen.first]) await refused(origin, cookie, "reused");
  assertProblem(await post(origin, "/auth/sign-up", { email: newEmail(), password: PASSWORD }), "sign_up_closed");
  assertProblem(await post(origin, "/auth/sign-up", { email: who.email, password: PASSWORD }), "sign_up_closed", {
    what: "check_39: also for a taken address",
  });
  assertProblem(await post(origin, "/auth/sign-up", { email: "none", password: PASSWORD }), "invalid_request", {
    what: "400 comes first",
  });
});
