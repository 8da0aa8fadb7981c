//! Ceremonies of two steps: the service issues a challenge, and a later request answers it (a code from an
//! e-mail, a second factor).
//!
//! A challenge is valid for minutes, and only in the browser for which it was issued. What a correct answer is
//! depends on the method, which verifies it; this module decides whether it counts, and counts wrong ones. A
//! correct answer becomes a [`Proof`](super::Proof) that counts [`Once`].

use serde::{Deserialize, Serialize};

use super::{Once, Proof};
use crate::id::AccountId;
use crate::time::UnixTime;
use crate::wire::CHALLENGE_LIFETIME;

/// How many wrong answers a challenge survives. One more ends it, because a code is short enough to be
/// guessed.
pub const MAX_WRONG_ANSWERS: u8 = 4;

/// What a correct answer permits. An answer never counts for another purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengePurpose {
    /// To open a session.
    SignIn,
    /// To prove a credential again in a session.
    Reauthentication,
    /// To replace a password that the user has forgotten.
    PasswordReset,
    /// To show that the account's address is the user's.
    EmailVerification,
    /// To replace the account's address with another one.
    EmailChange,
    /// To open a session after the first factor was proved.
    SecondFactor,
}

/// What a correct answer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// A code that was sent by mail.
    Code(ExpectedCode),
    /// A second factor of the account that stores the challenge.
    SecondFactor(Box<FirstFactor>),
}

/// A code, and what it proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedCode {
    /// The code's MAC under the secret of the browser's cookie ([`crate::wire::ChallengeCookie::mac`]).
    pub mac: String,
    /// The address to which it was sent, normalised.
    pub email: String,
    /// The account that had the address then; `None` if none had.
    pub account: Option<AccountId>,
}

/// What the user has proved before the second factor is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstFactor {
    /// The proof. It has been used up if it counts once, and counts only as long as its credential is unchanged.
    pub proof: Proof,
    /// Whether the account was created by the request that proved it.
    pub signed_up: bool,
}

/// A challenge as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// What a correct answer permits.
    pub purpose: ChallengePurpose,
    /// SHA-256 of the secret in the cookie of the browser for which it was issued, in hex. Each challenge has
    /// a cookie of its own, so this is also its id.
    pub browser: String,
    /// What a correct answer is.
    pub expected: Expected,
    /// It expires at this second.
    pub expires_at: UnixTime,
    /// How often it was answered incorrectly.
    pub wrong_answers: u8,
}

/// The result of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeVerdict {
    /// It is correct. Whether it still counts is decided where it takes effect.
    Correct(Once),
    /// It is wrong. The challenge can be answered this many times more.
    Wrong {
        /// 0: the challenge has ended.
        answers_left: u8,
    },
    /// It does not count, whether it is correct or not.
    Rejected(ChallengeRejection),
}

/// Why an answer does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeRejection {
    /// It comes from a browser for which there is no challenge (any more). This changes nothing, so a client
    /// without the cookie cannot end another browser's challenge.
    OtherBrowser,
    /// The challenge was issued for another purpose.
    OtherPurpose,
    /// The challenge has expired.
    Expired,
    /// The challenge was answered incorrectly too often.
    TooManyAnswers,
}

impl Challenge {
    /// A new challenge for the browser with this cookie hash.
    #[must_use]
    pub const fn issue(
        purpose: ChallengePurpose,
        browser: String,
        expected: Expected,
        now: UnixTime,
    ) -> Self {
        Self { purpose, browser, expected, expires_at: now.plus(CHALLENGE_LIFETIME), wrong_answers: 0 }
    }

    /// Whether an answer from this browser would count. Asked before an answer is verified at some cost.
    ///
    /// # Errors
    /// [`ChallengeRejection`].
    pub fn check(
        &self,
        purpose: ChallengePurpose,
        browser: &str,
        now: UnixTime,
    ) -> Result<(), ChallengeRejection> {
        if self.browser != browser {
            Err(ChallengeRejection::OtherBrowser)
        } else if self.purpose != purpose {
            Err(ChallengeRejection::OtherPurpose)
        } else if now >= self.expires_at {
            Err(ChallengeRejection::Expired)
        } else if self.wrong_answers > MAX_WRONG_ANSWERS {
            Err(ChallengeRejection::TooManyAnswers)
        } else {
            Ok(())
        }
    }

    /// Takes an answer that its method has verified. The change must be stored before the verdict is
    /// disclosed.
    pub fn answer(
        &mut self,
        purpose: ChallengePurpose,
        browser: &str,
        is_correct: bool,
        now: UnixTime,
    ) -> ChallengeVerdict {
        if let Err(rejection) = self.check(purpose, browser, now) {
            return ChallengeVerdict::Rejected(rejection);
        }
        if is_correct {
            return ChallengeVerdict::Correct(Once { id: self.browser.clone(), until: self.expires_at });
        }
        self.wrong_answers = self.wrong_answers.saturating_add(1);
        let answers_left = MAX_WRONG_ANSWERS.saturating_add(1).saturating_sub(self.wrong_answers);
        ChallengeVerdict::Wrong { answers_left }
    }
}

