//! The inputs of the machine.

use super::{Failure, Generation, RequiredStepUp, StepUpNumber, Timer};
use crate::id::{AccountId, SessionId};
use crate::wire::SessionEndReason;

/// A call of `auth.fetch`. The shell assigns the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallId(pub u32);

/// An operation for which the page has a promise, such as a sign-in. The shell assigns the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpId(pub u32);

/// A request to the service. The machine assigns the numbers, and ignores responses to other numbers as
/// stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestNumber(pub u32);

/// A request for the lock that the tabs share. The machine assigns the numbers, and ignores the result of one
/// that it has withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LockNumber(pub u32);

/// An input.
#[derive(Clone, Debug)]
pub enum Input {
    /// Start. The machine first asks the service whether there is a session.
    Start {
        /// A pending sign-out from before the page was loaded ([`super::Effect::RememberSignOut`]).
        owed_sign_out: Option<OwedSignOut>,
    },
    /// A call that is to be sent.
    TokenWanted {
        /// Which.
        call: CallId,
    },
    /// An API answered 401 to a call that has not been repeated and can be.
    TokenRefused {
        /// Which.
        call: CallId,
        /// The token that was sent.
        generation: Generation,
    },
    /// An API requires a step-up of a call that has not been reported here before and can be sent again.
    StepUpNeeded {
        /// Which.
        call: CallId,
        /// The token that was sent.
        generation: Generation,
        /// What the API requires.
        required: RequiredStepUp,
    },
    /// The page has let the user step up, or has given up.
    StepUpEnded {
        /// Which.
        number: StepUpNumber,
    },
    /// The caller aborted the call.
    CallAborted {
        /// Which.
        call: CallId,
    },
    /// A command of the page, which is sent to the service.
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
    /// A response of the service, or its absence.
    Answered {
        /// The request.
        request: RequestNumber,
        /// What.
        answer: Answer,
    },
    /// A timer fired. It may fire early, late or twice.
    Timer(Timer),
    /// An event of the browser about the page or the network.
    Wake(Wake),
    /// The lock was granted.
    LockGranted {
        /// The request for the lock.
        lock: LockNumber,
    },
    /// The lock is not available or was lost: the browser has no locks, or another tab stole it.
    LockLost {
        /// The request for the lock.
        lock: LockNumber,
    },
    /// A message of another tab, or of any script of the page's origin.
    Tab(TabMessage),
    /// The result of [`super::Effect::CheckSignOutNote`]: there is a note.
    SignOutNoted,
    /// A request has changed what the service tells about the user.
    UserChanged,
    /// The page has disposed of the client.
    Dispose,
}

/// The kinds of commands, which are sent to the service one at a time ([`super::OPERATIONS`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Opens a new session, without the token: a sign-in by any method, a sign-up, the reset of a password.
    SignIn,
    /// Proves a second factor. Opens the session of a sign-in that waits for the second factor; otherwise proves it
    /// in the current session. The machine sends it as [`Command::SignIn`] or [`Command::ChangeSession`].
    SecondFactor,
    /// Proves a credential again or changes one, with the token. The answer is a new token, perhaps of a new
    /// session.
    ChangeSession,
    /// `POST /auth/sign-out` with the scope `others`; the current session continues.
    SignOutOthers,
    /// `DELETE /auth/account`, with the token.
    DeleteAccount,
}

impl Command {
    /// Whether the command concerns the current session.
    pub(super) const fn needs_session(self) -> bool {
        match self {
            Self::SignIn | Self::SecondFactor => false,
            Self::ChangeSession | Self::SignOutOthers | Self::DeleteAccount => true,
        }
    }

    /// Whether its response contains a token.
    pub(super) const fn brings_token(self) -> bool {
        match self {
            Self::SignIn | Self::SecondFactor | Self::ChangeSession => true,
            Self::SignOutOthers | Self::DeleteAccount => false,
        }
    }
}

/// The scopes that end the current session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndedScope {
    /// The current session.
    Local,
    /// All of the user's sessions.
    Global,
}

/// A sign-out that the service has not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedSignOut {
    /// Which sessions.
    pub scope: EndedScope,
    /// The id of the session in which the user signed out, if it was known.
    pub session: Option<SessionId>,
}

/// The result of a request to the service. The shell classifies it; any response that is not the service's
/// own is
/// [`Answer::Failed`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// A `TokenResponse`. The shell holds its token until [`super::Effect::StoreToken`] or the end of this
    /// input.
    Granted(Grant),
    /// 204.
    Empty,
    /// 401 `session_ended`.
    Ended(SessionEndReason),
    /// Anything else: another error, a response that is not the service's, no response.
    Failed(Failure),
}

/// The members of a `TokenResponse` other than the token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The token's remaining lifetime, in seconds.
    pub expires_in_s: u64,
    /// The session.
    pub session: SeenSession,
}

/// A session, as the service has described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenSession {
    /// Its id.
    pub id: SessionId,
    /// Its user.
    pub user: AccountId,
    /// From its beginning to its absolute expiry, in seconds. The browser keeps the cookie that long.
    pub lasts_s: u64,
    /// What the page gets, as JSON text. The machine only compares it.
    pub view: String,
}

/// Events of the browser. After each of them except [`Wake::Hidden`] and [`Wake::Offline`], the clocks are
/// read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The page became visible.
    Visible,
    /// The page became hidden. A token that is not used is no longer renewed early.
    Hidden,
    /// The browser reports that the network has returned.
    Online,
    /// The browser reports that there is no network.
    Offline,
    /// The page was restored from the back/forward cache, and has missed the messages of other tabs.
    Thawed,
}

/// The messages between tabs. They contain no token and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabMessage {
    /// A new session has begun.
    SignedIn {
        /// Its id.
        session: SessionId,
    },
    /// The user has signed out.
    SignedOut {
        /// Its id, if known.
        session: Option<SessionId>,
    },
    /// A tab is refreshing, so other tabs wait.
    Refreshing,
    /// A tab's refresh has succeeded, so the service can be reached.
    Refreshed,
    /// The service has sent `Retry-After`.
    Patience {
        /// How long, in milliseconds.
        ms: u64,
    },
}
