// The types of every way to sign in, of second factors, and of what the user changes about the account. No code.
import type { AuthMethod } from "./generated/codes.js";
import type { Session, User } from "./types.js";

/** What the service offers, so that a page shows only what works. */
export interface SignInMethods {
  /** By address and password. */
  readonly password: boolean;
  /** Whether a user who has forgotten the password can set another one, with a code that is sent by mail. */
  readonly passwordReset: boolean;
  /** By a code that is sent by mail. */
  readonly emailCode: boolean;
  /** By a passkey. */
  readonly passkey: boolean;
  /** The other providers, in the order of the configuration. */
  readonly providers: readonly SignInProvider[];
  /** Whether users may create accounts. */
  readonly signUp: boolean;
}

/** Another provider with which users can sign in, such as Google. */
export interface SignInProvider {
  /** The name in the configuration, which {@link SignInWith} takes. */
  readonly name: string;
  /** The name for users. */
  readonly label: string;
}

/** How a user can prove a second factor. */
export type SecondFactorMethod = Extract<AuthMethod, "totp" | "recovery_code" | "passkey">;

/**
 * What became of a sign-in: a session, or the request for a second factor. With `second-factor` there is no session
 * yet; ask for one of `methods`, and call {@link SecondFactorGroup.verify} within 10 minutes, in the same browser.
 */
export type SignInResult =
  | { readonly status: "signed-in"; readonly session: Session }
  | { readonly status: "second-factor"; readonly methods: readonly SecondFactorMethod[] };

/**
 * What a signed-in user proves again: the password; a code that {@link EmailGroup.sendCode} sent to the user's own
 * address; or, with `"passkey"`, a passkey, for which the browser asks.
 */
export type Reauthentication = { password: string } | { code: string } | "passkey";

/** Codes that are sent by mail, and the user's address. A code is valid for 10 minutes, once, in this browser only. */
export interface EmailGroup {
  /**
   * Sends a code for {@link EmailGroup.verifyCode} to this address. Succeeds also if there is no account with it.
   * Without an address: sends a code for {@link AuthClient.reauthenticate} to the signed-in user's own address. Fails with `mail_unavailable`,
   * `rate_limited`, `not_found` (the service has codes by mail switched off), …
   */
  sendCode(to?: { email: string }): Promise<void>;
  /**
   * Signs in with the code. If the address has no account, this creates one, unless sign-up is closed. Fails with
   * `code_invalid`, `challenge_expired`, `sign_up_closed`, …
   */
  verifyCode(answer: { email: string; code: string }): Promise<SignInResult>;
  /** Sends a code for {@link EmailGroup.verify} to the user's address. Fails with `signed_out`, `mail_unavailable`, … */
  requestVerification(): Promise<void>;
  /** Proves the user's address: `emailVerified` becomes `true`. Fails with `code_invalid`, `challenge_expired`, … */
  verify(answer: { code: string }): Promise<User>;
  /**
   * Sends a code for {@link EmailGroup.confirmChange} to the new address. Fails with `reauthentication_required`,
   * `mail_unavailable`, …
   */
  change(to: { email: string }): Promise<void>;
  /** Changes the address to the new one, which the code proves. Fails with `code_invalid`, `email_taken`, … */
  confirmChange(answer: { code: string }): Promise<Session>;
  /**
   * Gives the account its former address back, for 7 days after a change, with the code in the mail to that address. It
   * works in every browser and without a session. Fails with `code_invalid`, `rate_limited`, …
   */
  undoChange(answer: { email: string; code: string }): Promise<void>;
}

/** What a user who has forgotten the password needs. */
export interface PasswordGroup {
  /** Sends a code for {@link PasswordGroup.reset}. Succeeds also if there is no account with this address. */
  forgot(to: { email: string }): Promise<void>;
  /**
   * Sets another password, ends every session of the account, and signs in. The new password is checked before the
   * code is spent. Fails with `code_invalid`, `challenge_expired`, `invalid_request`, …
   */
  reset(answer: { email: string; code: string; newPassword: string }): Promise<SignInResult>;
}

/** A passkey of the user's. All times are milliseconds since the Unix epoch. */
export interface Passkey {
  readonly id: string;
  /** The name that the user gave it. */
  readonly name: string;
  readonly createdAt: number;
  /** Absent if it was never used. */
  readonly lastUsedAt?: number;
  /** Whether the user's password manager or platform keeps a copy, so that the loss of one device does not lose it. */
  readonly backedUp: boolean;
}

/**
 * Passkeys (WebAuthn). The functions that ask the user for a passkey must be called in reaction to a click or a key,
 * except a conditional {@link PasskeysGroup.signIn}.
 */
