import type { SignOutScope } from "../types.js";
import type { Accounts, Grant } from "./accounts.js";
import { platform } from "./platform.js";
import { problem, Refusal } from "./problem.js";

/** A request to the service, without what only HTTP needs. */
interface Asked {
  readonly accounts: Accounts;
  readonly cookie: string | undefined;
  /** The access token; empty without one. */
  readonly token: string;
  /** The members of the body. */
  readonly body: Readonly<Record<string, string>>;
  /** The last segment of the path. */
  readonly id: string;
}

/** What the service answers. */
interface Answer {
  readonly status: number;
  readonly body?: object;
  /** What the browser keeps from now on; `null`: no cookie. If it is missing, the cookie stays as it is. */
  readonly cookie?: string | null;
}

const granted = ({ cookie, response }: Grant, status = 200): Answer => ({ status, body: response, cookie });
const DONE: Answer = { status: 204 };

const ROUTES: Readonly<Record<string, (asked: Asked) => Answer>> = {
  "POST /auth/sign-up": ({ accounts, body: { email = "", password = "" }, cookie }) =>
    granted(accounts.signUp(email, password, cookie), 201),
  "POST /auth/sign-in": ({ accounts, body: { email = "", password = "" }, cookie }) =>
    granted(accounts.signIn(email, password, cookie)),
  "POST /auth/refresh": ({ accounts, cookie }) => (cookie === undefined ? DONE : granted(accounts.refresh(cookie))),
  "POST /auth/sign-out": ({ accounts, body: { scope = "local" }, cookie }) => {
    accounts.signOut(cookie, scope as SignOutScope);
    return scope === "others" ? DONE : { status: 204, cookie: null };
  },
  "POST /auth/reauthenticate": ({ accounts, body: { password = "" }, token }) =>
    granted(accounts.reauthenticate(token, password)),
  "POST /auth/password": ({ accounts, body: { current_password = "", new_password = "" }, token }) =>
    granted(accounts.changePassword(token, current_password, new_password)),
  "DELETE /auth/account": ({ accounts, body: { current_password = "" }, token }) => {
    accounts.deleteAccount(token, current_password);
    return DONE;
  },
  "GET /auth/sessions": ({ accounts, token }) => ({ status: 200, body: accounts.list(token) }),
  "DELETE /auth/sessions/{id}": ({ accounts, token, id }) => {
    accounts.revoke(token, id);
    return DONE;
  },
  "POST /auth/ticket": ({ accounts, body: { url = "" }, token }) => ({
    status: 200,
    body: accounts.ticket(token, url),
  }),
};

/** The name of the service's route for a request, as `requests` shows it. */
export function routeOf({ method }: Request, { pathname }: URL): string {
  return `${method} ${pathname.replace(/^(\/auth\/sessions\/).+/, "$1{id}")}`;
}

/** Whether the request proves or sets a password, so that the service limits it. */
export function takesPassword(route: string): boolean {
  return /^POST .*(sign-up|sign-in|reauthenticate|password)$|^DELETE .*account$/.test(route);
}

export function bearerOf({ headers }: Request): string {
  return /^Bearer (.+)$/.exec(headers.get("Authorization") ?? "")?.[1] ?? "";
}

/** A response, and what a browser that receives it keeps as the cookie: see {@link Answer}. */
export interface Reply {
  readonly response: Response;
  readonly cookie?: string | null | undefined;
}

/** Answers a request to the service. */
export async function reply(accounts: Accounts, request: Request, cookie: string | undefined): Promise<Reply> {
  const url = new URL(request.url);
  // The vault accepts an answer without a body only if it names the request that it answers.
  const headers: Record<string, string> = { "Latchkey-Nonce": request.headers.get("Latchkey-Nonce") ?? "" };
  const route = ROUTES[routeOf(request, url)];
  if (!route) return { response: problem("not_found", headers) };
  const text = await request.text();
  try {
    const id = decodeURIComponent(url.pathname.split("/").at(-1) ?? "");
    const asked = { accounts, cookie, token: bearerOf(request), body: text === "" ? {} : JSON.parse(text), id };
    const { status, body, cookie: kept } = route(asked);
    if (body) headers["Content-Type"] = "application/json";
    const response = new (platform("Response"))(body ? JSON.stringify(body) : null, { status, headers });
    return { response, cookie: kept };
  } catch (error) {
    if (error instanceof Refusal) return { response: problem(error.code, headers, error.more) };
    throw error;
  }
}
