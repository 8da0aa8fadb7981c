//! Every request to the service that a page can ask the vault for, in one table: where it goes, whether the token goes
//! with it, and what the page gets of the answer. The names are those of the protocol between page and vault;
//! `bin/error_codes.rs` writes their types for TypeScript.
//!
//! To add a request, add a row, and call it by its name in the TypeScript.

use super::Command;
use super::shape::{Kind, Member, Shape};
use crate::wire::paths;

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The name by which the page asks for it.
    pub name: &'static str,
    /// The HTTP method.
    pub method: HttpMethod,
    /// The path. `{}` stands for a segment that the page gives.
    pub path: &'static str,
    /// How it is sent.
    pub sending: Sending,
    /// The members of the body that must be texts. The service checks the others.
    pub texts: &'static [&'static str],
    /// What the page gets of the answer. Empty: the answer has no body.
    pub answer: Shape,
}

/// The methods of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// At once, without the token.
    Public,
    /// At once, with the token.
    AsUser,
    /// At once; with the token, unless a sign-in waits for its second factor.
    ForSecondFactor,
    /// At once, with the token; it changes what the service tells about the user, so the token is renewed afterwards.
    ChangesUser,
    /// At once, with the token, for the text `url`, to which it must be possible to send the token.
    Ticket,
    /// In turn with other requests that can change the cookie.
    Command(Command),
}

const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: true }
}

const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: false }
}

/// A user, as shown to themselves.
const USER: Shape = &[
    required("id", Kind::Text),
    required("email", Kind::Text),
    required("email_verified", Kind::Flag),
    required("roles", Kind::Texts),
    optional("profile", Kind::Object(PROFILE)),
    optional("metadata", Kind::Any),
    optional("passkeys", Kind::Count),
    optional("second_factor", Kind::Flag),
];

const PROFILE: Shape =
    &[optional("name", Kind::Text), optional("picture", Kind::Text), optional("locale", Kind::Text)];

/// The session of a token response.
pub(super) const SESSION: Shape = &[
    required("id", Kind::Text),
    required("user", Kind::Object(USER)),
    required("created_at", Kind::Time),
    required("auth_time", Kind::Time),
    optional("methods", Kind::Texts),
    optional("bound", Kind::Text),
    required("expires_at", Kind::Time),
    required("idle_expires_at", Kind::Time),
];

const SESSION_ROW: Shape = &[
    required("id", Kind::Text),
    required("current", Kind::Flag),
    required("created_at", Kind::Time),
    required("last_used_at", Kind::Time),
    required("expires_at", Kind::Time),
    required("user_agent", Kind::Text),
];

const METHODS: Shape = &[
    required("password", Kind::Flag),
    required("password_reset", Kind::Flag),
    required("email_code", Kind::Flag),
    required("passkey", Kind::Flag),
    required("providers", Kind::Objects(PROVIDER)),
    required("sign_up", Kind::Flag),
];

/// What the page passes to the browser to create a passkey (`PublicKeyCredentialCreationOptionsJSON`).
const CREATION_OPTIONS: Shape = &[
    required("rp", Kind::Any),
    required("user", Kind::Any),
    required("challenge", Kind::Text),
    required("pubKeyCredParams", Kind::Any),
    optional("timeout", Kind::Count),
    optional("excludeCredentials", Kind::Any),
    optional("authenticatorSelection", Kind::Any),
    optional("attestation", Kind::Text),
];

/// What the page passes to the browser to use a passkey (`PublicKeyCredentialRequestOptionsJSON`).
const REQUEST_OPTIONS: Shape = &[
    required("challenge", Kind::Text),
    optional("timeout", Kind::Count),
    optional("rpId", Kind::Text),
    optional("allowCredentials", Kind::Any),
    optional("userVerification", Kind::Text),
];

