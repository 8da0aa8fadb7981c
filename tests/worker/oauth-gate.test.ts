// Tokens of OAuth clients at the gate and at the service's own paths.
import { after, before, describe } from "node:test";
import { type Durable, startDurable } from "./durable/world.ts";
import { gate } from "./oauth/gate.ts";
import { proofs } from "./oauth/proofs.ts";
import { servicePaths } from "./oauth/service-paths.ts";
import { CONFIG } from "./oauth/world.ts";

let world: Durable;
const here = () => world;
const [first = {}] = CONFIG.routes;
const route = (path: string, more: Record<string, unknown> = {}) => ({ ...first, path, scopes: [], ...more });

/** Everything that a path under `/auth` can need. Nothing is sent to a provider or a mailbox. */
const EVERYTHING = {
  api_keys: {},
  passkeys: {},
  mail: { adapter: "resend", secret_binding: "MAIL_SECRET", from: "Latchkey <no-reply@example.com>" },
  providers: {
    acme: { issuer: "https://id.example.com", client_id: "c" },
  },
};

describe("OAuth at the gate", { concurrency: 1 }, () => {
  before(async () => {
    const routes = [
      ...CONFIG.routes,
      route("/write/*", { scopes: ["notes:write"] }),
      route("/mirror/*", { scopes: ["notes:read"], upstream: "mirror" }),
      route("/public/*", { access: "public", upstream: "mirror", revocation: "none" }),
      route("/mcp/notes", { scopes: ["notes:read"] }),
      route("/mcp/closed"),
      route("/keys/*", { access: "api-key", scopes: ["notes:read"] }),
    ];
    const mirror = new URL("oauth/workers/mirror.ts", import.meta.url);
    const beside = [{ binding: "MIRROR", kind: "service" as const, worker: mirror }];
    const upstreams = { echo: { service: "ECHO" }, mirror: { service: "MIRROR" } };
    const secrets = { MAIL_SECRET: "m".repeat(40) };
    world = await startDurable({ config: { ...CONFIG, ...EVERYTHING, upstreams, routes }, secrets, beside });
  });
  after(() => world?.stop());

  describe("routes", { concurrency: 1 }, () => gate(here));
  describe("bound tokens", { concurrency: 1 }, () => proofs(here));
  describe("the service's own paths", { concurrency: 1 }, () => servicePaths(here));
});
