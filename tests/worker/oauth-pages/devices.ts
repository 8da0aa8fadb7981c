// The device flow (RFC 8628): the codes, the pages, and the polls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, ask } from "../../harness/http.ts";
import { del, get, refresh, signUp } from "../../harness/visitor.ts";
import { assertPage, encoded, form, go, submit, type World } from "./world.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

interface Device {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
}

export function devices({ origin }: World): void {
  const send = (path: string, parameters: Record<string, string | undefined>) =>
    ask(origin, path, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "television/1.0 <b>",
        "CF-Connecting-IP": "203.0.113.7",
      },
      body: encoded(parameters),
    });
  const begin = async (more: Record<string, string> = {}): Promise<Device> => {
    const answer = await send("/oauth/device_authorization", { client_id: "tv", scope: "notes:read", ...more });
    assert.equal(answer.status, 200, answer.text);
    return answer.json();
  };
  const poll = (device_code: string, client_id = "tv") =>
    send("/oauth/token", { grant_type: GRANT, device_code, client_id });
  const error = (answer: Answer): [number, string] => [answer.status, answer.json().error];
  const enter = (user_code: string, cookie?: string, more: Record<string, string> = {}) =>
    submit(origin, { action: "/oauth/device", fields: { user_code } }, more, cookie);

  test("a device gets two codes and two addresses", async () => {
    const device = await begin();
    assert.match(device.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    assert.match(device.device_code, /^[A-Z]{8}\.[A-Za-z0-9_-]{43}$/);
    assert.equal(device.verification_uri, `${origin}/oauth/device`);
    assert.equal(device.verification_uri_complete, `${origin}/oauth/device?user_code=${device.user_code}`);
    assert.deepEqual([device.expires_in, device.interval], [600, 5]);
    for (const [parameters, status, code] of [
      [{ client_id: "unknown" }, 401, "invalid_client"],
      [{ client_id: "own" }, 400, "unauthorized_client"],
      [{ client_id: "tv", scope: "notes:write" }, 400, "invalid_scope"],
      [{ client_id: "tv", resource: "https://other.example/" }, 400, "invalid_target"],
    ] as [Record<string, string>, number, string][]) {
      assert.deepEqual(error(await send("/oauth/device_authorization", parameters)), [status, code]);
    }
  });

  test("the user enters the code, sees who asks, and allows it; the device gets tokens once", async () => {
    const device = await begin();
    const { cookie, email, token } = await signUp(origin);
    const first = await go(origin, "/oauth/device", cookie);
    assertPage(first, 200);
    const page = await enter(device.user_code.toLowerCase().replace("-", " "), cookie);
    assertPage(page, 200);
    for (const part of [
      "<bdi>Television</bdi>, on another device, asks for access to your account",
      `<span class="code">${device.user_code}</span>`,
      "203.0.113.7",
      "<bdi>television/1.0 &lt;b&gt;</bdi>",
      "less than a minute ago",
      "<li>Read your notes</li>",
      "If someone sent you the code or a link, deny it",
      email,
    ]) {
      assert.ok(page.text.includes(part), `${part}\n${page.text}`);
    }
    assert.deepEqual(form(page).decisions, ["other_account", "deny", "allow"]);
    const done = await submit(origin, form(page), { decision: "allow" }, cookie);
    assertPage(done, 200);
    assert.ok(done.text.includes("The device is connected"));
    const tokens = await poll(device.device_code);
    assert.equal(tokens.status, 200, tokens.text);
    assert.equal(tokens.json().scope, "notes:read");
    assert.equal(tokens.header("cache-control"), "no-store");
    assert.deepEqual(error(await poll(device.device_code)), [400, "invalid_grant"]);
    assertPage(await enter(device.user_code, cookie), 400);
    // What the user has allowed is a grant like any other.
    const renew = () =>
      send("/oauth/token", {
        grant_type: "refresh_token",
        client_id: "tv",
        refresh_token: tokens.json().refresh_token,
      });
    assert.equal((await renew()).status, 200);
    const [grant, ...others] = (await get(origin, "/auth/grants", { token })).json().grants;
    assert.deepEqual([grant.client.id, grant.scopes, others], ["tv", ["notes:read"], []]);
    assert.equal((await del(origin, `/auth/grants/${grant.id}`, { token })).status, 204);
    assert.deepEqual(error(await renew()), [400, "invalid_grant"]);
  });

  test("a link fills the code in, and approves nothing", async () => {
    const device = await begin();
    const { cookie } = await signUp(origin);
    const path = device.verification_uri_complete.slice(origin.length);
    const redirect = await go(origin, path);
    assert.deepEqual([redirect.status, redirect.header("location")], [302, `/?return_to=${encodeURIComponent(path)}`]);
    for (const more of ["", "&decision=allow", "&decision=allow&proof=x"]) {
      const page = await go(origin, path + more, cookie);
      assertPage(page, 200);
      assert.ok(page.text.includes(`value="${device.user_code}"`));
      assert.ok(!page.text.includes("Television"), "nothing is found out about the code before a click");
    }
    assertPage(await enter(device.user_code, cookie, { decision: "allow" }), 200);
    assert.deepEqual(error(await poll(device.device_code)), [400, "authorization_pending"]);
    const hostile = await go(origin, `/oauth/device?user_code=${encodeURIComponent('"><b>')}`, cookie);
    assertPage(hostile, 200);
    assert.ok(hostile.text.includes('value=""'));
  });

  test("a device that polls too early slows down; a denied one gets access_denied; another client gets nothing", async () => {
    const [device, other] = await Promise.all([begin(), begin()]);
    assert.deepEqual(error(await poll(device.device_code)), [400, "authorization_pending"]);
    assert.deepEqual(error(await poll(device.device_code)), [400, "slow_down"]);
    const { cookie } = await signUp(origin);
    const denied = await submit(origin, form(await enter(other.user_code, cookie)), { decision: "deny" }, cookie);
    assert.ok(denied.text.includes("The device gets no access"), denied.text);
    assert.deepEqual(error(await poll(other.device_code)), [400, "access_denied"]);
    assert.deepEqual(error(await poll(device.device_code, "cli")), [400, "invalid_grant"]);
    const [code, secret] = device.device_code.split(".") as [string, string];
    for (const wrong of ["", "x", `${code}.${"A".repeat(43)}`, `${other.device_code.slice(0, 8)}.${secret}`]) {
      assert.equal((await poll(wrong)).status, 400, wrong);
    }
  });

  test("a form of another origin, session or request approves nothing", async () => {
    const [device, other] = await Promise.all([begin(), begin()]);
    const [victim, mallory] = await Promise.all([signUp(origin), signUp(origin)]);
    const ofVictim = form(await enter(device.user_code, victim.cookie));
    const ofMallory = form(await enter(device.user_code, mallory.cookie));
    for (const changed of [
      { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
      { Origin: "null", "Sec-Fetch-Site": undefined },
      { Origin: undefined, "Sec-Fetch-Site": undefined },
    ]) {
      assert.equal((await submit(origin, ofVictim, { decision: "allow" }, victim.cookie, changed)).status, 403);
    }
    const ofOther = form(await enter(other.user_code, victim.cookie));
    for (const fields of [
      ofMallory.fields,
      { ...ofVictim.fields, proof: ofOther.fields.proof as string },
      { user_code: device.user_code },
    ]) {
      const page = await submit(origin, { action: "/oauth/device", fields }, { decision: "allow" }, victim.cookie);
      assertPage(page, 200);
      assert.deepEqual(form(page).decisions, ["other_account", "deny", "allow"], "the user is asked");
    }
    assert.equal((await submit(origin, ofVictim, { decision: "allow" })).status, 303, "without a session");
    assert.deepEqual(error(await poll(device.device_code)), [400, "authorization_pending"]);
  });

  test("another account: the session ends, and the code is still filled in after the sign-in", async () => {
    const device = await begin();
    const { cookie } = await signUp(origin);
    const page = form(await enter(device.user_code, cookie));
    const redirect = await submit(origin, page, { decision: "other_account" }, cookie);
    const path = `/oauth/device?user_code=${device.user_code}`;
    assert.deepEqual([redirect.status, redirect.header("location")], [303, `/?return_to=${encodeURIComponent(path)}`]);
    assert.equal((await refresh(origin, cookie)).status, 401);
  });

  test("wrong codes count for the account, also if correct ones come between", async () => {
    const { cookie } = await signUp(origin);
    const device = await begin();
    const wrong = ["BBBB-BBBB", "BBBB-BBBC", "BBBB-BBBD", "BBBB-BBBF", "BBBB-BBBG"];
    for (const code of wrong) {
      assertPage(await enter(device.user_code, cookie), 200);
      assertPage(await enter(code, cookie), 400);
    }
    const limited = await enter(device.user_code, cookie);
    assertPage(limited, 429);
    assert.ok(limited.text.includes("Too many wrong codes."), limited.text);
    assertPage(await enter(device.user_code, (await signUp(origin)).cookie), 200);
  });
}
