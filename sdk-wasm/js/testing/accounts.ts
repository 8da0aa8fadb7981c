import type { AuthMethod } from "../generated/codes.js";
import type { User } from "../types.js";
import { Refusal } from "./problem.js";
import type { FakeUser } from "./types.js";

/** A passkey, as the service stores it. */
export interface Passkey {
  /** The credential's id, in base64url. */
  readonly id: string;
  name: string;
  /** The public key, as an uncompressed point of P-256. */
  readonly publicKey: Uint8Array;
  readonly backedUp: boolean;
  readonly createdAt: number;
  lastUsedAt: number | null;
}

/** The user of another provider with which the account is linked. */
export interface Linked {
  readonly provider: string;
  /** The user's id there. */
  readonly subject: string;
}

/** An authenticator app. It is a second factor as soon as it is confirmed. */
export interface Totp {
  readonly secret: Uint8Array;
  confirmed: boolean;
  /** The last time step whose code was accepted: each is accepted once. */
  lastStep: number;
}

/** An API key, as the service stores it. Times are in seconds. */
export interface StoredApiKey {
  readonly id: string;
  name: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly networks: readonly string[];
  readonly createdAt: number;
  /** `null`: never. */
  readonly expiresAt: number | null;
}

/** What the user has permitted a client, as the service's answers show it. */
export interface StoredGrant {
  readonly id: string;
  readonly client: { readonly id: string; readonly name: string; readonly host: string | null };
  readonly scopes: readonly string[];
  readonly resource: string | null;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

export interface Account {
  readonly id: string;
  email: string;
  emailVerified: boolean;
  /** The address before the last change, and the code that gives it back. */
  former: { email: string; code: string } | null;
  readonly roles: readonly string[];
  readonly profile: { name?: string | undefined; picture?: string | undefined; locale?: string | undefined };
  /** `null`: the account has none. */
  password: string | null;
  passkeys: Passkey[];
  linked: Linked[];
  totp: Totp | null;
  recoveryCodes: Set<string>;
  /** The newest first. */
  apiKeys: StoredApiKey[];
  /** The newest first. */
  grants: StoredGrant[];
}

/** The accounts, by their ids. Synchronous, as everything in the fake service, so that each operation is one step. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #newId: (kind: string) => string;

  constructor(newId: (kind: string) => string) {
    this.#newId = newId;
  }

  /** Throws if the address is not valid, or taken. One that is empty belongs to a user with a passkey and no address. */
  add({ email, password = null, roles = [], emailVerified = false }: FakeUser, id = this.#newId("user")): Account {
    if (email) checkAddress(email);
    if (this.find(email)) throw new Refusal("email_taken");
    const account: Account = {
      ...{ id, email: lowerCase(email), emailVerified, former: null, roles: [...roles], profile: {}, password },
      ...{ passkeys: [], linked: [], totp: null, recoveryCodes: new Set<string>(), apiKeys: [], grants: [] },
    };
    this.#accounts.set(id, account);
    return account;
  }

  find(email: string): Account | undefined {
    const wanted = normalised(email);
    return wanted ? this.search((account) => normalised(account.email) === wanted) : undefined;
  }

  /** The first account for which `is` holds. */
  search(is: (account: Account) => boolean): Account | undefined {
    return [...this.#accounts.values()].find(is);
  }

  /** Gives the account an address that its user has proved. An account that has not proved it loses it. */
  claim(account: Account, email: string): void {
    const holder = this.find(email);
    if (holder && holder !== account) {
      if (holder.emailVerified) throw new Refusal("email_taken");
      this.remove(holder);
    }
    account.email = lowerCase(email);
    account.emailVerified = true;
  }

  /** Gives an account its former address back. */
  undoClaim(email: string, code: string): Account {
    const former = lowerCase(email);
    const account = [...this.#accounts.values()].find((each) => each.former?.email === former);
    if (account?.former?.code !== code) throw new Refusal("code_invalid");
    account.email = former;
    account.former = null;
    return account;
  }

  remove({ id }: Account): void {
    this.#accounts.delete(id);
  }
}

/** The user as the service's answers show it. */
export function userView({ id, email, emailVerified, roles, profile, passkeys, totp }: Account): object {
  return {
    ...{ id, email, email_verified: emailVerified, roles, profile, metadata: {} },
    ...{ passkeys: passkeys.length, second_factor: !!totp?.confirmed },
  };
}

/** The user as the API's tests see it. */
export function userOf({ id, email, emailVerified, roles }: Account): User {
  return { id, email, emailVerified, roles: [...roles] };
}

/** How the user can prove a credential again. `mail`: whether the service sends codes. */
export function methodsOf(
  { password, passkeys, linked, emailVerified }: Account,
  mail: boolean,
): readonly AuthMethod[] {
  return [
    ...(password === null ? [] : (["password"] as const)),
    ...(mail && emailVerified ? (["email_code"] as const) : []),
    ...(passkeys.length > 0 ? (["passkey"] as const) : []),
    ...(linked.length > 0 ? (["provider"] as const) : []),
  ];
}

/** How the user can prove the second factor. */
export function secondFactorsOf({ recoveryCodes, passkeys }: Account) {
  return [
    "totp" as const,
    ...(recoveryCodes.size > 0 ? (["recovery_code"] as const) : []),
    ...(passkeys.length > 0 ? (["passkey"] as const) : []),
  ];
}

/** Fails if the account could not be signed in to without one of its credentials. */
export function checkRest({ password, passkeys, linked, emailVerified }: Account, mail: boolean): void {
  const count = Number(password !== null) + passkeys.length + linked.length + Number(mail && emailVerified);
  if (count <= 1) throw new Refusal("last_credential");
}

export function checkAddress(email: string): void {
  if (/^[^@\s]+@[^@\s]+$/.test(email.trim())) return;
  throw new Refusal("invalid_request", { field: "email", detail: "The e-mail address is not valid." });
}

export function checkPassword(field: string, password: string): void {
  const length = [...password].length;
  if (length >= 8 && length <= 128) return;
  throw new Refusal("invalid_request", { field, detail: "The password must have 8 to 128 characters." });
}

function lowerCase(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

/** The form in which the service compares addresses, as far as a browser's `URL` has it: the domain as UTS 46 maps it. */
function normalised(email: string): string {
  const address = lowerCase(email);
  const at = address.lastIndexOf("@") + 1;
  const domain = `http://${address.slice(at)}`;
  return URL.canParse(domain) ? address.slice(0, at) + new URL(domain).hostname : address;
}
