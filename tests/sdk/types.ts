// The types of the adapters and of the fake, as `npm run check` reads them: it compiles, and each line under an
// `@ts-expect-error` must not. (Those of `latchkey` itself are tested from the packed tarball, in tests/packaging.)
import type { AuthClient, AuthError, AuthErrorCode, AuthStatus, Session, SignInResult } from "latchkey-auth";
import { createClient } from "latchkey-auth";
import {
  type Auth,
  AuthProvider,
  type InitialSession,
  SignIn,
  type SignInErrorCode,
  type SignInTexts,
  useAuth,
  useSession,
} from "latchkey-auth/react";
import { createAuth as createStore, SignIn as SvelteSignIn } from "latchkey-auth/svelte";
import { type FakeApi, fakeService } from "latchkey-auth/testing";
import { en } from "latchkey-auth/texts/en";
import {
  createAuth as createPlugin,
  useAuth as useVueAuth,
  useSession as useVueSession,
  SignIn as VueSignIn,
} from "latchkey-auth/vue";
import { createElement } from "react";
import { mount } from "svelte";
import { createApp, h, type Ref } from "vue";

declare const client: AuthClient;
declare const options: Parameters<typeof createClient>[0];
const make = () => createClient(options);

// A client, a promise of one, a function that makes either; and nothing else.
for (const source of [client, Promise.resolve(client), make, () => client] as const) {
  createElement(AuthProvider, { client: source });
  createApp({}).use(createPlugin(source));
  createStore(source);
}
// @ts-expect-error: options are for createClient.
createElement(AuthProvider, { client: options });
// @ts-expect-error: it can't do without.
createElement(AuthProvider, {});
// @ts-expect-error: a promise of something else.
createPlugin(Promise.resolve("client"));
// @ts-expect-error: a function of something else.
createStore(() => 1);

export function Component(): string {
  const auth: Auth = useAuth();
  const session: Session | InitialSession | null = useSession();
  const expiry: number | undefined = session?.expiresAt;
  const status: AuthStatus = auth.status;
  const answer: Promise<Response> = auth.fetch("/api", { method: "POST" });
  const later: Promise<SignInResult> = auth.signIn({ email: "a", password: "b" });
  // @ts-expect-error: there is no token.
  auth.accessToken;
  // @ts-expect-error: there is no token, by any name.
  auth.session?.token;
  // @ts-expect-error: the provider disposes of what it made.
  auth.dispose();
  // @ts-expect-error: components subscribe by rendering.
  auth.subscribe(() => {});
  // @ts-expect-error: snapshots are read.
  auth.status = "signed-out";
  // @ts-expect-error: there may be no session.
  session.user;
  return `${status} ${answer} ${later} ${expiry}`;
}

export function VueComponent(): void {
  const { status, session, signOut } = useVueAuth();
  const same: Readonly<Ref<Session | InitialSession | null>> = useVueSession();
  const text: AuthStatus = status.value;
  // @ts-expect-error: a ref has to be read.
  const wrong: AuthStatus = status;
  // @ts-expect-error: and isn't written.
  session.value = null;
  // @ts-expect-error: a closed set of scopes.
  void signOut({ scope: "everywhere" });
  void [same, text, wrong];
}

const store = createStore(make);
export const stop: () => void = store.subscribe((auth) => auth.session?.user.email);
// @ts-expect-error: what is read is a snapshot.
store.session = null;

const api: FakeApi = async (request, { user }) => Response.json({ path: request.url, id: user.id });
const service = fakeService({ users: [{ email: "ada@example.com" }], api, accessTokenSeconds: 60 });
export const fake: Promise<AuthClient> = service.createClient();
// It stands in for the real one.
export const standIn: typeof createClient = service.createClient;
service.faults.offline = true;
service.faults.unavailable = 30;
export const passed: Promise<void> = service.skip(600).then(() => service.sleep(86_400));
export const generation: number | undefined = service.sessions()[0]?.generation;
// @ts-expect-error: seconds, as a number.
void service.skip("10 minutes");
// @ts-expect-error: a closed set of faults.
service.faults.onFire = true;
// @ts-expect-error: a closed set of reasons.
service.endSessions("boredom");
// @ts-expect-error: an option that isn't there.
fakeService({ user: "ada@example.com" });
// @ts-expect-error: seconds, as a number.
fakeService({ accessTokenSeconds: "60" });

