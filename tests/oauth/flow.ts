// The whole flow of one client in one call, by plain requests, for scenarios that begin where it ends.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { Answer } from "../harness/http.ts";
import { basic, form } from "../harness/operator.ts";
import type { Visitor } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";

export interface Terms {
  client: string;
  /** Of a confidential client. */
  secret?: string | undefined;
  redirect?: string;
  scope: string;
  /** A path of the service. */
  resource?: string;
}

export interface Prepared {
  query: URLSearchParams;
  verifier: string;
  redirect: string;
}

/** An authorization request. */
export function prepare(origin: string, { client, redirect, scope, resource }: Terms): Prepared {
  const verifier = randomBytes(32).toString("base64url");
  const uri = redirect ?? "http://127.0.0.1:1/callback";
  const query = new URLSearchParams({
    ...{ response_type: "code", client_id: client, redirect_uri: uri, scope, state: randomBytes(8).toString("hex") },
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(resource === undefined ? {} : { resource: new URL(resource, origin).href }),
  });
  return { query, verifier, redirect: uri };
}

/** A code for a user who allows everything. */
export async function code(origin: string, who: Visitor, { query }: Prepared): Promise<string> {
  const url = await new Browser(origin, who).approve(`${origin}/oauth/authorize?${query}`);
  return url.searchParams.get("code") ?? assert.fail(url.href);
}

/** A request to the token endpoint. */
export function ask(
  origin: string,
  fields: Record<string, string>,
  { client, secret }: { client?: string; secret?: string | undefined } = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  // A public client states its id; a confidential one proves it.
  const stated = secret === undefined && client !== undefined ? { client_id: client } : {};
  const proved = secret === undefined ? {} : { Authorization: basic(secret, client) };
  return form(origin, "/oauth/token", { ...stated, ...fields }, { ...proved, ...headers });
}

export const redeem = (origin: string, { verifier, redirect }: Prepared, code: string, terms: Terms) =>
  ask(origin, { grant_type: "authorization_code", code, redirect_uri: redirect, code_verifier: verifier }, terms);

/** The tokens of a user who allows everything. */
export async function tokens(
  origin: string,
  who: Visitor,
  terms: Terms,
): Promise<{ access_token: string; refresh_token?: string; id_token?: string }> {
  const prepared = prepare(origin, terms);
  const answer = await redeem(origin, prepared, await code(origin, who, prepared), terms);
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}

export const token = async (origin: string, who: Visitor, terms: Terms) =>
  (await tokens(origin, who, terms)).access_token;
