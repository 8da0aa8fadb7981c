import { type AuthMethod, isAuthError } from "latchkey-auth";

/** What the user has to prove before the service makes a change. */
export interface Demand {
  /** Two factors must have been proved in this session, which has only one. Otherwise any credential, because the last proof is too old. */
  readonly isSecondFactor: boolean;
  /** How the user can prove it, the preferred way first. */
  readonly methods: readonly AuthMethod[];
}

/** From the quickest for the user to the one of last resort: a recovery code is used up. */
const PREFERENCE: readonly AuthMethod[] = ["password", "totp", "passkey", "email_code", "provider", "recovery_code"];

export function newDemand(isSecondFactor: boolean, methods: readonly AuthMethod[]): Demand {
  return { isSecondFactor, methods: PREFERENCE.filter((method) => methods.includes(method)) };
}

/** What the service requires, if that is why it has refused a change; otherwise `null`. */
export function demandOf(thrown: unknown): Demand | null {
  if (!isAuthError(thrown)) return null;
  const { code, methods = [] } = thrown;
  if (code === "step_up_required") return newDemand(true, methods);
  return code === "reauthentication_required" ? newDemand(false, methods) : null;
}
