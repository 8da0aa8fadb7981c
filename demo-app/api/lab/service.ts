import { Problem } from "../problem.ts";
import { SERVICE_COOKIE } from "./entry.ts";

/** The token service, as the demo's API reaches it: by a service binding, with requests like any other program's. */
export class Service {
  readonly #service: Fetcher;
  readonly #origin: string;
  readonly #secret: string;

  /** `secret`: the admin credential of this run (tools/stack.mjs). */
  constructor(service: Fetcher, origin: string, secret: string) {
    this.#service = service;
    this.#origin = origin;
    this.#secret = secret;
  }

  get origin(): string {
    return this.#origin;
  }

  admin(method: string, path: string, body?: unknown): Promise<Response> {
    return this.send(method, path, { Authorization: `Bearer ${this.#secret}` }, body);
  }

  send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> {
    const content = body === undefined ? {} : { "Content-Type": "application/json" };
    return this.#service.fetch(`${this.#origin}${path}`, {
      method,
      headers: { "Latchkey-Client": "latchkey-lab/1", "User-Agent": "Latchkey lab", ...content, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
    });
  }

  /** Sends a form, as the demo's provider takes them. */
  form(path: string, fields: Record<string, string>): Promise<Response> {
    const body = new URLSearchParams(fields);
    return this.#service.fetch(`${this.#origin}${path}`, { method: "POST", body, redirect: "manual" });
  }

  /** Opens a session of a user. */
  async signIn(email: string, password: string): Promise<Opened> {
    const response = await this.send("POST", "/auth/sign-in", {}, { email, password });
    if (response.status !== 200) throw await refusedBy(response, "POST /auth/sign-in");
    const { access_token, expires_in, session } = (await response.json()) as TokenResponse;
    const set = response.headers.getSetCookie().find((cookie) => cookie.startsWith(`${SERVICE_COOKIE}=`)) ?? "";
    const cookie = set.slice(SERVICE_COOKIE.length + 1, set.indexOf(";"));
    return { token: access_token, expiresIn: expires_in, session: session.id, cookie };
  }
}

export interface Opened {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly session: string;
  /** The value of the refresh cookie. */
  readonly cookie: string;
}

interface TokenResponse {
  access_token: string;
  expires_in: number;
  session: { id: string };
}

/** The service has answered a request of the lab's with something else than the lab needs. */
export async function refusedBy(response: Response, request: string): Promise<Problem> {
  return new Problem("lab_failed", `${request} was answered with ${response.status}: ${await response.text()}`);
}
