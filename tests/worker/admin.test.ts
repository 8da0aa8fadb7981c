// Programs with a credential: the admin API, introspection and revocation, and the audit trail of all of
// these.
import { after, describe } from "node:test";
import { startEcho } from "../harness/echo.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { startStack } from "../harness/stack.ts";
import { accounts } from "./admin/accounts.ts";
import { audit } from "./admin/audit.ts";
import { canary } from "./admin/canary.ts";
import { credentials } from "./admin/credentials.ts";
import { deletion } from "./admin/deletion.ts";
import { keys } from "./admin/keys.ts";
import { metadata } from "./admin/metadata.ts";
import { oneTime } from "./admin/one-time.ts";
import { roles } from "./admin/roles.ts";
import { services } from "./admin/services.ts";
import { tokens } from "./admin/tokens.ts";
import { METADATA_CLAIM, type World } from "./admin/world.ts";

const admins = [newCredential(), newCredential()];
const programs = [newCredential(), newCredential()];
const echo = await startEcho();
const route = { methods: ["GET"], access: "token", upstream: "echo" };
const stack = await startStack({
  config: {
    sign_up: "open",
    replay_window: 2,
    one_time_password_ttl: 15,
    user: { metadata_claim: METADATA_CLAIM },
    admin_credentials: admins.map(({ hash }) => hash),
    service_credentials: programs.map(({ hash }) => hash),
    // Without the authorization server, whose metadata names its own paths.
    oauth: undefined,
    upstreams: { echo: { url: echo.origin } },
    routes: [
      { path: "/none/*", revocation: "none", ...route },
      { path: "/1s/*", revocation: "1s", ...route },
      { path: "/strict/*", revocation: "strict", ...route },
      { path: "/editors/*", revocation: "1s", roles: ["editor"], ...route },
      { path: "/page/*", ...route, access: "session", roles: ["editor"] },
    ],
  },
});
after(() => Promise.all([stack.stop(), echo.stop()]));

const world: World = {
  origin: stack.origin,
  stack,
  echo,
  admins,
  services: programs,
  admin: operator(stack.origin, admins[0]?.secret ?? ""),
};
const parts = { credentials, accounts, roles, metadata, oneTime, deletion, services, tokens, audit, canary };

describe("programs with a credential", { concurrency: 3 }, () => {
  for (const [name, scenarios] of Object.entries(parts)) describe(name, { concurrency: 1 }, () => scenarios(world));
});

describe("an operator's keys", { concurrency: 1 }, () => keys(world));
