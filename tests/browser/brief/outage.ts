// The server is gone: the user stays signed in, is told, and goes on when it is back. A short token lifetime makes the
// client need the service soon.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Demo, watchParts } from "../../harness/browser.ts";
import { newEmail, PASSWORD } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function outage({ stack, browser }: World): void {
  test("check_52 server down: still signed in, a banner; back again: the banner goes, calls work, and a reload too", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const partsSeen = await watchParts(page);
    const demo = new Demo(page);
    await page.goto(`${stack.origin}/`);
    const email = newEmail();
    await demo.signUp(email, PASSWORD);
    await demo.callMe();
    assert.equal(await demo.part("status-banner").count(), 0);
    const atForm = await partsSeen();
    assert.ok(atForm.includes("sign-in-form"), "before the sign-up it was there");

    await stack.kill();
    await demo.part("status-banner").waitFor();
    assert.equal(await demo.text("user-email"), email);
    assert.equal(await demo.part("sign-in-form").count(), 0);
    await demo.button("Call /api/me").click();
    await demo.part("app").waitFor();

    await stack.restart();
    await demo.part("status-banner").waitFor({ state: "detached" });
    assert.equal(await demo.text("user-email"), email);
    await demo.callMe();

    await page.reload();
    await demo.part("app").waitFor();
    assert.ok(!(await partsSeen()).some((part) => /^sign-(in|up)-form$/.test(part)), "no form since the reload");
    await context.close();
  });
}
