//! The calls to an account about what its user has granted to OAuth clients.

use auth_core::credential::Once;
use auth_core::id::{ClientId, GrantId};
use auth_core::oauth::{CodeTerms, Delegation, RefreshRejection, RefreshRequest, Scope};
use auth_core::secret::{SecretText, expose_option};
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::account::AccountCalls;
use super::keys::KeysMessage;
use super::session::{Authority, CookieRejected, LivingSession, Presented};
use crate::audit::Asker;
use crate::mail::GrantedClient;
use crate::objects::call::{Done, calls};

/// Whether a code is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeIssue {
    /// It is stored.
    Issued,
    /// The request counts once, and was answered before or too late.
    Used,
}

/// A key that has signed the request (RFC 9449).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenKey {
    /// Its thumbprint.
    pub jkt: String,
    /// What makes the proof count once.
    pub once: Once,
}

/// What a client presents with a code.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// SHA-256 of the code, in hex.
    pub hash: String,
    /// The client, which has been authenticated as far as it can be.
    pub client_id: ClientId,
    /// The redirect URI, if the request has one.
    pub redirect_uri: Option<String>,
    /// The PKCE verifier.
    pub code_verifier: String,
    /// The resource, if the request names one: an identifier, or the empty text for the service as a whole.
    pub resource: Option<String>,
    /// The key that has signed the request.
    pub key: Option<ProvenKey>,
    /// Whether the client gets refresh tokens.
    pub refreshes: bool,
    /// Whether its refresh tokens are bound to the key: those of clients that cannot authenticate themselves
    /// (RFC 9449 section 5).
    pub binds_refresh: bool,
}

/// A session that a user has granted to a client, with everything that the client's tokens contain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegatedSession {
    /// The session. Its roles are all that the user has in it.
    pub session: Box<LivingSession>,
    /// What was granted.
    pub delegation: Delegation,
    /// The scope of the access token.
    pub scope: Scope,
    /// The `nonce` of the authorization request, for the first ID token.
    pub nonce: Option<String>,
    /// The refresh token, if the response has one.
    #[serde(serialize_with = "expose_option")]
    pub refresh_token: Option<SecretText>,
}

/// Why a code opens no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotRedeemed {
    /// The account has no such code, it is not valid for this request, or it was used before.
    Invalid,
    /// The request names a resource that was not granted.
    Resource,
    /// The key's proof counts once, and was presented before or too late.
    ProofUsed,
    /// The active refresh key is missing from the call.
    UnknownKey,
}

/// The result of a refresh whose token was issued by this service and has not been replaced.
#[derive(Serialize, Deserialize)]
pub enum RefreshedDelegation {
    /// The session is active.
    Session(Box<DelegatedSession>),
    /// The limit of refreshes is reached; the client may retry after this many milliseconds.
    Wait(u64),
    /// The request is rejected, and the session stays as it is.
    Rejected(RefreshRejection),
    /// The key's proof counts once, and was presented before or too late.
    ProofUsed,
}

/// What a user has granted to a client, as the user and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRow {
    /// Its id.
    pub id: GrantId,
    /// The client.
    pub client_id: ClientId,
    /// Everything that the user has granted to it for this resource.
    pub scope: Scope,
    /// The resource; `None`: the configured audience.
    pub resource: Option<String>,
    /// When the user first granted something.
    pub created_at: UnixTime,
    /// When the client last got a token by it, to within five minutes.
    pub last_used_at: Option<UnixTime>,
}

/// The account has no such grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoGrant {}

calls! {
    /// The calls to an account about what its user has granted to OAuth clients.
    OAuthCalls of AccountCalls {
        /// Return whether the user has granted this, or more, to the client before.
        Consented {
            /// The client.
            client_id: ClientId,
            /// The scope.
            scope: Scope,
            /// The resource; `None`: the configured audience.
            resource: Option<String>,
        } -> Option<bool>;
        /// The user of a session has granted access: store the grant and a code.
        IssueCode {
            /// The session's cookie.
            presented: Presented,
            /// What was granted.
            terms: CodeTerms,
            /// SHA-256 of the code, in hex.
            hash: String,
            /// How long the code is valid, in seconds.
            lifetime: u64,
            /// What makes the request count once.
            once: Option<Once>,
            /// The client, for a mail to the user if this grants it more than it had; `None`: no mail.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            client: Option<GrantedClient>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<CodeIssue, CookieRejected>>;
        /// Open a session for a client that presents a code. Nothing is spent unless everything is valid.
        RedeemCode {
            /// What the client presents.
            request: CodeRequest,
            /// The keys for the session's first refresh token.
            keys: KeysMessage,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<DelegatedSession>, NotRedeemed>>;
        /// Issue a new access token for a refresh token.
        RefreshDelegated {
            /// The refresh token.
            presented: Presented,
            /// What the client requests.
            request: RefreshRequest,
            /// The key that has signed the request.
            key: Option<ProvenKey>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<RefreshedDelegation, CookieRejected>>;
        /// End a session that was granted to this client, authorised by any of its refresh tokens.
        EndDelegated {
            /// The refresh token.
            presented: Presented,
            /// The client; `None`: a service, which may end any.
            client_id: Option<ClientId>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, CookieRejected>>;
        /// List what the user has granted, the newest first.
        ListGrants {
            /// Who lists it.
            by: Authority,
        } -> Option<Vec<GrantRow>>;
        /// Withdraw a grant: its sessions end, and the client has to ask the user again.
        WithdrawGrant {
            /// Who withdraws it.
            by: Authority,
            /// The grant.
            grant: GrantId,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NoGrant>>;
    }
}
