//! What happens to a tab, told with literal times. The tab's clocks start at 1,000 ms and at 1,700,000,000,000.

use super::{
    Answer, CallId, ClientErrorCode, Code, Command, Config, Effect, EndedScope, Failure, Generation, Grant,
    Input, Jitter, LockNumber, Machine, Now, OpId, RequestNumber, Status, TabMessage, Timer, Wake,
};
use crate::time::UnixTime;
use crate::wire::{ErrorCode, SessionEndReason, SessionView, UserView};

/// A machine with its clocks and timers.
struct Tab {
    machine: Machine,
    now: Now,
    refresh_timer: Option<u64>,
    sign_out_timer: Option<u64>,
    turn_timer: Option<u64>,
    /// Whether the browser has locks. Without them the machine is told so at once, and what it does then appears
    /// among the effects in place of its question.
    locks: bool,
    /// What it told other tabs beyond who signed in and out.
    hints: Vec<TabMessage>,
}

impl Tab {
    fn new() -> Self {
        Self {
            machine: Machine::new(Config::default()),
            now: Now { monotonic_ms: 1_000, wall_ms: 1_700_000_000_000 },
            refresh_timer: None,
            sign_out_timer: None,
            turn_timer: None,
            locks: false,
            hints: vec![],
        }
    }

    /// Started, and the service said that there is a session of this user's.
    fn signed_in(user: &str) -> Self {
        let mut tab = Self::new();
        assert_eq!(tab.take(Input::Start { owed_sign_out: None }), [refresh(1)]);
        tab.answer(1, granted(user));
        assert_eq!(tab.status(), Status::SignedIn);
        tab
    }

    fn signed_out() -> Self {
        let mut tab = Self::new();
        tab.take(Input::Start { owed_sign_out: None });
        tab.answer(1, Answer::Empty);
        assert_eq!(tab.status(), Status::SignedOut);
        tab
    }

    /// Sets the timers; gives the other effects.
    fn take(&mut self, input: Input) -> Vec<Effect> {
        let mut seen = Vec::new();
        for effect in self.machine.handle(self.now, Jitter(0), input) {
            match effect {
                Effect::SetTimer { timer, at_ms } => *self.timer_of(timer) = Some(at_ms),
                Effect::CancelTimer { timer } => *self.timer_of(timer) = None,
                Effect::Broadcast(
                    hint @ (TabMessage::Refreshing | TabMessage::Refreshed | TabMessage::Patience { .. }),
                ) => self.hints.push(hint),
                other => seen.push(other),
            }
        }
        let asked = seen.iter().enumerate().find_map(|(at, effect)| match effect {
            Effect::AskLock { lock } if !self.locks => Some((at, *lock)),
            _ => None,
        });
        if let Some((at, lock)) = asked {
            let instead = self.take(Input::LockLost { lock });
            seen.splice(at..=at, instead);
        }
        seen
    }

    const fn timer_of(&mut self, timer: Timer) -> &mut Option<u64> {
        match timer {
            Timer::Refresh => &mut self.refresh_timer,
            Timer::SignOut => &mut self.sign_out_timer,
            Timer::Turn => &mut self.turn_timer,
        }
    }

    fn answer(&mut self, request: u32, answer: Answer) -> Vec<Effect> {
        self.take(Input::Answered { request: RequestNumber(request), answer })
    }

    fn call(&mut self, call: u32) -> Vec<Effect> {
        self.take(Input::TokenWanted { call: CallId(call) })
    }

    fn refused(&mut self, call: u32, generation: u64) -> Vec<Effect> {
        self.take(Input::TokenRefused { call: CallId(call), generation: Generation(generation) })
    }

    fn command(&mut self, op: u32, command: Command) -> Vec<Effect> {
        self.take(Input::Command { op: OpId(op), command })
    }

    fn sign_out(&mut self, op: u32) -> Vec<Effect> {
        self.take(Input::SignOut { op: OpId(op), scope: EndedScope::Local })
    }

    fn hears_sign_in(&mut self, session: &str) -> Vec<Effect> {
        self.take(Input::Tab(TabMessage::SignedIn { session: session.into() }))
    }

    fn hears_sign_out(&mut self, session: Option<&str>) -> Vec<Effect> {
        self.take(Input::Tab(TabMessage::SignedOut { session: session.map(Into::into) }))
    }

    /// Both clocks go on.
    fn later(&mut self, ms: u64) -> &mut Self {
        self.now.monotonic_ms += ms;
        self.now.wall_ms += ms;
        self
    }

    fn timer(&mut self) -> Vec<Effect> {
        self.refresh_timer = None;
        self.take(Input::Timer(Timer::Refresh))
    }

    fn status(&self) -> Status {
        self.machine.snapshot().status
    }

    fn last_error(&self) -> Option<Code> {
        self.machine.snapshot().last_error.as_ref().map(|failure| failure.code)
    }
}

fn session(user: &str, id: &str) -> SessionView {
    SessionView {
        id: id.into(),
        user: UserView { id: user.into(), email: "a@b.example".into(), email_verified: false, roles: vec![] },
        created_at: UnixTime(1_000),
        expires_at: UnixTime(2_593_000),
        idle_expires_at: UnixTime(605_800),
    }
}

