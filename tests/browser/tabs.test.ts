// Many tabs of one browser: one cookie, one lock, one sign-out.
import { after, describe } from "node:test";
import { launchCaching } from "../harness/browser.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { startPage } from "../harness/page.ts";
import { startStack } from "../harness/stack.ts";
import { untilPast } from "../harness/until.ts";
import { signUp, type Visitor } from "../harness/visitor.ts";
import { forged } from "./tabs/forged.ts";
import { locks } from "./tabs/locks.ts";
import { signOut } from "./tabs/sign-out.ts";
import type { World } from "./tabs/world.ts";

/** Long enough for twenty tabs on a busy machine, and over before the tabs come: so their first request rotates. */
const WINDOW = 20;

const { secret, hash } = newCredential();
const [stack, browser] = await Promise.all([
  startStack({ config: { sign_up: "open", replay_window: WINDOW, admin_credentials: [hash] } }),
  launchCaching(),
]);
const host = await startPage({ service: stack.origin });
after(() => Promise.all([browser.close(), host.stop(), stack.stop()]));

const admin = operator(stack.origin, secret);
const world: World = {
  ...{ browser, host },
  events: async (account) => (await admin.events(account)).map(({ event }) => event),
};
const visitors = await Promise.all(Array.from({ length: 16 }, () => signUp(stack.origin)));
await untilPast(Math.max(...visitors.map(({ body }) => body.session.created_at)) + WINDOW);

describe("tabs", () => {
  locks(world, visitors);
  signOut(world, "worker", visitors.slice(6, 9) as [Visitor, Visitor, Visitor]);
  signOut(world, "page", visitors.slice(9, 12) as [Visitor, Visitor, Visitor]);
  forged(world, "worker", visitors.slice(12, 14) as [Visitor, Visitor]);
  forged(world, "page", visitors.slice(14, 16) as [Visitor, Visitor]);
});
