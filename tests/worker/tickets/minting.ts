// Requesting a ticket: which callers may, and for which URLs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertChallenge, assertProblem, type Code } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { askForTicket, openStream } from "../../harness/tickets.ts";
import { call } from "../../harness/visitor.ts";
import { ISSUER, person } from "../bare/world.ts";
import { APP, from, type TicketWorld } from "./world.ts";

export function minting(world: () => TicketWorld): void {
  const mint = (token: string | undefined, url: unknown, headers: Record<string, string | undefined> = from(APP)) =>
    askForTicket(world().origin, token, url, headers);

  test("check_34 a request for a ticket is subject to the forgery guard, and checked in the contract's order", async () => {
    const { token } = await person(world().origin);
    const { origin } = world();
    const good = { url: `${ISSUER}/url/none/x` };
    const send = (method: string, body: unknown, headers: Record<string, string | undefined>, path = "/auth/ticket") =>
      call(origin, method, path, body, { headers: { ...from(APP), ...headers } });
    for (const [what, code, answer] of [
      ["another path", "not_found", send("POST", good, {}, "/auth/ticket/")],
      ["GET", "method_not_allowed", send("GET", undefined, { "Latchkey-Client": undefined })],
      ["no client header", "request_forgery", send("POST", "x".repeat(20_000), { "Latchkey-Client": undefined })],
      ["another site", "request_forgery", send("POST", good, { "Sec-Fetch-Site": "cross-site" })],
      ["an unlisted origin", "request_forgery", send("POST", good, { Origin: "https://evil.example" })],
      ["too large", "too_large", send("POST", { url: "x".repeat(20_000) }, { "Content-Type": "text/plain" })],
      ["no JSON", "unsupported_media_type", send("POST", good, { "Content-Type": "text/plain" })],
      ["no URL", "invalid_request", send("POST", {}, {})],
      ["more than a URL", "invalid_request", send("POST", { ...good, origin: APP }, {})],
      ["not a text", "invalid_request", send("POST", { url: [good.url] }, {})],
      ["no token", "invalid_token", send("POST", good, {})],
      ["an invalid token", "invalid_token", send("POST", good, { Authorization: `Bearer ${token}x` })],
    ] as [string, Code, ReturnType<typeof send>][])
      assertProblem(await answer, code, { what });
    assertChallenge(await send("POST", good, {}), null, "no credentials at all");
    assertChallenge(await send("POST", good, { Authorization: `Bearer ${token}x` }), "invalid_token");
  });

  test("check_19 a ticket is issued for URLs that the gate accepts tokens for, in one spelling", async () => {
    const { token } = await person(world().origin);
    const path = "/url/none/x";
    for (const url of [
      "",
      path,
      `//${ISSUER.split("//")[1]}${path}`,
      `https://evil.example${path}`,
      `${ISSUER}.evil.example${path}`,
      `http://localhost:8788${path}`,
      `https://localhost:8787${path}`,
      `http://user@localhost:8787${path}`,
      `http://localhost:8787@evil.example${path}`,
      `http://localhost:8787\\@evil.example${path}`,
      `HTTP://localhost:8787${path}`,
      `http://LOCALHOST:8787${path}`,
      `ftp://localhost:8787${path}`,
      ISSUER,
      `${ISSUER}?${path}`,
      `${ISSUER}${path}#fragment`,
      `${ISSUER}${path}?a#`,
      `${ISSUER}${path}?a b`,
      `${ISSUER}${path}?it's`,
      `${ISSUER}${path}?ü`,
      `${ISSUER}${path}?a\r\nb`,
      `${ISSUER}${path}?latchkey-ticket=x`,
      `${ISSUER}${path}?latchkey-ticket`,
      `${ISSUER}${path}?a=b&latchkey-ticket=x&c=d`,
      `${ISSUER}/url/none/../strict/x`,
      `${ISSUER}/url//none/x`,
      `${ISSUER}/url/none/%2e%2e/x`,
      `${ISSUER}/url/open/x`,
      `${ISSUER}/theirs/x`,
      `${ISSUER}/posts/x`,
      `${ISSUER}/nowhere`,
      `${ISSUER}/auth/sessions`,
      `${ISSUER}/auth/verify`,
      `${ISSUER}/AUTH/sessions`,
      `${ISSUER}/admin/users`,
      `${ISSUER}/healthz`,
      `${ISSUER}/.well-known/jwks.json`,
    ])
      assertProblem(await mint(token, url), "invalid_request", { what: JSON.stringify(url) });
    for (const url of [
      `${ISSUER}${path}`,
      `${ISSUER}${path}?`,
      `${ISSUER}${path}?a=b&c=%27%20`,
      `ws://localhost:8787${path}`,
      `${APP}${path}`,
      `${ISSUER}/url/page/x`,
      `${ISSUER}/url/both/x`,
      `${ISSUER}/url/open/shut/x`,
    ])
      assert.equal((await mint(token, url)).status, 200, url);
  });

  test("the number of concurrent tickets per session is limited; another session of the same account has its own limit", async () => {
    const who = await person(world().origin);
    const other = await person(world().origin);
    const url = `${ISSUER}/url/none/x`;
    const answers = await Promise.all(Array.from({ length: 110 }, () => mint(who.token, url)));
    const refused = answers.filter(({ status }) => status !== 200);
    assert.equal(refused.length, 10);
    for (const answer of refused) {
      assertProblem(answer, "rate_limited");
      const seconds = Number(answer.header("retry-after"));
      assert.ok(seconds >= 1 && seconds <= 30, `${seconds}`);
    }
    assert.equal((await mint(other.token, url)).status, 200);
    const good = answers
      .find(({ status }) => status === 200)
      ?.json()
      .url.replace(ISSUER, "");
    assert.equal((await openStream(world().origin, good, from(APP))).status, 200, "the issued tickets are valid");
    assertProblem(await mint(who.token, url), "rate_limited", { what: "a spent one counts until it expires" });
  });

  test("check_35 a listed origin may request a ticket and read the response, and the preflight allows it", async () => {
    const { token } = await person(world().origin);
    const preflight = await ask(world().origin, "/auth/ticket", {
      method: "OPTIONS",
      headers: {
        Origin: APP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,latchkey-client",
      },
    });
    assert.deepEqual([preflight.status, preflight.header("access-control-allow-methods")], [204, "POST"]);
    const answer = await mint(token, `${ISSUER}/url/none/x`);
    assert.deepEqual([answer.status, answer.header("access-control-allow-origin")], [200, APP]);
  });
}
