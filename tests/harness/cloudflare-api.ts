// The part of Cloudflare's API that wrangler's secret commands use, for one account, on loopback.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface CloudflareApi {
  /** The environment in which wrangler uses it. */
  readonly env: Record<string, string>;
  /** The secrets of each Worker that exists, by its name. */
  readonly workers: Map<string, Map<string, string>>;
  /** The code of each Worker that was created. */
  readonly scripts: Map<string, string>;
  /** Requests that wrangler sent: method and path. */
  readonly requests: string[];
  /** If set, no secret is stored, and the answer has this status. */
  failStoring: number | undefined;
  stop(): Promise<void>;
}

const ACCOUNT = "0".repeat(32);
const WORKER = new RegExp(`^/accounts/${ACCOUNT}/workers/(?:scripts|services)/([^/?]+)([^?]*)`);

export async function startCloudflareApi(): Promise<CloudflareApi> {
  const server = http.createServer(async (request, response) => {
    const url = request.url ?? "";
    const body = await text(request);
    api.requests.push(`${request.method} ${url}`);
    const [, name = "", part = ""] = WORKER.exec(url) ?? [];
    const answer = (status: number, result: unknown, error?: { code: number; message: string }) =>
      response
        .writeHead(status, { "Content-Type": "application/json" })
        .end(JSON.stringify({ success: status < 400, errors: error ? [error] : [], messages: [], result }));
    const stored = api.workers.get(name);
    const call = `${request.method} ${part}`;
    if (call === "PUT ") {
      api.workers.set(name, new Map());
      api.scripts.set(name, body);
      return answer(200, { id: name });
    }
    if (!stored) return answer(404, null, { code: 10007, message: "This Worker does not exist on your account." });
    if (call === "GET /secrets")
      return answer(
        200,
        [...stored.keys()].map((name) => ({ name, type: "secret_text" })),
      );
    if (call !== "PATCH /secrets-bulk") return answer(404, null, { code: 7003, message: `no route for ${url}` });
    if (api.failStoring) return answer(api.failStoring, null, { code: 10000, message: "not now" });
    const { secrets } = JSON.parse(body) as { secrets: Record<string, { text: string }> };
    for (const [secret, { text }] of Object.entries(secrets)) stored.set(secret, text);
    return answer(200, []);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const api: CloudflareApi = {
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      CLOUDFLARE_API_TOKEN: "token-of-the-tests",
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    },
    workers: new Map(),
    scripts: new Map(),
    requests: [],
    failStoring: undefined,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return api;
}
