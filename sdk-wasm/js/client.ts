import { AuthError } from "./errors.js";
import type { Calls } from "./groups/calls.js";
import { grouped } from "./groups/names.js";
import { isForVault } from "./is-for-vault.js";
import type { VaultOptions } from "./options.js";
import { SignOutNote } from "./sign-out-note.js";
import type { AuthClient } from "./types.js";
import type { Hearing, Opening, VaultSide } from "./vault-side.js";
import { forget, hide, newView, show, type View } from "./view.js";
import { watchForWaking } from "./waking.js";
import type { SecondFactorMethod } from "./ways-in.js";

/** Starts a vault. What is known of the page only is added by the function itself. */
export type Open = (
  opening: Omit<Opening, "cookieUncertain" | "stepsUp">,
  hearing: Hearing<AuthError>,
) => Promise<VaultSide>;

type Act = (...args: unknown[]) => unknown;

/** The client of the vault that `open` starts. */
export async function openClient(options: VaultOptions, open: Open): Promise<AuthClient> {
  const note = new SignOutNote(options.service);
  const view = newView();
  const vault = await open(
    { options, owed: note.read() ?? undefined },
    {
      changed: (state) => show(view, state),
      remember: (text) => note.write(text),
      checkNote: (found) => note.read() && found(),
    },
  );
  return clientOf(vault, view, note, options);
}

/** The page's side of a vault: passes on what the page and the browser say. It decides nothing. */
function clientOf(vault: VaultSide, view: View, note: SignOutNote, options: VaultOptions): AuthClient {
  const dispose = disposal(vault, view);

  const calls: Calls = {
    ...{ ask: vault.ask, service: options.service, AuthError, client: () => client },
    async open(what, body) {
      await vault.ask(what, body);
      if (!view.session) throw new AuthError("signed_out", "A sign-out has overtaken it.");
      return view.session;
    },
    async begin(what, body) {
      try {
        return { status: "signed-in", session: await open(what, body) };
      } catch (error) {
        const { code, methods } = error as AuthError;
        if (code !== "second_factor_required") throw error;
        return { status: "second-factor", methods: methods as SecondFactorMethod[] };
      }
    },
  };
  const { open, begin } = calls;

  const client: AuthClient = {
    get status() {
      return view.status;
    },
    get session() {
      return view.session;
    },
    get tokenClock() {
      return view.tokenClock;
    },
    get lastError() {
      return view.lastError;
    },
    subscribe(listener) {
      // A function of our own, so that one listener can subscribe twice and unsubscribe once.
      const call = () => listener();
      view.listeners.add(call);
      return () => {
        view.listeners.delete(call);
      };
    },
    signUp: ({ email, password }) => open("signUp", { email, password }),
    signIn: ({ email, password }) => begin("signIn", { email, password }),
    ...grouped((group, name) => async (...args: unknown[]) => {
      const made = (await import("./groups/index.js"))[group](calls) as unknown as Record<string, Act>;
      return made[name]?.(...args);
    }),
    async signOut({ scope = "local" } = {}) {
      // Before the vault has heard of it: a page that closes at once must not forget that its user has signed out, and
      // other tabs look for the note where the service can't be asked.
      if (scope !== "others" && !view.isForgotten) note.add(scope, view.session?.id);
      await vault.signOut(scope);
    },
    fetch: (input, init) => vault.fetch(input, init),
    wrap:
      (fetch = globalThis.fetch) =>
      async (input, init) =>
        isForVault(input, options) ? client.fetch(input, init) : fetch(input, init),
    dispose,
  };
  return client;
}

/**
 * Watches for changes of the page's state, and gives the client's `dispose`. A function outside of {@link clientOf}, so
 * that `dispose` does not keep the client from being collected: adapters dispose of a client that has been collected.
 */
function disposal(vault: VaultSide, view: View): () => void {
  const stopWatching = watchForWaking((what) => {
    if (what === "thawed") hide(view);
    vault.wake(what);
  });
  return () => {
    stopWatching();
    view.listeners.clear();
    vault.dispose();
    // The session lives on, but this client has no access to it. Later messages of the vault are ignored.
    forget(view);
  };
}
