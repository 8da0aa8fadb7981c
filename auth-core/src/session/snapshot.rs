//! The part of the state that the page may see.

use super::{Effect, Failure, Machine, SeenSession, state::State};

/// The client's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The first refresh is in progress.
    #[default]
    Loading,
    /// There is a session, and the service can be reached.
    SignedIn,
    /// There is no session.
    SignedOut,
    /// The service can't be reached, or the browser has no network. The session, if there is one, continues.
    Offline,
}

impl Status {
    /// The status as the page sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::Offline => "offline",
        }
    }
}

/// Everything that the page may see, at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The client's status.
    pub status: Status,
    /// The session.
    pub session: Option<SeenSession>,
    /// When the access token expires, in milliseconds by this computer's wall clock.
    pub token_expires_at_ms: Option<u64>,
    /// The number of refreshes that brought a token.
    pub refreshes: u64,
    /// Why the last session ended, or why the service can't be reached.
    pub last_error: Option<Failure>,
}

impl Machine {
    /// Reports a snapshot that differs from the last one. A disposed client reports nothing.
    pub(super) fn publish(&mut self, out: &mut Vec<Effect>) {
        let (status, session, token, last_error) = match &self.state {
            State::Disposed => return,
            // A page that shows its sign-in form continues to show it until the result of the sign-in is
            // known.
            State::SignedIn(_) if self.lane.is_proving() && self.published.session.is_none() => return,
            State::New => (Status::Loading, None, None, None),
            State::Restoring => (self.unless_in_trouble(Status::Loading), None, None, self.renewal.trouble()),
            State::SignedIn(signed_in) => (
                self.unless_in_trouble(Status::SignedIn),
                Some(&signed_in.session),
                signed_in.token.map(|token| token.expires.wall_ms),
                self.renewal.trouble(),
            ),
            State::SignedOut(signed_out) => (Status::SignedOut, None, None, signed_out.why.as_ref()),
        };
        let shown = &self.published;
        let same = shown.status == status
            && shown.session.as_ref() == session
            && shown.token_expires_at_ms == token
            && shown.refreshes == self.refreshes
            && shown.last_error.as_ref() == last_error;
        if !same {
            self.published = Snapshot {
                status,
                session: session.cloned(),
                token_expires_at_ms: token,
                refreshes: self.refreshes,
                last_error: last_error.cloned(),
            };
            out.push(Effect::Notify);
        }
    }

    const fn unless_in_trouble(&self, well: Status) -> Status {
        if self.offline || self.renewal.trouble().is_some() { Status::Offline } else { well }
    }
}