/// The user's session is called after him: `s-<user>`. Its tokens live 300 s.
fn granted(user: &str) -> Answer {
    Answer::Granted(Grant { expires_in_s: 300, session: session(user, &format!("s-{user}")) })
}

fn failed(code: ClientErrorCode) -> Answer {
    Answer::Failed(Failure::client(code))
}

fn unavailable(retry_after_ms: u64) -> Answer {
    let failure = Failure::service(ErrorCode::Unavailable);
    Answer::Failed(Failure { retry_after_ms: Some(retry_after_ms), ..failure })
}

fn refresh(request: u32) -> Effect {
    Effect::Refresh { request: RequestNumber(request) }
}

fn release(calls: &[u32], generation: u64) -> Effect {
    let calls = calls.iter().map(|call| CallId(*call)).collect();
    Effect::Release { calls, generation: Generation(generation) }
}

fn fail(calls: &[u32], code: ClientErrorCode) -> Effect {
    let calls = calls.iter().map(|call| CallId(*call)).collect();
    Effect::Fail { calls, failure: Failure::client(code) }
}

fn reject(op: u32, code: ClientErrorCode) -> Effect {
    Effect::Reject { op: OpId(op), failure: Failure::client(code) }
}

fn ask_lock(lock: u32) -> Effect {
    Effect::AskLock { lock: LockNumber(lock) }
}

fn release_lock(lock: u32) -> Effect {
    Effect::ReleaseLock { lock: LockNumber(lock) }
}

fn granted_lock(lock: u32) -> Input {
    Input::LockGranted { lock: LockNumber(lock) }
}

fn lost_lock(lock: u32) -> Input {
    Input::LockLost { lock: LockNumber(lock) }
}

fn abort(request: u32) -> Effect {
    Effect::Abort { request: RequestNumber(request) }
}

fn send_sign_out(request: u32) -> Effect {
    Effect::SignOut { request: RequestNumber(request), scope: EndedScope::Local }
}

// Start

#[test]
fn a_reload_finds_the_session_by_one_refresh() {
    let mut tab = Tab::new();
    assert_eq!(tab.take(Input::Start { owed_sign_out: None }), [refresh(1)]);
    assert_eq!(tab.status(), Status::Loading);
    assert_eq!(tab.call(1), []);
    assert_eq!(
        tab.answer(1, granted("ann")),
        [
            Effect::StoreToken { request: RequestNumber(1), generation: Generation(1) },
            release(&[1], 1),
            Effect::Notify,
        ]
    );
    let snapshot = tab.machine.snapshot();
    assert_eq!(snapshot.session.as_ref().unwrap().id, "s-ann");
    assert_eq!((snapshot.token_expires_at_ms, snapshot.refreshes), (Some(1_700_000_300_000), 1));
}

#[test]
fn an_anonymous_visitor_is_signed_out_without_an_error() {
    let tab = Tab::signed_out();
    assert_eq!(tab.last_error(), None);
}

#[test]
fn an_ended_session_says_why() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    tab.call(1);
    assert_eq!(
        tab.answer(1, Answer::Ended(SessionEndReason::Reused)),
        [fail(&[1], ClientErrorCode::SignedOut), Effect::Notify]
    );
    assert_eq!(tab.status(), Status::SignedOut);
    assert_eq!(tab.machine.snapshot().last_error.as_ref().unwrap().reason, Some(SessionEndReason::Reused));
}

#[test]
fn a_service_that_is_down_at_the_start_is_tried_until_it_answers() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.answer(1, failed(ClientErrorCode::Network)), [Effect::Notify]);
    assert_eq!(
        (tab.status(), tab.last_error()),
        (Status::Offline, Some(Code::Client(ClientErrorCode::Network)))
    );
    assert_eq!(tab.refresh_timer, Some(1_100));
    assert_eq!(tab.later(100).timer(), [refresh(2)]);
    assert_eq!(tab.answer(2, failed(ClientErrorCode::Timeout)), [Effect::Notify]);
    assert_eq!(tab.refresh_timer, Some(1_300));
    assert_eq!(tab.later(200).timer(), [refresh(3)]);
    tab.answer(3, granted("ann"));
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedIn, None));
}

#[test]
fn starting_twice_asks_once() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.take(Input::Start { owed_sign_out: None }), []);
}

// Renewal

#[test]
fn the_token_is_renewed_a_minute_before_it_expires() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.refresh_timer, Some(241_000));
    assert_eq!(tab.later(239_999).timer(), [], "too early does no harm");
    assert_eq!(tab.refresh_timer, Some(241_000), "it is set again");
    assert_eq!(tab.later(1).timer(), [refresh(2)]);
    assert_eq!(tab.timer(), [], "twice does no harm");
    assert_eq!(tab.call(1), [release(&[1], 1)], "the old one is still good");
    assert_eq!(
        tab.answer(2, granted("ann")),
        [Effect::StoreToken { request: RequestNumber(2), generation: Generation(2) }, Effect::Notify,]
    );
}

