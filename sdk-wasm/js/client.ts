import { AuthError } from "./errors.js";
import type { Asked, AskedBody, VaultOptions } from "./protocol.js";
import type { SignOutNote } from "./sign-out-note.js";
import type { AuthClient, Session } from "./types.js";
import type { VaultSide } from "./vault-side.js";
import { forget, hide, type View } from "./view.js";
import { watchForWaking } from "./waking.js";

/** The page's side of a vault: passes on what the page and the browser say. It decides nothing. */
export function clientOf(
  vault: VaultSide,
  view: View,
  note: SignOutNote,
  { service, apiOrigins = [service] }: VaultOptions,
): AuthClient {
  const apis = new Set(apiOrigins.map((origin) => new URL(origin).origin));
  let disposed = false;
  const stopWatching = watchForWaking((what) => {
    if (what === "thawed") hide(view);
    vault.wake(what);
  });

  /** The session that is opened, unless a sign-out overtakes the answer. */
  const open = async (what: Asked, body: AskedBody): Promise<Session> => {
    await vault.ask(what, body);
    if (!view.session) throw new AuthError("signed_out", "A sign-out has overtaken it.");
    return view.session;
  };

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
    signIn: ({ email, password }) => open("signIn", { email, password }),
    reauthenticate: ({ password }) => open("reauthenticate", { password }),
    changePassword: ({ currentPassword, newPassword }) =>
      open("changePassword", { current_password: currentPassword, new_password: newPassword }),
    deleteAccount: ({ currentPassword }) => vault.ask("deleteAccount", { current_password: currentPassword }),
    async signOut({ scope = "local" } = {}) {
      // Before the vault has heard of it: a page that closes at once must not forget that its user has signed out, and
      // other tabs look for the note where the service can't be asked.
      if (scope !== "others" && !disposed) note.add(scope, view.session?.id);
      await vault.signOut(scope);
    },
    sessions: {
      list: () => vault.sessions(),
      // Ending one's own session is signing out, with all that belongs to it.
      revoke: (id) => (id === view.session?.id ? client.signOut() : vault.revoke(id)),
    },
    async ticket(url) {
      const target = new URL(url, document.baseURI);
      // Nobody but the page ever sees it.
      target.hash = "";
      return vault.ticket(target.href);
    },
    fetch: (input, init) => vault.fetch(input, init),
    wrap:
      (fetch = globalThis.fetch) =>
      (input, init) => {
        const { origin } = new URL(input instanceof Request ? input.url : input, document.baseURI);
        return apis.has(origin) ? client.fetch(input, init) : fetch(input, init);
      },
    dispose() {
      disposed = true;
      stopWatching();
      view.listeners.clear();
      vault.dispose();
      // It can do nothing for a user any more. What the vault still says is not shown.
      forget(view);
    },
  };
  return client;
}
