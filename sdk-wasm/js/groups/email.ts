import type { User } from "../types.js";
import type { GroupOf } from "./calls.js";

export const email: GroupOf<"email"> = ({ ask, open, begin, client }) => ({
  sendCode: (to) =>
    to ? ask("sendCode", { email: to.email }) : ask("sendOwnCode", { email: client().session?.user.email }),
  verifyCode: ({ email, code }) => begin("verifyCode", { email, code }),
  requestVerification: () => ask("requestVerification"),
  verify: async ({ code }) => (await ask("verifyEmail", { code })).user as User,
  change: ({ email }) => ask("changeEmail", { email }),
  confirmChange: ({ code }) => open("confirmEmailChange", { code }),
  undoChange: ({ email, code }) => ask("undoEmailChange", { email, code }),
});
