// The vault in a real browser: on pages of its own, before services and APIs that do what a test says.
import { after, describe } from "node:test";
import { launch } from "../harness/browser.ts";
import { addedHeaders } from "./vault/added-headers.ts";
import { canary } from "./vault/canary.ts";
import { collection } from "./vault/collection.ts";
import { cookies } from "./vault/cookies.ts";
import { crowds } from "./vault/crowd.ts";
import { documented } from "./vault/documented.ts";
import { fetching } from "./vault/fetch.ts";
import { frames } from "./vault/frames.ts";
import { hostile } from "./vault/hostile.ts";
import { keepalive } from "./vault/keepalive.ts";
import { leaving } from "./vault/leaving.ts";
import { libraries } from "./vault/libraries.ts";
import { memory } from "./vault/memory.ts";
import { mistakes } from "./vault/mistakes.ts";
import { origins } from "./vault/origins.ts";
import { poisoned } from "./vault/poison.ts";
import { serviceWorkers } from "./vault/service-workers.ts";
import { sleeping } from "./vault/sleeping.ts";
import { starting } from "./vault/starting.ts";
import { streams } from "./vault/streams.ts";
import { unmarked } from "./vault/unmarked.ts";
import { uploads } from "./vault/uploads.ts";

const browser = await launch();
after(() => browser.close());

describe("auth.fetch is fetch", () => {
  fetching(browser, "worker");
  fetching(browser, "page");
  streams(browser, "worker");
  streams(browser, "page");
  uploads(browser, "worker");
  uploads(browser, "page");
  addedHeaders(browser, "worker");
  addedHeaders(browser, "page");
});
describe("what the page sees", () => {
  canary(browser);
  poisoned(browser);
  memory(browser);
  hostile(browser);
});
describe("where the token goes", () => origins(browser));
describe("where the browser may not keep the cookie", () => {
  cookies(browser);
  frames(browser);
});
describe("many calls", () => crowds(browser));
describe("starting", () => starting(browser));
describe("mistakes speak", () => mistakes(browser));
describe("service workers", () => serviceWorkers(browser));
describe("responses of another sender", () => unmarked(browser));
describe("leaving and time", () => {
  leaving(browser);
  keepalive(browser);
  sleeping(browser);
});
describe("libraries", () => {
  libraries(browser);
  documented(browser);
});
await collection();