#[test]
fn check_49_a_thousand_calls_over_an_expired_token_cause_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000);
    let mut effects = Vec::new();
    for call in 0..1_000 {
        effects.extend(tab.call(call));
    }
    assert_eq!(effects, [refresh(2)]);
    let answered = tab.answer(2, granted("ann"));
    assert!(answered.contains(&release(&(0..1_000).collect::<Vec<_>>(), 2)));
}

#[test]
fn check_49_a_thousand_401s_cause_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    let mut effects = Vec::new();
    for call in 0..1_000 {
        effects.extend(tab.refused(call, 1));
    }
    assert_eq!(effects, [Effect::DropToken, refresh(2), Effect::Notify]);
    tab.answer(2, granted("ann"));
    assert_eq!(
        tab.refused(2_000, 1),
        [release(&[2_000], 2)],
        "a late one is sent again with the token there is"
    );
}

#[test]
fn an_api_that_refuses_whatever_it_is_given_gets_five_new_tokens_and_then_one_in_ten_seconds() {
    let mut tab = Tab::signed_in("ann");
    for generation in 1..=5 {
        assert!(
            tab.refused(1, generation).contains(&Effect::DropToken),
            "roles may change five times in a moment"
        );
        tab.answer(u32::try_from(generation).unwrap() + 1, granted("ann"));
    }
    assert_eq!(tab.refused(2, 6), [Effect::KeepAnswer { call: CallId(2) }]);
    assert_eq!(tab.later(9_999).refused(2, 6), [Effect::KeepAnswer { call: CallId(2) }]);
    assert_eq!(tab.later(1).refused(3, 6), [Effect::DropToken, refresh(7), Effect::Notify]);
}

#[test]
fn check_52_nothing_but_session_ended_ends_a_session() {
    for (name, answer) in [
        ("captive portal", failed(ClientErrorCode::BadResponse)),
        ("offline, CORS", failed(ClientErrorCode::Network)),
        ("timeout", failed(ClientErrorCode::Timeout)),
        ("503", unavailable(0)),
        ("429", Answer::Failed(Failure::service(ErrorCode::RateLimited))),
        ("forgery guard", Answer::Failed(Failure::service(ErrorCode::RequestForgery))),
        ("an API's 401", Answer::Failed(Failure::service(ErrorCode::InvalidToken))),
        ("404", Answer::Failed(Failure::service(ErrorCode::NotFound))),
    ] {
        let mut tab = Tab::signed_in("ann");
        assert_eq!(tab.later(300_000).call(1), [refresh(2)], "{name}");
        let effects = tab.answer(2, answer);
        assert!(matches!(effects.first(), Some(Effect::Fail { .. })), "{name}");
        assert!(!effects.contains(&Effect::DropToken), "{name}");
        assert_eq!(tab.status(), Status::Offline, "{name}");
        assert!(tab.machine.snapshot().session.is_some(), "{name}");
        assert_eq!(tab.later(100).timer(), [refresh(3)], "{name}");
    }
}

#[test]
fn while_the_service_is_down_a_good_token_is_used() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    tab.answer(2, failed(ClientErrorCode::Network));
    assert_eq!((tab.status(), tab.call(1)), (Status::Offline, vec![release(&[1], 1)]));
}

#[test]
fn calls_neither_hammer_a_failing_service_nor_wait_for_it_for_ever() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    for request in 2..9 {
        tab.answer(request, failed(ClientErrorCode::Network));
        tab.later(60_000).timer();
    }
    tab.answer(9, failed(ClientErrorCode::Network));
    // The next attempt is 12.8 s away; a call brings it to a second after the last one.
    let at = tab.now.monotonic_ms;
    assert_eq!(tab.refresh_timer, Some(at + 12_800));
    assert_eq!(tab.call(2), []);
    assert_eq!(tab.refresh_timer, Some(at + 1_000));
    assert_eq!(tab.later(1_000).timer(), [refresh(10)]);
    tab.answer(10, unavailable(30_000));
    let effects = tab.call(3);
    assert!(matches!(&effects[..], [Effect::Fail { failure, .. }] if failure.code.as_str() == "unavailable"));
}

#[test]
fn a_wake_tries_again_at_once_unless_the_service_asked_for_patience() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    tab.answer(2, failed(ClientErrorCode::Network));
    assert_eq!(tab.later(1).take(Input::Wake(Wake::Online)), [refresh(3)]);
    tab.answer(3, unavailable(7_000));
    assert_eq!(tab.later(6_999).take(Input::Wake(Wake::Online)), []);
    assert!(tab.later(1).take(Input::Wake(Wake::Visible)).contains(&refresh(4)));
}

#[test]
fn check_53_after_eight_hours_of_sleep_the_first_call_waits_for_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    tab.now.wall_ms += 8 * 3_600_000; // the monotonic clock stood still
    assert!(tab.call(1).contains(&refresh(2)));
    assert!(tab.answer(2, granted("ann")).contains(&release(&[1], 2)));
    assert_eq!(tab.call(2), [release(&[2], 2)]);
}

