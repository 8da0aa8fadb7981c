//! What a request shows, what is true of it, and what an isolate has.

/// The credentials of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    OwnToken,
    ForeignToken,
    OtherKey,
    Cookie,
    CookieFromAnotherSite,
    TokenAndCookie,
    ApiKey,
    ApiKeyFromPage,
    ApiKeyOfAnotherEnvironment,
    MadeUpApiKey,
    /// An access token for which an API key was exchanged.
    ExchangedToken,
    /// An access token that a user has granted to an OAuth client.
    GrantedToken,
    /// An access token that an OAuth client got for itself.
    ClientToken,
}

impl Shown {
    pub(super) fn is_token(self) -> bool {
        matches!(
            self,
            Self::OwnToken
                | Self::ForeignToken
                | Self::OtherKey
                | Self::TokenAndCookie
                | Self::ExchangedToken
        ) || self.is_of_client()
    }

    pub(super) fn is_of_client(self) -> bool {
        matches!(self, Self::GrantedToken | Self::ClientToken)
    }

    pub(super) fn is_api_key(self) -> bool {
        matches!(
            self,
            Self::ApiKey | Self::ApiKeyFromPage | Self::ApiKeyOfAnotherEnvironment | Self::MadeUpApiKey
        )
    }
}

/// What is true, whatever the isolate knows of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    pub(super) genuine: bool,
    /// The key that signed it is not among the present keys any more.
    pub(super) key_removed: bool,
    pub(super) revoked: bool,
    pub(super) account_agrees: bool,
    pub(super) is_admin: bool,
    /// Whether the API key or the token of an OAuth client has the scope that a route requires.
    pub(super) has_scope: bool,
    /// The `aud` of the token of an OAuth client.
    pub(super) audience: &'static str,
    /// How the token of an OAuth client is bound to a key, and what the request shows of the key.
    pub(super) binding: Binding,
    /// Whether the client's address is in the API key's networks; `None`: it has none.
    pub(super) inside: Option<bool>,
    /// Seconds ago.
    pub(super) authenticated: u64,
    /// The token's `acr`.
    pub(super) acr: Option<&'static str>,
    /// The session's `acr` according to its account, which may have changed since the token was issued.
    pub(super) present_acr: &'static str,
}

/// How a token is bound to a key, and what the request shows of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// It is a bearer token, and is shown as one.
    Bearer,
    /// It is bound, and is shown as a bearer token.
    BoundAsBearer,
    /// It is a bearer token, and is shown as one that is bound.
    UnboundAsDPoP,
    /// It is bound, and the request has a proof.
    Proved(Flaw),
}

/// What is wrong with a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Nothing,
    /// There is no proof.
    Absent,
    /// There are two.
    Several,
    /// It is one of another key than the token's.
    Key,
    Method,
    Url,
    /// It was made for another token.
    Token,
    Time,
    Signature,
    /// It was used before.
    Replayed,
}

/// What the isolate has at the beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caches {
    pub(super) token: Cached,
    pub(super) keys: Cached,
    /// The age of the copy of the list.
    pub(super) list: Option<u64>,
    /// The first answer about keys is one from before the change.
    pub(super) keys_lag: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cached {
    Nothing,
    Current,
    /// Made with, or holding, the keys before the present ones.
    Old,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Keys,
    Signature,
    List,
    Account,
    Proof,
}
