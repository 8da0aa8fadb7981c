//! The closed set of error codes. It is defined here, sent by the service as problem+json (RFC 9457), and
//! generated into the TypeScript types.

use serde::{Deserialize, Serialize};

use crate::named_enum;

/// Declares the enum together with everything that must stay consistent with it.
macro_rules! error_codes {
    ($($(#[doc = $occurs:literal])* $variant:ident = $code:literal, $status:literal, $title:literal, $remedy:literal;)*) => {
        /// Why the service or the gate rejected a request. Clients must branch on the code, never on the
        /// text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[doc = $occurs])* $variant,)* }

        impl ErrorCode {
            /// Every code, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status of the code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// One line for humans, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// When it occurs. For `docs/errors.md`.
            #[must_use]
            pub const fn occurs(self) -> &'static str {
                match self { $(Self::$variant => concat!($($occurs),*),)* }
            }

            /// What the developer of a client or the deployer does about it. For `docs/errors.md`.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

error_codes! {
    /// The body, the query or a parameter does not match the contract; duplicate names are an error too. At
    /// the gate: the path can be read in more than one way.
    InvalidRequest = "invalid_request", 400, "The request is not valid.",
        "Correct the field that `field` names; `detail` says what is wrong with it. In a form, show the text beside that input.";
    /// The address or the password is wrong, the address is unknown, or the account is disabled. The service
    /// does not say which.
    InvalidCredentials = "invalid_credentials", 401, "The e-mail address or the password is wrong.",
        "Let the user try again.";
    /// The session does not exist any more. This is the only code that ends a session in the client.
    SessionEnded = "session_ended", 401, "The session has ended.",
        "Let the user sign in. `reason` says why the session ended; after `reused`, advise the user to change the password.";
    /// The gate, or a path of the service that requires a token, did not accept the access token, or there
    /// was none.
    InvalidToken = "invalid_token", 401, "The access token is missing or not valid.",
        "The client renews the token and repeats the call by itself. A program sends a current token. The Worker's log \
         (`token_refused`) names the check that failed.";
    /// The first credential is proved, and the account requires a second factor. There is no session yet.
    SecondFactorRequired = "second_factor_required", 401, "A second factor is required.",
        "`signIn` and the other ways in report it as `{status: \"second-factor\", methods}`. Ask for one of `methods`, and call \
         `auth.secondFactor.verify`.";
    /// The code is wrong, or was used before. After five wrong codes the challenge has ended.
    CodeInvalid = "code_invalid", 401, "The code is wrong.",
        "Let the user try again.";
    /// What the user has to answer (a code, a passkey, a second factor) was requested more than ten minutes
    /// ago, in another browser, or not at all; or it was answered already, or incorrectly too often.
    ChallengeExpired = "challenge_expired", 401, "This has expired. Please start again.",
        "Let the user request another code, or start again.";
    /// The route requires a more recent authentication than the token's `auth_time`, or another `acr`, such as
    /// two factors (RFC 9470). `WWW-Authenticate` says what it requires.
    StepUpRequired = "step_up_required", 401, "The user must authenticate again, or with a second factor, for this.",
        "Ask for the password and call `auth.reauthenticate`, or for a second factor and call `auth.secondFactor.verify`, \
         then repeat the call. `onStepUp` of `createClient` can do this for every call.";
    /// A page sent a request that it may not send: its origin is not in `allowed_origins`, it is on another
    /// site than the service, or the request lacks `Latchkey-Client`. The member `check` says which. A page
    /// also gets it for a path that is for programs only, and for the script of a service worker.
    RequestForgery = "request_forgery", 403, "The request did not come from a page that may make it.",
        "`foreign_origin`: add the page's origin to `allowed_origins`. `foreign_site`: serve the page on the service's site. \
         `no_client`: a program sends `Latchkey-Client: <name>/<version>`. `unexplained`: a program that sends the cookie \
         sends `Origin`, too.";
    /// The deployer has closed sign-up.
    SignUpClosed = "sign_up_closed", 403, "Signing up is closed.",
        "Set `sign_up = \"open\"`, or create users by `POST /admin/users`.";
    /// The deployer's hook (`[LATCHKEY.hooks]`) has rejected the sign-up.
    SignUpRefused = "sign_up_refused", 403, "It is not possible to sign up with this.",
        "Say that the user cannot have an account here. Only the deployer knows the reason; the log has the line `sign_up_refused` with the reason `hook`.";
    /// The token is valid, but its user lacks a role, or the token a scope, that the route requires.
    InsufficientScope = "insufficient_scope", 403, "The access token does not allow this.",
        "Give the user the role (`PUT /admin/users/{id}/roles`), or request the scope from the token's issuer. The Worker's \
         log names what is missing; on localhost, `detail` does.";
    /// The change requires that the user has proved a credential recently.
    ReauthenticationRequired = "reauthentication_required", 403, "A credential must be proved again before this change.",
        "Let the user prove one of `methods` by `auth.reauthenticate` (`provider`: sign in with the provider again), and repeat \
         the change.";
    /// There is nothing at this path, or nothing that belongs to the caller. At the gate: no route matches
    /// the path.
    NotFound = "not_found", 404, "There is nothing here.",
        "Check the path. Add a route for it to the configuration, or switch on the API that it belongs to \
         (`admin_credentials`, `service_credentials`).";
    /// The path exists, but not with this method; `Allow` names the methods that do.
    MethodNotAllowed = "method_not_allowed", 405, "The method is not allowed here.",
        "Use one of the methods in `Allow`, or add the method to the route's `methods`.";
    /// An account with this address exists already.
    EmailTaken = "email_taken", 409, "The e-mail address is taken.",
        "Let the user sign in instead, or use another address.";
    /// It is the only credential with which the user can sign in, so it can't be removed.
    LastCredential = "last_credential", 409, "This is the only way to sign in to the account.",
        "Let the user add another credential first.";
    /// The user of the other provider belongs to another account here.
    AlreadyLinked = "already_linked", 409, "This is linked to another account already.",
        "Let the user sign in with it, and unlink it there first.";
    /// The body is larger than the limit: 16 KiB at the service.
    TooLarge = "too_large", 413, "The request is too large.",
        "Send a smaller body.";
    /// The body is not `application/json`; on paths for programs, not `application/x-www-form-urlencoded`.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be application/json.",
        "Set `Content-Type`.";
    /// Too many attempts; `Retry-After` says when the client may retry.
    RateLimited = "rate_limited", 429, "Too many attempts.",
        "Wait for `retryAfter` seconds. If tests or a company's users share one address, raise the key of `limits` that applies.";
    /// The upstream gave no answer, or an invalid one.
    BadGateway = "bad_gateway", 502, "The API could not be reached.",
        "Check that the API runs and that `upstreams` names its address. The Worker's log (`upstream_failed`) has the cause; \
         on localhost, `detail` does.";
    /// The other provider could not be reached, gave an invalid answer, or reported an error.
    ProviderFailed = "provider_failed", 502, "The sign-in at the other provider failed.",
        "Let the user try again. The Worker's log (`provider_failed`) has the cause.";
    /// The mail could not be sent. The attempt counts against no limit.
    MailUnavailable = "mail_unavailable", 503, "The mail could not be sent.",
        "Let the user try again later. The Worker's log (`mail_unavailable`) has the cause.";
    /// A required part of the service failed, a binding or a secret is missing, or the configuration is
    /// invalid. `Retry-After` says when the client may retry.
    Unavailable = "unavailable", 503, "The service is not available at the moment.",
        "The client retries by itself. If it lasts, look for `configuration` and `unavailable` lines in the Worker's log; on \
         localhost, `detail` has the cause.";
    /// The upstream did not respond within `timeout`.
    GatewayTimeout = "gateway_timeout", 504, "The API did not answer in time.",
        "Make the API faster, or raise the upstream's `timeout`.";
}

impl ErrorCode {
    /// The code with this name, if there is one.
    #[must_use]
    pub fn from_wire(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

/// Why a session ended: the `reason` of `session_ended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEndReason {
    /// The session is unknown.
    None,
    /// Its absolute expiry has passed.
    Expired,
    /// It was unused for longer than the idle expiry.
    Idle,
    /// It was ended deliberately: signed out, revoked, password changed, account disabled.
    Revoked,
    /// An old refresh secret was presented again, so the cookie was copied.
    Reused,
}

impl SessionEndReason {
    /// Every reason, in the order of the contract.
    pub const ALL: &'static [Self] = &[Self::None, Self::Expired, Self::Idle, Self::Revoked, Self::Reused];

    /// The reason on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Revoked => "revoked",
            Self::Reused => "reused",
        }
    }

    /// The reason with this name, if there is one.
    #[must_use]
    pub fn from_wire(reason: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == reason)
    }
}

/// Why the forgery guard rejects a request (`crate::gate::forgery_guard`): the `check` of `request_forgery`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// The `Origin` is not listed.
    ForeignOrigin,
    /// `Latchkey-Client`, which a cross-origin page can't set without a preflight, is missing or is not
    /// `<name>/<version>`.
    NoClient,
    /// `Sec-Fetch-Site` says that a page of another site sent the request.
    ForeignSite,
    /// Neither `Sec-Fetch-Site` nor `Origin` is present, but the cookie is.
    Unexplained,
}

impl Forgery {
    /// Every check.
    pub const ALL: &'static [Self] =
        &[Self::ForeignOrigin, Self::NoClient, Self::ForeignSite, Self::Unexplained];

    /// The check on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForeignOrigin => "foreign_origin",
            Self::NoClient => "no_client",
            Self::ForeignSite => "foreign_site",
            Self::Unexplained => "unexplained",
        }
    }

    /// The check with this name, if there is one.
    #[must_use]
    pub fn from_wire(check: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == check)
    }
}

