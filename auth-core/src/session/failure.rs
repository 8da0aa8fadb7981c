//! Why something failed, as the page gets to see it: a code of the service's closed set or of the client's.

use crate::wire::{ErrorCode, Method, SessionEndReason};

/// Declares the enum and everything that must never disagree with it.
macro_rules! client_error_codes {
    ($($(#[doc = $occurs:literal])* $variant:ident = $code:literal, $transient:literal, $title:literal, $remedy:literal;)*) => {
        /// What can go wrong on this side of the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ClientErrorCode { $($(#[doc = $occurs])* $variant,)* }

        impl ClientErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as the page sees it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Whether the same may well succeed later.
            #[must_use]
            pub const fn is_transient(self) -> bool {
                match self { $(Self::$variant => $transient,)* }
            }

            /// One line for a person.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// When it occurs. For `docs/errors.md`.
            #[must_use]
            pub const fn occurs(self) -> &'static str {
                match self { $(Self::$variant => concat!($($occurs),*),)* }
            }

            /// What the developer of the page does about it. For `docs/errors.md`.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

client_error_codes! {
    /// `auth.fetch` or `auth.ticket` was called for an address that is on none of `apiOrigins`, or is one of
    /// the service's own paths.
    OriginNotAllowed = "origin_not_allowed", false, "The access token may not be sent to this origin.",
        "If the access token may go there, add the origin to the option `apiOrigins` of `createClient`. The message names the \
         origin and the present value.";
    /// The API answered 401 and the token was renewed, but the body was a stream that has been read, or the
    /// request must not be repeated.
    NotReplayable = "not_replayable", false, "The request was refused once and its body can't be sent again.",
        "Call again with a new body, or give the body as a `Blob`, text or bytes.";
    /// The browser does not keep or send the service's cookie: page and service are of different sites (also
    /// `localhost` and `127.0.0.1`, or http and https), the page is in a frame of another site, or the
    /// browser keeps no cookies.
    CookieBlocked = "cookie_blocked", false, "The browser does not keep the sign-in service's cookie.",
        "Serve page and service on one site, under one scheme. On localhost, the message says which address to open.";
    /// `createClient` was given an option that is invalid, or does not exist.
    InvalidOptions = "invalid_options", false, "The options are not valid.",
        "The message names the option, the value found and the value expected.";
    /// There is no session, or it ended while the call was waiting or in progress.
    SignedOut = "signed_out", false, "No user is signed in.",
        "Let the user sign in.";
    /// The service could not be reached: no network, DNS, TLS, CORS, or the page's `connect-src`. Browsers do
    /// not say which.
    Network = "network", true, "The sign-in service could not be reached.",
        "The client retries by itself, and the user stays signed in. On localhost: start the Worker.";
    /// The service did not answer within `timeoutSeconds`.
    Timeout = "timeout", true, "The sign-in service did not answer in time.",
        "The client retries by itself.";
    /// The answer was not one of the service's: a captive portal, a proxy's error page, or a server that
    /// answers `/auth` itself.
    BadResponse = "bad_response", true, "The answer did not come from the sign-in service.",
        "The client retries by itself. In development: let the server of the page pass `/auth` on to the Worker, or set `service` \
         to the Worker's origin.";
    /// The vault's worker or its WebAssembly could not start: the page's policy or the browser does not allow
    /// it, or a file is missing.
    VaultUnavailable = "vault_unavailable", false, "The vault could not be started.",
        "The message says what to allow, or what to add to the build. `transient` is `true` if the files could not be loaded at \
         the moment.";
    /// A service worker controls the page, or would control the vault's worker, and the option
    /// `serviceWorker` is `"refuse"`.
    ServiceWorkerInControl = "service_worker_in_control", false, "A service worker could read the access token.",
        "Unregister the service worker that the message names, or set `serviceWorker` to `\"allow\"`.";
    /// The client was used after `dispose()`.
    Disposed = "disposed", false, "The client has been disposed of.",
        "Create another client.";
}

/// The page's error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The service or the gate said so.
    Service(ErrorCode),
    /// This side says so.
    Client(ClientErrorCode),
}

impl Code {
    /// The code as the page sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service(code) => code.as_str(),
            Self::Client(code) => code.as_str(),
        }
    }

    /// One line for a person.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Service(code) => code.title(),
            Self::Client(code) => code.title(),
        }
    }

    /// Whether the same may well succeed later.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        match self {
            Self::Client(code) => code.is_transient(),
            Self::Service(code) => match code {
                ErrorCode::RateLimited
                | ErrorCode::BadGateway
                | ErrorCode::ProviderFailed
                | ErrorCode::MailUnavailable
                | ErrorCode::Unavailable
                | ErrorCode::GatewayTimeout => true,
                ErrorCode::InvalidRequest
                | ErrorCode::InvalidCredentials
                | ErrorCode::SessionEnded
                | ErrorCode::InvalidToken
                | ErrorCode::SecondFactorRequired
                | ErrorCode::CodeInvalid
                | ErrorCode::ChallengeExpired
                | ErrorCode::StepUpRequired
                | ErrorCode::RequestForgery
                | ErrorCode::SignUpClosed
                | ErrorCode::SignUpRefused
                | ErrorCode::InsufficientScope
                | ErrorCode::ReauthenticationRequired
                | ErrorCode::NotFound
                | ErrorCode::MethodNotAllowed
                | ErrorCode::EmailTaken
                | ErrorCode::LastCredential
                | ErrorCode::AlreadyLinked
                | ErrorCode::TooLarge
                | ErrorCode::UnsupportedMediaType => false,
            },
        }
    }
}

/// A failure with all the page gets to know of it. Never anything secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to branch on.
    pub code: Code,
    /// The answer's HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// With `session_ended`: why.
    pub reason: Option<SessionEndReason>,
    /// The answer's `Retry-After`, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// What is known beyond that. Boxed, because a failure is copied to each call that waits, and most have
    /// nothing more.
    pub more: Option<Box<FailureDetails>>,
}

/// What is known of some failures only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureDetails {
    /// What the service said beyond the code, or what is wrong with the call.
    pub detail: Option<String>,
    /// With `invalid_request`: the invalid field, if the service named one.
    pub field: Option<String>,
    /// With `reauthentication_required`: the methods by which the user can prove a credential again.
    pub methods: Vec<Method>,
}

impl Failure {
    /// A failure of this side.
    #[must_use]
    pub const fn client(code: ClientErrorCode) -> Self {
        Self::of(Code::Client(code), None)
    }

    /// A refusal by the service.
    #[must_use]
    pub const fn service(code: ErrorCode) -> Self {
        Self::of(Code::Service(code), Some(code.status()))
    }

    const fn of(code: Code, status: Option<u16>) -> Self {
        Self { code, status, reason: None, retry_after_ms: None, more: None }
    }

    /// The same with a text that says what is wrong.
    #[must_use]
    pub fn with_detail(self, detail: String) -> Self {
        let more = FailureDetails { detail: Some(detail), ..FailureDetails::default() };
        Self { more: Some(Box::new(more)), ..self }
    }

    /// The session has ended.
    #[must_use]
    pub const fn ended(reason: SessionEndReason) -> Self {
        let mut failure = Self::service(ErrorCode::SessionEnded);
        failure.reason = Some(reason);
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::ClientErrorCode;
    use crate::wire::ErrorCode;

    #[test]
    fn the_two_sets_of_codes_are_disjoint() {
        for client in ClientErrorCode::ALL {
            assert_eq!(ErrorCode::from_wire(client.as_str()), None);
        }
        assert_eq!(ClientErrorCode::ALL.len(), 11);
    }
}
