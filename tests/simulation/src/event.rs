//! What happens in the simulation, at a time of its agenda.

use auth_core::rotation::PresentedBy;
use auth_core::session::{Input, RequestNumber, Timer};
use auth_core::wire::RefreshCookie;

use crate::service::Reply;

pub(crate) enum Event {
    /// Something reaches a tab.
    Input(usize, Input),
    Timer(usize, Timer, u64),
    /// A request reaches the service.
    Arrives {
        from: (usize, RequestNumber),
        asks: Asks,
        cookie: Option<RefreshCookie>,
    },
    /// An answer reaches the browser.
    Returns {
        to: (usize, RequestNumber),
        reply: Reply,
    },
    TimesOut((usize, RequestNumber)),
    /// A request on a cookie route reaches the gate; its upstream takes so long to answer.
    Shows {
        by: PresentedBy,
        cookie: RefreshCookie,
        upstream_ms: u64,
    },
    /// The answer to such a request reaches the browser with a cookie.
    Sets(RefreshCookie),
    Steals,
    GivesBack,
}

#[derive(Clone, Copy)]
pub(crate) enum Asks {
    Refresh,
    SignOut,
}
