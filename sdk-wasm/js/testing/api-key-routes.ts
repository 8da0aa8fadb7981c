// The user's API keys. They are for programs, so nothing in a test's page uses one.

import type { Account, StoredApiKey } from "./accounts.js";
import { type Asked, type Backend, DONE, type Routes } from "./asked.js";
import { networkOf } from "./networks.js";
import { Refusal } from "./problem.js";

// In seconds, as in the real service.
const DEFAULT_LIFE = 90 * 86_400;
const MIN_LIFE = 60;
const MAX_LIFE = 3650 * 86_400;
const LISTED_AFTER_EXPIRY = 30 * 86_400;
const MAX_KEYS = 50;
const MAX_ITEMS = 32;

export const apiKeyRoutes: Routes = {
  "POST /auth/api-keys": (asked) => {
    const { backend, token } = asked;
    const { lifetime, ...terms } = readTerms(asked);
    const { account } = backend.sessions.freshOf(token);
    const present = keysOf(account, backend);
    if (present.length >= MAX_KEYS)
      throw invalid(undefined, "The account has 50 API keys, which is the maximum. Revoke one first.");
    requireHeld(
      "scopes",
      terms.scopes,
      backend.apiKeys ?? [],
      "The configuration does not have this scope in api_keys.scopes.",
    );
    requireHeld("roles", terms.roles, account.roles, "The key's owner does not have this role.");
    const createdAt = backend.now();
    const apiKey = {
      ...terms,
      id: `key.${backend.newId("api-key")}`,
      createdAt,
      expiresAt: lifetime && createdAt + lifetime,
    };
    account.apiKeys = [apiKey, ...present];
    return { status: 201, body: { key: textOf(apiKey.id), api_key: view(apiKey) } };
  },

  "GET /auth/api-keys": ({ backend, token }) => {
    const { account } = backend.sessions.of(token);
    return { status: 200, body: { api_keys: keysOf(account, backend).map(view) } };
  },

  "PATCH /auth/api-keys/{id}": (asked) => {
    const name = readName(asked.body.name);
    const apiKey = ownKey(asked);
    apiKey.name = name;
    return { status: 200, body: { api_key: view(apiKey) } };
  },

  "DELETE /auth/api-keys/{id}": (asked) => {
    const apiKey = ownKey(asked);
    const { account } = asked.backend.sessions.of(asked.token);
    account.apiKeys = account.apiKeys.filter((each) => each !== apiKey);
    return DONE;
  },

  "DELETE /auth/api-keys": ({ backend, token }) => {
    backend.sessions.of(token).account.apiKeys = [];
    return DONE;
  },
};

function readTerms({ body }: Asked) {
  const { name, scopes = [], roles = [], networks = [], expires_in = DEFAULT_LIFE } = body;
  for (const [field, list] of Object.entries({ scopes, roles, networks })) {
    const isList = Array.isArray(list) && list.every((each) => typeof each === "string");
    if (!isList) throw invalid(field, `The field ${field} has the wrong type or value.`);
  }
  const terms = { name: readName(name), scopes: words("scopes", scopes), roles: words("roles", roles) };
  const fits =
    expires_in === null || (Number.isInteger(expires_in) && expires_in >= MIN_LIFE && expires_in <= MAX_LIFE);
  if (!fits)
    throw invalid("expires_in", "The lifetime is 60 to 315,360,000 seconds, or null for a key that does not expire.");
  const read = networks.map((text, index) => {
    const network = index < MAX_ITEMS ? networkOf(text) : null;
    if (network !== null) return network;
    throw invalid(
      `networks[${index}]`,
      "Networks are at most 32 addresses or ranges such as 203.0.113.0/24 and 2001:db8::/32.",
    );
  });
  return { ...terms, networks: read, lifetime: expires_in };
}

function readName(given: unknown): string {
  if (given === undefined) throw invalid("name", "The field name is missing.");
  const name = typeof given === "string" ? given.trim() : "";
  // Unicode's control characters (category Cc).
  if (name !== "" && [...name].length <= 64 && !/\p{Cc}/u.test(name)) return name;
  throw invalid("name", "A name has 1 to 64 characters and no control characters.");
}

/** The words of a list, as the service accepts scopes and roles. */
function words(field: string, list: readonly string[]): readonly string[] {
  const wrong = list.findIndex(
    (word, index) => index >= MAX_ITEMS || !/^[!#-[\]-~]{1,64}$/.test(word) || list.indexOf(word) < index,
  );
  if (wrong < 0) return list;
  const expected = "These are at most 32 words of visible ASCII without quotes and backslashes, none twice.";
  throw invalid(`${field}[${wrong}]`, expected);
}

function requireHeld(field: string, wanted: readonly string[], held: readonly string[], expected: string): void {
  const missing = wanted.findIndex((word) => !held.includes(word));
  if (missing >= 0) throw invalid(`${field}[${missing}]`, expected);
}

function invalid(field: string | undefined, detail: string): Refusal {
  return new Refusal("invalid_request", field === undefined ? { detail } : { field, detail });
}

/** The account's keys, the newest first, without those that expired long ago. */
function keysOf({ apiKeys }: Account, { now }: Backend): StoredApiKey[] {
  return apiKeys.filter(({ expiresAt }) => expiresAt === null || now() < expiresAt + LISTED_AFTER_EXPIRY);
}

function ownKey({ backend, token, id }: Asked): StoredApiKey {
  const found = keysOf(backend.sessions.of(token).account, backend).find((each) => each.id === id);
  if (!found) throw new Refusal("not_found");
  return found;
}

const view = ({ createdAt, expiresAt, ...terms }: StoredApiKey): object => ({
  ...{ ...terms, created_at: createdAt, expires_at: expiresAt, last_used_at: null },
});

/** A text of the form that a key has: the fake's ids in place of owner and random, and the checksum. */
function textOf(id: string): string {
  const digits = id.replace(/\D/g, "").padStart(70, "0");
  const content = `lk_test_${digits}`;
  let sum = crc32(content);
  let checksum = "";
  while (checksum.length < 6) {
    checksum = `${BASE_62[sum % 62]}${checksum}`;
    sum = Math.floor(sum / 62);
  }
  return content + checksum;
}

const BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** CRC-32 (ISO-HDLC) of ASCII. */
function crc32(text: string): number {
  let sum = -1;
  for (const character of text) {
    sum ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb8_8320 : sum >>> 1;
  }
  return ~sum >>> 0;
}