#[test]
fn check_53_a_clock_that_jumps_a_day_costs_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    tab.now.wall_ms += 86_400_000;
    assert!(tab.call(1).contains(&refresh(2)));
    tab.answer(2, granted("ann"));
    assert_eq!(tab.call(2), [release(&[2], 2)]);
    tab.now.wall_ms -= 2 * 86_400_000;
    assert_eq!(
        tab.later(1_000).call(3),
        [release(&[3], 2), Effect::Notify],
        "the page is told what the clock now says"
    );
    for call in 4..100 {
        assert_eq!(tab.later(1_000).call(call), [release(&[call], 2)]);
    }
    assert!(tab.later(203_000).call(100).contains(&refresh(3)), "the monotonic clock knows");
}

#[test]
fn a_call_that_is_aborted_while_it_waits_is_not_released() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    tab.call(2);
    tab.take(Input::CallAborted { call: CallId(1) });
    assert!(tab.answer(2, granted("ann")).contains(&release(&[2], 2)));
}

// Signing in

#[test]
fn signing_in_waits_for_the_refresh_under_way_so_that_its_cookie_comes_last() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.command(1, Command::SignIn), []);
    let send =
        Effect::Send { request: RequestNumber(2), op: OpId(1), command: Command::SignIn, bearer: None };
    assert_eq!(tab.answer(1, Answer::Empty), [send, Effect::Notify]);
    assert_eq!(
        tab.answer(2, granted("ann")),
        [
            Effect::StoreToken { request: RequestNumber(2), generation: Generation(1) },
            Effect::ForgetSignOut,
            Effect::Broadcast(TabMessage::SignedIn { session: "s-ann".into() }),
            Effect::Resolve { op: OpId(1) },
            Effect::Notify,
        ]
    );
}

#[test]
fn a_wrong_password_changes_nothing() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::SignIn);
    let failure = Failure::service(ErrorCode::InvalidCredentials);
    let effects = tab.answer(2, Answer::Failed(failure.clone()));
    assert_eq!(effects, [Effect::Reject { op: OpId(1), failure }]);
    assert_eq!(tab.call(1), [release(&[1], 1)]);
}

#[test]
fn calls_of_one_user_are_never_sent_as_another() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000);
    tab.command(1, Command::SignIn);
    tab.answer(2, granted("ann"));
    tab.answer(3, granted("ann"));
    // Ann's token has expired, Bob signs in, a call of Ann's is waiting.
    tab.later(300_000).command(2, Command::SignIn);
    tab.call(1);
    let request = 3;
    let effects = tab.answer(request, granted("bob"));
    assert!(effects.contains(&fail(&[1], ClientErrorCode::SignedOut)), "{effects:?}");
    assert!(effects.contains(&Effect::EndCalls));
    let current = tab.machine.generation.0;
    assert_eq!(tab.refused(2, current - 1), [fail(&[2], ClientErrorCode::SignedOut)]);
    assert_eq!(tab.call(3), [release(&[3], current)]);
}

#[test]
fn a_sign_in_whose_answer_was_lost_may_have_happened_so_the_service_is_asked() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::SignIn);
    let effects = tab.answer(2, failed(ClientErrorCode::Timeout));
    assert_eq!(effects, [reject(1, ClientErrorCode::Timeout), refresh(3)]);
}

#[test]
fn a_password_change_renews_a_token_that_was_refused_once() {
    let mut tab = Tab::signed_in("ann");
    let send = |request, bearer| Effect::Send {
        request: RequestNumber(request),
        op: OpId(1),
        command: Command::ChangePassword,
        bearer: Some(Generation(bearer)),
    };
    assert!(tab.command(1, Command::ChangePassword).contains(&send(2, 1)));
    let refusal = Failure::service(ErrorCode::InvalidToken);
    assert!(tab.answer(2, Answer::Failed(refusal.clone())).contains(&refresh(3)));
    assert!(tab.answer(3, granted("ann")).contains(&send(4, 2)));
    assert!(
        tab.answer(4, Answer::Failed(refusal.clone()))
            .contains(&Effect::Reject { op: OpId(1), failure: refusal })
    );
}

#[test]
fn whoever_has_deleted_his_account_is_signed_out_in_every_tab_and_of_the_cookie() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::DeleteAccount);
    let effects = tab.answer(2, Answer::Empty);
    assert_eq!(tab.status(), Status::SignedOut);
    assert!(effects.contains(&Effect::DropToken));
    assert!(effects.contains(&send_sign_out(3)), "the answer to a sign-out takes the cookie away");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Broadcast(TabMessage::SignedOut { .. }))));
    assert!(tab.answer(3, Answer::Empty).contains(&Effect::Resolve { op: OpId(1) }));
    assert_eq!(tab.last_error(), None);
}

#[test]
fn a_deletion_that_is_refused_or_lost_signs_nobody_out() {
    for answer in
        [Answer::Failed(Failure::service(ErrorCode::InvalidCredentials)), failed(ClientErrorCode::Timeout)]
    {
        let mut tab = Tab::signed_in("ann");
        tab.command(1, Command::DeleteAccount);
        let effects = tab.answer(2, answer);
        assert!(matches!(effects.first(), Some(Effect::Reject { op: OpId(1), .. })), "{effects:?}");
        assert_eq!(tab.status(), Status::SignedIn);
    }
}

