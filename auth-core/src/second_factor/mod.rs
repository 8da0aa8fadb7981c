//! Second factors: what an account has, what an answer proves, and when a session requires one.
//!
//! An authenticator app is the user's choice: an account that has one opens no session for one factor. Recovery
//! codes replace the app. A passkey is a second factor beside a password, and two factors by itself if it
//! verifies the user.

mod recovery;
mod totp;

use serde::{Deserialize, Serialize};

use crate::credential::{Assurance, AuthenticationMethod, CredentialVersion};
use crate::wire::Method;

pub use recovery::{RECOVERY_CODES, RecoveryCode};
pub use totp::{SECRET_BYTES, TimeStep, TotpSecret};

/// What a second factor adds to the methods of a session.
pub const ONE_TIME_CODE: [AuthenticationMethod; 2] =
    [AuthenticationMethod::OneTimePassword, AuthenticationMethod::MultipleFactors];

/// How long an authenticator app can be confirmed after its secret was issued, in seconds.
pub const CONFIRMATION_LIFETIME: u64 = 600;

/// The second factors of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// The authenticator app, once the user has confirmed it.
    pub totp: Option<TotpFactor>,
    /// The hashes of the recovery codes that are left.
    pub recovery_codes: Vec<String>,
    /// Whether the account has a passkey.
    pub passkey: bool,
}

/// A confirmed authenticator app, without its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotpFactor {
    /// No other secret of the account has this version. An answer counts for the secret for which it was
    /// computed.
    pub version: CredentialVersion,
    /// The last time step whose code was accepted.
    pub last_step: TimeStep,
}

/// An answer, after the Worker has compared it with what only the Worker can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorAnswer {
    /// A code of the authenticator app.
    Totp {
        /// The version of the secret.
        version: CredentialVersion,
        /// The step whose code it is; `None`: it is the code of no step.
        step: Option<TimeStep>,
    },
    /// A recovery code.
    RecoveryCode {
        /// Its hash; `None`: it can't be a recovery code.
        hash: Option<String>,
    },
}

impl SecondFactors {
    /// Whether the user has chosen to require a second factor.
    #[must_use]
    pub const fn is_enrolled(&self) -> bool {
        self.totp.is_some()
    }

    /// The methods by which the user can prove a second factor.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let all = [
            (Method::Totp, self.totp.is_some()),
            (Method::RecoveryCode, !self.recovery_codes.is_empty()),
            (Method::Passkey, self.passkey),
        ];
        all.into_iter().filter(|(_, has)| *has).map(|(method, _)| method).collect()
    }

    /// What the user still has to prove before a session is opened for these methods: one of the returned
    /// methods; `None`: nothing. `guarded`: whether a role of the user requires a second factor. A user with
    /// such a role who has no second factor gets a session without the role ([`granted_roles`]), in which the
    /// user can add a factor.
    #[must_use]
    pub fn lacking(&self, methods: &[AuthenticationMethod], guarded: bool) -> Option<Vec<Method>> {
        let required = self.is_enrolled() || (guarded && self.passkey);
        (required && Assurance::of(methods) < Assurance::Aal2).then(|| self.methods())
    }

    /// Takes an answer. Returns whether it is correct, in which case it never will be again: the change must be
    /// stored in the transaction in which the answer takes effect. A time step that is not later than the last
    /// accepted one is rejected (RFC 6238 section 5.2).
    pub fn take(&mut self, answer: &SecondFactorAnswer) -> bool {
        match answer {
            SecondFactorAnswer::Totp { version, step: Some(step) } => match &mut self.totp {
                Some(totp) if totp.version == *version && totp.last_step < *step => {
                    totp.last_step = *step;
                    true
                }
                Some(_) | None => false,
            },
            SecondFactorAnswer::RecoveryCode { hash: Some(hash) } => {
                let before = self.recovery_codes.len();
                self.recovery_codes.retain(|known| known != hash);
                self.recovery_codes.len() < before
            }
            SecondFactorAnswer::Totp { step: None, .. } | SecondFactorAnswer::RecoveryCode { hash: None } => {
                false
            }
        }
    }
}

