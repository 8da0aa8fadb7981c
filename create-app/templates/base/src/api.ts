import { type AuthClient, isAuthError } from "latchkey-auth";

/** Calls the API with the access token, which the vault adds and renews. */
export async function whoAmI(auth: Pick<AuthClient, "fetch">): Promise<string> {
  const response = await auth.fetch("/api/me");
  if (!response.ok) throw new Error(`The API answered with ${response.status}.`);
  const me = (await response.json()) as { id: string };
  return `The API knows you as ${me.id}.`;
}

/** What went wrong, in words. Errors of the client have a `code` for programs and a `message` for people. */
export function explain(error: unknown): string {
  if (!isAuthError(error)) return error instanceof Error ? error.message : String(error);
  const wait = error.retryAfter ? ` Try again in ${error.retryAfter} seconds.` : "";
  return `${error.detail ?? error.message}${wait}`;
}
