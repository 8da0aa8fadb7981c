import type { AuthClient, Session } from "../types.js";

/** The groups of functions whose module is loaded when one of them is called. `account`: those of the client itself. */
export interface Groups {
  account: Pick<
    AuthClient,
    "methods" | "reauthenticate" | "changePassword" | "deleteAccount" | "updateProfile" | "signInWith" | "ticket"
  >;
  sessions: AuthClient["sessions"];
  email: AuthClient["email"];
  password: AuthClient["password"];
  secondFactor: Omit<AuthClient["secondFactor"], "totp">;
  totp: AuthClient["secondFactor"]["totp"];
  passkeys: AuthClient["passkeys"] & {
    /** {@link AuthClient.reauthenticate} with a passkey. */
    reauthenticate(): Promise<Session>;
  };
  providers: AuthClient["providers"];
  apiKeys: AuthClient["apiKeys"];
  grants: AuthClient["grants"];
}

/** The names of the functions of each group, separated by spaces, which takes fewer bytes than a list. */
export const GROUPS: { readonly [Name in keyof Groups]: string } = {
  account: "methods reauthenticate changePassword deleteAccount updateProfile signInWith ticket",
  sessions: "list revoke",
  email: "sendCode verifyCode requestVerification verify change confirmChange undoChange",
  password: "forgot reset",
  secondFactor: "verify verifyWithPasskey renewRecoveryCodes",
  totp: "begin confirm remove",
  passkeys: "isSupported signUp signIn add list rename remove",
  providers: "linked link unlink",
  apiKeys: "create list rename revoke revokeAll",
  grants: "list withdraw",
};

/** The members of a client that its groups make. */
type Grouped = Groups["account"] & Omit<Groups, "account" | "secondFactor" | "totp"> & Pick<AuthClient, "secondFactor">;

/** One function for each function of each group, as members of a client. */
export function grouped(make: (group: keyof Groups, name: string) => unknown): Grouped {
  const { account, secondFactor, totp, ...groups } = Object.fromEntries(
    Object.entries(GROUPS).map(([group, names]) => [
      group,
      Object.fromEntries(names.split(" ").map((name) => [name, make(group as keyof Groups, name)])),
    ]),
  ) as unknown as Groups;
  return { ...account, ...groups, secondFactor: { ...secondFactor, totp } };
}
