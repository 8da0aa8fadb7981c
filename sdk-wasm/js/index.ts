export { createClient } from "./create-client.js";
export { AuthError, isAuthError } from "./errors.js";
export type {
  AuthErrorCode,
  AuthMethod,
  ClientErrorCode,
  ServiceErrorCode,
  SessionEndReason,
} from "./generated/codes.js";
export type {
  AddedHeaders,
  AuthClient,
  AuthRequestInit,
  AuthStatus,
  ClientOptions,
  Credentials,
  OutgoingRequest,
  Session,
  SessionInfo,
  SignOutScope,
  TokenClock,
  UploadProgress,
  User,
} from "./types.js";
