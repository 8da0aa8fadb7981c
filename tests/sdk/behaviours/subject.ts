// What a behaviour asks for, and what differs between the fake service and the real one.
import type { AuthClient, Credentials, Session, SignInResult } from "latchkey-auth";

/**
 * What goes wrong between the client and the service or the API.
 *
 * - `no-cookies`: the browser keeps none.
 * - `refused`: the API answers 401, whatever the token.
 * - `no-renewal`: the same, and the service, which could renew the token, is unavailable.
 */
export type Fault = "offline" | "unavailable" | "portal" | "lost-answer" | "no-cookies" | "refused" | "no-renewal";

export interface Subject {
  /** A new tab of the one browser; `elsewhere`: to it the service is on another origin of its site. */
  open(where?: "elsewhere"): Promise<AuthClient>;
  /** A new account, without a session. */
  account(): Promise<Credentials>;
  /** From now on, until `null`. A lost answer is the next one only. */
  fault(fault: Fault | null): Promise<void>;
  /** Access tokens used so far are refused by the API from now on. */
  expireTokens(): Promise<void>;
  /** Ends all sessions of the account elsewhere. */
  endSessions(who: Credentials): Promise<void>;
  /** The code in the newest mail of this kind to an address. */
  code(email: string, kind: string): Promise<string>;
  /** What an authenticator app with this secret shows: now, or after `steps` more. */
  app(secret: string, steps: number): Promise<string>;
  /** An address of the API that answers `{id}`, the caller's, and its path. */
  readonly api: string;
}

/** The session that a sign-in without a second factor has opened. */
export async function opened(result: Promise<SignInResult>): Promise<Session> {
  const ended = await result;
  if (ended.status !== "signed-in") throw new Error(`A second factor is required: ${ended.methods}`);
  return ended.session;
}

export type Behaviour = (subject: Subject) => Promise<void>;
