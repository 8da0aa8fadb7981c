import type { SignOutScope } from "../types.js";
import { type Account, checkAddress, checkPassword, userView } from "./accounts.js";
import { apiKeyRoutes } from "./api-key-routes.js";
import { type Asked, type Backend, DONE, granted, open, type Routes } from "./asked.js";
import { grantRoutes } from "./grant-routes.js";
import { mailRoutes } from "./mail-routes.js";
import { BY_PASSKEY, ownerOfProved, passkeyRoutes } from "./passkey-routes.js";
import { platform } from "./platform.js";
import { problem, Refusal } from "./problem.js";
import { providerRoutes } from "./provider-routes.js";
import { secondFactorRoutes } from "./second-factor-routes.js";
import type { Grant, SetCookie } from "./sessions.js";

const ROUTES: Routes = {
  "GET /auth/methods": ({ backend }) => {
    const { password, mail, passkeys, providers, signUp } = backend;
    const shown = providers.map(({ name, label = name }) => ({ name, label }));
    return {
      status: 200,
      body: { password, password_reset: mail, email_code: mail, passkey: passkeys, providers: shown, sign_up: signUp },
    };
  },
  "POST /auth/sign-up": (asked) => {
    const { accounts, signUp } = asked.backend;
    const { email = "", password = "" } = asked.body;
    if (!signUp) throw new Refusal("sign_up_closed");
    checkAddress(email);
    checkPassword("password", password);
    return open(asked, accounts.add({ email, password }), ["pwd"], 201);
  },
  "POST /auth/sign-in": (asked) => {
    const { email = "", password = "" } = asked.body;
    const account = asked.backend.accounts.find(email);
    if (!account || account.password !== password) throw new Refusal("invalid_credentials");
    return open(asked, account, ["pwd"]);
  },
  "POST /auth/refresh": ({ backend, cookie }) => {
    if (cookie === undefined) return DONE;
    const { cookie: kept, response } = backend.sessions.refresh(cookie);
    return { status: 200, body: response, cookie: kept };
  },
  "POST /auth/sign-out": ({ backend, body: { scope = "local" }, cookie }) => {
    backend.sessions.signOut(cookie, scope as SignOutScope);
    return scope === "others" ? DONE : { status: 204, cookie: null };
  },
  "POST /auth/reauthenticate": (asked) => granted(reauthenticated(asked)),
  "POST /auth/password": ({ backend, body: { current_password, new_password = "" }, token }) => {
    const { account, amr } = backend.sessions.freshOf(token);
    checkCurrent(account, current_password);
    checkPassword("new_password", new_password);
    account.password = new_password;
    backend.sessions.endAll("revoked", (session) => session.account === account);
    return granted(backend.sessions.begin(account, amr, undefined));
  },
  "DELETE /auth/account": ({ backend, body: { current_password }, token }) => {
    const { account } = backend.sessions.freshOf(token);
    checkCurrent(account, current_password);
    backend.accounts.remove(account);
    backend.sessions.endAll("revoked", (session) => session.account === account);
    return DONE;
  },
  "PATCH /auth/profile": ({ backend, body, token }) => {
    const { account } = backend.sessions.of(token);
    for (const name of ["name", "picture", "locale"] as const) {
      if (body[name] !== undefined) account.profile[name] = body[name] ?? undefined;
    }
    return { status: 200, body: { user: userView(account) } };
  },
  "GET /auth/sessions": ({ backend, token }) => ({ status: 200, body: backend.sessions.list(token) }),
  "DELETE /auth/sessions/{id}": ({ backend, token, id }) => {
    backend.sessions.revoke(token, id);
    return DONE;
  },
  // The URL has the form of the real service's; nothing accepts the ticket.
  "POST /auth/ticket": ({ backend, body: { url = "" }, token }) => {
    backend.sessions.of(token);
    const ticket = `latchkey-ticket=${backend.newId("ticket")}`;
    return { status: 200, body: { url: `${url}${url.includes("?") ? "&" : "?"}${ticket}`, expires_in: 30 } };
  },
  ...apiKeyRoutes,
  ...grantRoutes,
  ...mailRoutes,
  ...passkeyRoutes,
  ...providerRoutes,
  ...secondFactorRoutes,
};

/** The current password, of an account that has one. */
function checkCurrent({ password }: Account, given: string | undefined): void {
  const field = "current_password";
  if (password !== null && given === undefined) {
    throw new Refusal("invalid_request", { field, detail: "The field current_password is missing." });
  }
  if (password !== null && password !== given) throw new Refusal("invalid_credentials");
}

