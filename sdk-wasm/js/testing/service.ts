import { isForVault, type MarkedPromise } from "../is-for-vault.js";
import type { AuthClient, ClientOptions } from "../types.js";
import { Accounts } from "./accounts.js";
import { FakeClient } from "./client.js";
import { newFaults } from "./faults.js";
import { problem } from "./refusal.js";
import type { FakeApi, FakeBrowser, FakeFaults, FakeService, FakeServiceOptions } from "./types.js";

/** What a client needs of the world around it. */
export interface World {
  readonly accounts: Accounts;
  readonly faults: FakeFaults;
  readonly api: FakeApi;
  readonly requests: string[];
  /** Its browser's. */
  readonly jar: Jar;
  /** Where the service is. */
  readonly origin: string;
  /** Where the page is. */
  readonly page: string;
}

/** What the tabs of one browser share. */
export interface Jar {
  cookie: string | undefined;
  /** A sign-out the service hasn't heard of. It outlives its tab. */
  owed: "local" | "global" | undefined;
  readonly tabs: Set<FakeClient>;
}

/**
 * A token service in memory for the tests of an app: no network, no WebAssembly, no browser needed.
 *
 * ```ts
 * const service = fakeService({ users: [{ email: "ada@example.com" }], api: () => Response.json({ notes: [] }) });
 * service.openSession("ada@example.com");
 * const auth = await service.createClient();
 * ```
 *
 * Its clients keep the contract of {@link AuthClient}; one suite of tests holds both to it. Time is `Date.now` and
 * `setTimeout` as they are when they are called, so a test may take them over. Passwords are kept in the clear, tokens
 * are no tokens: it is for tests only.
 */
export function fakeService({
  users = [],
  signUp = "open",
  api = () => problem(404, "not_found"),
  origin = pageOrigin() ?? "https://app.example.com",
  accessTokenSeconds = 300,
}: FakeServiceOptions = {}): FakeService {
  const clients = new Set<FakeClient>();
  const wake = () => {
    for (const client of [...clients]) client.wake();
  };
  const faults = newFaults(wake);
  const now = () => Date.now() + faults.skewSeconds * 1000;
  const accounts = new Accounts(users, signUp === "open", accessTokenSeconds * 1000, now);
  const requests: string[] = [];
  const page = pageOrigin() ?? origin;

  const browser = (): FakeBrowser => {
    const jar: Jar = { cookie: undefined, owed: undefined, tabs: new Set() };
    return {
      createClient: (options: Partial<ClientOptions> = {}): Promise<AuthClient> => {
        const client = new FakeClient({ accounts, faults, api, requests, jar, origin, page }, options, () => {
          clients.delete(client);
        });
        clients.add(client);
        const marks: MarkedPromise = { isForVault: (input) => isForVault(input, { service: origin, ...options }) };
        return Object.assign(Promise.resolve(client), marks);
      },
      openSession: (email) => {
        jar.cookie = accounts.open(email, jar.cookie).session.id;
      },
    };
  };

  return {
    ...browser(),
    browser,
    faults,
    requests,
    expireTokens: () => accounts.expireTokens(),
    endSessions: (reason = "revoked", email) => accounts.endAll(reason, email),
    wake,
  };
}

function pageOrigin(): string | undefined {
  const origin = globalThis.location?.origin;
  return origin && origin !== "null" ? origin : undefined;
}
