import { withCookie } from "./actions.ts";
import { LAB_COOKIE } from "./entry.ts";
import type { Opened, Service } from "./service.ts";

/** One request that the lab's table needs, and the answer to it. */
export interface Probe {
  readonly name: string;
  /** What was sent, in words. */
  readonly sent: string;
  readonly status: number;
  /** The error code, or the empty string. */
  readonly code: string;
}

const FOREIGN = "https://other.example";
/** What a browser adds to a request of another site's page. A page can't set these headers. */
const FROM_ELSEWHERE = { Origin: FOREIGN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors" };
const DOWN = { "Lab-Store": "down" };

/**
 * Sends what a page of this origin can't send itself: requests as a browser sends them for another site's page, as a
 * program sends them, and during an outage of the store.
 */
export async function probe(service: Service, { token, cookie }: Opened): Promise<Probe[]> {
  const bearer = { Authorization: `Bearer ${token}` };
  const session = { Cookie: `${LAB_COOKIE}=${cookie}` };
  const preflight = {
    ...{ Origin: FOREIGN, "Access-Control-Request-Method": "GET" },
    "Access-Control-Request-Headers": "authorization",
  };
  const requests: [name: string, sent: string, response: () => Promise<Response>][] = [
    [
      "forged-cookie",
      "POST with the cookie, from another site's page",
      () => service.send("POST", "/lab/api/session", { ...session, ...FROM_ELSEWHERE }),
    ],
    [
      "forged-token",
      "POST without a token, from another site's page, which has none",
      () => service.send("POST", "/lab/api/strict", FROM_ELSEWHERE),
    ],
    [
      "preflight",
      "preflight for a GET with Authorization, from an origin that is not listed",
      () => service.send("OPTIONS", "/lab/api/none", preflight),
    ],
    ["program-token", "GET with the token, from a program", () => service.send("GET", "/lab/api/none", bearer)],
    ["program-cookie", "GET with the cookie, from a program", () => service.send("GET", "/lab/api/session", session)],
    [
      "down-sign-in",
      "sign-in while the store is down",
      () => service.send("POST", "/auth/sign-in", DOWN, { email: "a@lab.invalid", password: "while it is down" }),
    ],
    [
      "down-refresh",
      "refresh while the store is down",
      () => service.send("POST", "/auth/refresh", { ...withCookie(service, cookie), ...DOWN }),
    ],
  ];
  const probes: Probe[] = [];
  for (const [name, sent, respond] of requests) {
    const response = await respond();
    probes.push({ name, sent, status: response.status, code: await codeOf(name, response) });
  }
  return probes;
}

async function codeOf(name: string, response: Response): Promise<string> {
  if (name === "preflight") {
    await response.body?.cancel();
    return response.headers.has("Access-Control-Allow-Origin") ? "allowed" : "not allowed";
  }
  const body: unknown = await response.json().catch(() => null);
  const code = typeof body === "object" && body !== null && "code" in body ? body.code : "";
  return typeof code === "string" ? code : "";
}
