// Two pages of listed origins, routes of every kind, an operator and a service.
import { newCredential, type Operator, operator } from "../../harness/operator.ts";
import { ticketFor } from "../../harness/tickets.ts";
import { ISSUER, type Person, startWorld, type World } from "../bare/world.ts";

/** A page of an origin other than the service's own. */
export const APP = "http://app.localhost:3000";
export const OTHER_APP = "http://other.localhost:3000";

export const SERVICE = newCredential();
const ADMIN = newCredential();

/** The headers that such pages' requests send about their origin. */
export const from = (origin: string) => ({ Origin: origin, "Sec-Fetch-Site": undefined });

export interface TicketWorld extends World {
  readonly admin: Operator;
  /** A ticket for this path, requested by the app's page. */
  ticket(who: Person, path: string): Promise<{ path: string; ticket: string; secret: string }>;
}

export async function startTickets(): Promise<TicketWorld> {
  const to = { methods: ["GET", "POST"], upstream: "url" };
  const world = await startWorld({
    config: {
      allowed_origins: [APP, OTHER_APP],
      admin_credentials: [ADMIN.hash],
      service_credentials: [SERVICE.hash],
      issuers: { other: { ...FOREIGN, audience: "theirs" } },
    },
    moreRoutes: [
      { path: "/reader/*", access: "token", roles: ["reader"], ...to },
      { path: "/scoped/*", access: "token", issuers: ["own", "other"], scopes: ["notes"], ...to },
      { path: "/theirs/*", access: "token", issuers: ["other"], ...to },
      { path: "/posts/*", access: "token", ...to, methods: ["POST"] },
    ],
  });
  return {
    ...world,
    admin: operator(world.origin, ADMIN.secret),
    ticket: (who, path) => ticketFor(world.origin, who, `${ISSUER}${path}`, from(APP)),
  };
}

/** An issuer whose keys are never fetched here. */
const FOREIGN = {
  issuer: "https://issuer.example",
  algorithms: ["ES256"],
  jwks_url: "https://issuer.example/keys",
};
