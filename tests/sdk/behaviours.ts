// What every client does, as a list of behaviours. It is run twice: against `latchkey-auth/testing` in Node, and
// against the real service in Chromium (tests/browser/contract.test.ts). So it uses neither `assert` nor the DOM, and
// asks a `Subject` for what differs between the two.
import { ACCOUNT } from "./behaviours/account.ts";
import { CALLS } from "./behaviours/calls.ts";
import { FAULTS } from "./behaviours/faults.ts";
import { STARTING } from "./behaviours/starting.ts";
import type { Behaviour } from "./behaviours/subject.ts";
import { TABS } from "./behaviours/tabs.ts";

export { type Behaviour, type Fault, opened, type Subject } from "./behaviours/subject.ts";

export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  ...STARTING,
  ...CALLS,
  ...FAULTS,
  ...TABS,
  ...ACCOUNT,
};
