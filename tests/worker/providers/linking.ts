// Linked providers: adding one to an account, listing and removing them, and the tokens that the account keeps.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { ISSUER } from "../durable/world.ts";
import type { Browser } from "./browser.ts";
import type { User } from "./fake-provider.ts";
import {
  asked,
  assertFailed,
  assertSignedIn,
  comeBack,
  newBrowser,
  newUser,
  newVisitor,
  SESSION,
  signInAs,
  world,
} from "./world.ts";

beforeEach(() => world.google.reset());

/** Begins to link. Returns the address of the provider's page. */
async function beginToLink(browser: Browser, token: string, name = "google"): Promise<string> {
  const flows = browser.cookie("__Host-Http-latchkey-provider");
  const answer = await asked(
    "POST",
    `/auth/providers/${name}/link`,
    { return_to: "/home" },
    { token, ...(flows ? { cookie: flows } : {}) },
  );
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(Object.keys(answer.json()), ["url"]);
  browser.keep(answer);
  return answer.json().url;
}

async function link(browser: Browser, token: string, user: User) {
  return comeBack(browser, world.google.approve(await beginToLink(browser, token), user));
}

const linked = async (token: string) => {
  const answer = await asked("GET", "/auth/providers/linked", undefined, { token });
  assert.equal(answer.status, 200, answer.text);
  return answer.json().providers as { name: string; label: string }[];
};

