// An app of another party: a small server that reads the user's notes with their consent (OAuth 2.1: authorization code
// with PKCE). It is the client `reading-list` of wrangler.toml.
//   npm run reading-list
// and open http://localhost:8788. LATCHKEY_ORIGIN is where the demo runs; default: http://localhost:8787.
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const CLIENT_ID = "reading-list";
const COOKIE = "reading-list";

/** What this server knows of a browser. */
interface Browser {
  /** Of the authorization that is under way (RFC 6749 section 10.12, RFC 7636). */
  state?: string;
  verifier?: string;
  /** Of the user's permission, in memory only. */
  token?: string;
}

export interface ThirdParty {
  readonly origin: string;
  stop(): void;
}

/** Starts the app. `service` is the demo's origin; port 0 takes a free one. */
export async function startThirdParty(service: string, port = 0): Promise<ThirdParty> {
  const browsers = new Map<string, Browser>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      send(response, 500, "<p>Something went wrong.</p>");
    });
  });
  await new Promise<void>((done) => server.listen(port, "localhost", done));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${origin}/callback`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", origin);
    const browser = browserOf(request, response);
    if (url.pathname === "/connect") return connect(browser, response);
    if (url.pathname === "/callback") return callback(browser, url.searchParams, response);
    send(response, 200, await start(browser));
  }

  function browserOf(request: IncomingMessage, response: ServerResponse): Browser {
    const cookies = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
    const known = browsers.get(cookies.find(([name]) => name === COOKIE)?.[1] ?? "");
    if (known) return known;
    const [id, browser] = [secret(), {}];
    browsers.set(id, browser);
    response.setHeader("Set-Cookie", `${COOKIE}=${id}; HttpOnly; SameSite=Lax; Path=/`);
    return browser;
  }

  async function start({ token }: Browser): Promise<string> {
    const offer = `<p><a href="/connect">Connect my notes</a></p>`;
    if (!token) return offer;
    const response = await fetch(`${service}/api/notes`, { headers: { Authorization: `Bearer ${token}` } });
    if (!response.ok) return `<p role="status">Your notes are not connected any more.</p>${offer}`;
    const { notes } = (await response.json()) as { notes: { text: string }[] };
    const connected = `<p role="status">Your notes are connected.</p>`;
    if (notes.length === 0) return `${connected}<p>You have no notes yet.</p>`;
    return `${connected}<ul>${notes.map(({ text }) => `<li>${escaped(text)}</li>`).join("")}</ul>`;
  }

  function connect(browser: Browser, response: ServerResponse): void {
    const [state, verifier] = [secret(), secret()];
    Object.assign(browser, { state, verifier });
    const query = new URLSearchParams({
      ...{ response_type: "code", client_id: CLIENT_ID, redirect_uri: redirectUri, scope: "notes:read", state },
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    redirect(response, `${service}/oauth/authorize?${query}`);
  }

  async function callback(browser: Browser, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const { state, verifier = "" } = browser;
    delete browser.state;
    delete browser.verifier;
    // The answer belongs to the request of this browser, and comes from the demo (RFC 9207).
    if (!state || query.get("state") !== state || query.get("iss") !== service) {
      return send(response, 400, "<p>This answer was not expected.</p>");
    }
    const code = query.get("code");
    if (!code) return send(response, 200, `<p role="status">You did not permit it.</p>${await start({})}`);
    const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri, client_id: CLIENT_ID };
    const body = new URLSearchParams({ ...form, code_verifier: verifier });
    const answered = await fetch(`${service}/oauth/token`, { method: "POST", body });
    if (!answered.ok) return send(response, 502, "<p>The code was not accepted.</p>");
    browser.token = ((await answered.json()) as { access_token: string }).access_token;
    redirect(response, "/");
  }

  return {
    origin,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const secret = () => randomBytes(32).toString("base64url");

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { Location: location, "Cache-Control": "no-store" }).end();
}

function send(response: ServerResponse, status: number, content: string): void {
  response
    .writeHead(status, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
      "Cache-Control": "no-store",
    })
    .end(`<!doctype html><html lang="en"><title>Reading list</title><h1>Reading list</h1>${content}</html>`);
}

if (import.meta.main) {
  const { origin } = await startThirdParty(process.env.LATCHKEY_ORIGIN ?? "http://localhost:8787", 8788);
  console.log(`Reading list is at ${origin}`);
}
