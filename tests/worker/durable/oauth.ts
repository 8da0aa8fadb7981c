// Codes, refresh tokens and grants of OAuth clients, as scenarios in which every call fails once.
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { assertProblem } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { call } from "../../harness/visitor.ts";
import {
  assertOAuthError,
  at,
  CONFIG,
  type Code,
  granted,
  redeem,
  renew,
  send,
  signedIn,
  type Tokens,
  tokens,
  WEB,
} from "../oauth/world.ts";
import { TV } from "./oauth-pages.ts";
import type { Scenario } from "./scenario.ts";
import { type Durable, fromOurPage, listed, METHODS, type Person } from "./world.ts";

/** The part of the configuration that they need. */
export const OAUTH = {
  oauth: { ...CONFIG.oauth, clients: { ...CONFIG.oauth.clients, tv: TV }, resources: {} },
  routes: [
    {
      ...{ path: "/granted/*", methods: METHODS, access: "token", revocation: "strict", upstream: "echo" },
      scopes: ["notes:read"],
    },
  ],
};

export function oauthScenarios(world: () => Durable): Scenario[] {
  const codes = new Map<string, Code>();
  const sessions = new Map<string, Tokens>();
  const grants = new Map<string, string>();
  const by = (method: string, path: string, { token }: Person) =>
    call(world().origin, method, path, undefined, { ...fromOurPage, token });
  const list = (who: Person) => by("GET", "/auth/grants", who);
  const withdraw = (who: Person) => by("DELETE", `/auth/grants/${of(grants, who)}`, who);
  const of = <T>(map: Map<string, T>, one: Person): T => map.get(one.session) ?? assert.fail("not prepared");
  const withCode = async ({ who }: { who: Person }) => codes.set(who.session, await granted(world(), who));
  const withSession = async ({ who }: { who: Person }) => sessions.set(who.session, await signedIn(world(), who));
  const isActive = async (token: string) => (await at(world(), "/granted/x", token)).status === 200;
  const unavailable = (answer: Answer, what: string) => assertOAuthError(answer, "temporarily_unavailable", 503, what);
  const dead = async ({ access_token, refresh_token }: Tokens) => {
    assert.equal(await isActive(access_token), false);
    assertOAuthError(await renew(world(), refresh_token), "invalid_grant");
    const { sid } = decodeJwt(access_token);
    assert.ok((await listed(world())).some(({ kind, id }) => kind === "session" && id === sid));
  };

  return [
    {
      name: "an authorization code redeemed",
      unavailable,
      prepare: withCode,
      act: ({ who }) => redeem(world(), of(codes, who)),
      status: 200,
      after: async ({ who }, failed) => {
        const again = await redeem(world(), of(codes, who));
        // If the answer was lost, the code is spent, and the second use has ended what the first opened.
        if (failed && again.status === 200) assert.ok(await isActive(tokens(again).access_token));
        else assertOAuthError(again, "invalid_grant");
        assert.ok(await isActive((await signedIn(world(), who)).access_token));
      },
    },
    {
      name: "a refresh token that rotates",
      unavailable,
      ripe: true,
      prepare: withSession,
      act: ({ who }) => renew(world(), of(sessions, who).refresh_token),
      status: 200,
      after: async ({ who }) => {
        const again = tokens(await renew(world(), of(sessions, who).refresh_token));
        assert.match(again.refresh_token, /\.2\.[^.]+$/, "it has rotated once");
        assert.ok(await isActive(tokens(await renew(world(), again.refresh_token)).access_token));
      },
    },
    {
      name: "a refresh token revoked",
      unavailable,
      prepare: withSession,
      act: ({ who }) => send(world(), "/oauth/revoke", { token: of(sessions, who).refresh_token, ...WEB }),
      status: 200,
      after: async ({ who }) => {
        const again = await send(world(), "/oauth/revoke", { token: of(sessions, who).refresh_token, ...WEB });
        assert.equal(again.status, 200);
        await dead(of(sessions, who));
      },
    },
    {
      name: "a grant withdrawn",
      prepare: async ({ who }) => {
        await withSession({ who });
        const [grant] = (await list(who)).json().grants;
        grants.set(who.session, grant.id);
      },
      act: ({ who }) => withdraw(who),
      status: 204,
      after: async ({ who }) => {
        const again = await withdraw(who);
        if (again.status !== 204) assertProblem(again, "not_found");
        assert.deepEqual((await list(who)).json().grants, []);
        await dead(of(sessions, who));
      },
    },
    {
      name: "a client's token introspected",
      unavailable,
      reads: true,
      prepare: withSession,
      act: ({ who }) => send(world(), "/oauth/introspect", { token: of(sessions, who).access_token, ...WEB }),
      status: 200,
      after: async ({ who }) => assert.ok(await isActive(of(sessions, who).access_token)),
    },
  ];
}
