import type { AuthError } from "../errors.js";
import type { OperationName } from "../generated/codes.js";
import type { AskedBody } from "../protocol.js";
import type { AuthClient, Session } from "../types.js";
import type { VaultSide } from "../vault-side.js";
import type { SignInResult } from "../ways-in.js";
import type { Groups } from "./names.js";

/** What the client gives the modules of its groups. They import no code of it, so that bundlers make one file of each. */
export interface Calls {
  /** A request to the service. */
  ask: VaultSide["ask"];
  /** A request that opens or changes the session. Returns it, unless a sign-out overtakes the answer. */
  open(what: OperationName, body: AskedBody): Promise<Session>;
  /** A request that opens a session, or is answered by a request for the second factor. */
  begin(what: OperationName, body: AskedBody): Promise<SignInResult>;
  client(): AuthClient;
  /** The service's origin, as the options have it. */
  readonly service: string;
  /** Given, because the modules import no code. */
  readonly AuthError: typeof AuthError;
}

/** Makes the functions of a group. */
export type GroupOf<Name extends keyof Groups> = (calls: Calls) => Groups[Name];