#[test]
fn who_is_signed_out_changes_no_password() {
    let mut tab = Tab::signed_out();
    assert_eq!(tab.command(1, Command::ChangePassword), [reject(1, ClientErrorCode::SignedOut)]);
}

#[test]
fn a_cookie_that_does_not_come_back_after_a_sign_in_is_blocked() {
    let mut tab = Tab::signed_out();
    tab.command(1, Command::SignIn);
    tab.answer(2, granted("ann"));
    tab.later(240_000).timer();
    tab.answer(3, Answer::Empty);
    assert_eq!(
        (tab.status(), tab.last_error()),
        (Status::SignedOut, Some(Code::Client(ClientErrorCode::CookieBlocked)))
    );

    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    tab.answer(2, Answer::Empty);
    assert_eq!(tab.last_error(), Some(Code::Service(ErrorCode::SessionEnded)), "it had worked before");
}

// Signing out

#[test]
fn check_54_a_sign_out_wins_over_everything_under_way() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    assert_eq!(
        tab.sign_out(1),
        [
            abort(2),
            Effect::DropToken,
            Effect::EndCalls,
            fail(&[1], ClientErrorCode::SignedOut),
            Effect::RememberSignOut(EndedScope::Local),
            Effect::Broadcast(TabMessage::SignedOut { session: Some("s-ann".into()) }),
            send_sign_out(3),
            Effect::Notify,
        ]
    );
    assert_eq!(tab.answer(2, granted("ann")), [], "a refresh that comes too late revives nothing");
    assert_eq!(tab.call(2), [fail(&[2], ClientErrorCode::SignedOut)]);
    assert_eq!(tab.answer(3, Answer::Empty), [Effect::ForgetSignOut, Effect::Resolve { op: OpId(1) }]);
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedOut, None));
}

#[test]
fn a_sign_out_overtakes_a_sign_in_but_is_sent_after_its_answer_so_that_it_ends_that_session_too() {
    let mut tab = Tab::signed_out();
    tab.command(1, Command::SignIn);
    let effects = tab.sign_out(2);
    assert!(effects.contains(&reject(1, ClientErrorCode::SignedOut)));
    assert!(!effects.contains(&send_sign_out(3)));
    assert_eq!(tab.answer(2, granted("ann")), [send_sign_out(3)]);
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn check_54_offline_the_memory_is_cleared_at_once_and_the_service_told_later() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    let effects = tab.answer(2, failed(ClientErrorCode::Network));
    assert_eq!(effects, [Effect::Resolve { op: OpId(1) }]);
    assert_eq!((tab.refresh_timer, tab.sign_out_timer), (None, Some(1_100)));
    assert_eq!(tab.later(100).take(Input::Timer(Timer::SignOut)), [send_sign_out(3)]);
    tab.answer(3, unavailable(5_000));
    assert_eq!(tab.later(4_000).take(Input::Wake(Wake::Online)), []);
    let effects = tab.later(1_000).take(Input::Timer(Timer::SignOut));
    assert_eq!(effects, [send_sign_out(4)]);
    assert_eq!(tab.answer(4, Answer::Ended(SessionEndReason::Expired)), [Effect::ForgetSignOut]);
}

#[test]
fn a_reload_before_the_service_was_told_does_not_bring_the_session_back() {
    let mut tab = Tab::new();
    let effects = tab.take(Input::Start { owed_sign_out: Some(EndedScope::Local) });
    assert_eq!(effects, [send_sign_out(1), Effect::Notify]);
    assert_eq!(tab.status(), Status::SignedOut);
    assert_eq!(tab.answer(1, Answer::Empty), [Effect::ForgetSignOut]);
}

#[test]
fn a_new_sign_in_waits_for_the_sign_out_it_would_otherwise_fall_victim_to() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    assert_eq!(tab.command(2, Command::SignIn), []);
    let effects = tab.answer(2, Answer::Empty);
    assert!(matches!(effects.last(), Some(Effect::Send { op: OpId(2), .. })), "{effects:?}");

    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    tab.answer(2, failed(ClientErrorCode::Network));
    assert!(tab.command(2, Command::SignIn).contains(&send_sign_out(3)), "it doesn't wait for the timer");
    let effects = tab.answer(3, failed(ClientErrorCode::Network));
    assert!(effects.contains(&reject(2, ClientErrorCode::Network)));
}

#[test]
fn a_sign_out_the_service_refuses_for_good_is_told_to_the_page_and_does_not_bar_a_sign_in() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    let failure = Failure::service(ErrorCode::RequestForgery);
    let effects = tab.answer(2, Answer::Failed(failure.clone()));
    assert_eq!(effects, [Effect::Reject { op: OpId(1), failure }]);
    let effects = tab.command(2, Command::SignIn);
    assert!(matches!(effects.last(), Some(Effect::Send { op: OpId(2), .. })), "{effects:?}");
}

#[test]
fn once_somebody_has_signed_in_the_old_sign_out_is_no_longer_owed() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    tab.answer(2, Answer::Failed(Failure::service(ErrorCode::RequestForgery)));
    tab.command(2, Command::SignIn);
    tab.answer(3, granted("bob"));
    assert_eq!(tab.sign_out_timer, None);
    assert_eq!(tab.later(60_000).take(Input::Timer(Timer::SignOut)), []);
    assert_eq!(tab.call(1), [release(&[1], 2)]);
}

