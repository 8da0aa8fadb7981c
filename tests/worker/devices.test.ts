// Which browsers an account recognises by their device cookie, while an attacker keeps the account's limit exhausted.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, describe, test } from "node:test";
import { assertDeviceCookie, assertProblem } from "../harness/contract.ts";
import { startStack, UNLIMITED } from "../harness/stack.ts";
import { newEmail, PASSWORD, post } from "../harness/visitor.ts";

/** How many browsers an account recognises. */
const KNOWN = 32;
/** Failures of unknown clients that an account allows in a day. */
const FAILURES = 6;

const limits = { ...UNLIMITED.limits, account_failures: FAILURES };
const stack = await startStack({ config: { sign_up: "open", limits } });
after(() => stack.stop());

const newAddress = () => `2001:db8:${randomInt(65536).toString(16)}:${randomInt(65536).toString(16)}::1`;

/** At an address that no account knows. */
const send = (path: string, email: string, cookie?: string, password = PASSWORD) =>
  post(stack.origin, path, { email, password }, { cookie, headers: { "CF-Connecting-IP": newAddress() } });

/** Signs in, and returns the device cookie that the browser has afterwards. */
async function browserOf(email: string, cookie?: string): Promise<string> {
  const answer = await send("/auth/sign-in", email, cookie);
  assert.equal(answer.status, 200, answer.text);
  return assertDeviceCookie(answer).pair;
}

async function account(): Promise<string> {
  const email = newEmail();
  assert.equal((await send("/auth/sign-up", email)).status, 201);
  return email;
}

/** From here on, only known clients may try. */
async function attack(email: string): Promise<void> {
  for (let i = 0; i < FAILURES; i += 1)
    assertProblem(await send("/auth/sign-in", email, undefined, "not the password"), "invalid_credentials");
  assertProblem(await send("/auth/sign-in", email), "rate_limited", { what: "a new browser" });
}

describe("known browsers", { concurrency: 2 }, () => {
  test(`check_40 an account recognises the ${KNOWN} browsers that signed in last, and no other`, async () => {
    const email = await account();
    // One at a time, so that their order is certain. The browser that signed up is the oldest.
    const browsers = [];
    for (let i = 0; i <= KNOWN; i += 1) browsers.push(await browserOf(email));
    await attack(email);
    const [oldest = "", ...known] = browsers;
    assert.equal(known.length, KNOWN);
    assertProblem(await send("/auth/sign-in", email, oldest), "rate_limited", { what: "the oldest" });
    // A sign-in with a known browser replaces its value, so it displaces no other browser.
    for (const [i, browser] of known.entries())
      assert.equal((await send("/auth/sign-in", email, browser)).status, 200, `browser ${i + 2}`);
  });

  test("check_40 a browser with which several users sign in is known to the last of them only", async () => {
    const [one, other] = [await account(), await account()];
    const shared = await browserOf(other, await browserOf(one));
    await attack(one);
    await attack(other);
    assertProblem(await send("/auth/sign-in", one, shared), "rate_limited");
    assert.equal((await send("/auth/sign-in", other, shared)).status, 200);
  });
});
