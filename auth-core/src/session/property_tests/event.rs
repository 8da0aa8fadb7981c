//! All events of the property tests.

use proptest::prelude::*;

use crate::id::SessionId;
use crate::session::{ClientErrorCode, Command, EndedScope, TabMessage, Timer, Wake};
use crate::wire::ErrorCode;

/// An event.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Start {
        owed: bool,
    },
    Call,
    Refuse {
        call: usize,
    },
    AbortCall {
        call: usize,
    },
    /// An API requires a step-up of a call.
    StepUp {
        call: usize,
        acr: Option<u8>,
    },
    /// The page's function has ended.
    StepUpEnds {
        which: usize,
    },
    Command(Command),
    SignOut(EndedScope),
    /// The service answers a request, old or new.
    Answer {
        request: usize,
        with: Reply,
    },
    Timer(Timer),
    Wake(Wake),
    TabSignedIn {
        user: u8,
    },
    TabSignedOut {
        user: Option<u8>,
    },
    TabHint(TabMessage),
    /// There is a note of a sign-out in another tab.
    Noted,
    /// A request has changed what the service tells about the user.
    UserChanged,
    /// The browser grants the lock, to any earlier request.
    Grant {
        lock: usize,
    },
    /// The browser or another script takes the lock away.
    Take {
        lock: usize,
    },
    Time {
        monotonic_ms: u32,
        wall_ms: i64,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    Granted { user: u8, expires_in_s: u64 },
    Empty,
    Ended,
    Failed(ClientErrorCode),
    Refused(ErrorCode, Option<u64>),
}

pub(super) fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        4 => (0..2u8, prop_oneof![Just(300), Just(5), 0..1_000u64, any::<u64>()])
            .prop_map(|(user, expires_in_s)| Reply::Granted { user, expires_in_s }),
        1 => Just(Reply::Empty),
        1 => Just(Reply::Ended),
        2 => prop::sample::select(vec![
            ClientErrorCode::Network,
            ClientErrorCode::Timeout,
            ClientErrorCode::BadResponse,
        ])
        .prop_map(Reply::Failed),
        1 => Just(Reply::Refused(ErrorCode::SecondFactorRequired, None)),
        2 => (prop::sample::select(ErrorCode::ALL), prop::option::of(any::<u64>()))
            .prop_filter("it is an answer of its own", |(code, _)| *code != ErrorCode::SessionEnded)
            .prop_map(|(code, retry_after_ms)| Reply::Refused(code, retry_after_ms)),
    ]
}

/// Any message that a script of the page's origin may send.
pub(super) fn message() -> impl Strategy<Value = TabMessage> {
    let session = || (0..3_u8).prop_map(|user| SessionId::from(format!("s-{user}")));
    prop_oneof![
        3 => prop::option::of(session()).prop_map(|session| TabMessage::SignedOut { session }),
        2 => session().prop_map(|session| TabMessage::SignedIn { session }),
        1 => Just(TabMessage::Refreshing),
        2 => Just(TabMessage::Refreshed),
        1 => any::<u64>().prop_map(|ms| TabMessage::Patience { ms }),
    ]
}

/// Messages after which a tab waits for others.
pub(super) fn delaying() -> impl Strategy<Value = TabMessage> {
    prop_oneof![
        Just(TabMessage::Refreshing),
        Just(TabMessage::Refreshed),
        any::<u64>().prop_map(|ms| TabMessage::Patience { ms }),
    ]
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let command = prop::sample::select(vec![
        Command::SignIn,
        Command::SecondFactor,
        Command::SecondFactor,
        Command::ChangeSession,
        Command::SignOutOthers,
        Command::DeleteAccount,
    ]);
    let scope = prop::sample::select(vec![EndedScope::Local, EndedScope::Global]);
    let timer = prop::sample::select(vec![Timer::Refresh, Timer::SignOut, Timer::Turn, Timer::Hint]);
    let wake =
        prop::sample::select(vec![Wake::Visible, Wake::Hidden, Wake::Online, Wake::Offline, Wake::Thawed]);
    prop_oneof![
        1 => any::<bool>().prop_map(|owed| Event::Start { owed }),
        6 => Just(Event::Call),
        3 => any::<usize>().prop_map(|call| Event::Refuse { call }),
        1 => any::<usize>().prop_map(|call| Event::AbortCall { call }),
        2 => (any::<usize>(), prop::option::of(0..2u8)).prop_map(|(call, acr)| Event::StepUp { call, acr }),
        2 => any::<usize>().prop_map(|which| Event::StepUpEnds { which }),
        2 => command.prop_map(Event::Command),
        1 => scope.prop_map(Event::SignOut),
        10 => (any::<usize>(), reply()).prop_map(|(request, with)| Event::Answer { request, with }),
        3 => timer.prop_map(Event::Timer),
        1 => wake.prop_map(Event::Wake),
        1 => (0..2u8).prop_map(|user| Event::TabSignedIn { user }),
        1 => prop::option::of(0..2u8).prop_map(|user| Event::TabSignedOut { user }),
        1 => delaying().prop_map(Event::TabHint),
        1 => Just(Event::Noted),
        1 => Just(Event::UserChanged),
        3 => any::<usize>().prop_map(|lock| Event::Grant { lock }),
        1 => any::<usize>().prop_map(|lock| Event::Take { lock }),
        4 => (prop_oneof![1 => 0..2_000u32, 1 => 0..400_000u32],
              prop_oneof![3 => 0..400_000i64, 1 => -100_000_000..100_000_000i64])
            .prop_map(|(monotonic_ms, wall_ms)| Event::Time { monotonic_ms, wall_ms }),
    ]
}
