//! Everything that can happen to a client.

use super::{Failure, Generation, Timer};
use crate::id::SessionId;
use crate::wire::{SessionEndReason, SessionView};

/// A call of `auth.fetch`. The shell gives out the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallId(pub u32);

/// A promise the page holds: for a sign-in, a sign-out, … The shell gives out the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpId(pub u32);

/// A request to the service. The machine gives out the numbers, and an answer to a number it doesn't wait for is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestNumber(pub u32);

/// A request for the lock that the tabs share. The machine gives out the numbers, and an answer to one that it has
/// withdrawn is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LockNumber(pub u32);

/// What the machine reacts to.
#[derive(Clone, Debug)]
pub enum Input {
    /// Begin. The first thing it does is to ask the service whether there is a session.
    Start {
        /// A sign-out from an earlier life of the page which the service hasn't heard of ([`super::Effect::RememberSignOut`]).
        owed_sign_out: Option<OwedSignOut>,
    },
    /// A call wants to be sent.
    TokenWanted {
        /// Which.
        call: CallId,
    },
    /// An API answered 401 to a call that hasn't been repeated yet and can be.
    TokenRefused {
        /// Which.
        call: CallId,
        /// The token it was sent with.
        generation: Generation,
    },
    /// The caller gave up waiting.
    CallAborted {
        /// Which.
        call: CallId,
    },
    /// The page asks for something that goes to the service.
    Command {
        /// Whom to tell.
        op: OpId,
        /// What.
        command: Command,
    },
    /// The user signs out.
    SignOut {
        /// Whom to tell.
        op: OpId,
        /// Which sessions.
        scope: EndedScope,
    },
    /// The service has answered, or no answer came.
    Answered {
        /// To which request.
        request: RequestNumber,
        /// What.
        answer: Answer,
    },
    /// A timer fired; early, late and twice are all fine.
    Timer(Timer),
    /// The browser has said something about the page or the network.
    Wake(Wake),
    /// The lock is this tab's.
    LockGranted {
        /// The request for it.
        lock: LockNumber,
    },
    /// The lock can't be had, or was taken away: the browser has none, or another tab stole it.
    LockLost {
        /// The request for it.
        lock: LockNumber,
    },
    /// A message of another tab, or of any script of the page's origin.
    Tab(TabMessage),
    /// The answer to [`super::Effect::CheckSignOutNote`]: the note is there.
    SignOutNoted,
    /// The page doesn't need the client any more.
    Dispose,
}

/// Requests made on the user's behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `POST /auth/sign-in`.
    SignIn,
    /// `POST /auth/sign-up`.
    SignUp,
    /// `POST /auth/reauthenticate`, with the token.
    Reauthenticate,
    /// `POST /auth/password`, with the token.
    ChangePassword,
    /// `POST /auth/sign-out` with the scope `others`: this session goes on.
    SignOutOthers,
    /// `DELETE /auth/account`, with the token.
    DeleteAccount,
}

impl Command {
    /// Whether it is about the session there is.
    pub(super) const fn needs_session(self) -> bool {
        match self {
            Self::SignIn | Self::SignUp => false,
            Self::Reauthenticate | Self::ChangePassword | Self::SignOutOthers | Self::DeleteAccount => true,
        }
    }

    /// Whether its answer brings a token.
    pub(super) const fn brings_token(self) -> bool {
        match self {
            Self::SignIn | Self::SignUp | Self::Reauthenticate | Self::ChangePassword => true,
            Self::SignOutOthers | Self::DeleteAccount => false,
        }
    }
}

/// The sign-outs that end this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndedScope {
    /// This session.
    Local,
    /// All of the user's.
    Global,
}

/// A sign-out that the service must still be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedSignOut {
    /// Which sessions.
    pub scope: EndedScope,
    /// The id of the session in which the user signed out, if it was known.
    pub session: Option<SessionId>,
}

/// What came of a request to the service. The shell decides which it is; anything that isn't the service's own is a
/// [`Answer::Failed`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// A `TokenResponse`. Its token stays with the shell until [`super::Effect::StoreToken`] or the end of this input.
    Granted(Grant),
    /// 204.
    Empty,
    /// 401 `session_ended`.
    Ended(SessionEndReason),
    /// Anything else: another refusal, an answer that isn't the service's, no answer.
    Failed(Failure),
}

/// What a `TokenResponse` says beside the token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The token's remaining life, in seconds.
    pub expires_in_s: u64,
    /// Whose session it is.
    pub session: SessionView,
}

/// What the browser says. Each but [`Wake::Hidden`] and [`Wake::Offline`] is a reason to look at the clocks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The page became visible.
    Visible,
    /// It is hidden, so nothing is renewed ahead of time that isn't used.
    Hidden,
    /// The browser believes that there is a network again.
    Online,
    /// The browser knows that there is none.
    Offline,
    /// It came out of the back/forward cache, and has missed what other tabs said.
    Thawed,
}

/// What tabs tell each other. Never a token, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabMessage {
    /// A new session has begun.
    SignedIn {
        /// Its id.
        session: SessionId,
    },
    /// A session was ended by its user.
    SignedOut {
        /// Its id, if the tab knew.
        session: Option<SessionId>,
    },
    /// A tab has asked for a token, and another one would have to queue behind it.
    Refreshing,
    /// It has got one, so the service can be reached.
    Refreshed,
    /// The service has asked not to be called for so long.
    Patience {
        /// How long, in milliseconds.
        ms: u64,
    },
}
