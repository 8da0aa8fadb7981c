//! The tenants of an issuer that has one identifier for each of them.

/// What stands in an issuer's identifier where each tenant's tokens have its id (Entra ID).
pub const TENANT_PLACEHOLDER: &str = "{tenantid}";

/// The tenants of a multi-tenant issuer whose tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenants {
    /// Those with one of these ids.
    OneOf(Vec<String>),
    /// All of them.
    Any,
}

impl Tenants {
    /// Whether there is a tenant, and every listed one can be an id.
    #[must_use]
    pub fn are_ids(&self) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(ids) => !ids.is_empty() && ids.iter().all(|id| self.accept(id)),
        }
    }

    pub(super) fn accept(&self, id: &str) -> bool {
        // What is no id must not be able to make another path of the identifier.
        let is_id =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        match self {
            Self::Any => is_id,
            Self::OneOf(ids) => is_id && ids.iter().any(|known| known == id),
        }
    }

    pub(super) fn overlap(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneOf(ids), Self::OneOf(_)) => ids.iter().any(|id| other.accept(id)),
            (Self::Any, _) | (_, Self::Any) => true,
        }
    }
}
