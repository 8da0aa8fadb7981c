// What the user permits others: programs, by API keys, and other parties' clients, by grants.

/**
 * An API key, with which a program acts for the user, without the key itself. All times are milliseconds since the Unix
 * epoch.
 */
export interface ApiKey {
  readonly id: string;
  /** The name that the user gave it. */
  readonly name: string;
  /** What a program may do with it. */
  readonly scopes: readonly string[];
  /** The user's roles that the key carries. A role that the user has lost has no effect. */
  readonly roles: readonly string[];
  /** The addresses and ranges (CIDR) from which the key may be used; empty: all. */
  readonly networks: readonly string[];
  readonly createdAt: number;
  /** Absent if the key does not expire. An expired key is listed for 30 days. */
  readonly expiresAt?: number;
  /** To within 5 minutes. Absent if the key was never used. */
  readonly lastUsedAt?: number;
}

/** What a new API key permits. Members that are absent have the defaults. */
export interface NewApiKey {
  /** What the user calls the key: 1 to 64 characters, without control characters. */
  readonly name: string;
  /** Scopes of the service's `api_keys.scopes`. Default: none. */
  readonly scopes?: readonly string[];
  /** Roles that the user has. Default: none. */
  readonly roles?: readonly string[];
  /** The lifetime in seconds, 60 to 315,360,000 (10 years); `null`: the key does not expire. Default: 7,776,000 (90 days). */
  readonly expiresIn?: number | null;
  /** The addresses and ranges from which the key may be used, such as `203.0.113.0/24`; at most 32. Default: all. */
  readonly networks?: readonly string[];
}

/** A key that was just created. */
export interface CreatedApiKey {
  /** The key. It is returned only here, so show it to the user, and keep it nowhere. */
  readonly key: string;
  readonly apiKey: ApiKey;
}

/**
 * The user's API keys (`docs/api-keys.md`). Every function fails with `not_found` if the service has no API keys, with
 * `signed_out`, …
 */
export interface ApiKeysGroup {
  /**
   * Creates a key. Fails with `invalid_request` (`field` names the member, such as `scopes[0]`; without `field`, the user
   * has 50 keys), with `reauthentication_required` or `step_up_required` if the user has to prove a credential or the
   * second factor again, …
   *
   * ```ts
   * const { key } = await auth.apiKeys.create({ name: "Backup", scopes: ["notes:read"] });
   * ```
   */
  create(key: NewApiKey): Promise<CreatedApiKey>;
  /** The user's keys, the newest first. */
  list(): Promise<ApiKey[]>;
  /** Fails with `not_found`, with `invalid_request`, … */
  rename(id: string, name: string): Promise<ApiKey>;
  /** Ends a key, and the tokens for which it was exchanged. Fails with `not_found`, … */
  revoke(id: string): Promise<void>;
  /** Ends all keys of the user. */
  revokeAll(): Promise<void>;
}

/** What the user has permitted a client of another party by OAuth. All times are milliseconds since the Unix epoch. */
export interface Grant {
  readonly id: string;
  /** `host`: that of the page to which the client leads the user back; absent if it has none. */
  readonly client: { readonly id: string; readonly name: string; readonly host?: string };
  /** What the client may do. */
  readonly scopes: readonly string[];
  /** The API for which it is (RFC 8707); absent: the service's `audience`. */
  readonly resource?: string;
  readonly createdAt: number;
  /** Absent if the client has never got a token. */
  readonly lastUsedAt?: number;
}

/** The clients of other parties that the user has connected by OAuth. */
export interface GrantsGroup {
  /** The newest first. Fails with `not_found` if the service has no OAuth, with `signed_out`, … */
  list(): Promise<Grant[]>;
  /**
   * Withdraws what the user has permitted: the client's tokens become invalid, and the user is asked again if the client
   * returns. Fails with `not_found`, …
   */
  withdraw(id: string): Promise<void>;
}
