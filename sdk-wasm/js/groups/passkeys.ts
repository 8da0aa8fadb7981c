// Passkeys. The service makes the options and verifies the answers; the browser asks the user.
import type { GroupOf } from "./calls.js";
import { create, get } from "./ceremony.js";

/**
 * How long a conditional request waits before it is renewed, in milliseconds. The user may choose a passkey at any time,
 * but a challenge lives 10 minutes.
 */
const RENEW_AFTER = 8 * 60_000;

export const passkeys: GroupOf<"passkeys"> = ({ ask, open, begin }) => ({
  async isSupported({ conditional = false } = {}) {
    if (typeof PublicKeyCredential === "undefined") return false;
    return !conditional || (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
  },
  async signUp({ email, name } = {}) {
    const credential = await create(await ask("passkeySignUp", { email }));
    return open("signUpWithPasskey", { name, credential });
  },
  async signIn({ conditional = false, signal } = {}) {
    for (;;) {
      const options = await ask("passkeyRequest");
      signal?.throwIfAborted();
      const renewal = new AbortController();
      const stop = () => renewal.abort(signal?.reason);
      const timer = conditional ? setTimeout(stop, RENEW_AFTER) : undefined;
      signal?.addEventListener("abort", stop);
      try {
        const credential = await get(options, renewal.signal, conditional);
        return await begin("signInWithPasskey", { credential });
      } catch (error) {
        signal?.throwIfAborted();
        if (!renewal.signal.aborted) throw error;
      } finally {
        if (timer !== undefined) clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
      }
    }
  },
  async add({ name } = {}) {
    const credential = await create(await ask("passkeyCreation"));
    return (await ask("addPasskey", { name, credential })).passkey;
  },
  list: async () => (await ask("passkeys")).passkeys,
  rename: async (id, name) => (await ask("renamePasskey", { name }, id)).passkey,
  remove: (id) => ask("removePasskey", undefined, id),
  reauthenticate: async () => open("reauthenticate", { credential: await get(await ask("ownPasskeyRequest")) }),
});
