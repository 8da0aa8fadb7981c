// The demo's lab in one engine. tests/browser/lab.test.ts has the details, in Chromium.
import { test } from "node:test";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";
import type { Engine } from "./engine.ts";
import type { World } from "./world.ts";

/** Seconds. */
const LIMIT = 60;

export function lab(begin: () => Promise<{ engine: Engine; world: World }>): void {
  test("the lab: four columns, a sign-out elsewhere, the token of an app in a frame, the table", async (context) => {
    const { engine, world } = await begin();
    context.after(() => world.stop());
    const tab = await engine.open(`${world.page.origin}/`);
    await tab.run("start", { vault: "page" });
    await tab.run("signUp", newEmail("lab"), PASSWORD);
    await tab.run("leave", `${world.page.origin}/lab`);
    const shows = (id: string, expected: RegExp) =>
      until(`${id}: ${expected}`, async () => expected.test(await tab.text(`[data-testid="${id}"]`)), LIMIT);
    const open = (part: string) => tab.press(`.lab-parts a[href="#${part}"]`);

    for (const kind of ["session", "none", "bound", "strict"]) await shows(`column-${kind}`, /accepted 200/);
    await tab.press(".actions li:first-child button");
    await shows("trial", /Sign out elsewhere/);
    await shows("kept-session", /\D0 ms.*was rejected/s);
    await shows("kept-strict", /\D0 ms.*was rejected/s);
    await shows("kept-bound", /\d (ms|s)the next call, at .*was rejected/s);
    await shows("trials", /Sign out elsewhere/);

    await open("attack");
    await shows("attack-read", /Read the token/);
    await tab.press('[data-testid="attack-read"] button');
    await shows("attack-read", /stopped.*found in 0 places.*it works.*found in 2\D.*200 accepted: it was stolen/s);

    await open("table");
    await shows("comparison", /Sign-out reliability.*\b0 ms.*found in 0 of 12 places/s);
    await open("machines");
    await shows("account-side", /\(this one\)/);
    await tab.close();

    // The suites that follow begin without a session, and all ports of localhost share its cookies.
    const last = await engine.open(`${world.page.origin}/`);
    await last.run("start", { vault: "page" });
    await last.run("signOut");
    await last.close();
  });
}
