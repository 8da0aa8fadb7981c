// What is loaded when a function of one of the groups is first called.
export { account, sessions } from "./account.js";
export { apiKeys } from "./api-keys.js";
export { email } from "./email.js";
export { grants } from "./grants.js";
export { passkeys } from "./passkeys.js";
export { password } from "./password.js";
export { providers } from "./providers.js";
export { secondFactor, totp } from "./second-factor.js";
