import type { GroupOf } from "./calls.js";

export const password: GroupOf<"password"> = ({ ask, begin }) => ({
  forgot: ({ email }) => ask("forgotPassword", { email }),
  reset: ({ email, code, newPassword }) => begin("resetPassword", { email, code, new_password: newPassword }),
});
