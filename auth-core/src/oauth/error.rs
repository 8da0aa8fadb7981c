//! Errors in the form of OAuth: a code and a description. They are not those of [`crate::wire::ErrorCode`], because
//! clients that were written for OAuth know no others.

use core::fmt;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal;)*) => {
        /// Every error code of OAuth and OpenID Connect that the service uses.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum OAuthError { $($(#[$doc])* $name,)* }

        impl OAuthError {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The value of `error`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status of a response that is not a redirect.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }
        }
    };
}

errors! {
    /// A parameter is missing, repeated or malformed (RFC 6749 sections 4.1.2.1 and 5.2).
    InvalidRequest = "invalid_request", 400;
    /// The client is unknown or was not authenticated (RFC 6749 section 5.2).
    InvalidClient = "invalid_client", 401;
    /// The code, the refresh token or another grant is invalid, expired, revoked or another client's (RFC 6749
    /// section 5.2).
    InvalidGrant = "invalid_grant", 400;
    /// The client may not use this grant (RFC 6749 sections 4.1.2.1 and 5.2).
    UnauthorizedClient = "unauthorized_client", 400;
    /// The service has no such grant (RFC 6749 section 5.2).
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// The service has no such response type (RFC 6749 section 4.1.2.1).
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// The scope is malformed, or more than the client may request (RFC 6749 sections 4.1.2.1 and 5.2).
    InvalidScope = "invalid_scope", 400;
    /// The user denied the request (RFC 6749 section 4.1.2.1, RFC 8628 section 3.5).
    AccessDenied = "access_denied", 400;
    /// The service failed (RFC 6749 section 4.1.2.1).
    ServerError = "server_error", 500;
    /// The service can't answer at the moment, or the client sends too many requests (RFC 6749 section 4.1.2.1).
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// The service has no such resource (RFC 8707 section 2, RFC 8693 section 2.2.2).
    InvalidTarget = "invalid_target", 400;
    /// A redirect URI can't be registered (RFC 7591 section 3.2.2).
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// Another part of a client's metadata is invalid (RFC 7591 section 3.2.2).
    InvalidClientMetadata = "invalid_client_metadata", 400;
    /// The user has not answered yet (RFC 8628 section 3.5).
    AuthorizationPending = "authorization_pending", 400;
    /// The device asks too often (RFC 8628 section 3.5).
    SlowDown = "slow_down", 400;
    /// The device code has expired (RFC 8628 section 3.5).
    ExpiredToken = "expired_token", 400;
    /// The DPoP proof is invalid (RFC 9449 section 5).
    InvalidDpopProof = "invalid_dpop_proof", 400;
    /// The access token is invalid (RFC 6750 section 3.1).
    InvalidToken = "invalid_token", 401;
    /// The access token lacks a scope (RFC 6750 section 3.1).
    InsufficientScope = "insufficient_scope", 403;
    /// No user is signed in, and the client asked not to show a page (OpenID Connect Core section 3.1.2.6).
    LoginRequired = "login_required", 400;
    /// The user must decide about something, and the client asked not to show a page (OpenID Connect Core section
    /// 3.1.2.6).
    InteractionRequired = "interaction_required", 400;
    /// The user has not consented, and the client asked not to show a page (OpenID Connect Core section 3.1.2.6).
    ConsentRequired = "consent_required", 400;
    /// The session has not been proved as the client asked (OpenID Connect Unmet Authentication Requirements).
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 400;
    /// The parameter `request` is not supported (OpenID Connect Core section 3.1.2.6).
    RequestNotSupported = "request_not_supported", 400;
    /// A `request_uri` that this service has not issued is not supported (OpenID Connect Core section 3.1.2.6).
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// The `request_uri` has expired or was used (RFC 9101 section 6.2, RFC 9126 section 2.2).
    InvalidRequestUri = "invalid_request_uri", 400;
    /// The parameter `registration` is not supported (OpenID Connect Core section 3.1.2.6).
    RegistrationNotSupported = "registration_not_supported", 400;
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An error with the text of `error_description`, which is for the client's developer and discloses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OAuthFailure {
    /// The code.
    pub error: OAuthError,
    /// What is wrong: visible ASCII and spaces without quotes and backslashes (RFC 6749 section 5.2).
    pub description: &'static str,
}

impl OAuthFailure {
    /// A failure.
    #[must_use]
    pub const fn new(error: OAuthError, description: &'static str) -> Self {
        Self { error, description }
    }
}

#[cfg(test)]
mod tests {
    use super::OAuthError;

    #[test]
    fn no_two_errors_have_one_code() {
        for (index, error) in OAuthError::ALL.iter().enumerate() {
            assert!(OAuthError::ALL[..index].iter().all(|other| other.code() != error.code()), "{error}");
            assert!(error.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{error}");
            assert!([400, 401, 403, 500, 503].contains(&error.status()), "{error}");
        }
    }
}
