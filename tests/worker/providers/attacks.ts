// What does not sign anybody in: forged, repeated, expired and mixed-up answers, and tokens that fail a check.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { type CryptoKey, generateKeyPair } from "jose";
import type { Answer } from "../../harness/http.ts";
import { json } from "../../harness/listener.ts";
import { lineAbout } from "../../harness/log.ts";
import { logged } from "../../harness/operator.ts";
import { ISSUER } from "../durable/world.ts";
import {
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

beforeEach(() => {
  world.google.reset();
  world.other.reset();
});

const ROOT = `${ISSUER}/`;
/** The cause that the log states for the failure of a provider. */
const causeOf = async (answer: Answer) => String((await lineAbout(world.worker.logs, answer, "provider_failed")).cause);

describe("Answers that count for nothing", () => {
  test("a forged, missing or changed state, with or without a flow of the browser", async () => {
    for (const change of [
      (parameters: URLSearchParams) => parameters.delete("state"),
      (parameters: URLSearchParams) => parameters.set("state", ""),
      (parameters: URLSearchParams) => parameters.set("state", "A".repeat(22)),
      (parameters: URLSearchParams) => parameters.set("state", `${parameters.get("state")}A`),
      (parameters: URLSearchParams) => parameters.append("state", "another"),
    ]) {
      const browser = newBrowser();
      const parameters = world.google.approve(await begin(browser), newUser());
      change(parameters);
      const exchanges = world.google.exchanges.length;
      assertFailed(browser, await comeBack(browser, parameters), "challenge_expired", ROOT);
      assert.equal(world.google.exchanges.length, exchanges, "the code is not even sent");
      assert.ok(browser.cookie(FLOWS), "the flow of the browser continues");
    }
  });

  test("the code of another browser: the attacker's in the victim's (login CSRF), and the victim's in the attacker's", async () => {
    const [attacker, victim] = [newBrowser(), newBrowser()];
    const theirs = world.google.approve(await begin(attacker), newUser());
    assertFailed(victim, await comeBack(victim, theirs), "challenge_expired", ROOT);
    // The victim's browser has a flow of its own, with another state.
    const own = world.google.approve(await begin(victim), newUser());
    assertFailed(victim, await comeBack(victim, theirs), "challenge_expired", ROOT);
    // The attacker's code with the victim's state: PKCE's verifier is another one.
    const mixed = new URLSearchParams({ code: theirs.get("code") ?? "", state: own.get("state") ?? "" });
    assertFailed(victim, await comeBack(victim, mixed), "provider_failed");
    // A stolen code, with the attacker's own state.
    const stolen = world.google.approve(await begin(newBrowser()), newUser());
    const used = new URLSearchParams({ code: stolen.get("code") ?? "", state: theirs.get("state") ?? "" });
    assertFailed(attacker, await comeBack(attacker, used), "provider_failed");
  });

  test("an answer that was used before, also by a provider that accepts a code twice", async () => {
    world.google.is.lenient = true;
    const browser = newBrowser();
    const parameters = world.google.approve(await begin(browser), newUser());
    const before = browser.copy();
    await assertSignedIn(browser, await comeBack(browser, parameters));
    assertFailed(newBrowser(), await comeBack(browser, parameters), "challenge_expired", ROOT);
    // A copy of the cookies as they were before.
    assertFailed(before, await comeBack(before, parameters), "challenge_expired");
  });

  test("of a hundred concurrent answers with one state exactly one opens a session, also at the first sign-in", async () => {
    world.google.is.lenient = true;
    const user = newUser();
    for (const what of ["the first sign-in", "a later sign-in"]) {
      const browser = newBrowser();
      const parameters = world.google.approve(await begin(browser), user);
      const answers = await Promise.all(
        Array.from({ length: 100 }, async () => {
          const tab = browser.copy();
          return { tab, answer: await comeBack(tab, parameters) };
        }),
      );
      const opened = answers.filter(({ tab }) => tab.cookie(SESSION));
      assert.equal(opened.length, 1, what);
      for (const { tab, answer } of answers.filter(({ tab }) => !tab.cookie(SESSION)))
        assertFailed(tab, answer, "challenge_expired");
      const [{ tab } = { tab: browser }] = opened;
      const session = (await refresh(tab)).json().session;
      const view = (await world.program.get(`/${session.user.id}`)).json();
      assert.deepEqual([view.email, view.sessions], [user.email, what === "the first sign-in" ? 1 : 2]);
    }
  });

  test("an answer after ten minutes", async () => {
    const browser = newBrowser();
    const parameters = world.google.approve(await begin(browser), newUser());
    await world.worker.clock(Date.now() + 600_000);
    try {
      assertFailed(browser, await comeBack(browser, parameters), "challenge_expired", ROOT);
    } finally {
      await world.worker.clock(null);
    }
  });

  test("an answer of one provider at another one (mix-up)", async () => {
    const browser = newBrowser();
    const parameters = world.google.approve(await begin(browser, "google"), newUser());
    // The state is another provider's flow: the code never reaches that provider.
    const exchanges = world.other.exchanges.length;
    assertFailed(browser, await comeBack(browser, parameters, "other"), "challenge_expired", ROOT);
    assert.equal(world.other.exchanges.length, exchanges);
    // The attacker's provider passes on an answer of the honest one, with its own state: RFC 9207.
    const flow = new URL(await begin(browser, "other")).searchParams.get("state") ?? "";
    const passedOn = new URLSearchParams(parameters);
    passedOn.set("state", flow);
    passedOn.set("iss", world.google.issuer);
    const answer = await comeBack(browser, passedOn, "other");
    assertFailed(browser, answer, "provider_failed");
    assert.equal(world.other.exchanges.length, exchanges);
    assert.equal(await causeOf(answer), "issuer_mismatch");
  });

  test("an answer without the issuer, or with another one, if the provider's metadata promises it", async () => {
    world.google.is.metadata = { authorization_response_iss_parameter_supported: true };
    await restarted();
    try {
      for (const [iss, isRight] of [
        [undefined, false],
        [`${world.google.issuer}/`, false],
        [world.other.issuer, false],
        [world.google.issuer, true],
      ] as const) {
        const browser = newBrowser();
        const parameters = world.google.approve(await begin(browser), newUser());
        if (iss !== undefined) parameters.set("iss", iss);
        const exchanges = world.google.exchanges.length;
        const answer = await comeBack(browser, parameters);
        if (isRight) await assertSignedIn(browser, answer);
        else {
          assertFailed(browser, answer, "provider_failed");
          assert.equal(world.google.exchanges.length, exchanges, "the code is not sent");
        }
      }
    } finally {
      world.google.reset();
      await restarted();
    }
  });

  test("a cookie of flows that was changed, repeated or is another one's", async () => {
    const browser = newBrowser();
    const parameters = world.google.approve(await begin(browser), newUser());
    const value = browser.jar.get(FLOWS)?.value ?? "";
    const [key = "", flow = "", seal = ""] = value.split(".");
    const text = Buffer.from(flow, "base64url").toString();
    const changed = Buffer.from(text.replace("/home", "/evil")).toString("base64url");
    for (const forged of [
      "",
      "x",
      `${key}.${changed}.${seal}`,
      `${key}.${flow}`,
      `~${value}x`,
      `${key}.${flow}.${seal}A`,
    ]) {
      const other = browser.copy();
      other.jar.set(FLOWS, { value: forged, sameSite: "Lax" });
      assertFailed(other, await comeBack(other, parameters), "challenge_expired", ROOT);
    }
    await assertSignedIn(browser, await comeBack(browser, parameters));
  });
});

describe("ID tokens and answers that fail a check", () => {
  const rejected = async (cause: RegExp) => {
    const { browser, answer } = await signInAs(newUser());
    assertFailed(browser, answer, "provider_failed");
    assert.match(await causeOf(answer), cause);
  };

  test("claims: nonce, audience, authorized party, issuer, times, subject", async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const [claims, cause] of [
      [{ nonce: "another" }, /^nonce$/],
      [{ nonce: undefined }, /^nonce$/],
      [{ aud: "another client" }, /^aud$/],
      [{ aud: undefined }, /^aud$/],
      [{ aud: ["latchkey at fake", "another"] }, /^authorized_party$/],
      [{ azp: "another" }, /^authorized_party$/],
      [{ iss: "https://evil.example" }, /^iss$/],
      [{ iss: undefined }, /^iss$/],
      [{ exp: now - 61 }, /^exp$/],
      [{ exp: undefined }, /claims/],
      [{ iat: now + 3600 }, /^iat$/],
      [{ nbf: now + 3600 }, /^nbf$/],
      [{ sub: undefined }, /claims/],
      [{ sub: "" }, /claims/],
      [{ sub: 7 }, /claims/],
      [{ sub: "x".repeat(256) }, /claims/],
    ] as [Record<string, unknown>, RegExp][]) {
      world.google.is.claims = claims;
      await rejected(cause);
    }
  });

  test("signatures: another key, no signature, a shared secret, a header that leads elsewhere", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const right = () => {
      const now = Math.floor(Date.now() / 1000);
      return { iss: world.google.issuer, aud: "latchkey at fake", sub: "u", iat: now, exp: now + 60 };
    };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const nonceOf = () => "the nonce is not even looked at";
    const tokens = async () => [
      await world.google.sign({ ...right(), nonce: nonceOf() }, {}, privateKey as CryptoKey),
      await world.google.sign({ ...right(), nonce: nonceOf() }, { kid: "unknown" }),
      `${part({ alg: "none" })}.${part(right())}.`,
      `${part({ alg: "none" })}.${part(right())}.AA`,
      `${part({ alg: "HS256", kid: "k1" })}.${part(right())}.${"A".repeat(43)}`,
      `${part({ alg: "RS256", kid: "k1", crit: ["x"] })}.${part(right())}.AA`,
      await world.google.sign(right(), { jku: "https://evil.example/jwks", kid: "evil" }),
      "",
      "not a token",
      "a.b.c",
      "x".repeat(20_000),
    ];
    for (const id_token of await tokens()) {
      world.google.answer("token", json({ access_token: "a", token_type: "Bearer", id_token }));
      await rejected(/./);
    }
    world.google.answer("token", json({ access_token: "a", token_type: "Bearer" }));
    await rejected(/^missing$/);
  });

  test("answers of the token endpoint: errors, other statuses, pages, redirects, too long, broken", async () => {
    for (const [status, body, type] of [
      [400, '{"error":"invalid_grant"}', "application/json"],
      [401, '{"error":"invalid_client"}', "application/json"],
      [200, '{"error":"x"}', "application/json"],
      [500, "{}", "application/json"],
      [302, "", "text/html"],
      [200, "<!doctype html><title>Sign in to the hotel</title>", "text/html"],
      [200, "", "application/json"],
      [200, "[]", "application/json"],
      [200, '{"access_token":"a","access_token":"b","token_type":"Bearer"}', "application/json"],
      [200, '{"access_token":"a","token_type":"DPoP"}', "application/json"],
      [200, `{"access_token":"${"a".repeat(70_000)}","token_type":"Bearer"}`, "application/json"],
      [200, "\xff\xfe", "application/json"],
    ] as const) {
      world.google.answer("token", (_, response) => {
        const location = status === 302 ? { Location: `${world.google.issuer}/elsewhere` } : {};
        response.writeHead(status, { "Content-Type": type, ...location }).end(Buffer.from(body, "latin1"));
      });
      await rejected(/./);
    }
    world.google.answer("token", (request) => void request.socket.destroy());
    await rejected(/./);
    world.google.answer("token", (_, response) => {
      response.writeHead(200, { "Content-Length": "1000" }).write("{");
      response.destroy();
    });
    await rejected(/./);
  });

  test("the user refuses, or the provider reports an error", async () => {
    for (const error of ["access_denied", "server_error", "<script>"]) {
      const browser = newBrowser();
      const state = new URL(await begin(browser)).searchParams.get("state") ?? "";
      const answer = await comeBack(browser, new URLSearchParams({ error, state, error_description: "x" }));
      assertFailed(browser, answer, "provider_failed");
      assert.ok(!answer.header("location")?.includes("script"));
    }
  });

  test("UserInfo of another user, or none: no address, but a session", async () => {
    for (const handler of [
      json({ sub: "another", email: "other@example.com", email_verified: true }),
      json([]),
      (_: unknown, response: import("node:http").ServerResponse) => void response.writeHead(503).end(),
    ]) {
      world.google.reset();
      world.google.is.claims = { email: undefined, email_verified: undefined };
      world.google.answer("userinfo", handler);
      const { browser, answer } = await signInAs(newUser());
      const { session } = await assertSignedIn(browser, answer);
      assert.equal(session.user.email, "");
    }
  });

  test("no log line and no event contains a code, a token, a secret or a state", async () => {
    const logs = world.worker.logs();
    const used = world.google.exchanges.flatMap((body) => [body.get("code") ?? "", body.get("code_verifier") ?? ""]);
    for (const secret of used.filter((each) => each.length > 8)) assert.ok(!logs.includes(secret), secret);
    assert.ok(!logs.includes("refresh-") && !logs.includes("a secret: with"));
    assert.ok(logged(logs).length > 0);
  });
});
