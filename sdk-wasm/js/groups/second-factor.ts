import type { GroupOf } from "./calls.js";
import { get } from "./ceremony.js";

export const secondFactor: GroupOf<"secondFactor"> = ({ ask, open }) => ({
  verify: (answer) =>
    open("proveSecondFactor", "code" in answer ? { code: answer.code } : { recovery_code: answer.recoveryCode }),
  verifyWithPasskey: async () =>
    open("proveSecondFactor", { credential: await get(await ask("factorPasskeyRequest")) }),
  renewRecoveryCodes: () => ask("renewRecoveryCodes"),
});

export const totp: GroupOf<"totp"> = ({ ask }) => ({
  begin: () => ask("beginTotp"),
  confirm: ({ code }) => ask("confirmTotp", { code }),
  remove: () => ask("removeTotp"),
});
