// Everything for which access tokens live a few seconds, so that they have to be renewed while the app is in use. What
// waits for that runs side by side; the outage ends the stack for all others, so it comes last.
import { after, describe } from "node:test";
import { launch } from "../harness/browser.ts";
import { startStack } from "../harness/stack.ts";
import { canary } from "./brief/canary.ts";
import { lifetime } from "./brief/lifetime.ts";
import { outage } from "./brief/outage.ts";
import type { World } from "./brief/world.ts";

const [stack, browser] = await Promise.all([
  startStack({ config: { sign_up: "open", access_token_ttl: 4, replay_window: 2 } }),
  launch(),
]);
after(() => Promise.all([browser.close(), stack.stop()]));

const world: World = { origin: stack.origin, stack, browser };
describe("short-lived tokens", { concurrency: 3 }, () => {
  lifetime(world);
  canary(world);
});
outage(world);
