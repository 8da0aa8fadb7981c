// One origin for everything: the page, token endpoints that say yes at once, and an API. So what is measured is what
// happens in the browser. It says how often tokens were asked for, and can make the next renewals wait.
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import type { Bundle } from "./bundles.ts";

export const MEGABYTES = 10;
const SIZE = MEGABYTES * 1_000_000;

export interface BenchServer {
  readonly origin: string;
  /** How long the next tokens live, in seconds. */
  lifetime: number;
  /** How often a token was asked for. */
  tokens(): number;
  /** From now on, who asks for a token waits, until what this gives is called. */
  hold(): () => void;
  stop(): Promise<void>;
}

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

export async function startServer(files: Bundle): Promise<BenchServer> {
  let tokens = 0;
  let held: Promise<void> | undefined;
  const big = Buffer.alloc(SIZE, "0123456789abcdef");
  const small = Buffer.from(JSON.stringify({ id: "user", roles: [] }));

  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const json = (body: unknown) =>
      response
        .writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" })
        .end(JSON.stringify(body));
    switch (pathname) {
      case "/api/small":
        // Requests without a token get 401, so that no client is fast because it sends none.
        response.writeHead(request.headers.authorization?.startsWith("Bearer ey") ? 200 : 401, {
          ...{ "Content-Type": "application/json", "Content-Length": small.length, "Cache-Control": "no-store" },
        });
        return response.end(small);
      case "/api/big":
        response.writeHead(200, {
          ...{ "Content-Type": "application/octet-stream", "Content-Length": SIZE, "Cache-Control": "no-store" },
        });
        return response.end(big);
      case "/api/upload": {
        let bytes = 0;
        for await (const chunk of request) bytes += (chunk as Buffer).length;
        return json({ bytes });
      }
      case "/auth/refresh": {
        tokens += 1;
        await held;
        // As the service does: the vault ignores a response that does not name its request.
        const nonce = request.headers["latchkey-nonce"];
        if (nonce) response.setHeader("Latchkey-Nonce", nonce);
        return json(tokenResponse(bench.lifetime, tokens));
      }
      case "/oauth/token":
        tokens += 1;
        await held;
        return json(oauthResponse(bench.origin, bench.lifetime, tokens));
      default: {
        const file = files.get(pathname === "/" ? "index.html" : pathname.slice(1));
        const headers = {
          "Content-Type": TYPES[extname(pathname) || ".html"] ?? "application/octet-stream",
          // So that memory can be measured, workers included.
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        };
        return file ? response.writeHead(200, headers).end(file) : response.writeHead(404, headers).end();
      }
    }
  });
  // No connection ends between two rounds.
  server.keepAliveTimeout = 120_000;
  server.listen(0, "localhost");
  await once(server, "listening");
  const bench: BenchServer = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    lifetime: 3600,
    tokens: () => tokens,
    hold: () => {
      let release = () => {};
      held = new Promise((done) => {
        release = () => {
          held = undefined;
          done();
        };
      });
      return () => release();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return bench;
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Looks like a token of ours, and is as long. This server does not check the signature. */
const accessToken = (number: number) =>
  `${encoded({ alg: "ES256", typ: "at+jwt", kid: "x".repeat(43) })}.${encoded({ jti: number, pad: "x".repeat(300) })}.${"s".repeat(86)}`;

function tokenResponse(lifetime: number, number: number) {
  const now = Math.floor(Date.now() / 1000);
  const user = { id: "user", email: "bench@example.com", email_verified: false, roles: [] };
  const times = { created_at: now, auth_time: now, expires_at: now + 2_592_000, idle_expires_at: now + 604_800 };
  const session = { id: "session", user, ...times };
  return { access_token: accessToken(number), token_type: "Bearer", expires_in: lifetime, session };
}

/** As an OpenID provider answers. Libraries for browsers read the ID token's claims and don't check its signature. */
function oauthResponse(origin: string, lifetime: number, number: number) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: `${origin}/`, aud: "bench", sub: "user", iat: now, exp: now + 3600 };
  return {
    ...{
      access_token: accessToken(number),
      token_type: "Bearer",
      expires_in: lifetime,
      scope: "openid offline_access",
    },
    ...{
      id_token: `${encoded({ alg: "RS256", typ: "JWT", kid: "x" })}.${encoded(claims)}.c2ln`,
      refresh_token: "refresh",
    },
  };
}
