//! What the page may see.

use super::{Effect, Failure, Machine, state::State};
use crate::wire::SessionView;

/// How things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The first refresh is under way.
    #[default]
    Loading,
    /// A session lives and the service can be reached.
    SignedIn,
    /// There is no session.
    SignedOut,
    /// The service can't be reached, or the browser has no network; the session, if there is one, lives on.
    Offline,
}

impl Status {
    /// As the page sees it.
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

/// Everything the page may see, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// How things stand.
    pub status: Status,
    /// Whose session it is.
    pub session: Option<SessionView>,
    /// When the access token expires, in milliseconds by this machine's wall clock.
    pub token_expires_at_ms: Option<u64>,
    /// How many refreshes have brought a token.
    pub refreshes: u64,
    /// Why the last session ended, or why the service can't be reached.
    pub last_error: Option<Failure>,
}

impl Machine {
    /// Says so if the page would see a difference. A disposed client says nothing more.
    pub(super) fn publish(&mut self, out: &mut Vec<Effect>) {
        let (status, session, token, last_error) = match &self.state {
            State::Disposed => return,
            // A page that shows its sign-in form shows it until it can say what became of it.
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
