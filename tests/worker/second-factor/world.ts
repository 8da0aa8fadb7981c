// One Worker with accounts that have second factors.
import assert from "node:assert/strict";
import { challengeOf, codeOf, type Enrolled, enrol } from "../../harness/authenticator-app.ts";
import { assertTokenResponse, CHALLENGE_COOKIE, COOKIE, type TokenResponse } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { newCredential, operator } from "../../harness/operator.ts";
import { call, PASSWORD, post } from "../../harness/visitor.ts";
import { type Durable, fromOurPage, type Person, person } from "../durable/world.ts";

export const ADMIN = newCredential();

const route = (path: string, more: Record<string, unknown>) => ({
  ...{ path, methods: ["GET"], access: "token", upstream: "echo" },
  ...more,
});

export const CONFIG = {
  admin_credentials: [ADMIN.hash],
  second_factor: { roles: ["admin"], name: "Notes" },
  keys: { secret_bindings: ["SEAL"] },
  routes: [
    route("/none/*", {}),
    route("/mfa/*", { acr: "aal2" }),
    route("/strict-mfa/*", { acr: "aal2", revocation: "strict" }),
    route("/page-mfa/*", { acr: "aal2", access: "session" }),
    route("/admins/*", { roles: ["admin"] }),
  ],
};

export const SECRETS = { SEAL: "a secret that seals, of more than 32 bytes" };

export interface Member extends Person, Enrolled {
  account: string;
}

/** What a test does in one Worker. */
export function actions(world: () => Durable) {
  const send = (
    method: string,
    path: string,
    body?: unknown,
    { cookie, token }: { cookie?: string | undefined; token?: string | undefined } = {},
  ) => call(world().origin, method, path, body, { ...fromOurPage, cookie, token });
  const accountOf = ({ cookie }: { cookie: string }) => cookie.split(".")[1] ?? "";
  return {
    send,
    accountOf,
    admin: () => operator(world().origin, ADMIN.secret),
    post: (path: string, body?: unknown, extra: { cookie?: string; token?: string } = {}) =>
      send("POST", path, body, extra),
    get: (path: string, extra: { cookie?: string; token?: string }) => send("GET", path, undefined, extra),
    /** A user with an app, and with a session in which the user added it. */
    async member(): Promise<Member> {
      const who = await person(world().origin);
      const enrolled = await enrol(world().origin, who.token, fromOurPage);
      const refreshed = await post(world().origin, "/auth/refresh", undefined, { ...fromOurPage, cookie: who.cookie });
      const { access_token: token } = assertTokenResponse(refreshed, 200, 300);
      return { ...who, ...enrolled, token, account: accountOf(who) };
    },
    signIn: (who: { email: string }, password = PASSWORD) =>
      send("POST", "/auth/sign-in", { email: who.email, password }),
    /** Signs in with the password; the cookie of the challenge. */
    async challenge(who: { email: string }): Promise<string> {
      return challengeOf(await send("POST", "/auth/sign-in", { email: who.email, password: PASSWORD }));
    },
    verify: (cookie: string | undefined, body: unknown) =>
      send("POST", "/auth/second-factor", body, cookie === undefined ? {} : { cookie }),
    /** Lets the account accept codes of the present steps again. */
    forgetSteps: ({ account }: { account: string }) =>
      world().look("ACCOUNT", account, "UPDATE totp SET last_step = 0 WHERE expires_at IS NULL"),
    /** How many sessions of the account are active. */
    async sessions({ account }: { account: string }): Promise<number> {
      return (await operator(world().origin, ADMIN.secret).get(`/${account}`)).json().sessions;
    },
  };
}

/** The response that opens a session: its cookies, and the claims. */
export function opened(answer: Answer): { cookie: string; body: TokenResponse } {
  const body = assertTokenResponse(answer, 200, 300);
  const [session, cleared, ...more] = answer.setCookies
    .filter((line) => line.startsWith(`${COOKIE}=`) || line.startsWith(`${CHALLENGE_COOKIE}=`))
    .sort();
  assert.deepEqual(more, []);
  assert.match(session ?? "", new RegExp(`^${CHALLENGE_COOKIE}=;.*Max-Age=0$`), "the challenge is over");
  assert.match(cleared ?? "", new RegExp(`^${COOKIE}=1\\.`));
  return { cookie: (cleared ?? "").split(";")[0] ?? "", body };
}

export { codeOf };
