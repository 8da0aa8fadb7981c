import assert from "node:assert/strict";
import { test } from "node:test";
import { emailProblem, passwordProblem } from "./validation.ts";

for (const email of [
  "ada@example.com",
  "  ada@example.com ",
  "a.b+c@sub.example.co.uk",
  "ü@exämple.de",
  "ada@localhost",
]) {
  test(`an address: ${email}`, () => assert.equal(emailProblem(email), null));
}

for (const email of [
  "",
  " ",
  "ada",
  "ada@",
  "@example.com",
  "ada@example",
  "ada@.com",
  "ada@example.",
  "a da@example.com",
  "a@b@example.com",
  `${"a".repeat(65)}@example.com`,
  `a@${"b".repeat(250)}.com`,
]) {
  test(`no address: ${email.slice(0, 40)}`, () => assert.notEqual(emailProblem(email), null));
}

test("a password has 8 to 128 characters, each counted once however many units it takes", () => {
  const short = "A password has at least 8 characters.";
  const long = "A password has at most 128 characters.";
  assert.equal(passwordProblem(""), "Enter your password.");
  assert.equal(passwordProblem("1234567"), short);
  assert.equal(passwordProblem("🔑".repeat(7)), short);
  assert.equal(passwordProblem("12345678"), null);
  assert.equal(passwordProblem("🔑".repeat(128)), null);
  assert.equal(passwordProblem("a".repeat(129)), long);
});
