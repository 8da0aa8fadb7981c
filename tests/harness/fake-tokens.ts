// A small token service in front of a test page, for behaviour that the real one does not show on request: it
// knows one user, issues tokens that a test can recognise anywhere, counts requests, and can be told to fail.
import { randomBytes } from "node:crypto";
import type http from "node:http";
import { COOKIE } from "./contract.ts";
import type { Handler, HostPage } from "./page.ts";

export interface FakeTokens {
  /** Every access token issued, the newest last. */
  readonly issued: string[];
  /** How often a path below `/auth/` was requested. */
  count(path: string): number;
  /** The lifetime of a token in seconds. Default: 300. */
  ttl: number;
  /** How far the service's clock is ahead, in seconds. Default: 0. */
  skew: number;
  /** Whether the service's cookie is set. Default: true. */
  setsCookie: boolean;
  /** Another origin whose pages may call the service. Default: none. */
  allows: string | null;
  /** Whether responses name the request that they answer. Default: true. */
  marks: boolean;
  /** Handles a path below `/auth/` instead of the service, until it is set to null. */
  on(path: string, handler: Handler | null): void;
  /** The token of a request, if this service issued it. */
  tokenOf(request: http.IncomingMessage): string | undefined;
}

export const USER = { email: "ada@example.com", password: "correct horse battery staple" };

export function serveTokens(page: HostPage): FakeTokens {
  const counts = new Map<string, number>();
  const overrides = new Map<string, Handler>();
  const issued: string[] = [];
  let session = 0;
  /** By the service's clock, in whole seconds since the epoch. */
  const now = () => Math.floor(Date.now() / 1000) + service.skew;

  const grant = (response: http.ServerResponse, status: number) => {
    const token = `eyJ${randomBytes(24).toString("hex")}.${randomBytes(48).toString("hex")}.${randomBytes(32).toString("hex")}`;
    issued.push(token);
    const times = { created_at: now(), auth_time: now(), expires_at: now() + 86_400, idle_expires_at: now() + 3_600 };
    const user = { id: "u-1", email: USER.email, email_verified: false, roles: ["reader"] };
    const cookie = `${COOKIE}=s-${session}; Path=/; Secure; HttpOnly; SameSite=Strict`;
    response.writeHead(status, {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      ...(service.setsCookie ? { "Set-Cookie": cookie } : {}),
    });
    response.end(
      JSON.stringify({
        access_token: token,
        token_type: "Bearer",
        expires_in: service.ttl,
        session: { id: `s-${session}`, user, ...times },
      }),
    );
  };

  const answers: Record<string, Handler> = {
    "sign-in": (_, response) => {
      session += 1;
      grant(response, 200);
    },
    "sign-up": (_, response) => {
      session += 1;
      grant(response, 201);
    },
    refresh: (request, response) => {
      if (request.headers.cookie?.includes(`${COOKIE}=s-`)) grant(response, 200);
      else response.writeHead(204).end();
    },
    "sign-out": (_, response) =>
      void response.writeHead(204, { "Set-Cookie": `${COOKIE}=; Path=/; Secure; HttpOnly; Max-Age=0` }).end(),
    sessions: (_, response) => {
      const row = { id: `s-${session}`, current: true, created_at: now(), last_used_at: now() };
      const sessions = [{ ...row, expires_at: now() + 86_400, user_agent: "test" }];
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ sessions }));
    },
  };

  const service: FakeTokens = {
    issued,
    ttl: 300,
    skew: 0,
    setsCookie: true,
    marks: true,
    allows: null,
    count: (path) => counts.get(path) ?? 0,
    on: (path, handler) => void (handler ? overrides.set(path, handler) : overrides.delete(path)),
    tokenOf: ({ headers }) => issued.find((token) => headers.authorization === `Bearer ${token}`),
  };
  for (const [path, answer] of Object.entries(answers)) {
    page.on(`/auth/${path}`, (request, response) => {
      request.resume();
      if (service.allows) {
        response.setHeader("Access-Control-Allow-Origin", service.allows);
        response.setHeader("Access-Control-Allow-Credentials", "true");
        response.setHeader(
          "Access-Control-Allow-Headers",
          "Authorization, Content-Type, Latchkey-Client, Latchkey-Nonce",
        );
        response.setHeader("Access-Control-Expose-Headers", "Latchkey-Nonce");
        response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE");
      }
      const nonce = request.headers["latchkey-nonce"];
      if (typeof nonce === "string" && service.marks) response.setHeader("Latchkey-Nonce", nonce);
      if (request.method === "OPTIONS") return void response.writeHead(204).end();
      counts.set(path, (counts.get(path) ?? 0) + 1);
      return (overrides.get(path) ?? answer)(request, response);
    });
  }
  return service;
}
