// Check 19: requests that servers treat as the same although their bytes differ. There is one row per
// equivalence: which common servers have it (by their documentation and default settings), a request that
// would reach the protected resource through the public route, and the gate's response. Express, which by
// default ignores letter case and a trailing slash, runs behind the gate and counts the calls of the
// protected handlers.
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import express from "express";
import { ask } from "../../harness/http.ts";
import { exchange } from "./raw.ts";
import { METHODS, person, startWorld, type World } from "./world.ts";

interface Equivalence {
  what: string;
  /** Servers that treat the two as the same. */
  servers: string;
  /** Requests for a protected path that the public route `/*` would admit. */
  requests: [method: string, target: string][];
  /**
   * `400`: the gate rejects it. `open`: it is forwarded by the public route, and `why` explains the
   * consequence.
   */
  gate: 400 | "open";
  why?: string;
}

const get = (...targets: string[]) => targets.map((target): [string, string] => ["GET", target]);

export const EQUIVALENCES: Equivalence[] = [
  {
    what: "letter case",
    servers: "Express, IIS and ASP.NET, Fastify and Hono with their options, Apache and nginx on macOS and Windows",
    requests: get("/API/secret", "/Api/secret", "/aPI", "/ADMINAREA/x", "/AdminArea"),
    gate: 400,
  },
  {
    what: "path parameters",
    servers: "Tomcat, Jetty, Spring",
    requests: get("/api;x/secret", "/api;jsessionid=1/secret", "/adminarea;v=1"),
    gate: 400,
  },
  {
    what: "dots and spaces at the end of a name",
    servers: "IIS and file servers on Windows",
    requests: get("/api./secret", "/api../secret", "/api%20/secret", "/adminarea."),
    gate: 400,
  },
  {
    what: "a suffix as the wanted format",
    servers: "Rails, Spring before 5.3, Symfony and Laravel where routes say so",
    requests: get("/adminarea.json", "/api.xml", "/AdminArea.JSON"),
    gate: 400,
  },
  {
    what: "encoded letters, double encoding, encoded slashes",
    servers: "nearly all; Tomcat and IIS decode twice in some settings",
    requests: get("/%61pi/secret", "/%2561pi/secret", "/x%2f..%2fapi/secret", "/api%2fsecret"),
    gate: 400,
  },
  {
    what: "empty segments and dot segments",
    servers: "nginx (merge_slashes), Apache, IIS, Go's ServeMux and Caddy by a redirect",
    requests: get("//api/secret", "/x/../api/secret", "/./api/secret", "/x//api/secret"),
    gate: 400,
  },
  {
    what: "characters that become letters of ASCII",
    servers: "Express' case folding (long s, Kelvin sign), IIS and Windows (fullwidth letters)",
    requests: get("/ap%C4%B1/secret", "/%EF%BD%81pi/secret", "/adminarea%E2%80%8B"),
    gate: 400,
  },
  {
    what: "index files, programs, streams and short names",
    servers: "PHP (PATH_INFO), IIS, NTFS",
    requests: get("/index.php/api/secret", "/adminarea::$DATA", "/ADMINA~1/x"),
    gate: 400,
  },
  {
    what: "the method in a query parameter",
    servers: "Rails, Symfony, Laravel, Express with method-override",
    requests: [["POST", "/mixed?_method=DELETE"]],
    gate: 400,
  },
  {
    what: "a trailing slash",
    servers: "Express, Django and Flask by a redirect, Rails",
    requests: get("/public/"),
    gate: "open",
    why: "a pattern is about the path with and without the slash, so both take the same route",
  },
  {
    what: "HEAD by the handler of GET",
    servers: "Express, Flask, Rails, Go, nginx",
    requests: [["HEAD", "/public"]],
    gate: "open",
    why: "a route lists its methods; HEAD on a protected path takes the protected route or is 405",
  },
];

