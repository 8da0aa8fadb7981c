import type { User } from "../types.js";
import type { GroupOf } from "./calls.js";
import { passkeys } from "./passkeys.js";
import { signInWith } from "./providers.js";

export const account: GroupOf<"account"> = (calls) => {
  const { ask, open } = calls;
  return {
    methods: () => ask("methods"),
    reauthenticate: (proof) =>
      proof === "passkey" ? passkeys(calls).reauthenticate() : open("reauthenticate", { ...proof }),
    changePassword: ({ currentPassword, newPassword }) =>
      open("changePassword", { current_password: currentPassword, new_password: newPassword }),
    deleteAccount: ({ currentPassword } = {}) => ask("deleteAccount", { current_password: currentPassword }),
    updateProfile: async ({ name, picture, locale }) =>
      (await ask("updateProfile", { name, picture, locale })).user as User,
    signInWith: async (provider, options) => signInWith(calls, provider, options),
    async ticket(url) {
      const target = new URL(url, document.baseURI);
      // Only the page ever sees it.
      target.hash = "";
      return (await ask("ticket", { url: target.href })).url;
    },
  };
};

export const sessions: GroupOf<"sessions"> = ({ ask, client }) => ({
  list: async () => (await ask("sessions")).sessions,
  // Ending one's own session is signing out, with all that belongs to it.
  revoke: (id) => (id === client().session?.id ? client().signOut() : ask("revokeSession", undefined, id)),
});
