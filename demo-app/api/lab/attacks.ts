import { Problem } from "../problem.ts";
import { withCookie } from "./actions.ts";
import { LAB_COOKIE, SERVICE_COOKIE } from "./entry.ts";
import { type Opened, refusedBy, type Service } from "./service.ts";
import type { LabUser } from "./users.ts";

/** A request and the answer, as the page shows them. */
export interface Exchange {
  readonly request: string;
  readonly status: number;
  readonly answer: string;
}

/** Presents a refresh cookie, as the device that has it would. A page can't choose which cookie it sends. */
export async function presentCookie(service: Service, asked: unknown): Promise<Exchange & { cookie: string }> {
  const cookie = typeof asked === "object" && asked !== null && "cookie" in asked ? asked.cookie : undefined;
  if (typeof cookie !== "string" || !/^[\w.-]+$/.test(cookie)) throw new Problem("invalid_request");
  const response = await service.send("POST", "/auth/refresh", withCookie(service, cookie));
  const set = response.headers.getSetCookie().find((each) => each.startsWith(`${SERVICE_COOKIE}=`)) ?? "";
  const { code, reason } = (await response.json().catch(() => ({}))) as { code?: string; reason?: string };
  const answer = response.ok ? "a new access token, and the cookie" : [code, reason].filter(Boolean).join(", reason ");
  return {
    ...{ request: `POST /auth/refresh\nCookie: ${shortened(cookie)}`, status: response.status, answer },
    cookie: set === "" ? "" : set.slice(SERVICE_COOKIE.length + 1, set.indexOf(";")),
  };
}

/** The victim signs in in a browser in which the attacker has planted the attacker's own cookie. */
export async function fixate(service: Service, attacker: LabUser, victim: LabUser): Promise<Exchange[]> {
  const planted = await service.signIn(attacker.email, attacker.password);
  const body = { email: victim.email, password: victim.password };
  const response = await service.send("POST", "/auth/sign-in", withCookie(service, planted.cookie), body);
  if (response.status !== 200) throw await refusedBy(response, "POST /auth/sign-in");
  const { session } = (await response.json()) as { session: { id: string } };
  const after = await presentCookie(service, { cookie: planted.cookie });
  return [
    {
      request: `POST /auth/sign-in, as the victim\nCookie: ${shortened(planted.cookie)} (planted, session ${planted.session.slice(0, 6)}…)`,
      status: response.status,
      answer: `session ${session.id.slice(0, 6)}…: ${session.id === planted.session ? "the planted one" : "a new one, with a new cookie"}`,
    },
    { request: `${after.request} (the attacker's copy)`, status: after.status, answer: after.answer },
  ];
}

const SITE = "https://attacker.example";

/** What a browser sends when another site's page submits a form, calls `fetch` and loads an image; with the cookie, which a browser would not add. */
export async function forge(service: Service, { cookie }: Opened): Promise<Exchange[]> {
  const session = { Cookie: `${LAB_COOKIE}=${cookie}`, "Sec-Fetch-Site": "cross-site" };
  const form = { Origin: SITE, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
  const script = { Origin: SITE, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty" };
  const image = { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" };
  const preflight = { Origin: SITE, "Access-Control-Request-Method": "POST", "Sec-Fetch-Mode": "cors" };
  const requests: [what: string, response: () => Promise<Response>][] = [
    ["a form: POST /lab/api/session", () => service.send("POST", "/lab/api/session", { ...session, ...form })],
    ["fetch: POST /lab/api/session", () => service.send("POST", "/lab/api/session", { ...session, ...script })],
    ["its preflight: OPTIONS /lab/api/session", () => service.send("OPTIONS", "/lab/api/session", preflight)],
    [
      "an image, without the cookie, as a browser sends it: GET /lab/api/session",
      () => service.send("GET", "/lab/api/session", { ...image, "Sec-Fetch-Site": "cross-site" }),
    ],
    [
      "an image, if the cookie came with it: GET /lab/api/session",
      () => service.send("GET", "/lab/api/session", { ...session, ...image }),
    ],
    [
      "a form: POST /auth/sign-out",
      () =>
        service.send("POST", "/auth/sign-out", {
          ...{ Cookie: `${SERVICE_COOKIE}=${cookie}`, "Sec-Fetch-Site": "cross-site" },
          ...form,
        }),
    ],
  ];
  const exchanges: Exchange[] = [];
  for (const [what, respond] of requests) {
    const response = await respond();
    const body = (await response.json().catch(() => ({}))) as { code?: string };
    const request = `${what}\nOrigin: ${SITE}, Sec-Fetch-Site: cross-site`;
    exchanges.push({
      request,
      status: response.status,
      answer: body.code ?? (response.ok ? "the handler's answer" : ""),
    });
  }
  return exchanges;
}

/** A genuine, signed token of another issuer for another audience: an ID token of the demo's provider. */
export async function foreignToken(service: Service): Promise<string> {
  const verifier = crypto.randomUUID() + crypto.randomUUID();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const challenge = btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  const shared = { client_id: "latchkey-demo", redirect_uri: `${service.origin}/auth/providers/demo/callback` };
  const approved = await service.form("/demo-provider/authorize", {
    ...{
      ...shared,
      state: "lab",
      nonce: "lab",
      code_challenge: challenge,
      email: "mallory@provider.test",
      answer: "yes",
    },
  });
  const code = new URL(approved.headers.get("Location") ?? service.origin).searchParams.get("code") ?? "";
  const exchanged = await service.form("/demo-provider/token", { ...shared, code, code_verifier: verifier });
  if (!exchanged.ok) throw await refusedBy(exchanged, "POST /demo-provider/token");
  return ((await exchanged.json()) as { id_token: string }).id_token;
}

/** No value that the page shows can be used. */
const shortened = (cookie: string) => `${cookie.slice(0, 8)}…${cookie.slice(-4)}`;
