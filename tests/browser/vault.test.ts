// The vault in a real browser: on pages of its own, before services and APIs that do what a test says.
import { after, describe } from "node:test";
import { launch } from "../harness/browser.ts";
import { fetching } from "./vault/fetch.ts";

const browser = await launch();
after(() => browser.close());

describe("auth.fetch is fetch", () => {
  fetching(browser, "worker");
  fetching(browser, "page");
});
