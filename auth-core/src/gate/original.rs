//! The request about which the machine decides, which is another one than the received one if a proxy asks.

use super::head::Head;

/// The request for which a client has made its proof.
#[derive(Clone, Copy, Debug)]
pub(super) struct Original<'a> {
    /// Its method, if it is known.
    pub(super) method: Option<&'a str>,
    /// Its path, if it is known.
    pub(super) path: Option<&'a str>,
    /// Whether a proxy asks about it. The client may know the proxy by another origin than the service's.
    pub(super) by_proxy: bool,
}

impl<'a> Original<'a> {
    /// The request itself.
    pub(super) fn of(head: &'a Head) -> Self {
        Self { method: Some(head.method()), path: Some(head.path()), by_proxy: false }
    }
}
