import type { GroupOf } from "./calls.js";

export const grants: GroupOf<"grants"> = ({ ask }) => ({
  list: async () => (await ask("grants")).grants,
  withdraw: (id) => ask("withdrawGrant", undefined, id),
});
