// Scenarios that wait for the clock. They wait more than they compute, so they run side by side, each kind on
// a stack with lifetimes of its own.
import { after, describe } from "node:test";
import { startStack } from "../harness/stack.ts";
import { AUTHENTICATION, authentication } from "./clock/authentication.ts";
import { expiry, LIFETIMES } from "./clock/expiry.ts";
import { WINDOW as FLIGHT_WINDOW, flight } from "./clock/flight.ts";
import { rotation, WINDOW } from "./clock/rotation.ts";

const start = (config: Record<string, unknown>) => startStack({ config: { sign_up: "open", ...config } });
const [ending, rotating, flying, proving] = await Promise.all([
  start(LIFETIMES),
  start({ replay_window: WINDOW }),
  start({ replay_window: FLIGHT_WINDOW }),
  start(AUTHENTICATION),
]);
after(() => Promise.all([ending.stop(), rotating.stop(), flying.stop(), proving.stop()]));

describe("the clock", { concurrency: 32 }, () => {
  expiry(ending);
  rotation(rotating);
  flight(flying);
  authentication(proving);
});
