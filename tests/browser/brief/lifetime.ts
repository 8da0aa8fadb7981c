// The access token expires in seconds here, so that it has to be renewed while the app is being used.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo } from "../../harness/browser.ts";
import { until } from "../../harness/until.ts";
import { newEmail, PASSWORD } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function lifetime({ origin, browser }: World): void {
  test("the token expires during use: every call succeeds, refreshes are counted, no user is signed out", async () => {
    const context = await browser.newContext();
    const demo = await Demo.open(context, origin);
    await demo.signUp(newEmail(), PASSWORD);
    const id = JSON.parse(await demo.callMe()).id;
    const start = await demo.refreshes();
    let calls = 0;
    await until("two refreshes happen during five calls or more", async () => {
      assert.equal(JSON.parse(await demo.callMe()).id, id);
      calls += 1;
      return calls >= 5 && (await demo.refreshes()) >= start + 2;
    });
    const statuses = await demo.callStatuses();
    assert.ok(statuses.length > calls, `${statuses.length} calls logged`);
    assert.deepEqual([...new Set(statuses)], ["200"], "every call in the log");
    assert.equal(await demo.part("sign-in-form").count(), 0);
    await context.close();
  });

  test("two tabs through several lifetimes: no false alarm, no call fails", async () => {
    const context = await browser.newContext();
    const one = await Demo.open(context, origin);
    await one.signUp(newEmail(), PASSWORD);
    const two = await Demo.open(context, origin);
    await two.part("app").waitFor();
    const start = await two.refreshes();
    await until("the second tab renews twice", async () => {
      await Promise.all([one.callMe(), two.callMe()]);
      return (await two.refreshes()) >= start + 2;
    });
    for (const tab of [one, two]) {
      await tab.page.reload();
      await tab.part("app").waitFor();
      await tab.callMe();
    }
    await context.close();
  });

  test("a session that the server ended: the app shows the form at the next renewal", async () => {
    const context = await browser.newContext();
    const elsewhere = await browser.newContext();
    const email = newEmail();
    const demo = await Demo.open(context, origin);
    await demo.signUp(email, PASSWORD);
    const other = await Demo.open(elsewhere, origin);
    await other.signIn(email, PASSWORD);
    await other.button("Sign out everywhere").click();
    await other.part("sign-in-form").waitFor();
    await demo.part("sign-in-form").waitFor();
    await Promise.all([context.close(), elsewhere.close()]);
  });
}