/// An `application/problem+json` body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A URI that identifies the kind of problem; it can't be fetched.
    pub r#type: String,
    /// [`ErrorCode::title`].
    pub title: &'static str,
    /// [`ErrorCode::status`].
    pub status: u16,
    /// [`ErrorCode::as_str`].
    pub code: &'static str,
    /// What was wrong with this request, if that discloses nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The reason, with `session_ended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<SessionEndReason>,
    /// With `request_forgery`, where the forgery guard rejected the request: the check that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<&'static str>,
    /// With `invalid_request`, if one field is invalid: a member of the body ([`super::WrongField::field`]),
    /// or a parameter of the form or the query, or a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// With `reauthentication_required`, `second_factor_required` and `step_up_required`: the methods by which
    /// the user can prove what is required.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub methods: Vec<Method>,
}

named_enum! {
    /// A method of proving a credential, or a second factor, by its name on the wire.
    pub enum Method;

    /// The account's password.
    Password = "password";
    /// A code that is sent to the account's address.
    EmailCode = "email_code";
    /// A passkey.
    Passkey = "passkey";
    /// An account at another provider.
    Provider = "provider";
    /// A code of an authenticator app, as a second factor.
    Totp = "totp";
    /// A recovery code, as a second factor.
    RecoveryCode = "recovery_code";
}

