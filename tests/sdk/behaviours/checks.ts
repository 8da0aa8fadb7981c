// Assertions without `assert`, which browsers lack, and what several behaviours do.
import type { AuthClient, AuthError } from "latchkey-auth";

export const PASSWORD = "correct horse battery staple";

export const newEmail = () => `user.${crypto.randomUUID()}@example.com`;

/** Whom the API took the caller for. */
export async function whom(answer: Response): Promise<string> {
  return ((await answer.json()) as { id: string }).id;
}

export const becomes = (auth: AuthClient, status: AuthClient["status"]) => until(auth, () => auth.status === status);

/** Waits for a change after which the condition holds. */
export async function until(auth: AuthClient, holds: () => boolean): Promise<void> {
  if (holds()) return;
  let leave = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((done, fail) => {
      leave = auth.subscribe(() => holds() && done());
      timer = setTimeout(() => fail(new Error(`waited for ${holds}, is ${auth.status} (${auth.lastError})`)), 60_000);
    });
  } finally {
    clearTimeout(timer);
    leave();
  }
}

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}

export async function fails(promise: Promise<unknown>, code: AuthError["code"]): Promise<AuthError> {
  const error = (await failure(promise)) as AuthError;
  equal(error.name, "AuthError", String(error));
  equal(error.code, code);
  return error;
}

export function equal(actual: unknown, expected: unknown, what = ""): void {
  if (actual === expected || (isPlain(expected) && JSON.stringify(actual) === JSON.stringify(expected))) return;
  throw new Error(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)} ${what}`);
}

/** An object with its members in the order of their names. */
export function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function isPlain(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Error);
}

/** A key's lifetime counts from the request for it, and the key exists some moments later. */
export function livesFor(
  { createdAt, expiresAt = 0 }: { createdAt: number; expiresAt?: number },
  milliseconds: number,
): void {
  within(expiresAt - createdAt, milliseconds - 60_000, milliseconds);
}

export function within(value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) throw new Error(`expected ${least} to ${most}, found ${value}`);
}
