// Programs with a credential: an operator's script that calls the admin API, and a service that introspects
// tokens.
import { createHash, randomBytes } from "node:crypto";
import { type Answer, ask } from "./http.ts";

/** A secret, and its hash for the configuration. */
export function newCredential(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString("base64url");
  return { secret, hash: createHash("sha256").update(secret).digest("hex") };
}

export const basic = (secret: string, user = "program") =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

type Headers = Record<string, string | undefined>;

/** An operator's script. */
export function operator(origin: string, secret: string) {
  const call = (method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> =>
    ask(origin, `/admin/users${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${secret}`,
        "Content-Type": body === undefined ? undefined : "application/json",
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    call,
    get: (path: string) => call("GET", path),
    post: (path: string, body?: unknown) => call("POST", path, body),
    put: (path: string, body: unknown) => call("PUT", path, body),
    del: (path: string) => call("DELETE", path),
    /** The account's events, the newest first. */
    events: async (id: string): Promise<AuditEvent[]> => (await call("GET", `/${id}/events`)).json().events,
  };
}

export type Operator = ReturnType<typeof operator>;

/** A form sent to one of the services' paths. */
export const form = (origin: string, path: string, fields: Record<string, string>, headers: Headers): Promise<Answer> =>
  ask(origin, path, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(fields).toString(),
  });

export interface AuditEvent {
  at: number;
  event: string;
  by: "anybody" | "user" | "admin" | "service" | "client" | "system";
  credential?: string;
  request_id?: string;
  client_address?: string;
  user_agent?: string;
  account?: string;
  session?: string;
  sessions?: number;
  generation?: number;
  last_renewed_from?: { client_address?: string; user_agent?: string };
  reason?: string;
  roles?: string[];
  id?: string;
  count?: number;
  first_at?: number;
}

/**
 * All events that the Worker and its objects have written to the log. `tools/stack.mjs` prefixes each line
 * with the name of its writer.
 */
export const logged = (logs: string): AuditEvent[] =>
  logs.split("\n").flatMap((line) => {
    const json = /^(?:\[latchkey\] )?(\{.*\})$/.exec(line)?.[1];
    const event = json === undefined ? undefined : JSON.parse(json);
    return event?.by === undefined ? [] : [event];
  });
