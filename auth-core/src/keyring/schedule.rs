//! How long keys stay in each state.

use crate::token::FRESH;

/// How long an isolate uses its copy of the keys if the Keyring can't be asked, in seconds.
pub const COPY_FRESH: u64 = 60;

/// How long a cache may serve the published key set, in seconds.
pub const DOCUMENT_FRESH: u64 = 300;

/// The maximum age of a key set used by a verifier, in seconds: fetched up to [`FRESH`] seconds ago, from a
/// cache that stored it for up to [`DOCUMENT_FRESH`], from an isolate whose copy was up to [`COPY_FRESH`]
/// old. Every copy contains a key that has been published for longer.
pub const LEAST_PUBLISHED: u64 = FRESH + DOCUMENT_FRESH + COPY_FRESH;

/// How long a key must outlive the last token signed with it, in seconds: an isolate may sign with it for up
/// to [`COPY_FRESH`] after it was retired, and other verifiers may have up to 60 seconds of leeway.
pub const LEAST_RETIRING: u64 = COPY_FRESH + 60;

/// How long keys stay in each state, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How long a key is active. Default: 30 days.
    pub active: u64,
    /// How long a key is published before it may become active. Default: 1 hour; at least [`LEAST_PUBLISHED`]
    /// if there are other verifiers.
    pub published: u64,
    /// How long what is made with it is valid: the lifetime of an access token, or of a session.
    pub life: u64,
    /// How long a key stays after that. Default: 1 hour; at least [`LEAST_RETIRING`] if there are other
    /// verifiers.
    pub retiring: u64,
}
