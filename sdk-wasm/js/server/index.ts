/**
 * For APIs and pages behind the gate: the identity of the caller, as the gate has verified it.
 *
 * ```ts
 * const identity = gateIdentity(request, { secret: process.env.GATE_SECRET });
 * ```
 *
 * It imports nothing of the vault, and runs in Node 18 and newer, Workers, Deno, Bun and other runtimes.
 */

import type { InitialSession } from "../types.js";
import { type GateRequest, readHeader } from "./headers.js";
import { isSecretOf } from "./secrets.js";

export type { InitialSession } from "../types.js";
export type { GateRequest, ReadableHeaders } from "./headers.js";

/** How a request is recognised as one that the gate sent. */
export type GateOptions =
  | {
      /**
       * The value of the Worker secret that `secret_binding` of this upstream names, or a list of values of which any
       * is accepted, while the secret is being replaced. An entry of the list that is `undefined` or empty is ignored.
       * A value has at least 32 bytes. If there is none, `gateIdentity` throws a `TypeError`.
       */
      secret: string | undefined | readonly (string | undefined)[];
      trust?: never;
    }
  | {
      /**
       * `"network"`: nothing but the gate can reach this server. So it is a Worker that the gate reaches by service
       * binding and that has no route, no custom domain and no workers.dev address; or a server behind a proxy that
       * asks the gate (forward-auth) and replaces the client's own identity headers.
       */
      trust: "network";
      secret?: never;
    };

/** Who sent the request, as the gate has verified it. */
export interface GateIdentity {
  /** `iss` of the access token: the origin of your Latchkey service, or another issuer that the route accepts. */
  readonly issuer: string;
  /** The user's id, unique within the issuer. */
  readonly subject: string;
  /** The session's id. `null`: another issuer's token that names none. */
  readonly sessionId: string | null;
  /** `jti` of the access token. `null`: the request came with the session's cookie, or with another issuer's token that has no id. */
  readonly tokenId: string | null;
  /** The OAuth client that calls, for the user or for itself. `null`: the caller is no OAuth client. */
  readonly clientId: string | null;
  readonly roles: readonly string[];
  /** The scopes of the access token; empty if the request came with the session's cookie. */
  readonly scopes: readonly string[];
  /** The user's e-mail address. `null`: the Worker's `email_headers` is not set, or the credential says nothing of an address. */
  readonly email: string | null;
  /** Whether the issuer has verified that the address is the user's; `false` also if `email` is `null`. */
  readonly emailVerified: boolean;
}

/** A request that did not come through the gate. Answer it with `status`. */
export class UntrustedRequestError extends Error {
  override readonly name = "UntrustedRequestError";
  readonly code = "untrusted_request";
  /** 403. Not 401, which a client would answer with a new token. */
  readonly status = 403;
  /** The same, by the name that Fastify and h3 read. */
  readonly statusCode = 403;
}

/**
 * The caller of a request that came through the gate; `null` if the route needs no credential and the caller is
 * anonymous.
 *
 * `request` is a `Request`, Hono's context, or what Express, Fastify, `node:http` and others have: an object with
 * `headers`.
 *
 * Throws {@link UntrustedRequestError} if the request did not come through the gate, and `TypeError` if `options` has
 * no secret.
 */
export function gateIdentity(request: GateRequest, options: GateOptions): GateIdentity | null {
  const header = (name: string) => readHeader(request, name);
  const trusted = options.secret === undefined && options.trust === "network";
  if (!trusted && !isSecretOf(options.secret, header("latchkey-gate-secret"))) {
    throw new UntrustedRequestError(
      "The request has no valid Latchkey-Gate-Secret, so it did not come through the gate.",
    );
  }
  const text = (name: string) => decoded(header(name)) || null;
  const list = (name: string) => header(name).split(" ").filter(Boolean).map(decoded);
  const [issuer, subject] = [text("latchkey-issuer"), text("latchkey-subject")];
  if (issuer === null || subject === null) {
    if (issuer === subject) return null;
    throw new UntrustedRequestError("The request has one of Latchkey-Issuer and Latchkey-Subject; the gate sets both.");
  }
  return {
    issuer,
    subject,
    sessionId: text("latchkey-session"),
    tokenId: text("latchkey-token-id"),
    clientId: text("latchkey-client-id"),
    roles: list("latchkey-roles"),
    scopes: list("latchkey-scope"),
    email: text("latchkey-email"),
    emailVerified: header("latchkey-email-verified") === "true",
  };
}

/**
 * For a server that renders pages: what the adapters of `latchkey-auth/react`, `/vue` and `/svelte` take as
 * `initialSession`. `null` if the caller is anonymous, or has a token of another issuer that names no session; then the
 * page knows no more than without it. `null` also for an OAuth client, which has no session of the page.
 *
 * Throws `TypeError` if the gate does not tell the user's address, because the configuration lacks `email_headers =
 * true`.
 */
export function initialSession(identity: GateIdentity | null): InitialSession | null {
  if (!identity?.sessionId || identity.clientId) return null;
  const { sessionId: id, subject, email, emailVerified, roles } = identity;
  if (email === null) {
    throw new TypeError(
      "initialSession: the identity has no e-mail address. Set email_headers = true beside the routes of the Worker's configuration.",
    );
  }
  return { id, user: { id: subject, email, emailVerified, roles } };
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw new UntrustedRequestError("An identity header is not percent-encoded as the gate encodes it.");
  }
}
