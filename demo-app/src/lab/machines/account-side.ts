import { read, type Transport } from "../measure/lab-service.ts";

/** What the service keeps about the visitor. Times are seconds since the Unix epoch. */
export interface AccountSide {
  readonly families: readonly Family[];
  readonly events: readonly AccountEvent[];
  /** Entries of the list of revocations that concern the visitor. */
  readonly revocations: readonly Revocation[];
  /** The number of entries that concern other users. */
  readonly others: number;
  readonly keys: readonly Key[];
}

/** A session, with all refresh tokens that it has had. */
export interface Family {
  readonly id: string;
  readonly generation: number;
  readonly created_at: number;
  readonly last_used_at: number;
  readonly idle_expires_at: number;
  readonly ended_at: number | null;
  readonly end_reason: string | null;
}

export interface AccountEvent {
  readonly at: number;
  readonly event: string;
  readonly by: string;
}

export interface Revocation {
  readonly kind: string;
  readonly id: string;
  readonly until: number;
}

export interface Key {
  readonly id: string;
  readonly purpose: string;
  readonly state: string;
  readonly published_at: number;
}

export const accountSide = async ({ control }: Transport): Promise<AccountSide> =>
  read("The account's side", await control("GET", "account"));

/** A line for the run: what has changed if it does. */
export function summaryOf({ families, revocations, keys }: AccountSide, session: string): string {
  const family = families.find(({ id }) => id === session);
  const open = families.filter(({ ended_at }) => ended_at === null).length;
  const signing = keys.filter(({ purpose }) => purpose === "signing").length;
  return `service: generation ${family?.generation ?? "none"} of this family, open families: ${open}, own revocations: ${revocations.length}, signing keys: ${signing}`;
}
