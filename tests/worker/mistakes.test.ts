// Mistakes speak: what a developer or a client did wrong is named by the response where it discloses nothing, on
// localhost with all its details, and always by one line in the log.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { newCredential, operator } from "../harness/operator.ts";
import { startDurable } from "./durable/world.ts";
import { fields } from "./mistakes/fields.ts";

const admin = newCredential();
const services = newCredential();
const config = { admin_credentials: [admin.hash], service_credentials: [services.hash] };
const world = await startDurable({ config });
after(() => world.stop());

describe("invalid_request names the field", { concurrency: 1 }, () =>
  fields({ world, admin: operator(world.origin, admin.secret), service: services.secret }));
assert.ok(world.origin);
