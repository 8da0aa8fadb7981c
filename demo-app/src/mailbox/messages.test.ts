import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, matching } from "./messages.ts";

const mail = (to: string, subject: string): Message => ({ to, subject, kind: "sign_in", text: "", at: 0 });

test("mails are found by recipient and subject, in whatever letter case", () => {
  const mails = [mail("ada@example.com", "Your code"), mail("bob@example.com", "New sign-in")];
  const found = (typed: string) => matching(mails, typed).map(({ to }) => to);
  assert.deepEqual(found(""), ["ada@example.com", "bob@example.com"]);
  assert.deepEqual(found(" ADA "), ["ada@example.com"]);
  assert.deepEqual(found("new"), ["bob@example.com"]);
  assert.deepEqual(found("eve"), []);
});
