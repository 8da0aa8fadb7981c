import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer, readService } from "./answer.ts";

const SERVICE = "http://localhost:8787";

test("only services on this machine are asked", () => {
  for (const local of [
    SERVICE,
    "https://localhost:8443",
    "http://127.0.0.1:1",
    "http://[::1]:1",
    "http://app.localhost",
  ])
    assert.equal(readService(local), local);
  assert.equal(readService(`${SERVICE}/`), SERVICE);
  for (const other of [
    "https://app.acme.dev",
    "http://localhost.acme.dev",
    "http://localhost@acme.dev",
    "http://localhost:8787/auth",
    "ftp://localhost",
    "localhost:8787",
    "",
  ])
    assert.throws(() => readService(other), /^Mistake: --service: found .*, expected an origin on this machine/);
});

test("an answer is a token, or an error with its code and what to do", () => {
  const answer = (status: number, body: unknown) => () => readAnswer(SERVICE, status, JSON.stringify(body));
  assert.deepEqual(answer(201, { access_token: "t", expires_in: 300 })(), { value: "t", expiresIn: 300 });
  const problem = { code: "sign_up_closed", title: "Sign-up is closed." };
  assert.throws(answer(403, problem), /403 sign_up_closed\. Sign-up is closed\. Set sign_up = "open"/);
  assert.throws(
    answer(400, { code: "invalid_request", detail: "8 characters" }),
    /400 invalid_request\. 8 characters$/,
  );
  for (const [status, body] of [
    [200, {}],
    [200, { access_token: 1, expires_in: 2 }],
    [302, {}],
    [404, []],
    [502, null],
  ] as const)
    assert.throws(answer(status, body), /found an answer that is not Latchkey's \(status \d+\)/);
  assert.throws(() => readAnswer(SERVICE, 200, "<html>"), /not Latchkey's/);
});
