// The device flow under attack: the code on a page that the user did not ask for, and codes that are guessed or
// stolen.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Answer } from "../harness/http.ts";
import { form } from "../harness/operator.ts";
import { signUp, type Visitor } from "../harness/visitor.ts";
import { assertError } from "./attacks.ts";
import { Browser } from "./browser.ts";
import { ask } from "./flow.ts";
import type { World } from "./world.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export function devices(world: () => World): void {
  let who: Visitor;
  before(async () => {
    who = await signUp(world().origin);
  });
  const origin = () => world().origin;
  const begin = async (headers: Record<string, string> = {}) => {
    const fields = { client_id: "plain-cli", scope: "notes:read" };
    const answer = await form(origin(), "/oauth/device_authorization", fields, headers);
    assert.equal(answer.status, 200, answer.text);
    return answer.json() as { device_code: string; user_code: string; verification_uri: string };
  };
  const poll = (device_code: string, client = "plain-cli"): Promise<Answer> =>
    ask(origin(), { grant_type: GRANT, device_code }, { client });
  const enter = async (browser: Browser, uri: string, user_code: string) =>
    browser.press(await browser.visit(uri), /^(Continue|Next)/i, { user_code });

  test("phishing: the page shows which client requests what, since when and from where, and the code to compare", async () => {
    const { user_code, verification_uri } = await begin({ "CF-Connecting-IP": "203.0.113.77" });
    const browser = new Browser(origin(), who);
    const { page } = await enter(browser, verification_uri, user_code);
    const text = page?.text ?? "";
    assert.match(text, /A plain command line/, "the client's name");
    assert.match(text, /Read your notes/, "what it asks for");
    assert.match(text, /203\.0\.113\.77/, "from where");
    assert.ok(text.includes(user_code), "the code, to compare it with the device's");
    for (const { answer } of browser.history) {
      assert.match(answer.header("content-security-policy") ?? "", /frame-ancestors 'none'/);
      assert.equal(answer.header("x-frame-options"), "DENY");
      assert.doesNotMatch(answer.text, /<script/i);
    }
  });

  test("a link with the code approves nothing by itself", async () => {
    const { user_code, device_code, verification_uri } = await begin();
    const browser = new Browser(origin(), who);
    const { page } = await browser.open(`${verification_uri}?user_code=${user_code}`);
    assert.equal(page?.status, 200);
    assertError(await poll(device_code), "authorization_pending");
  });

  test("a device code is valid for its own client only, and not after the user has denied it", async () => {
    const { user_code, device_code, verification_uri } = await begin();
    assertError(await poll(device_code, "other-cli"), "invalid_grant", "another client");
    const browser = new Browser(origin(), who);
    const confirmation = await enter(browser, verification_uri, user_code);
    await browser.press(confirmation, /^(Deny|Cancel|Do not allow|Don.t allow)/i);
    assertError(await poll(device_code), "access_denied");
    const again = await enter(new Browser(origin(), who), verification_uri, user_code);
    assert.doesNotMatch(again.page?.text ?? "", /A plain command line/, "a code counts once");
  });

  describe("guessing", () => {
    test("all wrong codes get the same page, and their number is limited", async () => {
      const browser = new Browser(origin(), await signUp(origin()));
      const { verification_uri } = await begin();
      const statuses = new Set<number>();
      for (const code of ["BBBB-BBBB", "bbbbbbbb", "AAAA-AAAA", "", "BBBB-BBBBB"]) {
        const { page } = await enter(browser, verification_uri, code);
        statuses.add(page?.status ?? 0);
        assert.doesNotMatch(page?.text ?? "", /Read your notes/);
      }
      assert.ok(
        [...statuses].every((status) => status >= 400),
        [...statuses].join(),
      );
    });
  });
}
