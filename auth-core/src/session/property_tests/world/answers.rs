//! The service's answers, and what follows from them.

use super::{Kind, World};
use crate::session::property_tests::event::Reply;
use crate::session::{Answer, ClientErrorCode, Command, Failure, Grant, Input, RequestNumber, SeenSession};
use crate::wire::{ErrorCode, SessionEndReason};

impl World {
    pub(in crate::session::property_tests) fn answer(
        &mut self,
        request: RequestNumber,
        kind: Kind,
        with: Reply,
    ) {
        let current = self.open.remove(&request);
        let before = self.machine.snapshot().clone();
        self.replies.insert(request, with);
        let answer = match with {
            Reply::Granted { user, expires_in_s } => {
                Answer::Granted(Grant { expires_in_s, session: session(user) })
            }
            Reply::Empty => Answer::Empty,
            Reply::Ended => Answer::Ended(SessionEndReason::Revoked),
            Reply::Failed(code) => Answer::Failed(Failure::client(code)),
            // What `Reply::read` makes of the rejection of a page of another site.
            Reply::Refused(ErrorCode::RequestForgery, retry_after_ms) if self.elsewhere => {
                let blocked = Failure::client(ClientErrorCode::CookieBlocked);
                Answer::Failed(Failure { status: Some(403), retry_after_ms, ..blocked })
            }
            Reply::Refused(code, retry_after_ms) => {
                Answer::Failed(Failure { retry_after_ms, ..Failure::service(code) })
            }
        };
        if current && matches!(kind, Kind::Command(Command::SignIn | Command::SecondFactor)) {
            match with {
                Reply::Refused(ErrorCode::SecondFactorRequired, _) => self.waits_beside = self.current,
                Reply::Refused(ErrorCode::ChallengeExpired, _) => self.waits_beside = None,
                Reply::Granted { .. }
                | Reply::Empty
                | Reply::Ended
                | Reply::Failed(_)
                | Reply::Refused(..) => {}
            }
        }
        self.another_site |= current && matches!(with, Reply::Refused(ErrorCode::RequestForgery, _));
        self.answering = current.then_some((kind, with));
        self.feed(Input::Answered { request, answer });
        self.cookie_came |= matches!(self.answering.take(), Some((Kind::Refresh, Reply::Granted { .. })));
        let after = self.machine.snapshot();
        if !current || self.overtaken.contains(&request) {
            assert_eq!(before.session, after.session, "a stale answer changes nothing");
        }
        let may_end = match with {
            Reply::Ended => {
                kind != Kind::Command(Command::SignIn) && kind != Kind::Command(Command::SecondFactor)
            }
            // Deleting the account has ended the session too.
            Reply::Empty => kind == Kind::Refresh || kind == Kind::Command(Command::DeleteAccount),
            // Another tab has announced a sign-out, and the service can't be asked.
            Reply::Failed(_) | Reply::Refused(..) => kind == Kind::Refresh && self.announced,
            Reply::Granted { .. } => false,
        };
        if before.session.is_some() && after.session.is_none() {
            assert!(may_end, "{with:?} to {kind:?} ended a session");
            if kind == Kind::Command(Command::DeleteAccount) && matches!(with, Reply::Empty) {
                self.out = true;
                self.may_ask = false;
                let sent_since = |request: &RequestNumber| self.open.contains(request);
                let all = self.requests.iter().map(|(request, _)| *request);
                self.overtaken = all.filter(|request| !sent_since(request)).collect();
                assert_eq!(self.stored, None, "the token is gone at once");
            }
        }
    }

    /// Answers all requests in progress, and those that follow. Returns their number.
    pub(in crate::session::property_tests) fn answer_all(&mut self, with: Reply) -> u64 {
        let mut answered = 0;
        while let Some((request, kind)) =
            self.requests.iter().find(|(request, _)| self.open.contains(request)).copied()
        {
            answered += 1;
            assert!(answered < 100, "each answer causes the next request");
            self.answer(request, kind, with);
        }
        answered
    }
}

fn session(user: u8) -> SeenSession {
    SeenSession {
        id: format!("s-{user}").into(),
        user: format!("u-{user}").into(),
        lasts_s: 86_400,
        view: format!("{user}"),
    }
}
