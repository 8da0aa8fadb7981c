export { createClient } from "./create-client.js";
export { AuthError, isAuthError } from "./errors.js";
export type { AuthErrorCode, ClientErrorCode, ServiceErrorCode, SessionEndReason } from "./generated/codes.js";
export type {
  AuthClient,
  AuthStatus,
  ClientOptions,
  Credentials,
  Session,
  SessionInfo,
  SignOutScope,
  TokenClock,
  User,
} from "./types.js";
