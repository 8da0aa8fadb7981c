// A client and its vault before the fake service with one account.
import { type AuthError, isAuthError } from "latchkey-auth";
import { type FakeServiceOptions, fakeService } from "latchkey-auth/testing";

export const EMAIL = "ada@example.com";
export const PASSWORD = "correct horse battery staple";
export const ADA = { email: EMAIL, password: PASSWORD };

/** A service with one account, and a client whose status is known. */
export async function start(options: FakeServiceOptions = {}, user: object = {}) {
  const service = fakeService({ users: [{ ...ADA, ...user }], mail: true, passkeys: true, ...options });
  const auth = await client(service);
  return { service, auth, code: () => service.mails[0]?.code ?? "" };
}

export async function client(browser: Pick<ReturnType<typeof fakeService>, "createClient">, options = {}) {
  const auth = await browser.createClient(options);
  while (auth.status === "loading") await new Promise((changed) => void auth.subscribe(() => changed(null)));
  return auth;
}

export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing",
    (error: AuthError) => (isAuthError(error) ? error.code : error),
  );

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((later) => setTimeout(later));
}
