// Mistakes speak: the log names each one in one line, and the response says the same where it discloses nothing.
import { after, test } from "node:test";
import { newCredential, operator } from "../harness/operator.ts";
import { ISSUER, startDurable } from "./durable/world.ts";
import { fields } from "./mistakes/fields.ts";
import { byDefault, mistaken, PRODUCTION, spoken, UNBOUND, unlisted } from "./mistakes/spoken.ts";

const admin = newCredential();
const services = newCredential();
const config = { admin_credentials: [admin.hash], service_credentials: [services.hash] };
const world = await startDurable({ config });
after(() => world.stop());

test("every route of the service names the invalid field of a request", () =>
  fields({ world, admin: operator(world.origin, admin.secret), service: services.secret }));

test("a service on localhost allows pages of every port of localhost", () => byDefault(world));

test("on localhost, mistakes in the set-up are in the log, once, and in the response", async () => {
  await world.start({ config: mistaken(ISSUER), unbound: UNBOUND });
  await spoken(world, ISSUER);
});

test("in production, they are in the log, and the response does not reveal the configuration", async () => {
  await world.start({ config: mistaken(PRODUCTION) });
  await spoken(world, PRODUCTION);
});

test("a page of an origin that is not listed can read that and the public documents, and nothing else", () =>
  unlisted(world));
