// What the scenarios of API keys share.
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import type { EchoApi } from "../../harness/echo.ts";
import { type Answer, ask } from "../../harness/http.ts";
import type { Operator } from "../../harness/operator.ts";
import type { Stack } from "../../harness/stack.ts";
import { post, type Visitor } from "../../harness/visitor.ts";

export interface World {
  origin: string;
  stack: Stack;
  echo: EchoApi;
  admin: Operator;
  service: string;
}

export const PATH = "/auth/api-keys";

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  roles: string[];
  networks: string[];
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

/** Creates a key, which must succeed. */
export async function newKey(
  origin: string,
  who: Visitor,
  terms: Record<string, unknown> = {},
): Promise<{ key: string; api_key: ApiKey }> {
  const answer = await post(origin, PATH, { name: "a key", ...terms }, { token: who.token });
  assert.equal(answer.status, 201, answer.text);
  return answer.json();
}

/** A request of a program. */
export const program = (
  origin: string,
  path: string,
  key: string | undefined,
  headers: Record<string, string | undefined> = {},
  method = "GET",
): Promise<Answer> => ask(origin, path, { method, headers: { Authorization: key && `Bearer ${key}`, ...headers } });

/** The identity headers that the echo received, in lower case and without the prefix. */
export const identity = (answer: Answer): Record<string, string> =>
  Object.fromEntries(
    (answer.json().headers as [string, string][])
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name.startsWith("latchkey-"))
      .map(([name, value]) => [name.slice("latchkey-".length), value]),
  );

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Base 62, by other code than the Worker's. */
export function base62(number: bigint, digits: number): string {
  let [rest, text] = [number, ""];
  for (let i = 0; i < digits; i++) [text, rest] = [`${DIGITS[Number(rest % 62n)]}${text}`, rest / 62n];
  return text;
}

/** A key with a correct checksum. */
export const sealed = (content: string) => content + base62(BigInt(crc32(content)), 6);
