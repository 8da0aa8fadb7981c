// Presenting a ticket: once, by the page and for the URL that it was issued for.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertChallenge, assertProblem } from "../../harness/contract.ts";
import { type Answer, ask } from "../../harness/http.ts";
import { eventStream, openStream, PARAMETER, ticketFor, upgrade, withoutEmptyQuery } from "../../harness/tickets.ts";
import { until } from "../../harness/until.ts";
import { TEXT, WebSocketClient } from "../bare/frames.ts";
import { fromOurPage, ISSUER, type Person, person, VIAS } from "../bare/world.ts";
import { APP, from, OTHER_APP, type TicketWorld } from "./world.ts";

type Headers = Record<string, string | undefined>;

export function using(world: () => TicketWorld): void {
  const open = (path: string, headers: Headers = from(APP)) => openStream(world().origin, path, headers);
  const saw = (answer: Answer): { path: string; headers: [string, string][] } => answer.json();
  const refused = (answer: Answer, what: string) => {
    assertProblem(answer, "invalid_token", { what });
    assertChallenge(answer, "invalid_token", what);
  };
  /** A request after this has no valid ticket any more. */
  const good = async (path: string, headers?: Headers) => {
    const answer = await open(path, headers);
    assert.equal(answer.status, 200, answer.text);
    return saw(answer);
  };

  for (const via of VIAS) {
    test(`check_19 a WebSocket by ${via}: the ticket opens it once, and its upstream gets the identity`, async () => {
      const who = await person(world().origin);
      const asked = `ws://localhost:8787/${via}/strict/socket`;
      const { path } = await ticketFor(world().origin, who, asked, from(APP));
      const socket = await WebSocketClient.open(world().port, path, { Origin: APP });
      assert.ok(socket instanceof WebSocketClient, JSON.stringify(socket));
      try {
        socket.send(TEXT, "who");
        assert.equal(String((await socket.next()).payload), who.id);
        socket.send(TEXT, "grüße");
        assert.equal(String((await socket.next()).payload), "grüße");
        const again = await WebSocketClient.open(world().port, path, { Origin: APP });
        assert.equal("refused" in again && again.refused, 401);
        socket.send(TEXT, "and on");
        assert.equal(String((await socket.next()).payload), "and on", "the first one stays open");
      } finally {
        socket.destroy();
      }
    });

    test(`check_19 an event stream by ${via}: the upstream gets the same as with a token, and never the ticket`, async () => {
      const who = await person(world().origin);
      for (const query of ["", "?", "?a=b&c=%27d%20&&e", "?=", "??", "?a=latchkey-ticket"]) {
        const target = `/${via}/none/x${query}`;
        const { path, ticket, secret } = await world().ticket(who, target);
        const answer = await open(path);
        assert.match(answer.header("cache-control") ?? "", /private, no-store/);
        assert.equal(answer.header("access-control-allow-origin"), APP);
        const seen = saw(answer);
        assert.equal(seen.path, withoutEmptyQuery(target), "the requested URL");
        for (const trace of [ticket, secret]) assert.ok(!answer.text.includes(trace));
        const byToken = await ask(world().origin, withoutEmptyQuery(target), {
          headers: { ...eventStream, ...from(APP), Authorization: `Bearer ${who.token}` },
        });
        const names = (all: [string, string][]) => all.filter(([name]) => name.startsWith("latchkey-")).sort();
        assert.deepEqual(names(seen.headers), names(saw(byToken).headers));
        assert.equal(names(seen.headers).length, 6);
        refused(await open(path), `${target} again`);
      }
    });
  }

  test("check_19 a page of the service's own origin: its event stream sends no Origin, so only Sec-Fetch-Site counts", async () => {
    const who = await person(world().origin);
    const mint = async () => (await ticketFor(world().origin, who, `${ISSUER}/url/none/x`, fromOurPage.headers)).path;
    const path = await mint();
    for (const headers of [
      {},
      { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "none" },
      { "Sec-Fetch-Site": "same-origin, same-origin" },
      { "Sec-Fetch-Site": "same-origin", Origin: APP },
      { "Sec-Fetch-Site": "same-origin", Origin: "null" },
      { Referer: `${ISSUER}/` },
    ] as Headers[])
      refused(await open(path, headers), JSON.stringify(headers));
    await good(path, { "Sec-Fetch-Site": "same-origin" });
    await good(await mint(), { Origin: ISSUER });
    // An app on an origin of its own, through which the gate can be reached too.
    const served = { Host: new URL(APP).host, "Sec-Fetch-Site": "same-origin" };
    const app = (await ticketFor(world().origin, who, `${APP}/url/none/x`, from(APP))).path;
    refused(await open(app, { "Sec-Fetch-Site": "same-origin" }), "the ticket belongs to the other origin");
    await good(app, served);
    // A program does not state its origin, neither when it requests a ticket nor when it uses one.
    const program = (await ticketFor(world().origin, who, `${ISSUER}/url/none/x`, { ...from(""), Origin: undefined }))
      .path;
    refused(await open(program), "presented by a page");
    await good(program, {});
  });

  describe("check_19 requests that a ticket was not issued for do not spend it", { concurrency: 1 }, () => {
    const target = "/url/none/x?a=1&b=2";

    async function leavesGood(what: string, uses: (path: string, who: Person) => Promise<[string, Answer][]>) {
      const who = await person(world().origin);
      const { path } = await world().ticket(who, target);
      for (const [which, answer] of await uses(path, who)) refused(answer, `${what}: ${which}`);
      await good(path);
      refused(await open(path), `${what}: spent`);
    }

    test("another URL", () =>
      leavesGood("URL", async (path) => {
        const [before, ticket] = path.split(`&${PARAMETER}=`) as [string, string];
        const others = [
          "/url/none/y?a=1&b=2",
          "/url/none/x/?a=1&b=2",
          "/url/none/x;v=1?a=1&b=2",
          "/url/strict/x?a=1&b=2",
          "/url/page/x?a=1&b=2",
          "/service/none/x?a=1&b=2",
          "/url/none/x?b=2&a=1",
          "/url/none/x?a=1",
          "/url/none/x?a=1&b=2&c=3",
          "/url/none/x?a=1&b=%32",
          "/url/none/x?a=1&&b=2",
          "/theirs/x?a=1&b=2",
        ].map((other) => `${other}&${PARAMETER}=${ticket}`);
        others.push(`/url/none/x?${PARAMETER}=${ticket}`, `${before}&&${PARAMETER}=${ticket}`);
        return Promise.all(others.map(async (other) => [other, await open(other)] as [string, Answer]));
      }));

    test("another origin", () =>
      leavesGood("origin", (path) =>
        Promise.all(
          [OTHER_APP, ISSUER, "null", `${APP}.evil.example`, APP.replace("http", "https"), `${APP}/`, undefined].map(
            async (Origin) => [String(Origin), await open(path, { Origin })] as [string, Answer],
          ),
        ),
      ));

    test("another method, or a request that could carry the token", () =>
      leavesGood("request", async (path) => {
        const plain = (method: string, headers: Headers) =>
          ask(world().origin, path, { method, headers: { ...from(APP), ...headers } });
        assert.equal((await plain("HEAD", eventStream)).status, 401);
        return [
          ["POST", await plain("POST", eventStream)],
          ["DELETE", await plain("DELETE", eventStream)],
          ["OPTIONS", await plain("OPTIONS", eventStream)],
          ["a page", await plain("GET", { Accept: "text/html,application/xhtml+xml" })],
          ["a fetch", await plain("GET", { Accept: "*/*" })],
          ["no Accept", await plain("GET", {})],
          ["another upgrade", await plain("GET", { ...upgrade, Upgrade: "h2c" })],
        ];
      }));

    test("together with a cookie", () =>
      leavesGood("cookie", async (path, { cookie }) => [
        ["of the same session", await open(path.replace("/none/", "/both/"), { ...from(APP), Cookie: cookie })],
      ]));

    test("under /auth, where it is not a credential", async () => {
      const who = await person(world().origin);
      const { ticket } = await world().ticket(who, "/url/none/x");
      for (const path of ["/auth/sessions", "/auth/verify"]) {
        const answer = await open(`${path}?${PARAMETER}=${ticket}`);
        assertProblem(answer, "invalid_token", { what: path });
        assertChallenge(answer, null, path);
      }
      assertProblem(await open(`/auth/nothing?${PARAMETER}=${ticket}`), "not_found");
      await good(`/url/none/x?${PARAMETER}=${ticket}`);
    });
  });

  test("check_18 a malformed ticket, or one together with a token, is rejected like a request with two credentials", async () => {
    const who = await person(world().origin);
    const { path, ticket } = await world().ticket(who, "/url/none/x");
    const bearer = { Authorization: `Bearer ${who.token}` };
    const parameter = `${PARAMETER}=${ticket}`;
    // The token is in the gate's cache from here on, and would be accepted at once.
    assert.equal((await ask(world().origin, "/url/none/x", { headers: bearer })).status, 200);
    const malformed: [string, Headers][] = [
      [path, bearer],
      [path, { ...bearer, Authorization: "Bearer no.good.token" }],
      [path, { Authorization: "Basic Og==" }],
      [`/url/none/x?${PARAMETER}`, bearer],
      [`/url/none/x?${PARAMETER}=`, {}],
      [`/url/none/x?${PARAMETER}=x`, {}],
      [`/url/both/x?${PARAMETER}=x`, { Cookie: who.cookie }],
      [`/url/page/x?${PARAMETER}=x`, { Cookie: who.cookie }],
      [`/url/none/x?${parameter}&a=b`, {}],
      [`/url/none/x?${parameter}&`, {}],
      [`/url/none/x?${parameter}&${parameter}`, {}],
      [`/url/none/x?${PARAMETER}&${parameter}`, {}],
      [`/url/none/x?${parameter}%20`, {}],
      [`/url/none/x?${parameter.replace("=1.", "=01.")}`, {}],
    ];
    for (const [path, headers] of malformed) {
      const answer = await open(path, { ...from(APP), ...headers });
      assertProblem(answer, "invalid_token", { what: path });
      assert.match(answer.header("www-authenticate") ?? "", /error="invalid_request"/, path);
    }
    for (const unlike of [
      parameter.replace("-", "%2D"),
      parameter.replace("-", "_"),
      parameter.toUpperCase(),
      `x${parameter}`,
      `a=b;${parameter}`,
    ]) {
      const answer = await open(`/url/none/x?${unlike}`);
      assertProblem(answer, "invalid_token", { what: unlike });
      assertChallenge(answer, null, `${unlike} is not a credential`);
    }
    await good(path);
  });

  test("check_20 of a hundred concurrent uses of one ticket one is admitted, and the replay is recorded once", async () => {
    const who = await person(world().origin);
    for (const via of VIAS) {
      const { path } = await world().ticket(who, `/${via}/none/x`);
      const answers = await Promise.all(Array.from({ length: 100 }, () => open(path)));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      for (const answer of answers) if (answer.status !== 200) refused(answer, "too late");
    }
    // Both are of the same kind, from the same address and about the same session, so the account stores them
    // as one event.
    const events = await until("both are recorded", async () => {
      const all = (await world().admin.events(who.id)).filter(({ event }) => event === "ticket_replayed");
      return (all[0]?.count ?? 0) >= VIAS.length && all;
    });
    assert.deepEqual(
      events.map(({ by, session, count }) => [by, session, count]),
      [["user", who.session, VIAS.length]],
    );
    const told = () => {
      const lines = world().workerd.logs().split("\n");
      return lines.filter((line) => line.includes('"ticket_replayed"') && line.includes(who.id)).length;
    };
    await until("in the log too", () => told() >= VIAS.length);
    assert.equal(told(), VIAS.length);
  });

  test("check_20 two users' tickets, interleaved: each is identified correctly", async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => person(world().origin)));
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const who = people[i % people.length] as Person;
        const { path } = await world().ticket(who, `/url/none/x?i=${i}`);
        const { headers } = await good(path);
        assert.deepEqual(
          headers.find(([name]) => name === "latchkey-subject"),
          ["latchkey-subject", who.id],
        );
      }),
    );
  });

  test("check_22 invented tickets are rejected like all others, whatever account they name", async () => {
    const who = await person(world().origin);
    const { ticket } = await world().ticket(who, "/url/none/x");
    const [version, account, jti, secret] = ticket.split(".") as [string, string, string, string];
    const other = await person(world().origin);
    const flipped = secret.replace(/^./, (first) => (first === "A" ? "B" : "A"));
    for (const made of [
      [version, account, jti, flipped],
      [version, account, `${jti.slice(0, -1)}-`, secret],
      [version, other.id, jti, secret],
      [version, "0".repeat(64), jti, secret],
      [version, "x", jti, secret],
      [version, account.toUpperCase(), jti, secret],
    ])
      refused(await open(`/url/none/x?${PARAMETER}=${made.join(".")}`), made.join("."));
    await good(`/url/none/x?${PARAMETER}=${ticket}`);
  });
}
