// Scenarios that can share one stack: sign-up open, two more origins listed, an echoing API behind the gate.
import { after, describe } from "node:test";
import { startEcho } from "../harness/echo.ts";
import { startStack } from "../harness/stack.ts";
import { account } from "./open/account.ts";
import { cookie } from "./open/cookie.ts";
import { cors } from "./open/cors.ts";
import { forgery } from "./open/forgery.ts";
import { gate } from "./open/gate.ts";
import { input } from "./open/input.ts";
import { judgement } from "./open/judgement.ts";
import { profile } from "./open/profile.ts";
import { sessions } from "./open/sessions.ts";
import { signOut } from "./open/sign-out.ts";
import { token } from "./open/token.ts";
import { AUDIENCE, LISTED, type World } from "./open/world.ts";

const echo = await startEcho();
const everyone = { methods: ["GET", "POST"], access: "public", upstream: "echo" };
const signedIn = { methods: ["GET", "POST"], access: "token", upstream: "echo" };
const stack = await startStack({
  config: {
    audience: AUDIENCE,
    sign_up: "open",
    allowed_origins: LISTED,
    issuers: {
      partner: {
        ...{ issuer: "https://partner.example", audience: AUDIENCE, algorithms: ["ES256"] },
        jwks_url: "https://partner.example/keys",
      },
    },
    upstreams: { echo: { url: echo.origin }, dead: { url: "http://127.0.0.1:1" } },
    routes: [
      { path: "/api/*", methods: ["GET", "HEAD", "POST", "DELETE"], access: "token", upstream: "demo" },
      { path: "/echo/*", ...signedIn },
      { path: "/open/*", ...everyone },
      { path: "/open/shut/*", ...signedIn },
      { path: "/open/shut/window", ...everyone, methods: ["GET"] },
      { path: "/admins/*", ...signedIn, roles: ["admin"] },
      // A scope that the service does not have, so that its own users do not meet it.
      { path: "/scoped/*", ...signedIn, issuers: ["own", "partner"], scopes: ["partner:write"] },
      { path: "/dead/*", ...everyone, upstream: "dead" },
    ],
  },
});
after(() => Promise.all([stack.stop(), echo.stop()]));

const world: World = { origin: stack.origin, stack, echo };
const parts = { account, token, profile, sessions, signOut, cookie, input, judgement, forgery, cors, gate };

// No part uses another's accounts, and only the gate's uses the echo. Within a part, tests run one after the
// other.
describe("one stack for all", { concurrency: 3 }, () => {
  for (const [name, scenarios] of Object.entries(parts)) describe(name, { concurrency: 1 }, () => scenarios(world));
});
