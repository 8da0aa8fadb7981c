// Every secret of every flow, searched for wherever it must not be: in the logs, on the disk, in what an upstream gets,
// and in every answer but the one that gives it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignJWT } from "jose";
import { type Answer, ask as http } from "../harness/http.ts";
import { basic, form } from "../harness/operator.ts";
import { formsOf, storedUnder } from "../harness/stored.ts";
import { signUp } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";
import { ask, prepare, redeem } from "./flow.ts";
import { CALLBACK, type World } from "./world.ts";

export function secrets(world: () => World): void {
  test("no secret of any flow is logged, stored, sent to an upstream or repeated in another answer", async () => {
    const { origin, stack, echo, mcp, secret } = world();
    const who = await signUp(origin);
    const reports = { client: "reports", secret, redirect: CALLBACK, scope: "openid email notes:read" };
    const found = new Map<string, string>([
      ["the client's secret", secret],
      ["the session's cookie", who.cookie.split(".").at(-1) ?? ""],
      ["the user's password", who.password],
    ]);
    /** Answers by what they may contain. */
    const answers: [Answer, string[]][] = [];
    const keep = (answer: Answer, named: Record<string, string> = {}, also: string[] = []): Answer => {
      const given = Object.entries(named).filter(([, member]) => answer.json()[member] !== undefined);
      for (const [name, member] of given) found.set(name, answer.json()[member]);
      answers.push([answer, [...given.map(([name]) => name), ...also]]);
      return answer;
    };

    // A code, pushed; redeemed by the wrong client, then by the right one; used twice.
    const request = prepare(origin, reports);
    const authentication = { Authorization: basic(secret, "reports") };
    const pushed = keep(await form(origin, "/oauth/par", Object.fromEntries(request.query), authentication)).json();
    const browser = new Browser(origin, who);
    const link = new URLSearchParams({ client_id: "reports", request_uri: pushed.request_uri });
    const callback = await browser.approve(`${origin}/oauth/authorize?${link}`);
    const code = callback.searchParams.get("code") ?? assert.fail();
    found.set("the code", code).set("the verifier", request.verifier);
    keep(await redeem(origin, request, code, { ...reports, client: "other", secret: undefined }));
    keep(await redeem(origin, { ...request, verifier: "a".repeat(43) }, code, reports));
    const first = keep(await redeem(origin, request, code, reports), {
      ...{ "an access token": "access_token", "a refresh token": "refresh_token", "an ID token": "id_token" },
    }).json();

    // The tokens in use: at the gate, wrongly, refreshed, introspected, exchanged, revoked.
    const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
    keep(await http(origin, "/api/read/x", bearer(first.access_token)));
    keep(await http(origin, "/api/write/x", bearer(first.access_token)));
    keep(await http(origin, "/mcp", { ...bearer(first.access_token), method: "POST", body: "{}" }));
    keep(await http(origin, "/oauth/userinfo", bearer(first.access_token)));
    keep(await http(origin, "/api/read/x", bearer(`${first.access_token.slice(0, -8)}AAAAAAAA`)));
    const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token };
    keep(await ask(origin, refresh, { client: "other" }));
    // A young refresh token is returned unchanged.
    keep(await ask(origin, refresh, reports), { "a second access token": "access_token" }, ["a refresh token"]);
    keep(await form(origin, "/oauth/introspect", { token: first.access_token }, authentication));
    const exchange = { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", scope: "notes:read" };
    const subject = {
      subject_token: first.access_token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    };
    keep(await ask(origin, { ...exchange, ...subject }, reports), { "an exchanged token": "access_token" });
    keep(await form(origin, "/oauth/revoke", { token: first.refresh_token }, authentication));
    keep(await ask(origin, refresh, reports));
    keep(await redeem(origin, request, code, reports));

    // Machines: a secret that is wrong, a signed assertion, used twice.
    const machine = { grant_type: "client_credentials", scope: "notes:read" };
    keep(await ask(origin, machine, reports), { "a machine's token": "access_token" });
    const wrong = "a-wrong-secret-of-a-client";
    found.set("a wrong secret", wrong);
    keep(await ask(origin, machine, { client: "reports", secret: wrong }));
    const assertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: "ES256", kid: "worker-1" })
      .setIssuer("worker")
      .setSubject("worker")
      .setAudience(origin)
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(world().key);
    found.set("an assertion", assertion);
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const signed = { ...machine, client_assertion_type: type, client_assertion: assertion };
    keep(await ask(origin, signed), { "an asserted token": "access_token" });
    keep(await ask(origin, signed));

    // A device.
    const asked = await form(
      origin,
      "/oauth/device_authorization",
      { client_id: "plain-cli", scope: "notes:read" },
      {},
    );
    const device = keep(asked, { "the device code": "device_code" }).json();
    keep(await ask(origin, { grant_type: DEVICE, device_code: device.device_code }, { client: "plain-cli" }));
    keep(await ask(origin, { grant_type: DEVICE, device_code: "wrong" }, { client: "plain-cli" }));

    assert.ok(found.size >= 13, [...found.keys()].join());
    const stored = await storedUnder(stack.persist);
    assert.ok(
      stored.some((file) => formsOf(who.email).some((form) => file.includes(form))),
      "what is stored is found",
    );
    const upstream = JSON.stringify([echo.seen, mcp.seen]);
    assert.ok(upstream.includes(who.body.session.user.id), "what an upstream got is found");
    for (const [name, value] of found) {
      assert.ok(value.length >= 8, name);
      // The end of a JWT is its signature, and the end of a cookie or a token is its random part.
      const parts = [value, value.slice(-32)];
      for (const part of parts) {
        for (const form of formsOf(part)) {
          assert.ok(!stack.logs().includes(form.toString()), `${name} is in the log`);
          assert.ok(!stored.some((file) => file.includes(form)), `${name} is on the disk`);
          assert.ok(!upstream.includes(form.toString()), `an upstream got ${name}`);
        }
        for (const [answer, may] of answers)
          if (!may.includes(name))
            assert.ok(!JSON.stringify([answer.headers, answer.text]).includes(part), `${name}: ${answer.text}`);
        for (const { url, answer } of browser.history)
          if (name !== "the code")
            assert.ok(!JSON.stringify([url, answer.headers, answer.text]).includes(part), `${name}: ${url}`);
      }
    }
  });
}

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
