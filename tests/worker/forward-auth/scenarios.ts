// What every proxy has to do, in front of a real application.

import assert from "node:assert/strict";
import { after, test as always, before, describe } from "node:test";
import { assertCookie } from "../../harness/contract.ts";
import { type EchoApi, startEcho } from "../../harness/echo.ts";
import { generationOf } from "../../harness/family.ts";
import { type Answer, type Ask, ask, rawStatus } from "../../harness/http.ts";
import { untilLogged } from "../../harness/log.ts";
import { proxyPath, type RunningProxy } from "../../harness/proxies.ts";
import { refusedWithin, until } from "../../harness/until.ts";
import { post } from "../../harness/visitor.ts";
import { again, fromOurPage, ISSUER, type Person, person, type World } from "../bare/world.ts";
import { claims, sign } from "../issuers/keys.ts";
import type { Definition, Fronts } from "./proxies.ts";
import { PARTNER, partner, SERVICE_SECRET, startTls, type TlsFront } from "./world.ts";

const DEVICE = `__Host-Http-latchkey-device=${"d".repeat(43)}`;

const cookies = (header = "") => header.split(/;[ \t]*/).filter(Boolean);

export function scenarios(definition: Definition, world: () => World): void {
  const { name, wrongCertificate, keepsBesideDuplicates, normalizes = false } = definition;
  const installed = proxyPath(name) !== undefined;
  /** Skipped one by one, so that each is counted. */
  const test = (title: string, work: () => Promise<void>) =>
    always(title, { skip: installed ? false : `${name} isn't installed` }, work);

  describe(`forward-auth by ${name}`, { concurrency: 1 }, () => {
    let application: EchoApi;
    let worker: TlsFront;
    let fronts: Fronts;
    let { front, silent, misled, brisk } = {} as Fronts;
    let who: Person;

    before(async () => {
      if (!installed) return;
      application = await startEcho();
      worker = await startTls(world().port);
      fronts = await definition.start(worker, application);
      ({ front, silent, misled, brisk } = fronts);
      who = await person(world().origin);
    });
    after(async () => {
      if (!installed) return;
      await Promise.all([...Object.values(fronts ?? {}), worker, application].map((each) => each?.stop()));
    });

    const bearer = (token = who.token) => ({ Authorization: `Bearer ${token}` });
    const cookie = () => ({ Cookie: who.cookie });
    const ourPage = { "Sec-Fetch-Site": "same-origin" };

    /** A request that must be admitted: returns what the application received. */
    async function passes(path: string, request: Ask, through = front): Promise<Map<string, string>> {
      const answer = await ask(through.origin, path, request);
      assert.equal(
        answer.status,
        200,
        `${path} ${JSON.stringify(request)}: ${answer.text}\n${through.logs().slice(-2000)}`,
      );
      const seen = application.seen.at(-1);
      assert.equal(seen?.url, path);
      return new Map((seen?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]));
    }

    /** A request that must be rejected: the application received nothing. */
    async function stops(status: number, path: string, request: Ask, through = front): Promise<Answer> {
      const before = application.seen.length;
      const answer = await ask(through.origin, path, request);
      assert.equal(answer.status, status, `${path} ${JSON.stringify(request)}: ${answer.text}`);
      assert.equal(application.seen.length, before, `${path}: the application received nothing`);
      return answer;
    }

    test("check_19 by token: the application gets the caller's identity, and no credentials", async () => {
      const seen = await passes("/anything?x=1&y=%2F", { headers: { ...bearer(), Cookie: `a=1; ${who.cookie}; b=2` } });
      assert.equal(seen.get("latchkey-issuer"), ISSUER);
      assert.equal(seen.get("latchkey-subject"), who.id);
      assert.equal(seen.get("latchkey-session"), who.session);
      assert.ok(seen.get("latchkey-token-id"));
      assert.equal(seen.get("latchkey-email"), who.email);
      assert.equal(seen.get("latchkey-email-verified"), "false");
      const claimed = { "Latchkey-Email": "root@example.com", "Latchkey-Email-Verified": "true" };
      const spoofed = await passes("/anything", { headers: { ...bearer(), ...claimed } });
      assert.equal(spoofed.get("latchkey-email"), who.email);
      assert.equal(spoofed.get("latchkey-email-verified"), "false");
      assert.equal(seen.has("authorization"), false);
      assert.equal(seen.get("cookie"), "a=1; b=2", "other cookies are kept");
      const beside = keepsBesideDuplicates ? "a=1" : undefined;
      for (const [sent, kept] of [
        [who.cookie, undefined],
        [`${who.cookie}; a=1`, "a=1"],
        [`a=1;${who.cookie}`, "a=1"],
        [`${who.cookie}; a=1; ${who.cookie}`, beside],
        [`x${who.cookie}`, `x${who.cookie}`],
        [DEVICE, undefined],
        [`a=1; ${DEVICE}; ${who.cookie}; b=2`, "a=1; b=2"],
        [`${who.cookie}; ${DEVICE}`, undefined],
        [`${DEVICE}; a=1; ${DEVICE}`, beside],
        [`x${DEVICE}; a=1`, `x${DEVICE}; a=1`],
        ["a=1; b=2", "a=1; b=2"],
      ] as const)
        assert.deepEqual(
          cookies((await passes("/anything", { headers: { ...bearer(), Cookie: sent } })).get("cookie")),
          cookies(kept),
          sent,
        );
    });

    test("check_19 a client's own identity headers do not reach the application", async () => {
      const names = ["Subject", "Issuer", "Session", "Roles", "Scope", "Client-Id", "Token-Id", "Gate-Secret"].flatMap(
        (name) => [`Latchkey-${name}`, `latchkey_${name.replace("-", "_").toLowerCase()}`],
      );
      const others = [
        "X-Forwarded-User",
        "Remote-User",
        "X-Remote-User",
        "X-Auth-Request-User",
        "X-Original-URL",
        "X-HTTP-Method-Override",
      ];
      const forged = [...names, ...others].map((name): [string, string] => [name, "forged"]);
      for (const proof of [bearer(), cookie()]) {
        const seen = await passes("/anything", { headers: [...forged, ...Object.entries(proof)] });
        assert.equal(seen.get("latchkey-subject"), who.id);
        assert.deepEqual(
          [...seen].filter(([, value]) => value.includes("forged")),
          [],
        );
      }
      await stops(401, "/anything", { headers: forged });
    });

    test("check_22 no token, or an invalid one: 401 with the challenge; an invalid token never falls back to the cookie", async () => {
      const bare = await stops(401, "/anything", {});
      assert.match(bare.header("www-authenticate") ?? "", /^Bearer realm="[^"]+", resource_metadata=/);
      const bad = await stops(401, "/anything", { headers: { ...cookie(), ...bearer("a.b.c") } });
      assert.match(bad.header("www-authenticate") ?? "", /error="invalid_token"/);
      await stops(401, "/anything", { headers: { ...cookie(), Authorization: "Basic eDp5" } });
      await stops(401, `/anything?access_token=${who.token}`, {});
      if (name === "nginx") await stops(404, "/.latchkey/verify", { headers: bearer() });
    });

    test("check_19 a cookie allows reading; to change something, or to open a WebSocket, the request must come from a listed page", async () => {
      const evil = { Origin: "https://evil.example", "Sec-Fetch-Site": "same-site" };
      const socket = {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      };
      const forged = { "X-Original-Method": "GET", "X-Forwarded-Method": "GET", "X-HTTP-Method-Override": "GET" };
      await passes("/anything", { headers: cookie() });
      await passes("/anything", { headers: { ...cookie(), ...evil } });
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        await stops(401, "/anything", { method, headers: cookie() });
        await stops(401, "/anything", { method, headers: { ...cookie(), ...forged } });
        await stops(401, "/anything", { method, headers: { ...cookie(), ...evil } });
        await passes("/anything", { method, headers: { ...cookie(), ...ourPage } });
        await passes("/anything", { method, headers: { ...cookie(), Origin: ISSUER } });
        await passes("/anything", { method, headers: bearer() });
      }
      await stops(401, "/anything", { headers: { ...cookie(), ...socket } });
      await stops(401, "/anything", { headers: { ...cookie(), ...socket, ...evil } });
      const seen = await passes("/anything", { headers: { ...cookie(), ...socket, Origin: ISSUER } });
      assert.equal(seen.get("upgrade"), "websocket");
      assert.equal(seen.get("connection")?.toLowerCase(), "upgrade");
      await passes("/anything", { headers: { ...bearer(), ...socket } });
    });

    test("check_19 a request whose method the proxy does not pass is treated as an unsafe one", async () => {
      if (!silent) return;
      await stops(401, "/anything", { headers: cookie() }, silent);
      await passes("/anything", { headers: { ...cookie(), ...ourPage } }, silent);
      await passes("/anything", { headers: bearer() }, silent);
      await stops(403, "/read/x", { headers: bearer() }, silent);
    });

    test("check_19 the policy of the original path decides, whatever other headers the client sends", async () => {
      const theirs = (over = {}) => sign(partner, claims(PARTNER, { scope: "read", ...over }));
      const lies = {
        "X-Original-URI": "/anything",
        "X-Forwarded-Uri": "/anything",
        "X-Original-URL": "http://h/anything",
      };
      await stops(403, "/admin/x", { headers: bearer() });
      await stops(403, "/admin/x", { headers: { ...cookie(), ...lies } });
      await stops(401, "/admin/x", {});
      await passes("/api/x", { headers: { ...bearer(), ...lies } });
      await stops(401, "/api/x", { headers: { ...cookie(), ...lies } });
      await passes("/page/x", { headers: cookie() });
      await stops(401, "/page/x", { headers: bearer() });
      await passes("/read/x", { headers: cookie() });
      await stops(403, "/read/x", { method: "POST", headers: { ...cookie(), ...ourPage } });
      assert.equal((await passes("/partner/x", { headers: bearer(await theirs()) })).get("latchkey-issuer"), PARTNER);
      await stops(403, "/partner/x", { headers: bearer(await theirs({ scope: "write" })) });
      await stops(401, "/partner/x", { headers: bearer() });
      await stops(401, "/anything", { headers: bearer(await theirs()) });
      // A public route of the gate admits no anonymous caller here.
      await stops(401, "/", { headers: lies });
      // A path that can be read in two ways has no policy.
      for (const path of ["/x/../admin/x", "//admin/x", "/%61dmin/x", "/./admin/x"])
        await stops(403, path, { headers: bearer() });
      await stops(normalizes ? 400 : 403, "/admin%2fx", { headers: bearer() });
      if (!normalizes) await stops(403, "/x//y", { headers: bearer() });
    });

    test("check_19 nothing that a client sends stands for another request, or another method", async () => {
      const headers = (value: string): [string, string][] =>
        [
          "X-Original-URI",
          "X-Original-URL",
          "X-Original-Path",
          "X-Forwarded-Uri",
          "X-Forwarded-Prefix",
          "X-Forwarded-Path",
          "X-Rewrite-URL",
          "X-Envoy-Original-Path",
          "X-Replaced-Path",
        ].flatMap((each) => [
          [each, value],
          [each.replaceAll("-", "_"), value],
        ]);
      const methods = (value: string): [string, string][] =>
        [
          "X-Original-Method",
          "X-Forwarded-Method",
          "X-HTTP-Method",
          "X-HTTP-Method-Override",
          "X-Method-Override",
        ].flatMap((each) => [
          [each, value],
          [each.replaceAll("-", "_"), value],
        ]);
      const token = Object.entries(bearer());
      const session = Object.entries(cookie());
      for (const spoofed of [...headers("/anything"), ...headers("/page/x"), ...headers("https://h/anything")]) {
        const what = [spoofed, spoofed];
        await stops(403, "/admin/x", { headers: [...what, ...token] });
        await stops(401, "/api/x", { headers: [...what, ...session] });
        await stops(401, "/api/x", { headers: what });
      }
      for (const spoofed of headers("/admin/x")) await passes("/anything", { headers: [spoofed, ...token] });
      for (const spoofed of [...methods("GET"), ...methods("HEAD"), ...methods("GET, GET")]) {
        await stops(401, "/anything", { method: "DELETE", headers: [spoofed, spoofed, ...session] });
        await stops(403, "/read/x", { method: "POST", headers: [spoofed, ...token] });
      }
      for (const spoofed of methods("DELETE")) {
        await passes("/anything", { headers: [spoofed, ...session] });
        await passes("/read/x", { headers: [spoofed, ...token] });
      }
    });

    test("check_19 a whole URL as the request's target, and a method beyond the common ones, are judged by their path and as unsafe", async () => {
      const { hostname, port } = new URL(front.origin);
      const raw = (method: string, target: string, headers: Record<string, string>) => {
        const lines = Object.entries({ Host: `${hostname}:${port}`, Connection: "close", ...headers });
        const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
        return rawStatus(front.origin, `${method} ${target} HTTP/1.1\r\n${head}\r\n`);
      };
      for (const [method, path, headers, expected] of [
        ["GET", "/api/x", bearer(), 200],
        ["GET", "/api/x", cookie(), 401],
        ["GET", "/admin/x", bearer(), 403],
        ["GET", "/anything", {}, 401],
        ["PROPFIND", "/anything", bearer(), 200],
        ["PROPFIND", "/anything", cookie(), 401],
        ["PROPFIND", "/anything", { ...cookie(), Origin: ISSUER }, 200],
        ["PROPFIND", "/api/x", bearer(), 403],
        ["REPORT", "/read/x", bearer(), 403],
      ] as const)
        for (const target of [path, `${front.origin}${path}`]) {
          const before = application.seen.length;
          assert.equal(await raw(method, target, headers), expected, `${method} ${target} ${JSON.stringify(headers)}`);
          assert.equal(application.seen.length - before, expected === 200 ? 1 : 0, `${method} ${target}`);
        }
    });

    test("the request's body reaches the application unchanged, and the subrequest has none", async () => {
      const body = "x".repeat(200_000);
      await passes("/anything", { method: "POST", headers: bearer(), body });
      assert.equal(application.seen.at(-1)?.body.length, body.length);
    });

    test("check_21 revocations take effect: of one token and of a session immediately, and on a route with a bound within it", async () => {
      const [one, two] = [await again(world().origin, who), await again(world().origin, who)];
      await passes("/api/x", { headers: bearer(one.token) });
      const revoked = await ask(world().origin, "/auth/revoke", {
        method: "POST",
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          Authorization: `Basic ${Buffer.from(`service:${SERVICE_SECRET}`).toString("base64")}`,
        },
        body: `token=${one.token}`,
      });
      assert.equal(revoked.status, 200, revoked.text);
      const answered = Date.now();
      await stops(401, "/anything", { headers: bearer(one.token) });
      await refusedWithin("the route with a bound", 1_000, answered, () =>
        ask(front.origin, "/api/x", { headers: bearer(one.token) }),
      );
      await passes("/anything", { headers: cookie() });
      const out = await post(world().origin, "/auth/sign-out", {}, { cookie: two.cookie, ...fromOurPage });
      assert.equal(out.status, 204, out.text);
      await stops(401, "/anything", { headers: { Cookie: two.cookie } });
      await stops(401, "/anything", { headers: bearer(two.token) });
      await stops(401, "/page/x", { headers: { Cookie: two.cookie } });
    });

    const NAVIGATION = { ...ourPage, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
    const navigate = (value: string, path = "/page/x", through = front) =>
      ask(through.origin, path, { headers: { Cookie: value, ...NAVIGATION } });
    /** Navigates until the session rotates. Returns the new cookie, as the proxy passed it on. */
    const moved = (value: string, path?: string, through?: RunningProxy) =>
      until("a navigation rotates", async () => {
        const answer = await navigate(value, path, through);
        return answer.setCookies.length > 0 && assertCookie(answer).pair;
      });

    test("check_25 a navigation rotates, and the browser gets the cookie; no other request rotates", async () => {
      const { cookie: first } = await again(world().origin, who);
      const second = await moved(first);
      assert.equal(generationOf(second), generationOf(first) + 1);
      for (const value of [second, first])
        for (const headers of [NAVIGATION, ourPage, {}])
          assert.deepEqual(
            (await ask(front.origin, "/page/x", { headers: { Cookie: value, ...headers } })).setCookies,
            [],
          );
      // When the session could rotate again, other requests do not rotate it, and the next navigation does.
      const other = await again(world().origin, who);
      await moved(other.cookie);
      for (const headers of [ourPage, {}, { ...NAVIGATION, "Sec-Fetch-Dest": "iframe" }])
        assert.deepEqual(
          (await ask(front.origin, "/page/x", { headers: { Cookie: second, ...headers } })).setCookies,
          [],
        );
      assert.equal(generationOf(await moved(second)), generationOf(second) + 1);
    });

    test("the application's own cookies and Cache-Control are kept; no cache may store a response with the session's cookie", async () => {
      const { cookie: first } = await again(world().origin, who);
      const own = { "Set-Cookie": ["one=1", "two=2"], "Cache-Control": "max-age=600" };
      const answer = await until("a navigation rotates", async () => {
        application.next((_, response) => void response.writeHead(200, own).end("the page"));
        const answer = await navigate(first);
        if (answer.setCookies.length > 2) return answer;
        assert.deepEqual([answer.setCookies, answer.header("cache-control")], [own["Set-Cookie"], "max-age=600"]);
        return undefined;
      });
      assert.equal(answer.setCookies.length, 3);
      for (const cookie of own["Set-Cookie"]) assert.ok(answer.setCookies.includes(cookie), cookie);
      assert.match(answer.header("cache-control") ?? "", /(^|, )private, no-store(, |$)/);
    });

    test("a rejection by the route's policy sets the cookie too", async () => {
      const { cookie: first } = await again(world().origin, who);
      const answer = await until("a navigation rotates", async () => {
        const answer = await navigate(first, "/admin/x");
        assert.equal(answer.status, 403);
        return answer.setCookies.length > 0 && answer;
      });
      assert.equal(generationOf(assertCookie(answer).pair), generationOf(first) + 1);
    });

    test("check_28 an application slower than a third of the window: its response is sent without the cookie", async () => {
      const { cookie: first } = await again(world().origin, who);
      const other = await again(world().origin, who);
      await moved(other.cookie, "/page/x", brisk);
      application.next((_, response) => void setTimeout(() => response.writeHead(200).end("late"), 2_100));
      const late = await navigate(first, "/page/x", brisk);
      assert.deepEqual([late.text, late.setCookies], ["late", []]);
      const third = await moved(first, "/page/x", brisk);
      assert.equal(
        generationOf(third),
        generationOf(first) + 2,
        "the slow navigation had rotated; the next one skips its generation",
      );
    });

    test("check_26 a copied cookie is detected: the session ends for both", async () => {
      const victim = await again(world().origin, who);
      const next = await moved(victim.cookie);
      await passes("/page/x", { headers: { Cookie: next } });
      await until(
        "the copy is rejected",
        async () => (await ask(front.origin, "/page/x", { headers: { Cookie: victim.cookie } })).status === 401,
      );
      await stops(401, "/page/x", { headers: { Cookie: next } });
      await stops(401, "/anything", { headers: bearer(victim.token) });
    });

    test("check_44 a failure of the application is passed on; if Latchkey can't be asked, no request is admitted", async () => {
      application.next((_, response) => void response.writeHead(500, { "X-Own": "1" }).end("its own"));
      const own = await ask(front.origin, "/anything", { headers: bearer() });
      assert.deepEqual([own.status, own.text, own.header("x-own")], [500, "its own", "1"]);
      await stops(503, "/anything", { headers: bearer() }, misled);
      if (wrongCertificate) await untilLogged(misled.logs, wrongCertificate);
      await worker.stop();
      for (const headers of [bearer(), cookie(), {}]) {
        const answer = await stops(503, "/anything", { headers });
        assert.match(answer.header("content-type") ?? "", /^application\/problem\+json/);
        assert.equal(answer.header("retry-after"), "1");
        assert.equal(answer.json().code, "unavailable");
      }
    });
  });
}
