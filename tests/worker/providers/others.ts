// Providers that differ: GitHub, Apple, an independent implementation (oidc-provider) and a mock server.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { json } from "../../harness/listener.ts";
import { newEmail } from "../../harness/visitor.ts";
import { ISSUER } from "../durable/world.ts";
import type { AppleUser } from "./fake-apple.ts";
import type { GitHubUser } from "./fake-github.ts";
import { assertFailed, assertSignedIn, begin, comeBack, newBrowser, world } from "./world.ts";

let id = 100;
const newGitHubUser = (over: Partial<GitHubUser> = {}): GitHubUser => {
  id += 1;
  const emails = [
    { email: `${id}@users.noreply.example`, primary: false, verified: true },
    { email: newEmail(), primary: true, verified: true },
  ];
  return { id, login: `user-${id}`, emails, ...over };
};

async function gitHubSignIn(user: GitHubUser, change = (parameters: URLSearchParams) => parameters) {
  const browser = newBrowser();
  const page = await begin(browser, "github");
  return { browser, answer: await comeBack(browser, change(world.github.approve(page, user)), "github") };
}

describe("GitHub", () => {
  test("the user is the number, the address is the primary one if it is verified", async () => {
    const page = new URL(await begin(newBrowser(), "github"));
    assert.equal(page.origin + page.pathname, `${world.github.origin}/login/oauth/authorize`);
    assert.deepEqual([page.searchParams.get("scope"), page.searchParams.get("nonce")], ["user:email", null]);
    assert.equal(page.searchParams.get("code_challenge_method"), "S256");
    const user = newGitHubUser();
    const { browser, answer } = await gitHubSignIn(user);
    const { session } = await assertSignedIn(browser, answer);
    assert.deepEqual([session.user.email, session.user.email_verified], [user.emails[1]?.email, true]);
    // Another login, another address: the same user.
    const renamed = await gitHubSignIn({ ...user, login: "renamed", emails: [] });
    const again = await assertSignedIn(renamed.browser, renamed.answer);
    assert.equal(again.session.user.id, session.user.id);
    // The same login, another number: another user.
    const successor = await gitHubSignIn(newGitHubUser({ login: user.login, emails: [] }));
    const other = await assertSignedIn(successor.browser, successor.answer);
    assert.notEqual(other.session.user.id, session.user.id);
    assert.equal(other.session.user.email, "");
  });

  test("errors with the status 200, other users' codes, and an API that fails", async () => {
    const failed = async (change?: (parameters: URLSearchParams) => URLSearchParams) => {
      const { browser, answer } = await gitHubSignIn(newGitHubUser(), change);
      assertFailed(browser, answer, "provider_failed");
    };
    await failed((parameters) => {
      parameters.set("code", "stolen");
      return parameters;
    });
    await failed((parameters) => {
      parameters.set("iss", "https://evil.example");
      return parameters;
    });
    for (const [path, body] of [
      ["token", { error: "bad_verification_code" }],
      ["token", { access_token: "x", token_type: "bearer" }],
      ["user", { login: "no id" }],
      ["user", { id: "7" }],
      ["user", []],
    ] as const) {
      world.github.answer(path, json(body));
      await failed();
      world.github.answer(path, undefined);
    }
    world.github.answer("emails", json({ message: "Resource not accessible" }));
    const { browser, answer } = await gitHubSignIn(newGitHubUser());
    assert.equal((await assertSignedIn(browser, answer)).session.user.email, "");
    world.github.answer("emails", undefined);
    const named = await gitHubSignIn(newGitHubUser(), (parameters) => {
      parameters.set("iss", `${world.github.origin}/login/oauth`);
      return parameters;
    });
    await assertSignedIn(named.browser, named.answer);
  });
});

describe("Apple", () => {
  const newAppleUser = (over: Partial<AppleUser> = {}): AppleUser => {
    id += 1;
    return {
      sub: `000${id}.abc.0123`,
      email: newEmail("relay"),
      email_verified: "true",
      is_private_email: "true",
      ...over,
    };
  };

  test("the form of Apple's page is posted again from the service's own origin, with the cookie", async () => {
    const browser = newBrowser();
    const page = new URL(await begin(browser, "apple"));
    assert.equal(page.searchParams.get("response_mode"), "form_post");
    assert.equal(page.searchParams.get("scope"), "openid email name");
    const user = newAppleUser();
    const form = world.apple.approve(page.href, user);
    const first = await browser.navigate("/auth/providers/apple/callback", "other-sites-form", form);
    assert.equal(first.status, 200);
    assert.deepEqual(first.setCookies, []);
    const fields = Object.fromEntries(
      [...first.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    assert.deepEqual(fields, { state: form.state, code: form.code });
    const [, script = ""] = /<script>([^<]*)<\/script>/.exec(first.text) ?? [];
    const hash = createHash("sha256").update(script).digest("base64");
    const policy = first.header("content-security-policy") ?? "";
    assert.ok(policy.includes(`script-src 'sha256-${hash}'`) && !policy.includes("form-action"), policy);
    const second = await browser.navigate(
      "/auth/providers/apple/callback",
      "own-page",
      fields as Record<string, string>,
    );
    const { session } = await assertSignedIn(browser, second);
    assert.deepEqual([session.user.email, session.user.email_verified], [user.email, true]);
    const [secret] = world.apple.secrets.slice(-1);
    const { iat = 0, exp = 0, ...rest } = secret ?? {};
    assert.deepEqual(rest, { iss: "A1B2C3D4E5", aud: world.apple.issuer, sub: "com.acme.signin" });
    assert.equal(exp - iat, 300);
  });

  test("a forged form reaches nothing, and what it contains stays text", async () => {
    const browser = newBrowser();
    await begin(browser, "apple");
    const evil = { state: '"><script>alert(1)</script>', code: "c", extra: "x" };
    const page = await browser.navigate("/auth/providers/apple/callback", "other-sites-form", evil);
    assert.equal(page.status, 200);
    assert.ok(!page.text.includes("<script>alert") && !page.text.includes("extra"));
    const answer = await browser.navigate("/auth/providers/apple/callback", "own-page", { state: "x", code: "c" });
    assertFailed(browser, answer, "challenge_expired", `${ISSUER}/`);
    const user = newAppleUser({ email_verified: "false" });
    const form = world.apple.approve(await begin(browser, "apple"), user);
    const other = newBrowser();
    assertFailed(
      other,
      await other.navigate("/auth/providers/apple/callback", "own-page", form),
      "challenge_expired",
      `${ISSUER}/`,
    );
    const posted = await browser.navigate("/auth/providers/apple/callback", "own-page", form);
    assert.equal((await assertSignedIn(browser, posted)).session.user.email, "");
  });
});
