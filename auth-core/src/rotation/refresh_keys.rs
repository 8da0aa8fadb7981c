//! The keys from which refresh secrets are derived.

use crate::id::KeyId;
use crate::secret::SecretBytes;

/// One refresh key of the service.
#[derive(Clone, Debug)]
pub struct RefreshKey {
    /// The key's id in the families that use it. Never reused.
    pub id: KeyId,
    /// The key itself.
    pub bytes: SecretBytes,
}

/// The present refresh keys of the Keyring.
#[derive(Clone, Debug)]
pub struct RefreshKeys {
    /// The key of new generations.
    pub active: RefreshKey,
    /// Keys of older generations. A key stays at least as long as the absolute expiry.
    pub older: Vec<RefreshKey>,
}

/// The generation's key is not among the given ones: they are an outdated copy, or the key was removed in an
/// emergency and the family ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key's id; `None` if the family does not state it.
    pub id: Option<KeyId>,
}
