//! How long keys stay what they are.

use crate::token::FRESH;

/// For so many seconds at most an isolate goes by its copy of the keys when it can't have another.
pub const COPY_FRESH: u64 = 60;

/// For so many seconds any cache may serve the published key set.
pub const DOCUMENT_FRESH: u64 = 300;

/// How old the key set may be by which somebody verifies: it was fetched up to [`FRESH`] seconds ago, from a cache that had
/// it for up to [`DOCUMENT_FRESH`], which got it from an isolate whose copy was up to [`COPY_FRESH`] old. A key that has
/// been published for longer is known to everybody.
pub const LEAST_PUBLISHED: u64 = FRESH + DOCUMENT_FRESH + COPY_FRESH;

/// How long a key has to outlast the last token it made: an isolate may go on signing for [`COPY_FRESH`] after the key was
/// retired, and other verifiers forgive up to 60 seconds.
pub const LEAST_RETIRING: u64 = COPY_FRESH + 60;

/// How long keys stay what they are, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// For how long a key is active. Default: 30 days.
    pub active: u64,
    /// For how long it is published before it may become active. Default: 1 hour; never less than [`LEAST_PUBLISHED`] where
    /// others verify.
    pub published: u64,
    /// How long what it makes is good: an access token, or a session.
    pub life: u64,
    /// For how long it stays after the last of that is over. Default: 1 hour; never less than [`LEAST_RETIRING`] where others
    /// verify.
    pub retiring: u64,
}
