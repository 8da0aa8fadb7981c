// What was acknowledged survives a stop, a power cut and a new process on the same disk.
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
  await rm(persist, { recursive: true, force: true });
});

test("check_27 a power cut loses nothing that was acknowledged: sessions, generations, keys, revocations", async () => {
  const who = await signUp(origin);
  const gone = await signIn(origin, who);
  const rotating = await signUp(origin);
  assert.equal((await post(origin, "/auth/sign-out", undefined, gone)).status, 204);
  const second = await rotated(origin, rotating.cookie);
  await stack.kill();
  await assert.rejects(get(origin, "/healthz"), "it is down");
  await stack.restart();
  await renewed(origin, who.cookie);
  assert.equal((await get(origin, "/api/me", who)).status, 200, "the key is the same");
  assert.equal((await get(origin, "/auth/sessions", who)).status, 200);
  await refused(origin, gone.cookie, "revoked");
  await renewed(origin, second);
  await signIn(origin, who);
});

test("check_27_check_26 reuse is found across restarts", async () => {
  const first = (await signUp(origin)).cookie;
  const second = await rotated(origin, first);
  const third = await rotated(origin, second);
  await stack.kill();
  await stack.restart();
  await renewed(origin, third);
  await refused(origin, first, "reused");
  await stack.restart();
  await refused(origin, third, "reused");
});

test("another process on the same disk, sign-up now closed (the default): 403 sign_up_closed, all else lives on", async () => {
  const who = await signUp(origin);
  await stack.stop();
  stack = await startStack({ persist, port, config: { ...config, sign_up: undefined } });
  await renewed(origin, who.cookie);
  await signIn(origin, who);
  assert.equal((await get(origin, "/api/me", who)).status, 200);
  assertProblem(await post(origin, "/auth/sign-up", { email: newEmail(), password: PASSWORD }), "sign_up_closed");
  assertProblem(await post(origin, "/auth/sign-up", { email: who.email, password: PASSWORD }), "sign_up_closed", {
    what: "check_39: also for a taken address",
  });
  assertProblem(await post(origin, "/auth/sign-up", { email: "none", password: PASSWORD }), "invalid_request", {
    what: "400 comes first",
  });
});
