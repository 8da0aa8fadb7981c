//! What the shell has to do, as data.

use super::{
    CallId, Command, EndedScope, Failure, Generation, LockNumber, OpId, OwedSignOut, RequestNumber,
    TabMessage, Timer,
};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `POST /auth/refresh`.
    Refresh {
        /// To answer under.
        request: RequestNumber,
    },
    /// Send what the page asked for.
    Send {
        /// To answer under.
        request: RequestNumber,
        /// Whose body it is.
        op: OpId,
        /// What it is.
        command: Command,
        /// With this token as Bearer, where one is needed.
        bearer: Option<Generation>,
    },
    /// `POST /auth/sign-out`, in a way that outlives the page.
    SignOut {
        /// To answer under.
        request: RequestNumber,
        /// Which sessions.
        scope: EndedScope,
    },
    /// The answer doesn't matter any more.
    Abort {
        /// To this request.
        request: RequestNumber,
    },
    /// Wake the machine at this moment; replaces the timer's earlier one.
    SetTimer {
        /// Which.
        timer: Timer,
        /// By the monotonic clock, in milliseconds. May be further away than a platform's timers reach.
        at_ms: u64,
    },
    /// Not needed any more.
    CancelTimer {
        /// Which.
        timer: Timer,
    },
    /// Ask the browser for the lock that the tabs share; [`super::Input::LockGranted`] or
    /// [`super::Input::LockLost`] follows.
    AskLock {
        /// To answer under.
        lock: LockNumber,
    },
    /// Give it back, or don't ask any longer. Nothing happens where it isn't held or asked for.
    ReleaseLock {
        /// Which request for it.
        lock: LockNumber,
    },
    /// Keep the token that came with this answer, in place of any other.
    StoreToken {
        /// The answer it came with.
        request: RequestNumber,
        /// What it is called from now on.
        generation: Generation,
    },
    /// Zero the token, if there is one.
    DropToken,
    /// Abort the calls that are under way: the session they were made in is over.
    EndCalls,
    /// Send these calls, with this token.
    Release {
        /// Which.
        calls: Vec<CallId>,
        /// The stored one.
        generation: Generation,
    },
    /// Tell these calls that they won't be sent.
    Fail {
        /// Which.
        calls: Vec<CallId>,
        /// Why.
        failure: Failure,
    },
    /// Another token wouldn't help: give the 401 to the caller.
    KeepAnswer {
        /// Which.
        call: CallId,
    },
    /// What was asked for is done.
    Resolve {
        /// Whom to tell.
        op: OpId,
    },
    /// What was asked for failed.
    Reject {
        /// Whom to tell.
        op: OpId,
        /// Why.
        failure: Failure,
    },
    /// Tell the other tabs.
    Broadcast(TabMessage),
    /// Note, where a reload finds it, that the service must still be told of a sign-out.
    RememberSignOut(OwedSignOut),
    /// Strike that note.
    ForgetSignOut,
    /// Look whether there is such a note of any tab's. If so, [`super::Input::SignOutNoted`] follows; if not, nothing.
    CheckSignOutNote,
    /// The snapshot has changed.
    Notify,
}
