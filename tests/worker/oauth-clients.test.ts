// OAuth clients: where they come from, how they authenticate, the metadata that they find, and pushed requests.
import { after, before, describe } from "node:test";
import { type Durable, startDurable } from "./durable/world.ts";
import { authentication } from "./oauth/authentication.ts";
import { discovery } from "./oauth/discovery.ts";
import { type Documents, documents, startDocuments } from "./oauth/documents.ts";
import { registered } from "./oauth/registered.ts";
import { CONFIG } from "./oauth/world.ts";

let world: Durable;
let published: Documents;
const here = () => world;

describe("OAuth clients", { concurrency: 1 }, () => {
  before(async () => {
    published = await startDocuments();
    const oauth = { ...CONFIG.oauth, registration: "open" };
    world = await startDurable({ config: { ...CONFIG, oauth }, reachesLoopback: true });
  });
  after(() => Promise.all([world?.stop(), published?.stop()]));

  describe("authentication", { concurrency: 1 }, () => authentication(here));
  describe("discovery", { concurrency: 1 }, () => discovery(here));
  describe("documents", { concurrency: 1 }, () => documents(here, () => published));
  describe("registered", { concurrency: 1 }, () => registered(here));
});
