// `latchkey/testing`: the fake keeps the contract of the real client, and has the faults it promises.
import { describe, test } from "node:test";
import { fakeService } from "latchkey/testing";
import { BEHAVIOURS, type Subject } from "./behaviours.ts";

const PASSWORD = "correct horse battery staple";
let accounts = 0;

function fakeSubject(): Subject {
  const service = fakeService({ api: (_, { user }) => Response.json({ id: user.id }) });
  const { faults } = service;
  return {
    open: () => service.createClient(),
    account: async () => {
      accounts += 1;
      const who = { email: `somebody.${accounts}@example.com`, password: PASSWORD };
      const elsewhere = await service.browser().createClient();
      await elsewhere.signUp(who);
      await elsewhere.signOut();
      elsewhere.dispose();
      return who;
    },
    fault: async (fault) => {
      faults.portal = fault === "portal";
      faults.unavailable = fault === "unavailable";
      faults.lostAnswers = fault === "lost-answer" ? 1 : 0;
      faults.offline = fault === "offline";
    },
    expireTokens: async () => service.expireTokens(),
    endSessions: async ({ email }) => service.endSessions("revoked", email),
    api: "https://app.example.com/api/me",
  };
}

describe("the contract of every client, by the fake", () => {
  for (const [name, behaviour] of Object.entries(BEHAVIOURS)) test(name, () => behaviour(fakeSubject()));
});
