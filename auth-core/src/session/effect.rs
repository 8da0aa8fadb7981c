//! The actions of the shell, as data.

use super::{
    CallId, Command, EndedScope, Failure, Generation, LockNumber, OpId, OwedSignOut, RequestNumber,
    RequiredStepUp, StepUpNumber, TabMessage, Timer,
};

/// One action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `POST /auth/refresh`.
    Refresh {
        /// The number under which the shell reports the result.
        request: RequestNumber,
    },
    /// Send a command of the page.
    Send {
        /// The number under which the shell reports the result.
        request: RequestNumber,
        /// The operation that has the body.
        op: OpId,
        /// The command.
        command: Command,
        /// The token to send as Bearer, if the command needs one.
        bearer: Option<Generation>,
    },
    /// `POST /auth/sign-out`, with `keepalive`.
    SignOut {
        /// The number under which the shell reports the result.
        request: RequestNumber,
        /// The sessions to end.
        scope: EndedScope,
    },
    /// Abort a request whose response is not needed any more.
    Abort {
        /// The request.
        request: RequestNumber,
    },
    /// Set a timer, which replaces its earlier setting.
    SetTimer {
        /// Which.
        timer: Timer,
        /// When it fires, by the monotonic clock, in milliseconds. May be later than a platform's timers can
        /// be set to.
        at_ms: u64,
    },
    /// Cancel a timer.
    CancelTimer {
        /// Which.
        timer: Timer,
    },
    /// Request the lock that the tabs share from the browser; [`super::Input::LockGranted`] or
    /// [`super::Input::LockLost`] follows.
    AskLock {
        /// The number under which the shell reports the result.
        lock: LockNumber,
    },
    /// Release the lock, or withdraw the request. No effect if it is neither held nor requested.
    ReleaseLock {
        /// The request for the lock.
        lock: LockNumber,
    },
    /// Store the token of this response, replacing any other.
    StoreToken {
        /// The request whose response has the token.
        request: RequestNumber,
        /// The token's generation.
        generation: Generation,
    },
    /// Zero the stored token, if there is one.
    DropToken,
    /// Abort the running calls, because their session has ended.
    EndCalls,
    /// Send calls with the stored token.
    Release {
        /// Which.
        calls: Vec<CallId>,
        /// The generation of the stored token.
        generation: Generation,
    },
    /// Fail calls that will not be sent.
    Fail {
        /// Which.
        calls: Vec<CallId>,
        /// Why.
        failure: Failure,
    },
    /// Return the 401 to the caller, because another token would not help.
    KeepAnswer {
        /// Which.
        call: CallId,
    },
    /// Have the page let the user step up; [`super::Input::StepUpEnded`] follows.
    AskStepUp {
        /// The number under which the shell reports the end.
        number: StepUpNumber,
        /// What is required.
        required: RequiredStepUp,
    },
    /// An operation has succeeded.
    Resolve {
        /// The operation.
        op: OpId,
    },
    /// An operation has failed.
    Reject {
        /// The operation.
        op: OpId,
        /// Why.
        failure: Failure,
    },
    /// Send a message to the other tabs.
    Broadcast(TabMessage),
    /// Store a note of a pending sign-out, so that it survives a reload.
    RememberSignOut(OwedSignOut),
    /// Delete that note.
    ForgetSignOut,
    /// Look for such a note of any tab. If there is one, [`super::Input::SignOutNoted`] follows; otherwise
    /// nothing.
    CheckSignOutNote,
    /// The snapshot has changed.
    Notify,
}