const PASSKEY: Shape = &[
    required("id", Kind::Text),
    required("name", Kind::Text),
    required("created_at", Kind::Time),
    optional("last_used_at", Kind::Time),
    required("backed_up", Kind::Flag),
];

const API_KEY: Shape = &[
    required("id", Kind::Text),
    required("name", Kind::Text),
    required("scopes", Kind::Texts),
    required("roles", Kind::Texts),
    required("networks", Kind::Texts),
    required("created_at", Kind::Time),
    optional("expires_at", Kind::Time),
    optional("last_used_at", Kind::Time),
];

/// What the user has permitted another party's client.
const GRANT: Shape = &[
    required("id", Kind::Text),
    required("client", Kind::Object(GRANT_CLIENT)),
    required("scopes", Kind::Texts),
    optional("resource", Kind::Text),
    required("created_at", Kind::Time),
    optional("last_used_at", Kind::Time),
];

const GRANT_CLIENT: Shape =
    &[required("id", Kind::Text), required("name", Kind::Text), optional("host", Kind::Text)];

const PROVIDER: Shape = &[required("name", Kind::Text), required("label", Kind::Text)];

/// The answer has no body.
const NOTHING: Shape = &[];

/// Opens a session. The answer has a token, and no value for the page, which sees the session.
const OPENS: Sending = Sending::Command(Command::SignIn);
/// Changes the present session. The answer has a token.
const CHANGES: Sending = Sending::Command(Command::ChangeSession);

macro_rules! operations {
    ($($name:ident = $method:ident $path:expr, $sending:expr, $texts:expr => $answer:expr;)*) => {
        const OPERATIONS: &[Operation] = &[$(Operation {
            name: stringify!($name),
            method: HttpMethod::$method,
            path: $path,
            sending: $sending,
            texts: &$texts,
            answer: $answer,
        },)*];
    };
}

