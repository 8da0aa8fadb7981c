// Attacks on the page that asks the user.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { ask as http } from "../harness/http.ts";
import { signUp, type Visitor } from "../harness/visitor.ts";
import { Browser, formsOf } from "./browser.ts";
import { prepare, type Terms } from "./flow.ts";
import { CALLBACK, type World } from "./world.ts";

export function consentPage(world: () => World): void {
  let who: Visitor;
  let reports: Terms;
  before(async () => {
    who = await signUp(world().origin);
    reports = { client: "reports", secret: world().secret, redirect: CALLBACK, scope: "openid notes:read" };
  });

  const origin = () => world().origin;
  const prepared = (terms: Terms = reports) => prepare(origin(), terms);
  const authorize = (query: URLSearchParams | string, browser = new Browser(origin(), who)) =>
    browser.open(`${origin()}/oauth/authorize?${query}`);

  describe("the consent page", () => {
    const page = async (browser: Browser, terms: Terms = { ...reports, scope: "notes:write" }) => {
      const at = await authorize(prepared(terms).query, browser);
      assert.equal(at.page?.status, 200, at.page?.text);
      return at;
    };

    test("clickjacking: it can't be framed, runs no script, and opens nothing", async () => {
      const browser = new Browser(origin(), who);
      await page(browser);
      for (const { url, answer } of browser.history) {
        const policy = answer.header("content-security-policy") ?? "";
        assert.match(policy, /frame-ancestors 'none'/, url);
        assert.match(policy, /default-src 'none'/, url);
        assert.doesNotMatch(policy, /script-src (?!'none')/, url);
        assert.equal(answer.header("x-frame-options"), "DENY", url);
        assert.match(answer.header("referrer-policy") ?? "", /^(no-referrer|same-origin)$/, url);
        assert.match(answer.header("cache-control") ?? "", /no-store/, url);
        assert.doesNotMatch(answer.text, /<script|\son\w+=|<iframe|<img/i, url);
      }
    });

    test("it names the host that gets the answer, and what is requested, as text", async () => {
      const at = await page(new Browser(origin(), who));
      assert.match(at.page?.text ?? "", /client\.example/);
      assert.match(at.page?.text ?? "", /Change your notes/);
    });

    test("forgery: a form of another site, without the user's cookie or for another user, approves nothing", async () => {
      const victim = await signUp(origin());
      const [mine, theirs] = [new Browser(origin(), who), new Browser(origin(), victim)];
      const [at, victimAt] = [await page(mine), await page(theirs)];
      const [own = assert.fail(), victims = assert.fail()] = [formsOf(at)[0], formsOf(victimAt)[0]];
      const [, [name, value]] = [...own.buttons].find(([text]) => /^(Allow|Approve)/i.test(text)) ?? assert.fail();
      const body = (hidden: Record<string, string>) =>
        new URLSearchParams({ ...hidden, ...(name ? { [name]: value } : {}) }).toString();
      const send = (hidden: Record<string, string>, headers: Record<string, string | undefined>) =>
        http(origin(), own.action.pathname + own.action.search, {
          method: "POST",
          headers: {
            ...{ "Content-Type": "application/x-www-form-urlencoded", Origin: origin() },
            ...{ "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document", Cookie: victim.cookie },
            ...headers,
          },
          body: body(hidden),
        });
      for (const [what, hidden, headers] of [
        ["the attacker's form with the victim's cookie", own.hidden, {}],
        ["of another site", victims.hidden, { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }],
        [
          "of another origin, by an old browser",
          victims.hidden,
          { "Sec-Fetch-Site": undefined, Origin: "https://evil.example" },
        ],
        ["without an origin", victims.hidden, { "Sec-Fetch-Site": undefined, Origin: undefined }],
        ["without the cookie", victims.hidden, { Cookie: undefined }],
        ["without its fields", {}, {}],
      ] as [string, Record<string, string>, Record<string, string | undefined>][]) {
        const answer = await send(hidden, headers);
        assert.doesNotMatch(answer.header("location") ?? "", /[?&]code=/, what);
        assert.ok(!/[?&]code=/.test(answer.text), what);
      }
      const url = await theirs.answer(victimAt, /^(Allow|Approve)/i);
      assert.ok(url.searchParams.get("code"), "the victim's own click counts");
    });

    test("a request that was changed after it was checked is refused", async () => {
      const browser = new Browser(origin(), who);
      const at = await page(browser);
      const link = browser.history.map(({ url }) => url).find((url) => /[?&]request=/.test(url)) ?? at.url.href;
      const changed = new URL(link);
      const sealed = changed.searchParams.get("request") ?? assert.fail(link);
      changed.searchParams.set("request", sealed.slice(0, -2) + (sealed.endsWith("AA") ? "BB" : "AA"));
      const answer = await browser.visit(changed);
      assert.equal(answer.page?.status, 400, answer.page?.text);
      assert.equal(formsOf(answer).length, 0);
    });
  });
}