/** Exhaustive: a code that is added and not handled here doesn't compile. */
export function advice(code: AuthErrorCode): "again" | "ask" | "sign in" | "report" {
  switch (code) {
    case "network":
    case "timeout":
    case "bad_response":
    case "unavailable":
    case "bad_gateway":
    case "provider_failed":
    case "mail_unavailable":
    case "gateway_timeout":
    case "rate_limited":
      return "again";
    case "invalid_credentials":
    case "invalid_request":
    case "email_taken":
    case "last_credential":
    case "already_linked":
    case "code_invalid":
    case "challenge_expired":
    case "second_factor_required":
    case "sign_up_refused":
    case "sign_up_closed":
    case "insufficient_scope":
    case "step_up_required":
    case "reauthentication_required":
    case "not_found":
    case "cookie_blocked":
      return "ask";
    case "session_ended":
    case "signed_out":
      return "sign in";
    case "invalid_token":
    case "request_forgery":
    case "method_not_allowed":
    case "too_large":
    case "unsupported_media_type":
    case "origin_not_allowed":
    case "not_replayable":
    case "invalid_options":
    case "vault_unavailable":
    case "service_worker_in_control":
    case "disposed":
      return "report";
  }
}

// @ts-expect-error: codes are a closed set.
advice("unauthorised");

declare const error: AuthError;
// @ts-expect-error: and not to be changed.
error.code = "network";

// What a function adds to a call: headers in any form of `fetch`, values that may be missing, and nothing later.
void createClient({ ...options, headers: ({ url, method }) => ({ traceparent: method + url, baggage: undefined }) });
void createClient({ ...options, headers: () => new Headers() });
// @ts-expect-error: a promise would come too late.
void createClient({ ...options, headers: async () => ({ traceparent: "x" }) });

// A `fetch` with one option more is still a `fetch`.
export const sameFetch: typeof fetch = client.fetch;
export const wrappedFetch: typeof fetch = client.wrap(fetch);
void client.fetch("/files", { method: "PUT", body: "x", onUploadProgress: ({ loaded, total }) => loaded / total });
// @ts-expect-error: progress is of uploads.
void client.fetch("/files", { onDownloadProgress: () => {} });

// The form needs texts; all else has a default. In Svelte it also needs the store.
createElement(SignIn, { texts: en, mode: "sign-up", signUp: false, onSignedIn: ({ user }) => user.email });
h(VueSignIn, { texts: en, mode: "sign-up", signUp: false, onSignedIn: ({ user }: Session) => user.email });
declare const place: Element;
mount(SvelteSignIn, { target: place, props: { auth: store, texts: en, onSignedIn: ({ user }) => user.email } });
// @ts-expect-error: there is no default language.
createElement(SignIn, {});
// @ts-expect-error: nor in Svelte.
mount(SvelteSignIn, { target: place, props: { auth: store } });
// @ts-expect-error: a closed set of modes.
createElement(SignIn, { texts: en, mode: "sign-off" });
// @ts-expect-error: every text is needed.
createElement(SignIn, { texts: { ...en, errors: { network: "Offline" } } });
// Single texts can be changed, and every error has to be explained.
export const own: SignInTexts = { ...en, submit: { ...en.submit, "sign-in": "Log in" } };
export const explained: Record<SignInErrorCode, string> = en.errors;
// @ts-expect-error: no call of the form gives it.
void en.errors.insufficient_scope;
