//! Which check a token failed.

/// Why a token is refused. A closed set for logs and counters; the client only ever learns `invalid_token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// More bytes than the issuer's policy allows ([`super::DEFAULT_TOKEN_BYTES`]), or than any may
    /// ([`super::MAX_TOKEN_BYTES`]).
    TooLarge,
    /// Not three parts of canonical base64url.
    NotCompact,
    /// Header or payload isn't a strict JSON object, or a header parameter has the wrong type.
    Malformed,
    /// A header parameter that changes what a JWS means: `crit`, `b64`, `zip`, `cty`.
    UnsupportedHeader,
    /// `typ` isn't the policy's.
    Type,
    /// No `kid`, or no key of that name.
    UnknownKey,
    /// The header's `alg` isn't the key's, or the policy doesn't take it.
    Algorithm,
    /// The signature doesn't match.
    Signature,
    /// `iss` isn't the policy's, byte for byte.
    Issuer,
    /// The audience is none of the policy's.
    Audience,
    /// It fits several policies for its issuer, because it names the audiences of each.
    Ambiguous,
    /// `exp` is missing or no date, or another claim has the wrong type.
    Claims,
    /// `now >= exp` (plus leeway).
    Expired,
    /// `nbf` lies in the future.
    NotYetValid,
    /// `iat` lies in the future.
    IssuedInFuture,
    /// `iat` lies further back than the policy's maximum age.
    TooOld,
}

impl Refusal {
    /// The name in logs and counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotCompact => "not_compact",
            Self::Malformed => "malformed",
            Self::UnsupportedHeader => "unsupported_header",
            Self::Type => "typ",
            Self::UnknownKey => "unknown_key",
            Self::Algorithm => "alg",
            Self::Signature => "signature",
            Self::Issuer => "iss",
            Self::Audience => "aud",
            Self::Ambiguous => "ambiguous",
            Self::Claims => "claims",
            Self::Expired => "exp",
            Self::NotYetValid => "nbf",
            Self::IssuedInFuture => "iat",
            Self::TooOld => "max_age",
        }
    }
}

/// A token as a log may show it: its length, and nothing that could be presented or looked up.
#[must_use]
pub fn mask(token: &str) -> String {
    format!("[token, {} bytes]", token.len())
}
