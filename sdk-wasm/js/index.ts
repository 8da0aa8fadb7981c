export { createClient } from "./create-client.js";
export { AuthError, isAuthError } from "./errors.js";
export type {
  AuthErrorCode,
  AuthMethod,
  ClientErrorCode,
  ServiceErrorCode,
  SessionEndReason,
} from "./generated/codes.js";
export type { ApiKey, ApiKeysGroup, CreatedApiKey, Grant, GrantsGroup, NewApiKey } from "./permissions.js";
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
export type {
  EmailGroup,
  LinkedProvider,
  Passkey,
  PasskeysGroup,
  PasswordGroup,
  Profile,
  ProfileChange,
  ProvidersGroup,
  Reauthentication,
  RecoveryCodes,
  RequiredStepUp,
  SecondFactorGroup,
  SecondFactorMethod,
  SignInMethods,
  SignInProvider,
  SignInResult,
  SignInWith,
} from "./ways-in.js";