impl ExpectedCode {
    /// Whether this is the code, and, if the answer names an address, that address. `mac` is the MAC of the
    /// code that the user typed.
    #[must_use]
    pub fn is_met_by(&self, mac: &str, email: Option<&str>) -> bool {
        ct_codecs::verify(self.mac.as_bytes(), mac.as_bytes())
            && email.is_none_or(|email| email == self.email)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::{
        CHALLENGE_LIFETIME, Challenge, ChallengePurpose, ChallengeRejection, ChallengeVerdict, Expected,
        ExpectedCode, MAX_WRONG_ANSWERS,
    };
    use crate::credential::Once;
    use crate::time::UnixTime;

    const SIGN_IN: ChallengePurpose = ChallengePurpose::SignIn;

    fn expected() -> ExpectedCode {
        ExpectedCode { mac: "ab".into(), email: "ada@example.com".into(), account: None }
    }

    fn issued() -> Challenge {
        Challenge::issue(SIGN_IN, "ours".into(), Expected::Code(expected()), UnixTime(1_000))
    }

    fn correct() -> ChallengeVerdict {
        ChallengeVerdict::Correct(Once { id: "ours".into(), until: UnixTime(1_600) })
    }

    fn rejected(why: ChallengeRejection) -> ChallengeVerdict {
        ChallengeVerdict::Rejected(why)
    }

    #[test]
    fn every_correct_answer_to_a_challenge_has_the_same_id() {
        let mut challenge = issued();
        for at in [1_001, 1_002] {
            assert_eq!(challenge.answer(SIGN_IN, "ours", true, UnixTime(at)), correct());
        }
        assert_eq!(challenge, issued());
    }

    #[test]
    fn a_challenge_expires_after_ten_minutes() {
        let mut challenge = issued();
        let verdict = challenge.answer(SIGN_IN, "ours", true, UnixTime(1_600));
        assert_eq!((verdict, challenge.clone()), (rejected(ChallengeRejection::Expired), issued()));
        assert_eq!(challenge.answer(SIGN_IN, "ours", true, UnixTime(1_599)), correct());
    }

    #[test]
    fn the_fifth_wrong_answer_ends_a_challenge() {
        let mut challenge = issued();
        for answers_left in [4, 3, 2, 1, 0] {
            let verdict = challenge.answer(SIGN_IN, "ours", false, UnixTime(1_001));
            assert_eq!(verdict, ChallengeVerdict::Wrong { answers_left });
        }
        let verdict = challenge.answer(SIGN_IN, "ours", true, UnixTime(1_001));
        assert_eq!(verdict, rejected(ChallengeRejection::TooManyAnswers));
    }

    #[test]
    fn another_browser_or_purpose_neither_uses_nor_ends_a_challenge() {
        let mut challenge = issued();
        for _ in 0..10 {
            for is_correct in [true, false] {
                let verdict = challenge.answer(SIGN_IN, "theirs", is_correct, UnixTime(1_001));
                assert_eq!(verdict, rejected(ChallengeRejection::OtherBrowser));
                let purpose = ChallengePurpose::Reauthentication;
                let verdict = challenge.answer(purpose, "ours", is_correct, UnixTime(1_001));
                assert_eq!(verdict, rejected(ChallengeRejection::OtherPurpose));
            }
        }
        assert_eq!(challenge, issued());
    }

    #[test]
    fn a_code_is_met_by_its_mac_and_by_the_address_to_which_it_was_sent() {
        for (mac, email, is_met) in [
            ("ab", None, true),
            ("ab", Some("ada@example.com"), true),
            ("ab", Some("eve@example.com"), false),
            ("ac", None, false),
            ("a", None, false),
            ("", Some("ada@example.com"), false),
        ] {
            assert_eq!(expected().is_met_by(mac, email), is_met, "{mac} {email:?}");
        }
    }

    fn answer() -> impl Strategy<Value = (ChallengePurpose, &'static str, bool, u64)> {
        let purpose = prop_oneof![4 => Just(SIGN_IN), 1 => Just(ChallengePurpose::Reauthentication)];
        let browser = prop_oneof![4 => Just("ours"), 1 => Just("theirs"), 1 => Just("")];
        let time = prop_oneof![4 => 1_000..1_600_u64, 1 => 1_590..1_610_u64, 1 => any::<u64>()];
        (purpose, browser, any::<bool>(), time)
    }

    proptest! {
        /// Whatever is answered, in whatever order: only a correct answer is accepted, by the right browser, for
        /// the right purpose, in time and before the fifth wrong answer, and all of these have one id.
        #[test]
        fn property_only_answers_that_count_are_correct(answers in prop::collection::vec(answer(), 0..40)) {
            let mut challenge = issued();
            let mut wrong = 0;
            for (purpose, browser, is_correct, at) in answers {
                let before = challenge.clone();
                let counts = purpose == SIGN_IN
                    && browser == "ours"
                    && at < 1_000 + CHALLENGE_LIFETIME
                    && wrong <= u32::from(MAX_WRONG_ANSWERS);
                prop_assert_eq!(challenge.check(purpose, browser, UnixTime(at)).is_ok(), counts);
                match challenge.answer(purpose, browser, is_correct, UnixTime(at)) {
                    verdict @ ChallengeVerdict::Correct(_) => {
                        prop_assert!(counts && is_correct);
                        prop_assert_eq!(verdict, correct());
                        prop_assert_eq!(&challenge, &before);
                    }
                    ChallengeVerdict::Wrong { answers_left } => {
                        prop_assert!(counts && !is_correct);
                        wrong += 1;
                        prop_assert_eq!(u32::from(answers_left), u32::from(MAX_WRONG_ANSWERS) + 1 - wrong);
                    }
                    ChallengeVerdict::Rejected(_) => {
                        prop_assert!(!counts);
                        prop_assert_eq!(&challenge, &before, "a rejected answer changes nothing");
                    }
                }
            }
        }
    }
}
