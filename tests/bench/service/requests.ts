// What is sent: a page's `fetch()` of the service's own origin, as Chromium spells it, and an operator's import.
import { PASSWORD } from "./password.ts";
import { ISSUER, ROUTES } from "./service.ts";

const HOST = new URL(ISSUER).host;

/** What every request of a page carries. */
const PAGE = {
  Host: HOST,
  Connection: "keep-alive",
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  Accept: "application/json",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "Accept-Language": "en-GB,en;q=0.9",
  Referer: `${ISSUER}/`,
  "Sec-Fetch-Dest": "empty",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Site": "same-origin",
};

const POST = { ...PAGE, Origin: ISSUER, "Latchkey-Client": "latchkey-bench/1" };

/** Asks for a new access token. */
export const refresh = (cookie: string): Buffer =>
  bytes("POST", "/auth/refresh", { ...POST, Cookie: cookie, "Content-Length": "0" });

/** Forward-auth by the cookie: asks the session's object, and changes nothing. */
export const admit = (cookie: string): Buffer => bytes("GET", "/auth/verify", { ...PAGE, Cookie: cookie });

/** Through the gate to the upstream, on a route where the session's object is asked. */
export const strict = (token: string): Buffer => through(ROUTES.strict, token);

/** Through the gate to the upstream, on a route where the token is enough. */
export const gate = (token: string): Buffer => through(ROUTES.none, token);

/** The user's sessions, by the access token. */
export const sessionList = (token: string): Buffer =>
  bytes("GET", "/auth/sessions", { ...PAGE, Authorization: `Bearer ${token}` });

const through = (path: string, token: string) =>
  bytes("GET", `${path}/notes`, { ...PAGE, Authorization: `Bearer ${token}` });

export const signIn = (email: string): Buffer => json("/auth/sign-in", POST, { email, password: PASSWORD });

/** Imports a user, with the password hash of the previous system. */
export const importUser = (credential: string, email: string, passwordHash: string): Buffer =>
  json("/admin/users", { Host: HOST, Authorization: `Bearer ${credential}` }, { email, password_hash: passwordHash });

/** Of the floor and of better-auth. */
export const plain = (path: string, headers: Record<string, string> = {}): Buffer =>
  bytes("GET", path, { ...PAGE, ...headers });

function json(path: string, headers: Record<string, string>, body: unknown): Buffer {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  return bytes("POST", path, { ...headers, "Content-Type": "application/json", "Content-Length": length }, text);
}

function bytes(method: string, path: string, headers: Record<string, string>, body = ""): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`, "latin1");
}
