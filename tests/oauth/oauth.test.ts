// OAuth as a black box: clients written outside this project, a native app, agents, and attacks, on one Worker.
import { after, before, describe } from "node:test";
import { agents } from "./agents.ts";
import { attacks } from "./attacks.ts";
import { mcpConformance } from "./conformance.ts";
import { consentPage } from "./consent-page.ts";
import { devices } from "./devices.ts";
import { documents } from "./documents.ts";
import { endpoints } from "./endpoints.ts";
import { machines } from "./machines.ts";
import { native } from "./native.ts";
import { oauth4webapi } from "./oauth4webapi.ts";
import { proofs } from "./proofs.ts";
import { secrets } from "./secrets.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

describe("OAuth", { concurrency: 3 }, () => {
  describe("oauth4webapi", () => oauth4webapi(() => world));
  describe("documents of clients", () => documents(() => world));
  describe("endpoints", () => endpoints(() => world));
  describe("native apps", () => native(() => world));
  describe("agents", () => agents(() => world));
  describe("machines", () => machines(() => world));
  describe("proofs", () => proofs(() => world));
  describe("the consent page", () => consentPage(() => world));
  describe("attacks", () => attacks(() => world));
  describe("attacks on devices", () => devices(() => world));
  describe("secrets", () => secrets(() => world));
  describe("MCP's conformance tests", () => mcpConformance(() => world));
});
