// One-time tickets: requested by a page, then presented by the browser.
import assert from "node:assert/strict";
import { assertNoStore } from "./contract.ts";
import { type Answer, ask } from "./http.ts";
import { post } from "./visitor.ts";

type Headers = Record<string, string | undefined>;

export const PARAMETER = "latchkey-ticket";

/** Removes a query that has no content. */
export const withoutEmptyQuery = (url: string) => url.replace(/^([^?]*)\?$/, "$1");

/** The headers that an `EventSource` sends by itself. */
export const eventStream = { Accept: "text/event-stream" };

/** The headers that a `WebSocket` sends by itself. */
export const upgrade = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** A page requests a ticket for this URL. */
export const askForTicket = (
  origin: string,
  token: string | undefined,
  url: unknown,
  headers: Headers,
): Promise<Answer> => post(origin, "/auth/ticket", { url }, { token, headers });

/** The URL that a page gets, from the path on, and the ticket in it. */
export async function ticketFor(
  origin: string,
  { token }: { token: string },
  url: string,
  headers: Headers,
): Promise<{ path: string; ticket: string; secret: string }> {
  const answer = await askForTicket(origin, token, url, headers);
  assert.equal(answer.status, 200, answer.text);
  assertNoStore(answer);
  const body = answer.json();
  assert.deepEqual(Object.keys(body).sort(), ["expires_in", "url"]);
  assert.equal(body.expires_in, 30);
  const [, begin, ticket = ""] = /^(.*)[?&]latchkey-ticket=([^&]*)$/.exec(body.url) ?? [];
  assert.equal(begin, withoutEmptyQuery(url), "the requested URL with the ticket at its end");
  const [, secret = ""] = /^1\.[0-9a-f]{64}\.[\w-]{22}\.([\w-]{43})$/.exec(ticket) ?? [];
  assert.ok(secret, ticket);
  return { path: body.url.replace(/^\w+:\/\/[^/]+/, ""), ticket, secret };
}

/** A listed page's `EventSource` (or a program) opens the URL. */
export const openStream = (origin: string, path: string, headers: Headers): Promise<Answer> =>
  ask(origin, path, { headers: { ...eventStream, ...headers } });
