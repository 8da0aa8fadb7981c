// What becomes of a request before the user sees who asks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../../harness/http.ts";
import { signUp } from "../../harness/visitor.ts";
import {
  answered,
  asked,
  assertPage,
  authorize,
  CALLBACK,
  encoded,
  form,
  go,
  LOOPBACK,
  leadsTo,
  pkce,
  request,
  returnTo,
  submit,
  type World,
} from "./world.ts";

export function authorizing({ origin, secret }: World): void {
  test("a request leads on by a page of the service's own origin, so that the Strict cookie comes along", async () => {
    const page = await authorize(origin, request());
    assertPage(page, 200);
    leadsTo(page);
    const posted = await ask(origin, "/oauth/authorize", {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site", Origin: "null" },
      body: encoded(request()),
    });
    leadsTo(posted);
  });

  test("an unknown client or redirect URI: a page, and never a redirect", async () => {
    const lookAlikes = [
      "https://reports.example/callback/",
      "https://reports.example/callback?x=1",
      "https://reports.example/Callback",
      "https://reports.example/callback%2f",
      "https://reports.example/x/../callback",
      "https://reports.example/callback#x",
      "https://reports.example:443/callback",
      "https://reports.example:8443/callback",
      "https://REPORTS.example/callback",
      "http://reports.example/callback",
      "https://reports.example.evil.example/callback",
      "https://reports.example@evil.example/callback",
      "https://evil.example/?https://reports.example/callback",
      "https://reports.example\\@evil.example/callback",
      "https://xn--reprts-qta.example/callback",
      "//reports.example/callback",
      "javascript:alert(1)//https://reports.example/callback",
      "data:text/html,https://reports.example/callback",
      "urn:ietf:params:oauth:grant-type:device_code",
    ];
    for (const redirect_uri of [undefined, "", ...lookAlikes]) {
      const page = await authorize(origin, request({ redirect_uri }));
      assertPage(page, 400);
      assert.ok(!page.text.includes("evil.example"), "the page does not repeat it");
    }
    for (const more of [{ prompt: "none" }, { response_type: "token" }, { code_challenge: undefined }]) {
      assertPage(await authorize(origin, request({ redirect_uri: "https://evil.example/", ...more })), 400);
    }
    for (const client_id of [undefined, "", "unknown", "c.unknown", "REPORTS", "reports ", "<script>"]) {
      assertPage(await authorize(origin, request({ client_id })), 400);
    }
    for (const changes of [
      { redirect_uri: "http://127.0.0.1:1/other", client_id: "cli" },
      { redirect_uri: "http://127.0.0.1.evil.example/callback", client_id: "cli" },
      { redirect_uri: "http://127.0.0.1:80@evil.example/callback", client_id: "cli" },
      { redirect_uri: "http://127.0.0.2/callback", client_id: "cli" },
      { redirect_uri: "https://127.0.0.1/callback", client_id: "cli" },
    ]) {
      assertPage(await authorize(origin, request(changes)), 400);
    }
    const twice = await ask(origin, `/oauth/authorize?${encoded(request())}&redirect_uri=https%3A%2F%2Fevil.example`);
    assertPage(twice, 400);
  });

  test("every other mistake goes to the client, with its state and the issuer", async () => {
    for (const [changes, error] of [
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ response_type: undefined }, "invalid_request"],
      [{ code_challenge: undefined }, "invalid_request"],
      [{ code_challenge: pkce().verifier, code_challenge_method: "plain" }, "invalid_request"],
      [{ code_challenge_method: undefined }, "invalid_request"],
      [{ scope: "notes:write" }, "invalid_scope"],
      [{ scope: "unknown" }, "invalid_scope"],
      [{ resource: "https://other.example/" }, "invalid_target"],
      [{ request: "x.y.z" }, "request_not_supported"],
      [{ request_uri: "https://reports.example/request" }, "request_uri_not_supported"],
      [{ prompt: "none login" }, "invalid_request"],
    ] as [Record<string, string | undefined>, string][]) {
      const parameters = answered(await authorize(origin, request(changes)), 302);
      assert.equal(parameters.get("error"), error, JSON.stringify(changes));
      assert.deepEqual([parameters.get("state"), parameters.get("iss")], ["a state", origin]);
      assert.equal(parameters.get("code"), null);
    }
  });

  test("a client that has registered itself leads no user anywhere before they have decided", async () => {
    const redirect_uri = "https://evil.example/looks-like-the-service";
    const registered = await ask(origin, "/oauth/register", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        ...{ client_name: "The service", redirect_uris: [redirect_uri], token_endpoint_auth_method: "none" },
        scope: "notes:read",
      }),
    });
    assert.equal(registered.status, 201, registered.text);
    const own = { client_id: registered.json().client_id as string, redirect_uri, scope: "notes:read" };
    for (const changes of [{ response_type: "token" }, { scope: "unknown" }, { code_challenge: undefined }]) {
      const page = await authorize(origin, request({ ...own, ...changes }));
      assertPage(page, 400);
      assert.ok(page.text.includes("<dd>evil.example</dd>"), page.text);
      assert.match(page.text, /<a class="button" rel="noreferrer" href="https:\/\/evil\.example\/[^"]+error=/);
    }
    const silent = await asked(origin, request({ ...own, prompt: "none" }));
    assertPage(silent, 400);
    assert.ok(silent.text.includes("login_required"), silent.text);
    const { cookie } = await signUp(origin);
    const page = await asked(origin, request(own), cookie);
    assertPage(page, 200, "https://evil.example");
    assert.ok(page.text.includes("This app has registered itself. Its name has not been checked."), page.text);
    const denied = await submit(origin, form(page), { decision: "deny" }, cookie);
    assert.equal(answered(denied, 303, redirect_uri).get("error"), "access_denied", "the user has decided");
  });

  test("without a session the user goes to the app's sign-in page; with prompt=none the client gets an error", async () => {
    const path = leadsTo(await authorize(origin, request()));
    const redirect = await go(origin, path);
    assert.equal(redirect.status, 302);
    const back = returnTo(redirect);
    const parameters = answered(await asked(origin, request({ prompt: "none" })), 302);
    assert.deepEqual(
      [parameters.get("error"), parameters.get("state"), parameters.get("iss")],
      ["login_required", "a state", origin],
    );
    const { cookie } = await signUp(origin);
    assert.deepEqual(form(await go(origin, back, cookie)).decisions, ["other_account", "allow", "deny"]);
    const unasked = answered(await asked(origin, request({ prompt: "none" }), cookie), 302);
    assert.deepEqual([unasked.get("error"), unasked.get("iss")], ["consent_required", origin]);
  });

  test("a request that was changed, or made for something else, is not accepted", async () => {
    const { cookie } = await signUp(origin);
    const sealed = leadsTo(await authorize(origin, request())).replace("/oauth/consent?request=", "");
    const [key, text, seal] = sealed.split(".") as [string, string, string];
    const changed = JSON.parse(Buffer.from(text, "base64url").toString());
    assert.ok(!JSON.stringify(changed).includes(cookie), "it contains no secret");
    changed.request.redirect_uri = "https://evil.example/";
    const forged = Buffer.from(JSON.stringify(changed)).toString("base64url");
    const pushed = await ask(origin, "/oauth/par", {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Authorization: `Basic ${btoa(`reports:${secret}`)}`,
      },
      body: encoded(request({ client_id: undefined })),
    });
    assert.equal(pushed.status, 201, pushed.text);
    const uri: string = pushed.json().request_uri;
    for (const other of ["", "x", `${key}.${forged}.${seal}`, `${sealed}.`, `${sealed}x`, uri.split(":").at(-1)]) {
      assertPage(await go(origin, `/oauth/consent?request=${other}`, cookie), 400);
    }
    assertPage(await go(origin, "/oauth/consent", cookie), 400);
    assertPage(await go(origin, `/oauth/consent?request=${sealed}&request=${sealed}`, cookie), 400);
  });

  test("a pushed request: the parameters in the URL count for nothing, and it is answered once", async () => {
    const { cookie } = await signUp(origin);
    const push = async () => {
      const pushed = await ask(origin, "/oauth/par", {
        method: "POST",
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          Authorization: `Basic ${btoa(`reports:${secret}`)}`,
        },
        body: encoded(request({ client_id: undefined, state: "pushed" })),
      });
      return pushed.json().request_uri as string;
    };
    const request_uri = await push();
    const url = { client_id: "reports", request_uri, redirect_uri: "https://evil.example/", state: "other" };
    const page = await asked(origin, url, cookie);
    assertPage(page, 200, new URL(CALLBACK).origin);
    const parameters = answered(await submit(origin, form(page), { decision: "allow" }, cookie), 303);
    assert.deepEqual([parameters.get("state"), parameters.get("iss")], ["pushed", origin]);
    assert.ok(parameters.get("code"));
    // It is remembered, so no page is needed; but the request was answered.
    assertPage(await asked(origin, { client_id: "reports", request_uri }, cookie), 400);
    for (const other of [
      { client_id: "cli", request_uri: await push() },
      { client_id: "reports", request_uri: `${await push()}x` },
      { client_id: "reports", request_uri: "urn:ietf:params:oauth:request_uri:unknown" },
    ]) {
      assertPage(await authorize(origin, other), 400);
    }
  });

  test("the answer of a request for a loopback address goes to the port that the request names", async () => {
    const { cookie } = await signUp(origin);
    const native = { client_id: "cli", redirect_uri: LOOPBACK, scope: "notes:read" };
    const page = await asked(origin, request(native), cookie);
    assertPage(page, 200, new URL(LOOPBACK).origin);
    const parameters = answered(await submit(origin, form(page), { decision: "allow" }, cookie), 303, LOOPBACK);
    assert.ok(parameters.get("code"));
    // Any program on the device can listen there, so the user is asked each time.
    assertPage(await asked(origin, request(native), cookie), 200, new URL(LOOPBACK).origin);
    const silent = answered(await asked(origin, request({ ...native, prompt: "none" }), cookie), 302, LOOPBACK);
    assert.equal(silent.get("error"), "consent_required");
  });
}
