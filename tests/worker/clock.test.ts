// Scenarios that wait for the clock. They wait more than they compute, so they run side by side, each kind on
// a stack with lifetimes of its own.
import { after, describe } from "node:test";
import { startStack } from "../harness/stack.ts";
import { signIn, signUp } from "../harness/visitor.ts";
import { AUTHENTICATION, authentication } from "./clock/authentication.ts";
import { expiry, LIFETIMES } from "./clock/expiry.ts";
import { WINDOW as FLIGHT_WINDOW, flight } from "./clock/flight.ts";
import { rotation, USERS, WINDOW } from "./clock/rotation.ts";

const start = (config: Record<string, unknown>) => startStack({ config: { sign_up: "open", ...config } });
const [ending, rotating, flying, proving] = await Promise.all([
  start(LIFETIMES),
  start({ replay_window: WINDOW }),
  start({ replay_window: FLIGHT_WINDOW }),
  start(AUTHENTICATION),
]);
after(() => Promise.all([ending.stop(), rotating.stop(), flying.stop(), proving.stop()]));

// They sign up before the tests: a hash that is computed during a test delays the requests whose times count.
const users = await Promise.all(Array.from({ length: USERS }, () => signUp(rotating.origin)));
const pairs = await Promise.all(users.map(async (one) => [one, await signIn(rotating.origin, one)] as const));

describe("the clock", { concurrency: 32 }, () => {
  expiry(ending);
  rotation(rotating, pairs);
  flight(flying);
  authentication(proving);
});