/** The user proves a credential again: a passkey, a code by mail, or the password. */
function reauthenticated(asked: Asked): Grant {
  const { backend, body, challenge, token } = asked;
  const session = backend.sessions.of(token);
  const { account } = session;
  if (body.credential) {
    if (ownerOfProved(asked) !== account) throw new Refusal("invalid_credentials");
    return backend.sessions.prove(session, BY_PASSKEY);
  }
  if (body.code !== undefined) {
    if (backend.challenges.of(challenge, "reauthenticate").account !== account) throw new Refusal("challenge_expired");
    backend.challenges.checkCode(challenge, "reauthenticate", body.code);
    backend.challenges.spend(challenge);
    return backend.sessions.prove(session, ["email"]);
  }
  if (account.password === null || account.password !== body.password) throw new Refusal("invalid_credentials");
  return backend.sessions.prove(session, ["pwd"]);
}

/** Paths with a part that differs. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^\/auth\/sessions\/([^/]+)$/, "/auth/sessions/{id}"],
  [/^\/auth\/api-keys\/([^/]+)$/, "/auth/api-keys/{id}"],
  [/^\/auth\/grants\/([^/]+)$/, "/auth/grants/{id}"],
  [/^\/auth\/passkeys\/(?!options$)([^/]+)$/, "/auth/passkeys/{id}"],
  [/^\/auth\/providers\/([^/]+)\/start$/, "/auth/providers/{name}/start"],
  [/^\/auth\/providers\/([^/]+)\/link$/, "/auth/providers/{name}/link"],
  [/^\/auth\/providers\/(?!linked$)([^/]+)$/, "/auth/providers/{name}"],
];

/** The path of the service's route, and what it has in place of `{id}` or `{name}`. */
function patternOf(pathname: string): { path: string; id: string } {
  for (const [pattern, path] of PATTERNS) {
    const match = pattern.exec(pathname);
    if (match) return { path, id: decodeURIComponent(match[1] ?? "") };
  }
  return { path: pathname, id: "" };
}

/** The name of the service's route for a request, as `requests` shows it. */
export function routeOf({ method }: Request, { pathname }: URL): string {
  return `${method} ${patternOf(pathname).path}`;
}

/** The paths that the real service has only if they are configured. */
const CONFIGURED: readonly (readonly [RegExp, (backend: Backend) => boolean])[] = [
  [/^\/auth\/(email|password\/)/, ({ mail }) => mail],
  [/^\/auth\/passkeys?(\/|$)/, ({ passkeys }) => passkeys],
  [/^\/auth\/api-keys(\/|$)/, ({ apiKeys }) => apiKeys !== null],
  [/^\/auth\/grants(\/|$)/, ({ oauth }) => oauth],
];

/** Whether the request proves or sets a credential, so that the service limits it. */
export function isLimited(route: string): boolean {
  return /^POST .*(sign-up|sign-in|reauthenticate|password|code|forgot|reset|verify|verification|change|second-factor)$|^DELETE .*account$/.test(
    route,
  );
}

export function bearerOf({ headers }: Request): string {
  return /^Bearer (.+)$/.exec(headers.get("Authorization") ?? "")?.[1] ?? "";
}

/** The cookies of a browser for the service. */
export interface Cookies {
  readonly session: string | undefined;
  readonly challenge: string | undefined;
}

/** A response, and the cookies that it sets: `null` expires one, and one that is missing stays as it is. */
export interface Reply {
  readonly response: Response;
  readonly cookie?: SetCookie | null | undefined;
  readonly challenge?: string | null | undefined;
}

/** Answers a request to the service. */
export async function reply(backend: Backend, request: Request, cookies: Cookies): Promise<Reply> {
  const url = new URL(request.url);
  // The vault accepts an answer without a body only if it names the request that it answers.
  const headers: Record<string, string> = { "Latchkey-Nonce": request.headers.get("Latchkey-Nonce") ?? "" };
  const { path, id } = patternOf(url.pathname);
  const route = ROUTES[`${request.method} ${path}`];
  const isOff = CONFIGURED.some(([paths, isOn]) => paths.test(path) && !isOn(backend));
  if (!route || isOff) return { response: problem("not_found", headers) };
  const text = await request.text();
  try {
    const { session: cookie, challenge } = cookies;
    const body = text === "" ? {} : JSON.parse(text);
    const asked = { backend, cookie, challenge, token: bearerOf(request), body, id, query: url.searchParams };
    const { status, body: content, location, ...kept } = route(asked);
    if (content) headers["Content-Type"] = "application/json";
    if (location) headers.Location = location.href;
    const response = new (platform("Response"))(content ? JSON.stringify(content) : null, { status, headers });
    return { response, ...kept };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { response: problem(error.code, headers, error.more), challenge: error.challenge };
  }
}