operations! {
    signIn = Post paths::SIGN_IN, OPENS, ["email", "password"] => NOTHING;
    signUp = Post paths::SIGN_UP, OPENS, ["email", "password"] => NOTHING;
    signOutOthers = Post paths::SIGN_OUT, Sending::Command(Command::SignOutOthers), ["scope"] => NOTHING;
    reauthenticate = Post paths::REAUTHENTICATE, CHANGES, [] => NOTHING;
    changePassword = Post paths::PASSWORD, CHANGES, ["new_password"] => NOTHING;
    deleteAccount = Delete paths::ACCOUNT, Sending::Command(Command::DeleteAccount), [] => NOTHING;
    methods = Get "/auth/methods", Sending::Public, [] => METHODS;
    sessions = Get paths::SESSIONS, Sending::AsUser, [] => &[required("sessions", Kind::Objects(SESSION_ROW))];
    revokeSession = Delete "/auth/sessions/{}", Sending::AsUser, [] => NOTHING;
    ticket = Post paths::TICKET, Sending::Ticket, ["url"] => &[required("url", Kind::Text)];
    sendCode = Post "/auth/email/code", Sending::Public, ["email"] => NOTHING;
    sendOwnCode = Post "/auth/email/code", Sending::AsUser, [] => NOTHING;
    verifyCode = Post "/auth/email/code/verify", OPENS, ["email", "code"] => NOTHING;
    requestVerification = Post "/auth/email/verification", Sending::AsUser, [] => NOTHING;
    verifyEmail = Post "/auth/email/verify", Sending::ChangesUser, ["code"] => &[required("user", Kind::Object(USER))];
    changeEmail = Post "/auth/email/change", Sending::AsUser, ["email"] => NOTHING;
    confirmEmailChange = Post "/auth/email/change/verify", CHANGES, ["code"] => NOTHING;
    undoEmailChange = Post "/auth/email/change/undo", Sending::Public, ["email", "code"] => NOTHING;
    forgotPassword = Post "/auth/password/forgot", Sending::Public, ["email"] => NOTHING;
    resetPassword = Post "/auth/password/reset", OPENS, ["email", "code", "new_password"] => NOTHING;
    proveSecondFactor = Post "/auth/second-factor", Sending::Command(Command::SecondFactor), [] => NOTHING;
    beginTotp = Post "/auth/second-factor/totp", Sending::AsUser, [] =>
        &[required("secret", Kind::Text), required("uri", Kind::Text)];
    confirmTotp = Post "/auth/second-factor/totp/confirm", Sending::ChangesUser, ["code"] =>
        &[required("recovery_codes", Kind::Texts)];
    removeTotp = Delete "/auth/second-factor/totp", Sending::ChangesUser, [] => NOTHING;
    renewRecoveryCodes = Post "/auth/second-factor/recovery-codes", Sending::AsUser, [] =>
        &[required("recovery_codes", Kind::Texts)];
    passkeyCreation = Post "/auth/passkeys/options", Sending::AsUser, [] => CREATION_OPTIONS;
    passkeySignUp = Post "/auth/passkeys/options", Sending::Public, [] => CREATION_OPTIONS;
    addPasskey = Post "/auth/passkeys", Sending::ChangesUser, [] => &[required("passkey", Kind::Object(PASSKEY))];
    signUpWithPasskey = Post "/auth/passkeys", OPENS, [] => NOTHING;
    passkeys = Get "/auth/passkeys", Sending::AsUser, [] => &[required("passkeys", Kind::Objects(PASSKEY))];
    renamePasskey = Patch "/auth/passkeys/{}", Sending::AsUser, ["name"] =>
        &[required("passkey", Kind::Object(PASSKEY))];
    removePasskey = Delete "/auth/passkeys/{}", Sending::ChangesUser, [] => NOTHING;
    passkeyRequest = Post "/auth/passkey/options", Sending::Public, [] => REQUEST_OPTIONS;
    ownPasskeyRequest = Post "/auth/passkey/options", Sending::AsUser, [] => REQUEST_OPTIONS;
    factorPasskeyRequest = Post "/auth/passkey/options", Sending::ForSecondFactor, [] => REQUEST_OPTIONS;
    signInWithPasskey = Post "/auth/passkey/sign-in", OPENS, [] => NOTHING;
    linkedProviders = Get "/auth/providers/linked", Sending::AsUser, [] =>
        &[required("providers", Kind::Objects(PROVIDER))];
    linkProvider = Post "/auth/providers/{}/link", Sending::AsUser, [] => &[required("url", Kind::Text)];
    unlinkProvider = Delete "/auth/providers/{}", Sending::AsUser, [] => NOTHING;
    createApiKey = Post "/auth/api-keys", Sending::AsUser, ["name"] =>
        &[required("key", Kind::Text), required("api_key", Kind::Object(API_KEY))];
    apiKeys = Get "/auth/api-keys", Sending::AsUser, [] => &[required("api_keys", Kind::Objects(API_KEY))];
    renameApiKey = Patch "/auth/api-keys/{}", Sending::AsUser, ["name"] =>
        &[required("api_key", Kind::Object(API_KEY))];
    revokeApiKey = Delete "/auth/api-keys/{}", Sending::AsUser, [] => NOTHING;
    revokeApiKeys = Delete "/auth/api-keys", Sending::AsUser, [] => NOTHING;
    grants = Get "/auth/grants", Sending::AsUser, [] => &[required("grants", Kind::Objects(GRANT))];
    withdrawGrant = Delete "/auth/grants/{}", Sending::AsUser, [] => NOTHING;
    // The session that another window of this browser has opened, whose cookie this one has, too.
    takeUp = Post paths::REFRESH, OPENS, [] => NOTHING;
    updateProfile = Patch "/auth/profile", Sending::ChangesUser, [] => &[required("user", Kind::Object(USER))];
}

impl Operation {
    /// The request with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.name == name)
    }

    /// Every request.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        OPERATIONS
    }
}
