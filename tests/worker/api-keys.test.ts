// API keys: their life, their use at the gate, and their exchange for tokens.
import { after, describe } from "node:test";
import { startEcho } from "../harness/echo.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { startStack } from "../harness/stack.ts";
import { managing } from "./api-keys/managing.ts";
import { using } from "./api-keys/using.ts";
import type { World } from "./api-keys/world.ts";

const echo = await startEcho();
const [admin, service] = [newCredential(), newCredential()];
const route = (path: string, access: string | string[], more: Record<string, unknown> = {}) => ({
  ...{ path, methods: ["GET", "POST"], access, upstream: "echo" },
  ...more,
});
const both = ["token", "api-key"];
const stack = await startStack({
  config: {
    sign_up: "open",
    api_keys: { environment: "live", scopes: ["notes:read", "notes:write"] },
    admin_credentials: [admin.hash],
    service_credentials: [service.hash],
    upstreams: { echo: { url: echo.origin } },
    routes: [
      route("/public/*", "public"),
      route("/token/*", "token"),
      route("/key/*", "api-key", { revocation: "none" }),
      route("/both/*", both),
      route("/any/*", ["token", "api-key", "session"]),
      route("/strict/*", both, { revocation: "strict" }),
      route("/page/*", "session"),
      route("/scoped/read", both, { scopes: ["notes:read"] }),
      route("/scoped/write", both, { scopes: ["notes:write"] }),
      route("/editors/*", both, { roles: ["editor"] }),
      route("/admins/*", both, { roles: ["admin"] }),
    ],
  },
});
after(() => Promise.all([stack.stop(), echo.stop()]));

const { origin } = stack;
const world: World = { origin, stack, echo, admin: operator(origin, admin.secret), service: service.secret };

describe("API keys", { concurrency: 2 }, () => {
  describe("managing", { concurrency: 1 }, () => managing(world));
  describe("using", { concurrency: 1 }, () => using(world));
});