#[test]
fn the_wider_of_two_sign_outs_is_what_the_service_hears() {
    for (first, second) in [(EndedScope::Local, EndedScope::Global), (EndedScope::Global, EndedScope::Local)]
    {
        let mut tab = Tab::signed_in("ann");
        tab.take(Input::SignOut { op: OpId(1), scope: first });
        tab.answer(2, failed(ClientErrorCode::Network));
        let effects = tab.take(Input::SignOut { op: OpId(2), scope: second });
        assert!(effects.contains(&Effect::RememberSignOut(EndedScope::Global)));
        assert!(effects.contains(&Effect::SignOut { request: RequestNumber(3), scope: EndedScope::Global }));
    }
}

#[test]
fn an_owed_sign_out_is_told_as_soon_as_there_is_a_network() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    for request in 2..10 {
        tab.answer(request, failed(ClientErrorCode::Network));
        tab.later(60_000).take(Input::Timer(Timer::SignOut));
    }
    tab.answer(10, failed(ClientErrorCode::Network));
    assert_eq!(tab.later(1).take(Input::Wake(Wake::Online)), [send_sign_out(11)]);
}

#[test]
fn signing_the_others_out_leaves_this_session_alone() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::SignOutOthers);
    let effects = tab.answer(2, Answer::Empty);
    assert_eq!(effects, [Effect::Resolve { op: OpId(1) }]);
    assert_eq!(tab.status(), Status::SignedIn);
}

// Tabs

#[test]
fn another_tabs_sign_out_signs_this_one_out_and_asks_nobody() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.hears_sign_out(Some("s-ann")), [Effect::DropToken, Effect::EndCalls, Effect::Notify]);
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.hears_sign_out(None), [abort(1), Effect::Notify]);
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn late_news_of_another_sessions_end_is_checked_with_the_service() {
    let mut tab = Tab::signed_in("ann");
    assert!(tab.hears_sign_out(Some("s-old")).contains(&refresh(2)));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn another_tabs_sign_in_is_picked_up() {
    let mut tab = Tab::signed_out();
    assert_eq!(tab.hears_sign_in("s-ann"), [refresh(2)]);
    assert_eq!(tab.status(), Status::SignedOut, "until the service has said so");
    tab.answer(2, granted("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
    assert_eq!(tab.hears_sign_in("s-ann"), [], "an echo");
}

#[test]
fn another_tabs_sign_in_ends_the_old_users_token_at_once() {
    let mut tab = Tab::signed_in("ann");
    let effects = tab.hears_sign_in("s-bob");
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&Effect::EndCalls));
    assert!(effects.contains(&refresh(2)));
    assert_eq!((tab.status(), tab.machine.snapshot().session.clone()), (Status::Loading, None));
    assert_eq!(tab.call(1), []);
    assert!(tab.answer(2, granted("bob")).contains(&release(&[1], 2)));
}

#[test]
fn a_refresh_that_was_under_way_when_another_tab_signed_in_is_not_believed() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.hears_sign_in("s-ann"), [abort(1), refresh(2)]);
    assert_eq!(tab.answer(1, Answer::Ended(SessionEndReason::Revoked)), []);
    assert_eq!(tab.status(), Status::Loading);
}

#[test]
fn a_sign_out_that_is_overdue_does_not_end_the_session_another_tab_has_begun_since() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    assert_eq!(tab.hears_sign_in("s-bob"), [], "this tab's sign-out is on its way");
    tab.answer(2, failed(ClientErrorCode::Network));
    let effects = tab.hears_sign_in("s-bob");
    assert_eq!(effects, [refresh(3)]);
}

#[test]
fn check_54_a_page_from_the_back_forward_cache_shows_nothing_until_the_service_has_spoken() {
    let mut tab = Tab::signed_in("ann");
    let effects = tab.take(Input::Wake(Wake::Thawed));
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&refresh(2)));
    assert_eq!(tab.machine.snapshot().session, None);
    tab.answer(2, Answer::Empty);
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn tabs_tell_each_other_that_they_refresh_and_what_came_of_it() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.hints, [TabMessage::Refreshing, TabMessage::Refreshed]);
    tab.hints.clear();
    tab.later(240_000).timer();
    tab.answer(2, unavailable(7_000));
    assert_eq!(tab.hints, [TabMessage::Refreshing, TabMessage::Patience { ms: 7_000 }]);
}

