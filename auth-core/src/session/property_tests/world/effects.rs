//! Carries out what the machine wants, and checks that it may want it.

use super::{Kind, World};
use crate::session::property_tests::event::Reply;
use crate::session::{ClientErrorCode, Code, Command, Effect, OpId, RequestNumber};

impl World {
    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Refresh { request } => {
                assert!(!self.out || self.may_ask, "a sign-out is followed by no refresh");
                assert!(self.asking.is_none(), "it asks for a lock and doesn't wait for it");
                self.depart(request, Kind::Refresh);
            }
            Effect::SignOut { request, .. } => self.depart(request, Kind::SignOut),
            Effect::Send { request, op, command, bearer } => {
                assert!(self.ops.contains(&op), "no operation {op:?} is pending");
                assert!(bearer.is_none() || bearer == self.stored);
                self.check_second_factor(op, command, bearer.is_some());
                self.depart(request, Kind::Command(command));
            }
            Effect::Abort { request } => {
                assert!(self.open.remove(&request), "aborted what isn't under way");
            }
            Effect::StoreToken { request, generation } => {
                assert!(generation > self.newest, "freshness only moves forward");
                assert!(!self.overtaken.contains(&request), "a sign-out wins over what was under way");
                assert!(matches!(self.replies.get(&request), Some(Reply::Granted { .. })));
                if let Some(Reply::Granted { user, .. }) = self.replies.get(&request) {
                    self.current = Some(*user);
                }
                self.newest = generation;
                self.stored = Some(generation);
                self.out = false;
            }
            Effect::DropToken => self.stored = None,
            Effect::Release { calls, generation } => {
                assert_eq!(self.stored, Some(generation), "released with a token that isn't there");
                for call in calls {
                    assert!(self.calls.remove(&call), "{call:?} was answered twice");
                    self.sent.push((call, generation));
                }
            }
            Effect::Fail { calls, .. } => {
                for call in calls {
                    assert!(self.calls.remove(&call), "{call:?} was answered twice");
                }
            }
            Effect::KeepAnswer { call } => assert!(self.calls.remove(&call), "{call:?} was answered twice"),
            Effect::Resolve { op } => {
                assert!(self.ops.remove(&op), "{op:?} was answered twice");
                let asked =
                    matches!(self.answering, Some((Kind::Refresh, with)) if !matches!(with, Reply::Empty));
                assert!(
                    !self.elsewhere || self.cookie_came || asked || !self.beginning.contains(&op),
                    "{op:?} began a session although the browser did not keep its cookie"
                );
            }
            Effect::Reject { op, failure } => {
                assert!(self.ops.remove(&op), "{op:?} was answered twice");
                if failure.code == Code::Client(ClientErrorCode::CookieBlocked) {
                    assert!(self.elsewhere);
                    if failure.status.is_none() {
                        assert!(matches!(self.answering, Some((Kind::Refresh, Reply::Empty))));
                        assert!(self.beginning.contains(&op));
                    } else {
                        assert!(
                            self.another_site,
                            "cookie_blocked although the page is on the service's site"
                        );
                    }
                }
            }
            Effect::AskStepUp { number, .. } => {
                assert!(!self.step_ups.contains(&number), "a number used twice");
                assert!(self.stored.is_some() || self.current.is_some(), "a step-up without a session");
                self.step_ups.push(number);
                self.stepping = Some(number);
            }
            Effect::EndCalls => {
                self.sent.clear();
                self.current = None;
            }
            Effect::SetTimer { timer, at_ms } => {
                self.timers.insert(timer, at_ms);
            }
            Effect::CancelTimer { timer } => {
                assert!(self.timers.remove(&timer).is_some(), "{timer:?} isn't running");
            }
            Effect::AskLock { lock } => {
                assert!(self.asking.is_none() && self.held.is_none(), "it asks for what it has");
                assert!(!self.asked.contains(&lock), "a number used twice");
                self.asked.push(lock);
                self.asking = Some((lock, self.now.monotonic_ms));
            }
            Effect::ReleaseLock { lock } => {
                self.asking.take_if(|(asking, _)| *asking == lock);
                self.held.take_if(|held| *held == lock);
            }
            Effect::RememberSignOut(_) => self.owes = Some(true),
            Effect::CheckSignOutNote => {}
            Effect::ForgetSignOut => self.owes = Some(false),
            Effect::Broadcast(_) | Effect::Notify => {}
        }
    }

    /// A second factor is proved in the session, with its token, unless a sign-in beside it waits for it.
    fn check_second_factor(&mut self, op: OpId, command: Command, with_token: bool) {
        let waits = self.current.is_none() || self.waits_beside == self.current;
        match command {
            Command::SignIn => self.waits_beside = None,
            Command::SecondFactor => {
                assert!(waits && !with_token, "a sign-in is finished in another session")
            }
            Command::ChangeSession if self.factors.contains(&op) => {
                assert!(!waits && with_token, "a sign-in that waits is not finished");
                self.beginning.remove(&op);
            }
            Command::ChangeSession | Command::SignOutOthers | Command::DeleteAccount => {}
        }
    }

    fn depart(&mut self, request: RequestNumber, kind: Kind) {
        assert!(!self.requests.iter().any(|(known, _)| *known == request), "a number used twice");
        self.requests.push((request, kind));
        self.open.insert(request);
    }
}