impl Method {
    /// The method with this name, if there is one.
    #[must_use]
    pub fn from_wire(method: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == method)
    }
}

impl Problem {
    /// The problem for `code`.
    #[must_use]
    pub fn new(code: ErrorCode, detail: Option<String>, reason: Option<SessionEndReason>) -> Self {
        Self {
            r#type: format!("urn:latchkey:error:{}", code.as_str()),
            title: code.title(),
            status: code.status(),
            code: code.as_str(),
            detail,
            reason,
            check: None,
            field: None,
            methods: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, Method, Problem, SessionEndReason};

    #[test]
    fn the_codes_are_those_of_the_contract() {
        let wire: Vec<_> = ErrorCode::ALL.iter().map(|code| (code.as_str(), code.status())).collect();
        assert_eq!(
            wire,
            [
                ("invalid_request", 400),
                ("invalid_credentials", 401),
                ("session_ended", 401),
                ("invalid_token", 401),
                ("second_factor_required", 401),
                ("code_invalid", 401),
                ("challenge_expired", 401),
                ("step_up_required", 401),
                ("request_forgery", 403),
                ("sign_up_closed", 403),
                ("sign_up_refused", 403),
                ("insufficient_scope", 403),
                ("reauthentication_required", 403),
                ("not_found", 404),
                ("method_not_allowed", 405),
                ("email_taken", 409),
                ("last_credential", 409),
                ("already_linked", 409),
                ("too_large", 413),
                ("unsupported_media_type", 415),
                ("rate_limited", 429),
                ("bad_gateway", 502),
                ("provider_failed", 502),
                ("mail_unavailable", 503),
                ("unavailable", 503),
                ("gateway_timeout", 504),
            ]
        );
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_wire(code.as_str()), Some(*code));
        }
        assert_eq!(ErrorCode::from_wire("Session_Ended"), None);
    }

    #[test]
    fn a_problem_has_a_reason_only_if_one_is_given() {
        let ended = Problem::new(ErrorCode::SessionEnded, None, Some(SessionEndReason::Idle));
        assert_eq!(
            serde_json::to_string(&ended).unwrap(),
            r#"{"type":"urn:latchkey:error:session_ended","title":"The session has ended.","status":401,"code":"session_ended","reason":"idle"}"#
        );
        let asked = Problem {
            methods: vec![Method::Password, Method::RecoveryCode],
            ..Problem::new(ErrorCode::ReauthenticationRequired, None, None)
        };
        let asked = serde_json::to_value(asked).unwrap();
        assert_eq!(asked["methods"], serde_json::json!(["password", "recovery_code"]));
        let taken = serde_json::to_value(Problem::new(ErrorCode::EmailTaken, None, None)).unwrap();
        assert_eq!(taken.as_object().unwrap().len(), 4);
        for reason in SessionEndReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
            assert_eq!(SessionEndReason::from_wire(reason.as_str()), Some(*reason));
        }
    }
}
