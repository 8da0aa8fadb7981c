// Forward-auth with real proxies and the very configuration files that deployers copy, in front of a real
// application; and with the requests that other proxies send according to their documentation. Between a proxy and
// the Worker there is TLS, as in production.
import { after, before, describe } from "node:test";
import type { World } from "./bare/world.ts";
import { documented } from "./forward-auth/documented.ts";
import { DEFINITIONS } from "./forward-auth/proxies.ts";
import { scenarios } from "./forward-auth/scenarios.ts";
import { startWorld } from "./forward-auth/world.ts";

describe("forward-auth", { concurrency: true }, () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.stop());
  for (const definition of DEFINITIONS) scenarios(definition, () => world);
  documented(() => world);
});
