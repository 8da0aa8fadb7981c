//! A sign-in that waits for its second factor. The service knows it by a cookie that the browser keeps for 10 minutes;
//! there is no session yet. An earlier session, if there is one, continues until the second factor is proved.

use super::state::{SecondFactor, State};
use super::{Code, Command, Failure, Machine, Now};
use crate::wire::ErrorCode;

impl Machine {
    /// The command as it is sent now: a second factor is proved in the current session, unless a sign-in waits for it.
    /// Not earlier, because the answer to a command before it may be that a second factor is required.
    pub(super) fn as_sent(&self, command: Command) -> Command {
        match (command, &self.state) {
            (Command::SecondFactor, State::SignedIn(signed_in))
                if self.second_factor.beside.as_ref() != Some(&signed_in.session.id) =>
            {
                Command::ChangeSession
            }
            (other, _) => other,
        }
    }

    /// Whether a second factor would be proved in the current session now.
    #[must_use]
    pub fn proves_in_session(&self) -> bool {
        self.as_sent(Command::SecondFactor) == Command::ChangeSession
    }

    /// A command leaves. Another sign-in replaces the one that waits.
    pub(super) fn second_factor_sends(&mut self, command: Command) {
        if command == Command::SignIn {
            self.second_factor = SecondFactor::default();
        }
    }

    /// The service rejected a command that would have opened a session, or asks for the second factor.
    pub(super) fn second_factor_failed(&mut self, command: Command, failure: &Failure) {
        let opens = matches!(command, Command::SignIn | Command::SecondFactor);
        if opens && failure.code == Code::Service(ErrorCode::SecondFactorRequired) {
            let State::SignedIn(signed_in) = &self.state else { return };
            self.second_factor = SecondFactor { beside: Some(signed_in.session.id.clone()) };
        } else if opens && failure.code == Code::Service(ErrorCode::ChallengeExpired) {
            self.second_factor = SecondFactor::default();
        }
    }

    /// The session's description is outdated, so a refresh brings another one, unless the service has asked to wait.
    pub(super) fn user_changed(&mut self, now: Now) {
        if matches!(self.state, State::SignedIn(_)) {
            self.renewal.demand(now).ok();
        }
    }
}
