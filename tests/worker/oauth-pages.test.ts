// What users see of OAuth: requests for authorization, the consent page, and devices.
import { createHash, randomBytes } from "node:crypto";
import { after, describe } from "node:test";
import { startEcho } from "../harness/echo.ts";
import { startStack } from "../harness/stack.ts";
import { authorizing } from "./oauth-pages/authorizing.ts";
import { consenting } from "./oauth-pages/consenting.ts";
import { devices } from "./oauth-pages/devices.ts";
import { CALLBACK, type World } from "./oauth-pages/world.ts";

const echo = await startEcho();
const secret = randomBytes(32).toString("base64url");
const stack = await startStack({
  config: {
    sign_up: "open",
    limits: {
      ...{ free_failures: 5, account_failures: 1_000_000, address_failures: 1_000_000 },
      ...{ attempts: 1_000_000, sign_ups: 1_000_000, refreshes: 1_000_000 },
    },
    upstreams: { echo: { url: echo.origin } },
    routes: [
      { path: "/mcp", methods: ["GET"], access: "token", scopes: ["notes:read"], upstream: "echo" },
      { path: "/notes", methods: ["GET"], access: "token", scopes: ["notes:read"], upstream: "echo" },
    ],
    oauth: {
      scopes: { "notes:read": { description: "Read your notes" }, "notes:write": { description: "Change your notes" } },
      registration: "open",
      resources: { "/mcp": { scopes: ["notes:read"] } },
      clients: {
        reports: {
          name: "Reports <b>",
          redirect_uris: [CALLBACK],
          scopes: ["notes:read"],
          secret_sha256: [createHash("sha256").update(secret).digest("hex")],
        },
        own: {
          name: "Own",
          redirect_uris: ["https://own.example/callback"],
          scopes: ["notes:read"],
          first_party: true,
        },
        cli: {
          name: "Command line",
          application: "native",
          dpop: false,
          redirect_uris: ["http://127.0.0.1/callback"],
          grants: ["authorization_code", "refresh_token", "device_code"],
          scopes: ["notes:read"],
        },
        tv: { name: "Television", dpop: false, grants: ["device_code", "refresh_token"], scopes: ["notes:read"] },
      },
    },
  },
});
after(() => Promise.all([stack.stop(), echo.stop()]));

const world: World = { origin: stack.origin, stack, secret };

describe("what users see of OAuth", { concurrency: 3 }, () => {
  describe("requests", { concurrency: 1 }, () => authorizing(world));
  describe("consent", { concurrency: 1 }, () => consenting(world));
  describe("devices", { concurrency: 1 }, () => devices(world));
});
