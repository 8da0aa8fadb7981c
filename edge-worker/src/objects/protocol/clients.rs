//! The calls to the object with the registered OAuth clients.

use auth_core::credential::Once;
use auth_core::id::ClientId;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::account::Creation;
use crate::objects::call::calls;

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredClient {
    /// Its id.
    pub id: ClientId,
    /// Its metadata in canonical form (`auth_core::oauth::ClientMetadata`).
    pub metadata: Map<String, Value>,
    /// SHA-256 of its secrets in hex, the newest first.
    pub secrets: Vec<String>,
    /// Whether it has registered itself.
    pub dynamic: bool,
    /// The counter; its own tokens of a lower one are revoked.
    pub epoch: u64,
    /// When it was registered.
    pub created_at: UnixTime,
}

/// A registration that is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum NotRegistered {
    /// The `Idempotency-Key` belongs to a request with other content.
    OtherRequest,
    /// There is no room for more clients that register themselves.
    Full,
}

/// A client that was registered, now or by an earlier request with the same key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The client.
    pub client: StoredClient,
    /// The nonce of the request that registered it, if that had a key.
    pub nonce: Option<String>,
}

calls! {
    /// The calls to the object with the registered clients.
    ClientsCalls {
        /// Return this client. Records that a client which has registered itself is used.
        FindClient {
            /// The client.
            id: ClientId,
        } -> Option<StoredClient>;
        /// Return this client to an administrator.
        ViewClient {
            /// The client.
            id: ClientId,
        } -> Option<StoredClient>;
        /// Return the next clients, in the order of their ids.
        NextClients {
            /// The client after which to begin; `None`: with the first one.
            after: Option<ClientId>,
            /// How many to return at most.
            limit: u64,
        } -> Vec<StoredClient>;
        /// Store a new client, or return the one that an earlier request with the same key has stored.
        RegisterClient {
            /// The client.
            client: StoredClient,
            /// The request, if it can be repeated.
            creation: Option<Creation>,
        } -> Result<Registered, NotRegistered>;
        /// Replace the metadata. The counter increases.
        ChangeClient {
            /// The client.
            id: ClientId,
            /// The new metadata.
            metadata: Map<String, Value>,
            /// SHA-256 of the client's first secret, if it needs one and has none.
            first_secret: Option<String>,
        } -> Option<StoredClient>;
        /// Add a secret; the newest of the earlier ones stays valid.
        AddSecret {
            /// The client.
            id: ClientId,
            /// SHA-256 of the secret, in hex.
            sha256: String,
        } -> Option<StoredClient>;
        /// Only the newest secret stays valid. The counter increases.
        EndEarlierSecrets {
            /// The client.
            id: ClientId,
        } -> Option<StoredClient>;
        /// Use up what counts once, in the object of the client that has presented it. Returns whether it had not been
        /// used, nor is over.
        UseOnce {
            /// What counts once.
            once: Once,
        } -> bool;
        /// Delete the client. Returns whether it existed. Its tokens are revoked before the reply.
        DeleteClient {
            /// The client.
            id: ClientId,
        } -> bool;
    }
}
