// A sign-in with another provider, from the app's page and back to it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, describe, test } from "node:test";
import { enrol } from "../../harness/authenticator-app.ts";
import { assertProblem, CHALLENGE_COOKIE } from "../../harness/contract.ts";
import { newEmail } from "../../harness/visitor.ts";
import { fromOurPage, ISSUER } from "../durable/world.ts";
import {
  APP,
  asked,
  assertFailed,
  assertSignedIn,
  begin,
  comeBack,
  FLOWS,
  newBrowser,
  newUser,
  refresh,
  restarted,
  SESSION,
  signInAs,
  world,
} from "./world.ts";

beforeEach(() => world.google.reset());

describe("Sign-in with another provider", () => {
  test("the provider's page is asked for a code, with PKCE, state and nonce, which only a cookie of ten minutes explains", async () => {
    const browser = newBrowser();
    const answer = await browser.navigate("/auth/providers/google/start?return_to=/home");
    assert.equal(answer.status, 302);
    const page = new URL(answer.header("location") ?? "");
    assert.equal(page.origin + page.pathname, `${world.google.issuer}/authorize`);
    const query = Object.fromEntries(page.searchParams);
    const { state, nonce, code_challenge, ...rest } = query;
    assert.deepEqual(rest, {
      response_type: "code",
      client_id: "latchkey at fake",
      redirect_uri: `${ISSUER}/auth/providers/google/callback`,
      scope: "openid email profile",
      code_challenge_method: "S256",
    });
    assert.match(state ?? "", /^[A-Za-z0-9_-]{22}$/);
    assert.match(nonce ?? "", /^[A-Za-z0-9_-]{43}$/);
    assert.match(code_challenge ?? "", /^[A-Za-z0-9_-]{43}$/);
    const [cookie = ""] = answer.setCookies;
    assert.equal(answer.setCookies.length, 1);
    assert.match(cookie, /^__Host-Http-latchkey-provider=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/);
    assert.equal(answer.header("cache-control"), "no-store");
    assert.ok(!cookie.includes(nonce ?? "") && !cookie.includes(code_challenge ?? ""));
  });

  test("the first sign-in creates the account with the verified address, the next one opens it", async () => {
    const user = newUser();
    const { browser, answer } = await signInAs(user);
    const first = await assertSignedIn(browser, answer);
    assert.deepEqual([first.session.user.email, first.session.user.email_verified], [user.email, true]);
    assert.equal(browser.cookie(FLOWS), undefined, "the flow is over");
    const [payload = ""] = first.access_token.split(".").slice(1);
    assert.deepEqual(JSON.parse(Buffer.from(payload, "base64url").toString()).amr, ["fed"]);

    const again = await signInAs({ ...user, email: newEmail() });
    const second = await assertSignedIn(again.browser, again.answer);
    assert.equal(second.session.user.id, first.session.user.id);
    assert.notEqual(second.session.id, first.session.id);
    assert.equal(second.session.user.email, user.email, "the address of the account stays");
    const kinds = (await world.program.events(first.session.user.id)).map(({ event }) => event);
    assert.deepEqual(kinds.slice(0, 2), ["signed_in", "signed_up"]);
  });

  test("the code is exchanged with PKCE's verifier and the client's secret, in the way that the provider takes it", async () => {
    const user = newUser();
    const { browser, answer } = await signInAs(user);
    await assertSignedIn(browser, answer);
    const exchange = world.google.exchanges.at(-1);
    assert.equal(exchange?.get("client_secret"), null, "in the header, by default");
    assert.match(exchange?.get("code_verifier") ?? "", /^[A-Za-z0-9_-]{43}$/);
    const page = new URL(await begin(newBrowser()));
    const challenge = createHash("sha256")
      .update(exchange?.get("code_verifier") ?? "")
      .digest("base64url");
    assert.notEqual(page.searchParams.get("code_challenge"), challenge, "each flow has its own verifier");
  });

  test("an address that the provider has not verified is not used", async () => {
    for (const email_verified of [false, undefined, "false"]) {
      const user = newUser({ email_verified });
      const { browser, answer } = await signInAs(user);
      const { session } = await assertSignedIn(browser, answer);
      assert.deepEqual([session.user.email, session.user.email_verified], ["", false]);
      const free = await asked("POST", "/auth/sign-up", { email: user.email, password: "correct horse battery" });
      assert.equal(free.status, 201, "the address is free");
    }
  });

  test("the address may be at the UserInfo endpoint", async () => {
    const user = newUser();
    world.google.is.claims = { email: undefined, email_verified: undefined };
    const { browser, answer } = await signInAs(user);
    const { session } = await assertSignedIn(browser, answer);
    assert.deepEqual([session.user.email, session.user.email_verified], [user.email, true]);
  });

  test("the address of another account is a conflict, which the user learns, and nothing is created", async () => {
    const first = await signInAs(newUser());
    const { session } = await assertSignedIn(first.browser, first.answer);
    const { browser, answer } = await signInAs(newUser({ email: session.user.email }));
    assertFailed(browser, answer, "email_taken");
    const again = await signInAs(newUser({ email: session.user.email }), browser);
    assertFailed(again.browser, again.answer, "email_taken");
  });

  test("an address that its account's user has never proved goes to the user whose provider has verified it", async () => {
    const email = newEmail();
    const squatter = await asked("POST", "/auth/sign-up", { email, password: "correct horse battery" });
    assert.equal(squatter.status, 201);
    const { browser, answer } = await signInAs(newUser({ email }));
    const { session } = await assertSignedIn(browser, answer);
    assert.deepEqual([session.user.email, session.user.email_verified], [email, true]);
    assert.notEqual(session.user.id, squatter.json().session.user.id);
    const events = await world.program.events(squatter.json().session.user.id);
    assert.ok(events.some(({ event }) => event === "email_released"));
  });

  test("two tabs sign in at the same time", async () => {
    const browser = newBrowser();
    const [one, two] = [
      await begin(browser, "google", "return_to=/one"),
      await begin(browser, "google", "return_to=/two"),
    ];
    const user = newUser();
    const second = await comeBack(browser, world.google.approve(two, user));
    await assertSignedIn(browser, second, `${ISSUER}/two`);
    const first = await comeBack(browser, world.google.approve(one, user));
    await assertSignedIn(browser, first, `${ISSUER}/one`);
    assert.equal(browser.cookie(FLOWS), undefined);
  });

  test("the browser returns to a page of the app's origin and to no other", async () => {
    const enter = (text: string) =>
      newBrowser().navigate(`/auth/providers/google/start?return_to=${encodeURIComponent(text)}`);
    for (const [text, url] of [
      ["/", `${ISSUER}/`],
      ["/a?b=c#d", `${ISSUER}/a?b=c#d`],
      [`${APP}/settings`, `${APP}/settings`],
    ] as const) {
      const browser = newBrowser();
      const page = await begin(browser, "google", `return_to=${encodeURIComponent(text)}`);
      await assertSignedIn(browser, await comeBack(browser, world.google.approve(page, newUser())), url);
    }
    for (const text of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example/",
      "https://localhost:8787.evil.example/",
      "http://localhost:8787@evil.example/",
      "javascript:alert(1)",
      "/\r\nSet-Cookie: a=b",
      " /",
      "home",
    ])
      assertProblem(await enter(text), "invalid_request", { field: "return_to", what: text });
  });

  test("a page of another site begins no sign-in, and an unknown provider does not exist", async () => {
    const answer = await newBrowser().navigate("/auth/providers/google/start", "other-site");
    assertProblem(answer, "request_forgery");
    for (const path of ["/auth/providers/nobody/start", "/auth/providers/Google/start", "/auth/providers/linked/start"])
      assertProblem(await newBrowser().navigate(path), "not_found", { what: path });
    for (const query of ["popup=short", "popup=a%20b&popup=c", "return_to=%ff", "return_to=/a&return_to=/b"])
      assertProblem(await newBrowser().navigate(`/auth/providers/google/start?${query}`), "invalid_request");
  });

  test("a closed sign-up creates no account, and opens existing ones", async () => {
    const user = newUser();
    const { browser, answer } = await signInAs(user);
    await assertSignedIn(browser, answer);
    await restarted({ sign_up: "closed" });
    try {
      const fresh = await signInAs(newUser());
      assertFailed(fresh.browser, fresh.answer, "sign_up_closed");
      const known = await signInAs(user);
      await assertSignedIn(known.browser, known.answer);
    } finally {
      await restarted();
    }
  });

  test("a disabled account opens no session", async () => {
    const user = newUser();
    const first = await signInAs(user);
    const { session } = await assertSignedIn(first.browser, first.answer);
    assert.equal((await world.program.post(`/${session.user.id}/disable`)).status, 200);
    const { browser, answer } = await signInAs(user);
    assertFailed(browser, answer, "invalid_credentials");
    assert.equal((await refresh(first.browser)).status, 401);
  });

  test("a second factor is required of this way in, too, and its methods reach the app's page", async () => {
    const user = newUser();
    const first = await signInAs(user);
    const { access_token } = await assertSignedIn(first.browser, first.answer);
    const { recoveryCodes } = await enrol(world.worker.origin, access_token, fromOurPage);
    const { browser, answer } = await signInAs(user);
    const query = "error=second_factor_required&methods=totp,recovery_code";
    assert.deepEqual([answer.status, answer.header("location")], [302, `${ISSUER}/home?${query}`]);
    assert.equal(browser.cookie(SESSION), undefined);
    const challenge = browser.cookie(CHALLENGE_COOKIE);
    assert.ok(challenge);
    const wrong = await asked("POST", "/auth/second-factor", { recovery_code: "BCDF-GHJK" }, { cookie: challenge });
    assertProblem(wrong, "code_invalid");
    const body = { recovery_code: recoveryCodes[0] };
    const proved = await asked("POST", "/auth/second-factor", body, { cookie: challenge });
    assert.equal(proved.status, 200, proved.text);
    const [, payload = ""] = proved.json().access_token.split(".");
    const { acr, amr } = JSON.parse(Buffer.from(payload, "base64url").toString());
    assert.deepEqual([acr, amr], ["aal2", ["fed", "otp", "mfa"]]);
  });

  test("in a window of its own, the result is told to the page that opened it, at exactly its origin", async () => {
    const id = "0123456789abcdef";
    for (const [user, error] of [
      [newUser(), ""],
      [undefined, "provider_failed"],
    ] as const) {
      const browser = newBrowser();
      const page = await begin(browser, "google", `return_to=${APP}/x&popup=${id}`);
      const state = new URL(page).searchParams.get("state") ?? "";
      const parameters = user
        ? world.google.approve(page, user)
        : new URLSearchParams({ error: "access_denied", state });
      const answer = await comeBack(browser, parameters);
      assert.equal(answer.status, 200);
      assert.equal(browser.cookie(SESSION) !== undefined, error === "");
      assert.match(
        answer.text,
        new RegExp(`data-origin="${APP}" data-id="${id}" data-error="${error}" data-methods=""`),
      );
      const [, script = ""] = /<script>([^<]*)<\/script>/.exec(answer.text) ?? [];
      const hash = createHash("sha256").update(script).digest("base64");
      const policy = answer.header("content-security-policy") ?? "";
      assert.match(policy, /^default-src 'none'; script-src 'sha256-[^' ]+'; base-uri 'none'/);
      assert.ok(policy.includes(`'sha256-${hash}'`) && !policy.includes("unsafe"), policy);
      assert.equal(answer.header("referrer-policy"), "same-origin");
      assert.equal(answer.header("cache-control"), "no-store");
    }
  });
});