describe("Linked providers", () => {
  test("a user links a provider, and signs in with it to the same account", async () => {
    const { browser, token, id } = await newVisitor();
    assert.deepEqual(await linked(token), []);
    const user = newUser();
    const answer = await link(browser, token, user);
    assert.deepEqual([answer.status, answer.header("location")], [302, `${ISSUER}/home`]);
    assert.deepEqual(await linked(token), [{ name: "google", label: "Google" }]);
    const fresh = await signInAs(user);
    const { session } = await assertSignedIn(fresh.browser, fresh.answer);
    assert.equal(session.user.id, id);
    const [event] = (await world.program.events(id)).filter(({ event }) => event === "provider_linked");
    assert.ok(event?.session);
    // Linking again changes nothing.
    const again = await link(browser, token, user);
    assert.equal(again.header("location"), `${ISSUER}/home`);
    assert.equal((await linked(token)).length, 1);
  });

  test("an attempt to link again that stays unfinished does not cut the account off from its provider", async () => {
    const user = newUser();
    const { browser, answer } = await signInAs(user);
    const { session } = await assertSignedIn(browser, answer);
    const { id } = session.user;
    const page = await beginToLink(browser, (await renewed(browser)).token);
    const cookie = browser.cookie(SESSION);
    assert.equal((await asked("POST", "/auth/sign-out", {}, cookie === undefined ? {} : { cookie })).status, 204);
    const late = await comeBack(browser, world.google.approve(page, user));
    assert.equal(late.header("location"), `${ISSUER}/home?error=invalid_token`);
    assert.equal((await world.worker.look("ACCOUNT", id, "SELECT key FROM reservation")).length, 1);
    await world.worker.clock(Date.now() + 601_000);
    try {
      await world.worker.look("ACCOUNT", id, "ring");
    } finally {
      await world.worker.clock(null);
    }
    assert.deepEqual(await world.worker.look("ACCOUNT", id, "SELECT key FROM reservation"), []);
    const again = await signInAs(user);
    assert.equal((await assertSignedIn(again.browser, again.answer)).session.user.id, id);
  });

  test("the address conflict is resolved by linking", async () => {
    const { browser, token, email, id } = await newVisitor();
    const verified = await signInAs(newUser({ email }));
    // The password's user has never proved the address, so this user gets it, and an account of their own.
    const { session } = await assertSignedIn(verified.browser, verified.answer);
    const second = newUser({ email });
    const conflict = await signInAs(second);
    assertFailed(conflict.browser, conflict.answer, "email_taken");
    const answer = await link(verified.browser, (await renewed(verified.browser)).token, second);
    assert.equal(answer.header("location"), `${ISSUER}/home`);
    const now = await signInAs(second);
    assert.equal((await assertSignedIn(now.browser, now.answer)).session.user.id, session.user.id);
    assert.notEqual(session.user.id, id);
    assert.ok(browser && token);
  });

  test("a user of a provider who has an account is not linked to another one", async () => {
    const user = newUser();
    const owner = await signInAs(user);
    const { session } = await assertSignedIn(owner.browser, owner.answer);
    const { browser, token, id } = await newVisitor();
    const answer = await link(browser, token, user);
    assert.equal(answer.header("location"), `${ISSUER}/home?error=already_linked`);
    assert.deepEqual(await linked(token), []);
    const again = await signInAs(user);
    assert.equal((await assertSignedIn(again.browser, again.answer)).session.user.id, session.user.id);
    assert.notEqual(session.user.id, id);
  });

  test("of two accounts that link the same user at the same time one succeeds", async () => {
    const user = newUser();
    const visitors = await Promise.all([newVisitor(), newVisitor(), newVisitor()]);
    const answers = await Promise.all(visitors.map(({ browser, token }) => link(browser, token, user)));
    const errors = answers.map((answer) => new URL(answer.header("location") ?? "").searchParams.get("error"));
    assert.deepEqual(errors.sort(), [null, "already_linked", "already_linked"].sort());
  });

  test("only a recent proof permits it, and only while the session is active", async () => {
    const { browser, token, id } = await newVisitor();
    assertProblem(await asked("POST", "/auth/providers/google/link", {}), "invalid_token");
    assertProblem(await asked("POST", "/auth/providers/nobody/link", {}, { token }), "not_found");
    assertProblem(
      await asked("POST", "/auth/providers/google/link", { return_to: "//evil.example" }, { token }),
      "invalid_request",
      { field: "return_to" },
    );
    assertProblem(await asked("POST", "/auth/providers/google/link", { to: "/" }, { token }), "invalid_request", {
      field: "to",
    });
    const page = await beginToLink(browser, token);
    const user = newUser();
    // The session ends while the user is at the provider.
    const cookie = browser.cookie(SESSION);
    assert.equal((await asked("POST", "/auth/sign-out", {}, cookie === undefined ? {} : { cookie })).status, 204);
    const answer = await comeBack(browser, world.google.approve(page, user));
    assert.equal(answer.header("location"), `${ISSUER}/home?error=invalid_token`);
    assert.ok(id);
    // The user was not linked, and can have an account.
    const other = await newVisitor();
    const { browser: withoutPassword } = await signInAs(newUser());
    await world.worker.clock(Date.now() + 601_000);
    try {
      for (const [method, path] of [
        ["POST", "/auth/providers/google/link"],
        ["DELETE", "/auth/providers/google"],
      ] as const) {
        for (const [who, methods] of [
          [other.browser, ["password"]],
          [withoutPassword, ["provider"]],
        ] as const) {
          const { token: late } = await renewed(who);
          const answer = await asked(method, path, undefined, { token: late });
          assertProblem(answer, "reauthentication_required", { methods: [...methods] });
          const route = await asked("GET", "/recent/x", undefined, { token: late });
          assertProblem(route, "step_up_required", { methods: [...methods] });
        }
      }
    } finally {
      await world.worker.clock(null);
    }
  });

  test("a link of another browser, or of another user's session, is worth nothing", async () => {
    const [attacker, victim] = [await newVisitor(), await newVisitor()];
    const page = await beginToLink(attacker.browser, attacker.token);
    const parameters = world.google.approve(page, newUser());
    const answer = await comeBack(victim.browser, parameters);
    assert.equal(answer.header("location"), `${ISSUER}/?error=challenge_expired`);
    assert.deepEqual([await linked(victim.token), await linked(attacker.token)], [[], []]);
  });

  test("a provider is unlinked unless the user could not sign in any more, and then belongs to no account", async () => {
    const user = newUser();
    const only = await signInAs(user);
    const { access_token } = await assertSignedIn(only.browser, only.answer);
    assertProblem(
      await asked("DELETE", "/auth/providers/google", undefined, { token: access_token }),
      "last_credential",
    );
    const { browser, token, id } = await newVisitor();
    const linkedUser = newUser();
    await link(browser, token, linkedUser);
    assertProblem(await asked("DELETE", "/auth/providers/github", undefined, { token }), "not_found");
    assert.equal((await asked("DELETE", "/auth/providers/google", undefined, { token })).status, 204);
    assert.deepEqual(await linked(token), []);
    assertProblem(await asked("DELETE", "/auth/providers/google", undefined, { token }), "not_found");
    const fresh = await signInAs(linkedUser);
    const { session } = await assertSignedIn(fresh.browser, fresh.answer);
    assert.notEqual(session.user.id, id);
    const kinds = (await world.program.events(id)).map(({ event }) => event);
    assert.ok(kinds.includes("provider_unlinked"));
  });

  test("of concurrent removals of the last two ways to sign in one is refused", async () => {
    const user = newUser({ email_verified: false });
    const { browser, answer } = await signInAs(user);
    const { access_token: token } = await assertSignedIn(browser, answer);
    // Another provider is linked, so that there are two.
    const url = (await asked("POST", "/auth/providers/other/link", { return_to: "/home" }, { token })) as Awaited<
      ReturnType<typeof ask>
    >;
    browser.keep(url);
    const back = await comeBack(
      browser,
      world.other.approve(url.json().url, newUser({ email_verified: false })),
      "other",
    );
    assert.equal(back.header("location"), `${ISSUER}/home`);
    const answers = await Promise.all(
      ["google", "other"].map((name) => asked("DELETE", `/auth/providers/${name}`, undefined, { token })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
  });

  test("a deleted account leaves its provider's user free", async () => {
    const user = newUser();
    const first = await signInAs(user);
    const { session } = await assertSignedIn(first.browser, first.answer);
    assert.equal((await world.program.del(`/${session.user.id}`)).status, 204);
    const second = await signInAs(user);
    const next = await assertSignedIn(second.browser, second.answer);
    assert.notEqual(next.session.user.id, session.user.id);
    assert.equal(next.session.user.email, user.email);
  });
});

describe("Tokens of the provider", () => {
  test("are kept only if configured, encrypted, until the provider is unlinked, and given only to an administrator", async () => {
    const { browser, token, id } = await newVisitor();
    await link(browser, token, newUser());
    const answer = await world.program.get(`/${id}/provider-tokens`);
    assert.equal(answer.status, 200, answer.text);
    const [kept, ...more] = answer.json().tokens;
    assert.equal(more.length, 0);
    assert.deepEqual(Object.keys(kept).sort(), [
      "access_token",
      "expires_at",
      "provider",
      "refresh_token",
      "scope",
      "stored_at",
    ]);
    assert.equal(kept.provider, "google");
    assert.equal(kept.refresh_token, `refresh-${kept.access_token}`);
    assert.equal(answer.header("cache-control"), "no-store");
    const rows = await world.worker.look("ACCOUNT", id, "SELECT provider, sealed FROM provider_token");
    assert.match(JSON.stringify(rows), /sealed\.1\./);
    assert.ok(!JSON.stringify(rows).includes(kept.access_token));
    const [event] = await world.program.events(id);
    assert.deepEqual([event?.event, event?.by], ["provider_tokens_read", "admin"]);
    for (const authorization of [undefined, "Bearer wrong", `Bearer ${token}`]) {
      const refused = await ask(world.worker.origin, `/admin/users/${id}/provider-tokens`, {
        headers: { Authorization: authorization },
      });
      assert.equal(refused.status, 401, refused.text);
    }
    assert.equal((await asked("DELETE", "/auth/providers/google", undefined, { token })).status, 204);
    assert.deepEqual((await world.program.get(`/${id}/provider-tokens`)).json().tokens, []);
  });

  test("a sign-in replaces those of the earlier one", async () => {
    const user = newUser();
    const tokens = async () => {
      const { browser, answer } = await signInAs(user);
      const { session } = await assertSignedIn(browser, answer);
      return (await world.program.get(`/${session.user.id}/provider-tokens`)).json().tokens;
    };
    const [first, second] = [await tokens(), await tokens()];
    assert.deepEqual([first.length, second.length], [1, 1]);
    assert.notEqual(first[0].access_token, second[0].access_token);
    const page = await newBrowser().navigate("/auth/providers/other/start");
    assert.equal(page.status, 302);
  });
});

/** The browser renews its session. */
async function renewed(browser: Browser): Promise<{ token: string }> {
  const cookie = browser.cookie(SESSION);
  const answer = await asked("POST", "/auth/refresh", undefined, cookie === undefined ? {} : { cookie });
  assert.equal(answer.status, 200, answer.text);
  browser.keep(answer);
  return { token: answer.json().access_token };
}