#[test]
fn check_51_a_lock_that_is_never_granted_delays_what_somebody_waits_for_by_a_fifth_of_a_second() {
    let mut tab = Tab { locks: true, ..Tab::new() };
    let started = tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(started, [ask_lock(1)]);
    assert_eq!(tab.turn_timer, Some(1_200));
    assert_eq!(tab.later(199).take(Input::Timer(Timer::Turn)), []);
    assert_eq!(tab.turn_timer, Some(1_200), "it is set again");
    assert_eq!(tab.later(1).take(Input::Timer(Timer::Turn)), [release_lock(1), refresh(1)]);
    assert_eq!(tab.take(granted_lock(1)), [release_lock(1)], "too late");
    tab.answer(1, granted("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn check_51_a_renewal_ahead_of_time_gives_way_for_5_s_unless_somebody_comes_to_wait_for_it() {
    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    assert_eq!(tab.later(240_000).timer(), [ask_lock(2)]);
    assert_eq!((tab.refresh_timer, tab.turn_timer), (None, Some(tab.now.monotonic_ms + 5_000)));
    assert_eq!(tab.later(5_000).take(Input::Timer(Timer::Turn)), [release_lock(2), refresh(2)]);

    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    tab.later(240_000).timer();
    assert_eq!(tab.later(150).refused(1, 1), [Effect::DropToken, Effect::Notify]);
    assert_eq!(tab.turn_timer, Some(tab.now.monotonic_ms + 50));
    assert_eq!(tab.later(50).take(Input::Timer(Timer::Turn)), [release_lock(2), refresh(2)]);
}

#[test]
fn check_51_a_hidden_page_lets_others_go_first_for_5_s_until_it_is_seen() {
    let hidden = || {
        let mut tab = Tab { locks: true, ..Tab::new() };
        tab.take(Input::Wake(Wake::Hidden));
        assert_eq!(tab.take(Input::Start { owed_sign_out: None }), [ask_lock(1)]);
        assert_eq!(tab.turn_timer, Some(6_000));
        tab
    };
    assert_eq!(hidden().later(5_000).take(Input::Timer(Timer::Turn)), [release_lock(1), refresh(1)]);
    assert_eq!(hidden().later(100).take(granted_lock(1)), [refresh(1)]);
    let mut seen = hidden();
    assert_eq!(seen.later(150).take(Input::Wake(Wake::Visible)), []);
    assert_eq!(seen.turn_timer, Some(1_200));
    assert_eq!(hidden().later(201).take(Input::Wake(Wake::Visible)), [release_lock(1), refresh(1)]);
}

#[test]
fn a_lock_is_held_for_one_refresh() {
    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    tab.later(240_000).timer();
    assert_eq!(tab.later(700).take(granted_lock(2)), [refresh(2)]);
    assert_eq!(
        tab.answer(2, granted("ann")),
        [
            Effect::StoreToken { request: RequestNumber(2), generation: Generation(2) },
            release_lock(2),
            Effect::Notify
        ]
    );
    // One that fails doesn't keep the others waiting either.
    tab.later(240_000).timer();
    tab.take(granted_lock(3));
    assert!(tab.answer(3, failed(ClientErrorCode::Network)).contains(&release_lock(3)));
}

#[test]
fn check_50_a_stolen_lock_changes_nothing() {
    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    // While it refreshes.
    tab.later(240_000).timer();
    tab.take(granted_lock(2));
    assert_eq!(tab.take(lost_lock(2)), []);
    let stored = Effect::StoreToken { request: RequestNumber(2), generation: Generation(2) };
    assert_eq!(tab.answer(2, granted("ann")), [stored, Effect::Notify]);
    // While it waits.
    assert_eq!(tab.later(240_000).timer(), [ask_lock(3)]);
    assert_eq!(tab.take(lost_lock(3)), [refresh(3)]);
}

#[test]
fn nobody_waits_for_a_lock_to_sign_in_or_out() {
    let mut tab = Tab { locks: true, ..Tab::new() };
    tab.take(Input::Start { owed_sign_out: None });
    let effects = tab.command(1, Command::SignIn);
    assert!(matches!(effects[..], [Effect::Send { .. }, Effect::ReleaseLock { .. }]), "{effects:?}");
    let effects = tab.sign_out(2);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::AskLock { .. })), "{effects:?}");
    assert_eq!(tab.answer(1, granted("ann")), [send_sign_out(2)]);
}

#[test]
fn without_locks_a_renewal_ahead_of_time_lets_a_neighbour_finish() {
    let mut tab = Tab::signed_in("ann");
    tab.later(239_000).take(Input::Tab(TabMessage::Refreshing));
    assert_eq!(tab.later(1_000).timer(), []);
    assert_eq!(tab.turn_timer, Some(tab.now.monotonic_ms + 4_000));
    assert_eq!(tab.take(Input::Tab(TabMessage::Refreshed)), [refresh(2)], "with this jitter at once");
    tab.answer(2, granted("ann"));

    // A neighbour that is never done, or many of them, are waited for no longer than a lock.
    tab.later(240_000).take(Input::Tab(TabMessage::Refreshing));
    let since = tab.now.monotonic_ms;
    for _ in 0..4 {
        assert_eq!(tab.later(1_000).take(Input::Tab(TabMessage::Refreshing)), []);
    }
    assert_eq!(tab.turn_timer, Some(since + 5_000));
    assert_eq!(tab.later(1_000).take(Input::Timer(Timer::Turn)), [refresh(3)]);

    // Who is waited for doesn't wait.
    tab.answer(3, granted("ann"));
    tab.later(300_000).take(Input::Tab(TabMessage::Refreshing));
    assert!(tab.call(1).contains(&refresh(4)));
}

