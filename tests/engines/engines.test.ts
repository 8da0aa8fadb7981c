// The vault in each engine. `npm test` runs Chromium, `npm run test:engines` all three.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { startStack } from "../harness/stack.ts";
import { startChromium } from "./chromium.ts";
import { type Engine, type EngineName, wantedEngines } from "./engine.ts";
import { lab } from "./lab.ts";
import { OAUTH, oauth } from "./oauth.ts";
import { type Mode, suite } from "./suite.ts";
import { startFirefox, startWebkit } from "./webdriver.ts";
import { startWorld } from "./world.ts";

const START: Record<EngineName, () => Promise<Engine>> = {
  chromium: startChromium,
  firefox: startFirefox,
  webkit: startWebkit,
};
const MODES: readonly Mode[] = ["worker", "page"];

const scenarios = await readFile(new URL("scenarios.js", import.meta.url), "utf8");
const stack = await startStack({ lab: true, config: { sign_up: "open", oauth: OAUTH } });
after(() => stack.stop());

/** `latchkey-auth/testing` and its contract, as a browser's test runner would serve them. */
const {
  outputFiles: [fake],
} = await build({
  stdin: {
    contents: 'export { BEHAVIOURS } from "./behaviours.ts"; export { fakeSubject } from "./fake-subject.ts";',
    resolveDir: fileURLToPath(new URL("../sdk", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  write: false,
});

for (const name of wantedEngines()) {
  describe(name, { concurrency: 1 }, () => {
    let engine: Engine;
    before(async () => {
      engine = await START[name]();
    });
    after(() => engine?.stop());
    test("what it can do", async (context) => {
      const world = await startWorld(stack.origin, engine.needsHttps, scenarios);
      context.after(() => world.stop());
      const tab = await engine.open(`${world.page.origin}/`);
      const abilities = await tab.run<Record<string, boolean>>("abilities");
      context.diagnostic(`${name} ${engine.version}`);
      for (const [what, there] of Object.entries(abilities)) context.diagnostic(`${what}: ${there ? "yes" : "no"}`);
      await tab.close();
    });
    test("latchkey-auth/testing in a page meets the contract of every client", async (context) => {
      const world = await startWorld(stack.origin, engine.needsHttps, scenarios);
      context.after(() => world.stop());
      world.page.on("/fake.js", (_, response) => {
        response.writeHead(200, { "Content-Type": "text/javascript" }).end(fake?.text);
      });
      const tab = await engine.open(`${world.page.origin}/`);
      const { passed, failed } = await tab.run<{ passed: number; failed: string[] }>("contractByFake", "/fake.js");
      assert.deepEqual(failed, []);
      assert.ok(passed > 0);
      assert.deepEqual(
        world.page.seen.filter(({ path }) => path.startsWith("/auth/")),
        [],
        "nothing is sent",
      );
      await tab.close();
    });
    oauth(async () => ({ engine, world: await startWorld(stack.origin, engine.needsHttps, scenarios) }));
    lab(async () => ({ engine, world: await startWorld(stack.origin, engine.needsHttps, scenarios) }));
    for (const mode of MODES) {
      describe(`${name}, vault: "${mode}"`, { concurrency: 1 }, () =>
        suite(mode, async () => ({
          engine,
          world: await startWorld(stack.origin, engine.needsHttps, scenarios),
        })),
      );
    }
  });
}
