// The pages of the authorization server on the level of HTTP: what a browser sends for each navigation and form.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { type Answer, ask } from "../../harness/http.ts";
import type { Stack } from "../../harness/stack.ts";

export interface World {
  readonly origin: string;
  readonly stack: Stack;
  /** The secret of the client `reports`. */
  readonly secret: string;
}

export const CALLBACK = "https://reports.example/callback";
export const LOOPBACK = "http://127.0.0.1:49152/callback";

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function pkce(): Pkce {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** What a browser sends with a navigation that a page of the same origin, of another site or the user has caused. */
const NAVIGATION = {
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Dest": "document",
  "Sec-Fetch-User": "?1",
  Accept: "text/html",
};
const headers = (site: "same-origin" | "cross-site" | "none", cookie?: string) => ({
  ...NAVIGATION,
  "Sec-Fetch-Site": site,
  Cookie: cookie,
});

/** The parameters of a request that the client `reports` may send. */
export const request = (changes: Record<string, string | undefined> = {}): Record<string, string | undefined> => ({
  client_id: "reports",
  redirect_uri: CALLBACK,
  response_type: "code",
  scope: "openid notes:read",
  state: "a state",
  code_challenge: pkce().challenge,
  code_challenge_method: "S256",
  ...changes,
});

export const encoded = (parameters: Record<string, string | undefined>): string =>
  new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();

/** A client's page sends the browser here. A `Strict` cookie does not come with that. */
export const authorize = (origin: string, parameters: Record<string, string | undefined>): Promise<Answer> =>
  ask(origin, `/oauth/authorize?${encoded(parameters)}`, { headers: headers("cross-site") });

/** The path to which the page of `/oauth/authorize` leads. */
export function leadsTo(page: Answer): string {
  assert.equal(page.status, 200, page.text);
  const url = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(page.text)?.[1];
  if (!url?.startsWith("/oauth/consent?request=")) assert.fail(page.text);
  assert.ok(page.text.includes(`href="${url}"`), "also a link");
  return url;
}

/** A navigation by a page of the service's own origin. */
export const go = (origin: string, path: string, cookie?: string, more: Record<string, string> = {}): Promise<Answer> =>
  ask(origin, path, { headers: { ...headers("same-origin", cookie), ...more } });

/** The request, up to the page about it or the redirect. */
export async function asked(
  origin: string,
  parameters: Record<string, string | undefined>,
  cookie?: string,
): Promise<Answer> {
  return go(origin, leadsTo(await authorize(origin, parameters)), cookie);
}

/** Where the app's sign-in page sends the user afterwards: the page about the request. */
export function returnTo(redirect: Answer): string {
  const url = new URL(redirect.header("location") ?? "", "https://any.example");
  assert.equal(url.pathname, "/");
  const path = url.searchParams.get("return_to") ?? "";
  assert.match(path, /^\/oauth\/consent\?request=[\w.-]+$/);
  return path;
}

export interface Form {
  readonly action: string;
  readonly fields: Record<string, string>;
  readonly decisions: string[];
}

/** The only form of a page. */
export function form(page: Answer): Form {
  const action = /<form [^>]*method="post" action="([^"]+)">/.exec(page.text)?.[1];
  assert.ok(action, page.text);
  const hidden = page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  const decisions = page.text.matchAll(/name="decision" value="([^"]+)"/g);
  return {
    action,
    fields: Object.fromEntries([...hidden].map(([, name = "", value = ""]) => [name, value])),
    decisions: [...decisions].map(([, value]) => value as string),
  };
}

/** A form that a page of the service sends; `more` replaces headers. */
export const submit = (
  origin: string,
  { action, fields }: Pick<Form, "action" | "fields">,
  more: Record<string, string>,
  cookie?: string,
  changed: Record<string, string | undefined> = {},
): Promise<Answer> =>
  ask(origin, action, {
    method: "POST",
    headers: {
      ...headers("same-origin", cookie),
      Origin: origin,
      "Content-Type": "application/x-www-form-urlencoded",
      ...changed,
    },
    body: encoded({ ...fields, ...more }),
  });

/** The parameters of the answer that the client gets. */
export function answered(redirect: Answer, status: 302 | 303, callback = CALLBACK): URLSearchParams {
  assert.equal(redirect.status, status, redirect.text);
  const url = new URL(redirect.header("location") ?? "");
  assert.equal(`${url.origin === "null" ? url.protocol : url.origin}${url.pathname}`, callback);
  assert.equal(redirect.header("referrer-policy"), "no-referrer");
  assert.equal(redirect.header("cache-control"), "no-store");
  return url.searchParams;
}

/** What every page of the service has. */
export function assertPage(page: Answer, status: number, formTarget = ""): void {
  assert.equal(page.status, status, page.text);
  assert.equal(page.header("location"), undefined);
  assert.equal(page.header("content-type"), "text/html; charset=utf-8");
  const policy = page.header("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; form-action 'self' /);
  assert.ok(policy.endsWith(`form-action 'self' ${formTarget}; base-uri 'none'; frame-ancestors 'none'`), policy);
  for (const [name, value] of [
    ["x-frame-options", "DENY"],
    ["cross-origin-opener-policy", "same-origin-allow-popups"],
    ["cross-origin-resource-policy", "same-origin"],
    ["referrer-policy", "same-origin"],
    ["x-content-type-options", "nosniff"],
    ["cache-control", "no-store"],
  ] as const) {
    assert.equal(page.header(name), value, name);
  }
  assert.ok(!/<script|<link|<img|<iframe|\son\w+=|javascript:/i.test(page.text), page.text);
}