#[test]
fn one_tab_that_reaches_the_service_brings_the_others_back() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    for request in 2..10 {
        tab.answer(request, failed(ClientErrorCode::Network));
        tab.later(60_000).timer();
    }
    tab.answer(10, failed(ClientErrorCode::Network));
    assert_eq!(tab.status(), Status::Offline);
    assert_eq!(tab.later(1).take(Input::Tab(TabMessage::Refreshed)), [refresh(11)]);
    assert_eq!(Tab::signed_out().take(Input::Tab(TabMessage::Refreshed)), [], "who is signed out stays so");
}

#[test]
fn what_the_service_asked_of_one_tab_holds_for_the_early_renewals_of_all() {
    let mut tab = Tab::signed_in("ann");
    tab.later(239_000).take(Input::Tab(TabMessage::Patience { ms: 7_000 }));
    assert_eq!(tab.refresh_timer, Some(tab.now.monotonic_ms + 7_000));
    assert_eq!(tab.later(6_999).timer(), []);
    assert_eq!(tab.later(1).timer(), [refresh(2)]);
    tab.answer(2, granted("ann"));
    tab.later(230_000).take(Input::Tab(TabMessage::Patience { ms: u64::MAX }));
    assert_eq!(tab.refresh_timer, Some(tab.now.monotonic_ms + 30_000), "nobody is put off for ever");
    assert!(tab.refused(1, 2).contains(&refresh(3)), "nor anybody who waits");
}

// Pages that nobody sees, networks that come and go

#[test]
fn a_hidden_page_renews_nothing_ahead_of_time_until_it_is_used_or_seen() {
    let mut tab = Tab::signed_in("ann");
    tab.take(Input::Wake(Wake::Hidden));
    assert_eq!(tab.refresh_timer, None);
    assert_eq!(tab.later(250_000).timer(), []);
    assert_eq!(tab.call(1), [release(&[1], 1), refresh(2)], "used");
    tab.answer(2, granted("ann"));
    assert_eq!(tab.refresh_timer, None);
    tab.later(250_000);
    assert_eq!(tab.take(Input::Wake(Wake::Visible)), [refresh(3)], "seen");
    tab.answer(3, granted("ann"));
    assert!(tab.refresh_timer.is_some());
    tab.take(Input::Wake(Wake::Hidden));
    assert!(tab.later(300_000).call(2).contains(&refresh(4)), "expired");
}

#[test]
fn a_browser_without_a_network_is_shown_as_offline_at_once() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.take(Input::Wake(Wake::Offline)), [Effect::Notify]);
    assert_eq!(tab.status(), Status::Offline);
    assert_eq!(tab.call(1), [release(&[1], 1)], "it is not for the vault to say what can be reached");
    assert_eq!(tab.take(Input::Wake(Wake::Online)), [Effect::Notify]);
    assert_eq!(tab.status(), Status::SignedIn);
    // A browser that forgets to say that it is online again is believed less than the service.
    tab.take(Input::Wake(Wake::Offline));
    tab.later(240_000).timer();
    tab.answer(2, granted("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn a_refresh_that_left_over_a_network_that_is_gone_is_sent_again_when_there_is_one() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    assert_eq!(tab.later(999).take(Input::Wake(Wake::Online)), [], "it has only just left");
    assert_eq!(tab.later(1).take(Input::Wake(Wake::Online)), [abort(2), refresh(3)]);
}

#[test]
fn check_53_a_clock_that_was_set_back_before_a_sleep_costs_one_refresh_and_no_401() {
    let mut tab = Tab::signed_in("ann");
    tab.now.wall_ms -= 86_400_000;
    assert_eq!(tab.later(1_000).call(1), [release(&[1], 1), Effect::Notify]);
    tab.now.wall_ms += 8 * 3_600_000; // the monotonic clock stood still
    assert!(tab.call(2).contains(&refresh(2)));
    assert!(tab.answer(2, granted("ann")).contains(&release(&[2], 2)));
}

#[test]
fn a_monotonic_clock_that_goes_back_is_taken_to_stand_still() {
    let mut tab = Tab::signed_in("ann");
    tab.later(250_000).call(1);
    tab.answer(2, granted("ann"));
    let armed = tab.refresh_timer;
    tab.now.monotonic_ms = 0;
    assert_eq!(tab.call(2), [release(&[2], 2)]);
    assert_eq!(tab.timer(), []);
    assert_eq!(tab.refresh_timer, armed);
}

// The end

#[test]
fn disposing_answers_everybody_and_then_says_nothing_more() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    tab.command(7, Command::SignIn);
    let effects = tab.take(Input::Dispose);
    for expected in [
        Effect::DropToken,
        fail(&[1], ClientErrorCode::Disposed),
        reject(7, ClientErrorCode::Disposed),
        abort(2),
    ] {
        assert!(effects.contains(&expected), "{expected:?} in {effects:?}");
    }
    assert_eq!(tab.answer(2, granted("ann")), []);
    assert_eq!(tab.call(2), [fail(&[2], ClientErrorCode::Disposed)]);
    assert_eq!(tab.command(8, Command::SignIn), [reject(8, ClientErrorCode::Disposed)]);
    assert_eq!(tab.hears_sign_in("s-bob"), []);
    assert_eq!(tab.take(Input::Dispose), []);
}