export interface PasskeysGroup {
  /** Whether the browser supports passkeys; with `conditional`, whether it can offer them among a field's suggestions. */
  isSupported(options?: { conditional?: boolean }): Promise<boolean>;
  /** Creates an account and its first passkey in one step, and signs in. `name` is the passkey's. */
  signUp(account?: { email?: string; name?: string }): Promise<Session>;
  /**
   * Signs in with a passkey. With `conditional`, the browser shows no dialog, but offers passkeys among the suggestions
   * of a field with `autocomplete="username webauthn"`; the promise waits until the user chooses one. `signal` aborts
   * it.
   */
  signIn(options?: { conditional?: boolean; signal?: AbortSignal }): Promise<SignInResult>;
  /** Adds a passkey to the signed-in user's account. Fails with `reauthentication_required`, … */
  add(options?: { name?: string }): Promise<Passkey>;
  /** The user's passkeys, the newest first. */
  list(): Promise<Passkey[]>;
  rename(id: string, name: string): Promise<Passkey>;
  /** Fails with `last_credential` if the user could not sign in without it, with `reauthentication_required`, … */
  remove(id: string): Promise<void>;
}

/** Codes that replace a second factor that the user has lost. Each is valid once. They are shown only now. */
export interface RecoveryCodes {
  readonly recoveryCodes: readonly string[];
}

/** Second factors. */
export interface SecondFactorGroup {
  /**
   * Proves the second factor: a code of the authenticator app, or one of the recovery codes. After
   * `{ status: "second-factor" }` this opens the session. With a session, and no sign-in that waits for the second
   * factor, it proves the factor in this session again: the next access token has the `acr` `aal2`, and a new
   * `auth_time`. Fails with `code_invalid`, `challenge_expired` (start the sign-in again), `rate_limited`, …
   */
  verify(answer: { code: string } | { recoveryCode: string }): Promise<Session>;
  /** The same with a passkey, for which the browser asks. */
  verifyWithPasskey(): Promise<Session>;
  /** Codes of an authenticator app (TOTP, RFC 6238). All three fail with `reauthentication_required`, … */
  readonly totp: {
    /** The secret for the app, as text and as `otpauth:` address for a QR code. It counts once it is confirmed. */
    begin(): Promise<{ readonly secret: string; readonly uri: string }>;
    /** Makes the app a second factor. `code` is one that it shows. */
    confirm(answer: { code: string }): Promise<RecoveryCodes>;
    remove(): Promise<void>;
  };
  /** New recovery codes. The old ones become invalid. */
  renewRecoveryCodes(): Promise<RecoveryCodes>;
}

/** An account at another provider, with which the user can sign in. */
export interface LinkedProvider {
  /** The provider's name in the configuration. */
  readonly name: string;
  /** The provider's name for users. */
  readonly label: string;
}

/** The user's accounts at other providers. To change them, the user must have proved a credential within the last 10 minutes. */
export interface ProvidersGroup {
  linked(): Promise<LinkedProvider[]>;
  /** Leaves the page for the provider's, and returns to `returnTo`, a path of this page's origin (default: this page). */
  link(name: string, options?: { returnTo?: string }): Promise<void>;
  /** Fails with `last_credential` if the user could not sign in without it. */
  unlink(name: string): Promise<void>;
}

/**
 * Signs in with another provider. The page leaves for the provider's and returns to `returnTo`, a path of this page's
 * origin (default: this page); the promise does not resolve then. With `popup`, the provider's page opens in a window of
 * its own, and the promise resolves when it is done; call it in reaction to a click, so that no blocker stops it.
 */
export type SignInWith = (provider: string, options?: { returnTo?: string; popup?: boolean }) => Promise<SignInResult>;

/** What the user tells about themselves. */
export interface Profile {
  readonly name?: string;
  /** The address of a picture. */
  readonly picture?: string;
  /** A language tag (BCP 47), such as `de-CH`. */
  readonly locale?: string;
}

/** A change of the profile: members that are absent stay as they are, and `null` removes one. */
export type ProfileChange = { readonly [Member in keyof Profile]?: string | null };

/** What an API requires of the access token before it answers (RFC 9470). */
export interface RequiredStepUp {
  /** The class of authentication that it requires: `aal2` is two factors. Absent if any will do. */
  readonly acr?: string;
  /** The user must have proved a credential within this number of seconds. Absent if any age will do. */
  readonly maxAge?: number;
  /**
   * How this user can prove a credential or the second factor. Empty if the account has nothing for it, such as no second
   * factor, and if the API is not behind Latchkey's gate.
   */
  readonly methods: readonly AuthMethod[];
}
