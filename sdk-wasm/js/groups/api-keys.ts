import type { GroupOf } from "./calls.js";

export const apiKeys: GroupOf<"apiKeys"> = ({ ask }) => ({
  create: ({ name, scopes, roles, expiresIn, networks }) =>
    ask("createApiKey", { name, scopes, roles, expires_in: expiresIn, networks }),
  list: async () => (await ask("apiKeys")).apiKeys,
  rename: async (id, name) => (await ask("renameApiKey", { name }, id)).apiKey,
  revoke: (id) => ask("revokeApiKey", undefined, id),
  revokeAll: () => ask("revokeApiKeys"),
});
