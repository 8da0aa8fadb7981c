// The authorization server's tokens: codes, refresh tokens, grants, revocation, introspection, userinfo.
import { after, before, describe } from "node:test";
import { type Durable, startDurable } from "./durable/world.ts";
import { grants } from "./oauth/grants.ts";
import { stored } from "./oauth/stored.ts";
import { tokenEndpoint } from "./oauth/tokens.ts";
import { CONFIG } from "./oauth/world.ts";

let world: Durable;
const here = () => world;

describe("OAuth", { concurrency: 1 }, () => {
  before(async () => {
    world = await startDurable({ config: CONFIG });
  });
  after(() => world?.stop());

  describe("tokens", { concurrency: 1 }, () => tokenEndpoint(here));
  describe("grants", { concurrency: 1 }, () => grants(here));
  describe("storage", { concurrency: 1 }, () => stored(here));
});