/// Whether one of the user's roles requires a second factor.
#[must_use]
pub fn is_guarded(roles: &[String], guarded: &[String]) -> bool {
    roles.iter().any(|role| guarded.contains(role))
}

/// The roles that a session has: roles that require a second factor only in a session in which two factors were
/// proved.
#[must_use]
pub fn granted_roles(mut roles: Vec<String>, guarded: &[String], assurance: Assurance) -> Vec<String> {
    if assurance < Assurance::Aal2 && !guarded.is_empty() {
        roles.retain(|role| !guarded.contains(role));
    }
    roles
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::{
        RecoveryCode, SecondFactorAnswer, SecondFactors, TimeStep, TotpFactor, TotpSecret, granted_roles,
        is_guarded,
    };
    use crate::credential::AuthenticationMethod::{
        MultipleFactors, OneTimePassword, Password, SoftwareKey, User,
    };
    use crate::credential::{Assurance, CredentialVersion};
    use crate::time::UnixTime;
    use crate::wire::Method;

    const VERSION: CredentialVersion = CredentialVersion(3);

    fn totp(last_step: u64) -> Option<TotpFactor> {
        Some(TotpFactor { version: VERSION, last_step: TimeStep(last_step) })
    }

    fn code(step: u64) -> SecondFactorAnswer {
        SecondFactorAnswer::Totp { version: VERSION, step: Some(TimeStep(step)) }
    }

    fn recovery(hash: &str) -> SecondFactorAnswer {
        SecondFactorAnswer::RecoveryCode { hash: Some(hash.to_owned()) }
    }

    fn enrolled() -> SecondFactors {
        SecondFactors { totp: totp(10), recovery_codes: vec!["a".into(), "b".into()], passkey: false }
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn each_time_step_is_accepted_once_and_none_before_an_accepted_one() {
        let mut factors = enrolled();
        for (step, accepted) in [(10, false), (11, true), (11, false), (10, false), (13, true), (12, false)] {
            assert_eq!(factors.take(&code(step)), accepted, "{step}");
        }
        assert!(!factors.take(&SecondFactorAnswer::Totp { version: VERSION, step: None }));
        let other = SecondFactorAnswer::Totp { version: CredentialVersion(4), step: Some(TimeStep(20)) };
        assert!(!factors.take(&other), "the app was replaced in the meantime");
        assert_eq!(factors.totp, totp(13));
        assert!(!SecondFactors::default().take(&code(20)));
    }

    #[test]
    fn each_recovery_code_is_accepted_once() {
        let mut factors = enrolled();
        for (hash, accepted) in [("x", false), ("a", true), ("a", false), ("b", true), ("", false)] {
            assert_eq!(factors.take(&recovery(hash)), accepted, "{hash}");
        }
        assert!(!factors.take(&SecondFactorAnswer::RecoveryCode { hash: None }));
        assert_eq!(factors.methods(), [Method::Totp]);
    }

    #[test]
    fn an_account_with_an_app_opens_no_session_for_one_factor() {
        let none = SecondFactors::default();
        let passkey = SecondFactors { passkey: true, ..none.clone() };
        let app = SecondFactors { passkey: true, ..enrolled() };
        let both = vec![Method::Totp, Method::RecoveryCode];
        let all = vec![Method::Totp, Method::RecoveryCode, Method::Passkey];
        for (factors, methods, guarded, lacking) in [
            (&none, vec![Password], false, None),
            (&none, vec![Password], true, None),
            (&passkey, vec![Password], false, None),
            (&passkey, vec![Password], true, Some(vec![Method::Passkey])),
            (&passkey, vec![SoftwareKey, User], true, None),
            (&passkey, vec![SoftwareKey], true, Some(vec![Method::Passkey])),
            (&enrolled(), vec![Password], false, Some(both.clone())),
            (&enrolled(), vec![], false, Some(both)),
            (&app, vec![Password], true, Some(all)),
            (&app, vec![SoftwareKey, User], true, None),
            (&app, vec![Password, OneTimePassword, MultipleFactors], true, None),
        ] {
            assert_eq!(factors.lacking(&methods, guarded), lacking, "{factors:?} {methods:?} {guarded}");
        }
    }

    #[test]
    fn a_guarded_role_is_granted_for_two_factors_only() {
        let granted = |roles: &str, guarded: &str, assurance| {
            granted_roles(words(roles), &words(guarded), assurance).join(" ")
        };
        for (roles, guarded, one, two) in [
            ("admin editor", "", "admin editor", "admin editor"),
            ("admin editor", "admin", "editor", "admin editor"),
            ("editor", "admin owner", "editor", "editor"),
            ("admin owner", "admin owner", "", "admin owner"),
        ] {
            assert_eq!(granted(roles, guarded, Assurance::Aal1), one);
            assert_eq!(granted(roles, guarded, Assurance::Aal2), two);
            assert_eq!(is_guarded(&words(roles), &words(guarded)), one != two);
        }
    }

    #[derive(Clone, Debug)]
    enum Event {
        /// The code that the app shows at the first time is presented at the second.
        Code(u64, u64),
        Recovery(usize),
        /// The user replaces the app.
        Replace,
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let code = (1_000..1_400_u64, -70..70_i64)
            .prop_map(|(at, off)| Event::Code(at.saturating_add_signed(off), at));
        let event = prop_oneof![
            6 => code,
            2 => (0..12_usize).prop_map(Event::Recovery),
            1 => Just(Event::Replace),
        ];
        prop::collection::vec(event, 0..60)
    }

    proptest! {
        /// Whatever is presented, whenever: a code is accepted only if the present app shows it within one step
        /// of that time, and each step once; each recovery code of the account once.
        #[test]
        fn property_every_code_counts_once(secret in any::<[u8; 20]>(), events in events()) {
            let codes: Vec<String> = (0..12)
                .map(|number| RecoveryCode::new([number * 20 + 1; 16]).hash("acc"))
                .collect();
            let recovery_codes = codes.iter().take(10).cloned().collect();
            let mut factors = SecondFactors { totp: totp(0), recovery_codes, passkey: false };
            let mut app = TotpSecret::new(secret);
            let (mut steps, mut used) = (HashSet::new(), HashSet::new());
            for event in events {
                match event {
                    Event::Code(shown_at, now) => {
                        let shown = app.code_at(UnixTime(shown_at));
                        let step = app.step_of(&shown, UnixTime(now));
                        let TotpFactor { version, last_step } = factors.totp.unwrap();
                        if factors.take(&SecondFactorAnswer::Totp { version, step }) {
                            let step = step.unwrap();
                            prop_assert!(step.0.abs_diff(now / 30) <= 1);
                            prop_assert_eq!(app.code_at(UnixTime(step.0 * 30)), shown);
                            prop_assert!(steps.insert((version.0, step.0)), "accepted twice");
                        } else if (shown_at / 30).abs_diff(now / 30) <= 1 {
                            // Another step may have the same code by chance, so this is about the step found.
                            prop_assert!(step.is_some_and(|step| step <= last_step));
                        }
                    }
                    Event::Recovery(number) => {
                        let accepted = factors.take(&recovery(&codes[number]));
                        prop_assert_eq!(accepted, number < 10 && used.insert(number));
                    }
                    Event::Replace => {
                        let version = CredentialVersion(factors.totp.unwrap().version.0 + 1);
                        factors.totp = Some(TotpFactor { version, last_step: TimeStep(0) });
                        app = TotpSecret::new(secret.map(|byte| byte ^ 1));
                    }
                }
            }
        }
    }
}