/** Express with its default settings, or with `case sensitive routing`, and the protected handlers it ran. */
async function startExpress(caseSensitive: boolean) {
  const reached: string[] = [];
  const app = express();
  app.set("case sensitive routing", caseSensitive);
  const handler: express.RequestHandler = (request, response) => {
    reached.push(`${request.method} ${request.originalUrl}`);
    response.send("protected");
  };
  app.all("/api/{*rest}", handler);
  app.all("/adminarea{/*rest}", handler);
  app.delete("/mixed", handler);
  app.use((_request, response) => void response.send("public"));
  const server = http.createServer(app);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached,
    stop: () =>
      new Promise<void>((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

type Express = Awaited<ReturnType<typeof startExpress>>;

function routes(upstream: string): Record<string, unknown>[] {
  return [
    { path: "/*", methods: METHODS, access: "public", upstream },
    { path: "/api/*", methods: METHODS, access: "token", upstream },
    { path: "/adminarea/*", methods: METHODS, access: "token", roles: ["admin"], upstream },
    { path: "/mixed", methods: ["POST"], access: "public", upstream },
    { path: "/mixed", methods: ["DELETE"], access: "token", upstream },
  ];
}

export function equivalences(): void {
  describe("requests that servers treat as the same", { concurrency: 1 }, () => {
    let ignoring: Express;
    let telling: Express;
    let world: World;
    let sensitive: World;
    before(async () => {
      [ignoring, telling] = await Promise.all([startExpress(false), startExpress(true)]);
      [world, sensitive] = await Promise.all([
        startWorld({ config: { upstreams: { app: { url: ignoring.origin } }, routes: routes("app") } }),
        startWorld({
          config: { upstreams: { app: { url: telling.origin, case_sensitive: true } }, routes: routes("app") },
        }),
      ]);
    });
    after(() => Promise.all([world, sensitive, ignoring, telling].map((each) => each?.stop())));

    const send = (method: string, target: string, token?: string) =>
      exchange(
        world.port,
        `${method} ${target} HTTP/1.1\r\nHost: localhost:8787\r\nConnection: close\r\n${
          token ? `Authorization: Bearer ${token}\r\n` : ""
        }${method === "POST" ? "Content-Length: 0\r\n" : ""}\r\n`,
      );

    test("Express alone ignores the letter case of a path", async () => {
      for (const path of ["/API/secret", "/AdminArea/x"])
        assert.equal(await (await fetch(`${ignoring.origin}${path}`)).text(), "protected");
      assert.equal(await (await fetch(`${telling.origin}/API/secret`)).text(), "public");
      ignoring.reached.length = 0;
    });

    for (const { what, servers, requests, gate, why } of EQUIVALENCES)
      test(`check_19 ${what} (${servers}): ${gate === 400 ? "rejected" : why}`, async () => {
        const { token } = await person(world.origin);
        for (const [method, target] of requests)
          for (const credential of [undefined, token]) {
            const answer = await send(method, target, credential);
            assert.equal(answer.status, gate === 400 ? 400 : 200, `${method} ${target}: ${answer.head}`);
          }
        assert.deepEqual(ignoring.reached, [], "no protected handler ran");
      });

    test("check_19 the path as the route spells it needs a token, and reaches the handler with it", async () => {
      const { token } = await person(world.origin);
      assert.equal((await send("GET", "/api/secret")).status, 401);
      assert.equal((await send("GET", "/api/SECRET", token)).body, "protected");
      assert.equal((await send("GET", "/adminarea/x", token)).status, 403);
      ignoring.reached.length = 0;
    });

    test("check_19 forward-auth denies a path in another letter case, with and without credentials", async () => {
      const { token } = await person(world.origin);
      const verify = async (uri: string, credential?: string) => {
        const headers: Record<string, string> = { "X-Forwarded-Method": "GET", "X-Forwarded-Uri": uri };
        if (credential) headers.Authorization = `Bearer ${credential}`;
        return (await ask(world.origin, "/auth/verify", { headers })).status;
      };
      assert.equal(await verify("/api/secret", token), 204);
      for (const uri of ["/API/secret", "/AdminArea/x", "/api./secret", "/adminarea.json"])
        for (const credential of [undefined, token]) assert.equal(await verify(uri, credential), 403, uri);
    });

    test("check_19 the gate does not read bodies, so a method override in one reaches the upstream of the public route", async () => {
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const body = "_method=DELETE";
      const answer = await ask(world.origin, "/mixed", { method: "POST", headers, body });
      assert.deepEqual([answer.status, answer.text], [200, "public"]);
      assert.equal((await ask(world.origin, "/mixed", { method: "DELETE" })).status, 401);
    });

    test("check_19 an upstream declared as case-sensitive gets such a path by the public route", async () => {
      const answer = await ask(sensitive.origin, "/API/secret", {});
      assert.equal(answer.text, "public");
      assert.equal((await ask(sensitive.origin, "/api/secret", {})).status, 401);
      assert.deepEqual(telling.reached, []);
    });
  });
}
