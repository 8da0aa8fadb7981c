// The consent page: what it says, what its form does, and what other forms don't.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../../harness/http.ts";
import { refresh, signIn, signUp } from "../../harness/visitor.ts";
import {
  answered,
  asked,
  assertPage,
  authorize,
  CALLBACK,
  form,
  go,
  leadsTo,
  request,
  returnTo,
  submit,
  type World,
} from "./world.ts";

const TARGET = new URL(CALLBACK).origin;

export function consenting({ origin }: World): void {
  test("the user sees who asks for what, and the client gets a code, its state and the issuer", async () => {
    const { cookie, email } = await signUp(origin);
    const page = await asked(origin, request(), cookie);
    assertPage(page, 200, TARGET);
    for (const part of [
      "<bdi>Reports &lt;b&gt;</bdi>",
      "<dd>reports.example</dd>",
      email,
      "<li>Read your notes</li>",
    ]) {
      assert.ok(page.text.includes(part), part);
    }
    assert.deepEqual(form(page).decisions, ["other_account", "allow", "deny"]);
    assert.deepEqual(page.setCookies, [], "the cookie never rotates");
    const redirect = await submit(origin, form(page), { decision: "allow" }, cookie);
    const parameters = answered(redirect, 303);
    assert.deepEqual([...parameters.keys()], ["code", "state", "iss"]);
    assert.deepEqual([parameters.get("state"), parameters.get("iss")], ["a state", origin]);
    assert.deepEqual(redirect.setCookies, []);
    assert.equal((await refresh(origin, cookie)).status, 200, "the session goes on");
  });

  test("consent is remembered for what was granted, and only for that", async () => {
    const { cookie } = await signUp(origin);
    const page = await asked(origin, request({ scope: "notes:read" }), cookie);
    answered(await submit(origin, form(page), { decision: "allow" }, cookie), 303);
    for (const prompt of [undefined, "none"]) {
      const parameters = answered(await asked(origin, request({ scope: "notes:read", prompt }), cookie), 302);
      assert.ok(parameters.get("code"));
    }
    for (const more of [{ scope: "notes:read email" }, { scope: "notes:read", prompt: "consent" }]) {
      assertPage(await asked(origin, request(more), cookie), 200, TARGET);
    }
    const resource = { scope: "notes:read", resource: `${origin}/mcp` };
    const other = await asked(origin, request(resource), cookie);
    assertPage(other, 200, TARGET);
    assert.ok(other.text.includes(`${origin}/mcp`));
    assertPage(await asked(origin, request({ scope: "notes:read" }), (await signUp(origin)).cookie), 200, TARGET);
  });

  test("a user who denies it: the client gets access_denied, and nothing is remembered", async () => {
    const { cookie } = await signUp(origin);
    const page = await asked(origin, request(), cookie);
    const parameters = answered(await submit(origin, form(page), { decision: "deny" }, cookie), 303);
    assert.deepEqual(
      [parameters.get("error"), parameters.get("state"), parameters.get("iss"), parameters.get("code")],
      ["access_denied", "a state", origin, null],
    );
    assertPage(await asked(origin, request(), cookie), 200, TARGET);
  });

  test("a form is answered with a code once", async () => {
    const { cookie } = await signUp(origin);
    const page = await asked(origin, request(), cookie);
    const both = await Promise.all([1, 2].map(() => submit(origin, form(page), { decision: "allow" }, cookie)));
    assert.deepEqual(both.map(({ status }) => status).sort(), [303, 400]);
    assertPage(await submit(origin, form(page), { decision: "allow" }, cookie), 400);
  });

  test("a form of another origin approves nothing", async () => {
    const { cookie } = await signUp(origin);
    const page = await asked(origin, request(), cookie);
    for (const changed of [
      { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
      { Origin: "https://evil.example", "Sec-Fetch-Site": undefined },
      { Origin: "null", "Sec-Fetch-Site": "cross-site" },
      { Origin: "null", "Sec-Fetch-Site": undefined },
      { Origin: "http://app.localhost:1", "Sec-Fetch-Site": "same-site" },
      { Origin: undefined, "Sec-Fetch-Site": undefined },
      { Origin: undefined, "Sec-Fetch-Site": "none" },
    ]) {
      const refused = await submit(origin, form(page), { decision: "allow" }, cookie, changed);
      assert.deepEqual([refused.status, refused.header("location")], [403, undefined], JSON.stringify(changed));
    }
    const byQuery = await ask(
      origin,
      `/oauth/consent?${new URLSearchParams({ ...form(page).fields, decision: "allow" })}`,
      {
        headers: { Cookie: cookie, "Sec-Fetch-Site": "cross-site" },
      },
    );
    assertPage(byQuery, 200, TARGET);
    // The request was not used up meanwhile.
    answered(await submit(origin, form(page), { decision: "allow" }, cookie), 303);
  });

  test("a form that was written for another session or request asks again", async () => {
    const [mallory, victim] = await Promise.all([signUp(origin), signUp(origin)]);
    const ofMallory = form(await asked(origin, request(), mallory.cookie));
    const ofVictim = form(await asked(origin, request({ scope: "notes:read" }), victim.cookie));
    for (const fields of [
      ofMallory.fields,
      { ...ofMallory.fields, proof: ofVictim.fields.proof as string },
      { request: ofMallory.fields.request as string },
      { ...ofVictim.fields, proof: "" },
      { ...ofVictim.fields, proof: `${ofVictim.fields.proof}x` },
    ]) {
      for (const decision of ["allow", "deny", "other_account"]) {
        const again = await submit(origin, { action: "/oauth/consent", fields }, { decision }, victim.cookie);
        assertPage(again, 200, TARGET);
        assert.ok(again.text.includes(victim.email), "the page is about the user's own account");
      }
    }
    for (const decision of ["", "Allow", "yes"]) {
      assertPage(await submit(origin, ofVictim, { decision }, victim.cookie), 400);
    }
    const signedOut = await submit(origin, ofVictim, { decision: "allow" });
    assert.equal(signedOut.status, 303);
    assert.match(signedOut.header("location") ?? "", /^\/\?return_to=%2Foauth%2Fconsent%3Frequest%3D/);
  });

  test("a script or a frame of the app's own origin gets no page and approves nothing", async () => {
    const { cookie } = await signUp(origin);
    const path = leadsTo(await authorize(origin, request()));
    const page = await go(origin, path, cookie);
    for (const dest of ["empty", "iframe", "frame", "embed", "object", "image", "script", "serviceworker", ""]) {
      const headers = { "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": dest.endsWith("frame") ? "navigate" : "cors" };
      for (const where of [path, "/oauth/device"]) {
        const refused = await go(origin, where, cookie, headers);
        assert.deepEqual([refused.status, refused.json().code], [403, "request_forgery"], `${where} ${dest}`);
      }
      const refused = await submit(origin, form(page), { decision: "allow" }, cookie, headers);
      assert.deepEqual([refused.status, refused.header("location")], [403, undefined], dest);
    }
    answered(await submit(origin, form(page), { decision: "allow" }, cookie), 303);
  });

  test("another account: this browser's session ends, and the user signs in", async () => {
    const who = await signUp(origin);
    const elsewhere = await signIn(origin, who);
    const page = await asked(origin, request(), who.cookie);
    const redirect = await submit(origin, form(page), { decision: "other_account" }, who.cookie);
    assert.equal(redirect.status, 303);
    assert.match(redirect.header("location") ?? "", /^\/\?return_to=%2Foauth%2Fconsent%3Frequest%3D/);
    assert.match(redirect.setCookies.join(), /Max-Age=0/);
    assert.equal((await refresh(origin, who.cookie)).status, 401);
    assert.equal((await refresh(origin, elsewhere.cookie)).status, 200, "no other session ends");
  });

  test("prompt=login and max_age: the user signs in again, once", async () => {
    for (const more of [{ prompt: "login" }, { max_age: "0" }, { prompt: "select_account" }]) {
      // The sign-up may be of the same second as the request, and does not count nevertheless.
      const who = await signUp(origin);
      const path = leadsTo(await authorize(origin, request(more)));
      const page = await go(origin, path, who.cookie);
      assertPage(page, 200, TARGET);
      assert.deepEqual(form(page).decisions, ["other_account", "sign_in_again", "deny"]);
      // Consent does not replace the sign-in.
      assertPage(await submit(origin, form(page), { decision: "allow" }, who.cookie), 200, TARGET);
      const redirect = await submit(origin, form(page), { decision: "sign_in_again" }, who.cookie);
      assert.equal(redirect.status, 303);
      // The sign-in may also be of the same second as the request, and counts: this browser had no session before it.
      const again = await signIn(origin, who);
      const back = await go(origin, returnTo(redirect), again.cookie);
      assert.deepEqual(form(back).decisions, ["other_account", "allow", "deny"], JSON.stringify(more));
      answered(await submit(origin, form(back), { decision: "allow" }, again.cookie), 303);
      // So does that of a user who had no session. What they have consented to is remembered.
      const without = await asked(origin, request(more));
      assert.equal(without.status, 302);
      const first = await signIn(origin, who);
      const silent = await go(origin, returnTo(without), first.cookie);
      assert.ok(answered(silent, 302).get("code"), JSON.stringify(more));
      // A sign-in for one request is none for the next one.
      const next = await asked(origin, request(more), first.cookie);
      assert.deepEqual(form(next).decisions, ["other_account", "sign_in_again", "deny"], JSON.stringify(more));
    }
    const { cookie } = await signUp(origin);
    assert.ok(form(await asked(origin, request({ max_age: "600" }), cookie)).decisions.includes("allow"));
  });

  test("acr_values that the user can't reach: the client gets an error", async () => {
    const { cookie } = await signUp(origin);
    for (const [acr_values, reached] of [
      ["aal2", false],
      ["unknown", false],
      ["aal2 aal1", true],
    ] as const) {
      const answer = await asked(origin, request({ acr_values }), cookie);
      if (reached) assertPage(answer, 200, TARGET);
      else assert.equal(answered(answer, 302).get("error"), "unmet_authentication_requirements");
    }
  });

  test("the deployer's own client is not asked about", async () => {
    const { cookie } = await signUp(origin);
    const own = { client_id: "own", redirect_uri: "https://own.example/callback", scope: "notes:read" };
    const parameters = answered(await asked(origin, request(own), cookie), 302, own.redirect_uri);
    assert.ok(parameters.get("code"));
    assertPage(await asked(origin, request({ ...own, prompt: "consent" }), cookie), 200, "https://own.example");
  });

  test("the page is in the user's language", async () => {
    const { cookie } = await signUp(origin);
    const path = leadsTo(await authorize(origin, request()));
    for (const [accepted, lang, allow] of [
      ["de-AT,de;q=0.9,en;q=0.8", "de", "Erlauben"],
      ["ja", "ja", "許可する"],
      ["it", "en", "Allow"],
    ] as const) {
      const page = await go(origin, path, cookie, { "Accept-Language": accepted });
      assert.ok(
        page.text.startsWith(`<!doctype html><html lang="${lang}">`) && page.text.includes(`>${allow}<`),
        accepted,
      );
    }
  });
}
