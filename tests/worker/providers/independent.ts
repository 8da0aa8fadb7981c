// Two implementations by others: oidc-provider, a certified OpenID provider, and oauth2-mock-server with every fault that it
// can produce in the steps that the service uses.
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { Events, type MutableResponse, type MutableToken, OAuth2Server } from "oauth2-mock-server";
import Provider from "oidc-provider";
import { followRedirects } from "../../harness/follow-redirects.ts";
import { ISSUER } from "../durable/world.ts";
import { newKey } from "../issuers/keys.ts";
import { assertFailed, assertSignedIn, begin, comeBack, newBrowser, world } from "./world.ts";

export interface Independent {
  readonly issuer: string;
  readonly client: { client_id: string; client_secret: string };
  stop(): Promise<void>;
}

/** oidc-provider, at which every user signs in as Alice and agrees. */
export async function startIndependent(name: string): Promise<Independent> {
  let handle: http.RequestListener = (_, response) => void response.writeHead(503).end();
  const server = http.createServer((request, response) => handle(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { client_id: "latchkey", client_secret: "a secret of the provider's own choice" };
  const { privateJwk } = await newKey("RS256", "k1");
  const provider = new Provider(issuer, {
    jwks: { keys: [privateJwk as never] },
    cookies: { keys: ["only for this test"] },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 300, IdToken: 300, Interaction: 60, Session: 300 },
    clients: [{ ...client, redirect_uris: [`${ISSUER}/auth/providers/${name}/callback`] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    pkce: { required: () => true },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: "alice@independent.test", email_verified: true, name: "Alice" }),
    }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
    loadExistingGrant: async (ctx) => {
      const { client, provider, session } = ctx.oidc;
      const grant = new provider.Grant({
        clientId: client?.clientId as string,
        accountId: session?.accountId as string,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  handle = (request, response) => {
    if (!request.url?.startsWith("/interaction/")) return void callback(request, response);
    provider.interactionFinished(request, response, { login: { accountId: "alice" } }).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  };
  return {
    issuer,
    client,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

export async function startMock(): Promise<OAuth2Server> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  await server.start(0, "localhost");
  return server;
}

async function enter(name: "independent" | "mock") {
  const browser = newBrowser();
  return {
    browser,
    answer: await comeBack(browser, (await followRedirects(await begin(browser, name), ISSUER)).searchParams, name),
  };
}

describe("Independent providers", () => {
  test("oidc-provider: discovery, PKCE, nonce, iss, client authentication, ID token, UserInfo", async () => {
    const first = await enter("independent");
    const { session } = await assertSignedIn(first.browser, first.answer);
    assert.deepEqual([session.user.email, session.user.email_verified], ["alice@independent.test", true]);
    const second = await enter("independent");
    assert.equal((await assertSignedIn(second.browser, second.answer)).session.user.id, session.user.id);
  });

  test("oidc-provider: a stolen code, one that was used, and an answer without the issuer that it promises", async () => {
    const [victim, attacker] = [newBrowser(), newBrowser()];
    const theirs = (await followRedirects(await begin(victim, "independent"), ISSUER)).searchParams;
    const own = (await followRedirects(await begin(attacker, "independent"), ISSUER)).searchParams;
    const mixed = new URLSearchParams(own);
    mixed.set("code", theirs.get("code") ?? "");
    assertFailed(attacker, await comeBack(attacker, mixed, "independent"), "provider_failed");
    const unnamed = new URLSearchParams(theirs);
    unnamed.delete("iss");
    assertFailed(victim, await comeBack(victim, unnamed, "independent"), "provider_failed");
  });

  test("oauth2-mock-server: without a fault, and with each of its faults", async () => {
    const { service } = world.mock;
    const good = await enter("mock");
    await assertSignedIn(good.browser, good.answer);
    const failed = async (what: string) => {
      const { browser, answer } = await enter("mock");
      try {
        assertFailed(browser, answer, "provider_failed");
      } catch (error) {
        throw new Error(what, { cause: error });
      }
    };
    // Both tokens of an answer are signed, so the fault is in both.
    const tokens: [string, (token: MutableToken) => void][] = [
      ["an expired token", ({ payload }) => void Object.assign(payload, { exp: Math.floor(Date.now() / 1000) - 100 })],
      ["no expiry", ({ payload }) => void Object.assign(payload, { exp: undefined as never })],
      ["another audience", ({ payload }) => void Object.assign(payload, { aud: "another" })],
      ["another issuer", ({ payload }) => void Object.assign(payload, { iss: "https://evil.example" as never })],
      ["no subject", ({ payload }) => void Object.assign(payload, { sub: "" })],
      ["another nonce", ({ payload }) => void Object.assign(payload, { nonce: "another" })],
      ["an unknown key", ({ header }) => void Object.assign(header, { kid: "another" })],
      ["not valid yet", ({ payload }) => void Object.assign(payload, { nbf: Math.floor(Date.now() / 1000) + 1000 })],
    ];
    for (const [what, change] of tokens) {
      service.on(Events.BeforeTokenSigning, change);
      await failed(what);
      service.off(Events.BeforeTokenSigning, change);
    }
    const answers: [string, (response: MutableResponse) => void][] = [
      ["an error", (response) => void Object.assign(response, { statusCode: 400, body: { error: "invalid_grant" } })],
      ["an error with 200", (response) => void Object.assign(response, { body: { error: "invalid_grant" } })],
      ["a server error", (response) => void Object.assign(response, { statusCode: 500 })],
      ["an empty answer", (response) => void Object.assign(response, { body: {} })],
      ["no ID token", (response) => void delete (response.body as Record<string, unknown>).id_token],
      ["a token that is a text", (response) => void Object.assign(response.body as object, { id_token: "x.y.z" })],
    ];
    for (const [what, change] of answers) {
      service.once(Events.BeforeResponse, change);
      await failed(what);
    }
    for (const [what, change] of [
      ["no code", (url: URL) => url.searchParams.delete("code")],
      ["an error", (url: URL) => url.searchParams.set("error", "access_denied")],
      ["another issuer", (url: URL) => url.searchParams.set("iss", "https://evil.example")],
    ] as const) {
      service.once(Events.BeforeAuthorizeRedirect, ({ url }) => change(url));
      await failed(what);
    }
    service.once(Events.BeforeAuthorizeRedirect, ({ url }) => url.searchParams.set("state", "forged"));
    const forged = await enter("mock");
    assertFailed(forged.browser, forged.answer, "challenge_expired", `${ISSUER}/`);
    // The address is not known, and the session is opened: UserInfo decides nothing else.
    service.once(Events.BeforeUserinfo, (response) => {
      Object.assign(response, { statusCode: 401, body: { error: "invalid_token" } });
    });
    const without = await enter("mock");
    await assertSignedIn(without.browser, without.answer);
  });
});
