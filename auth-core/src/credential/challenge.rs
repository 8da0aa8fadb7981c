//! Ceremonies of two steps: the service issues a challenge, and a later request answers it (a code from an
//! e-mail, a passkey's signature, the return from another provider).
//!
//! A challenge is valid for minutes, only in the browser for which it was issued, and for one correct answer.
//! What a correct answer is depends on the method, which verifies it; this module decides whether it counts.
//! Issuing, answering and storing the result are one transaction each, so that of any number of concurrent
//! answers one is accepted.

use serde::{Deserialize, Serialize};

use crate::time::UnixTime;

/// How long a challenge can be answered, in seconds.
pub const CHALLENGE_LIFETIME: u64 = 600;

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
}

/// A challenge as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// What a correct answer permits.
    pub purpose: ChallengePurpose,
    /// SHA-256 of the cookie of the browser for which it was issued, in hex.
    pub browser: String,
    /// It expires at this second.
    pub expires_at: UnixTime,
    /// How often it was answered incorrectly.
    pub wrong_answers: u8,
    /// Whether it was answered correctly.
    pub answered: bool,
}

/// The result of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeVerdict {
    /// It is correct, and the challenge is used up.
    Accepted,
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
    /// The challenge has been answered correctly before.
    Answered,
    /// The challenge was answered incorrectly too often.
    TooManyAnswers,
}

impl Challenge {
    /// A new challenge for the browser with this cookie hash.
    #[must_use]
    pub const fn issue(purpose: ChallengePurpose, browser: String, now: UnixTime) -> Self {
        let expires_at = now.plus(CHALLENGE_LIFETIME);
        Self { purpose, browser, expires_at, wrong_answers: 0, answered: false }
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
        } else if self.answered {
            Err(ChallengeRejection::Answered)
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
            self.answered = true;
            return ChallengeVerdict::Accepted;
        }
        self.wrong_answers = self.wrong_answers.saturating_add(1);
        let answers_left = MAX_WRONG_ANSWERS.saturating_add(1).saturating_sub(self.wrong_answers);
        ChallengeVerdict::Wrong { answers_left }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::{
        CHALLENGE_LIFETIME, Challenge, ChallengePurpose, ChallengeRejection, ChallengeVerdict,
        MAX_WRONG_ANSWERS,
    };
    use crate::time::UnixTime;

    const SIGN_IN: ChallengePurpose = ChallengePurpose::SignIn;

    fn issued() -> Challenge {
        Challenge::issue(SIGN_IN, "ours".into(), UnixTime(1_000))
    }

    fn rejected(why: ChallengeRejection) -> ChallengeVerdict {
        ChallengeVerdict::Rejected(why)
    }

    #[test]
    fn a_challenge_is_answered_once() {
        let mut challenge = issued();
        assert_eq!(challenge.answer(SIGN_IN, "ours", true, UnixTime(1_001)), ChallengeVerdict::Accepted);
        for is_correct in [true, false] {
            let verdict = challenge.answer(SIGN_IN, "ours", is_correct, UnixTime(1_002));
            assert_eq!(verdict, rejected(ChallengeRejection::Answered));
        }
    }

    #[test]
    fn a_challenge_expires_after_ten_minutes() {
        let mut challenge = issued();
        let verdict = challenge.answer(SIGN_IN, "ours", true, UnixTime(1_600));
        assert_eq!((verdict, challenge.clone()), (rejected(ChallengeRejection::Expired), issued()));
        assert_eq!(challenge.answer(SIGN_IN, "ours", true, UnixTime(1_599)), ChallengeVerdict::Accepted);
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

    fn answer() -> impl Strategy<Value = (ChallengePurpose, &'static str, bool, u64)> {
        let purpose = prop_oneof![4 => Just(SIGN_IN), 1 => Just(ChallengePurpose::Reauthentication)];
        let browser = prop_oneof![4 => Just("ours"), 1 => Just("theirs"), 1 => Just("")];
        let time = prop_oneof![4 => 1_000..1_600_u64, 1 => 1_590..1_610_u64, 1 => any::<u64>()];
        (purpose, browser, any::<bool>(), time)
    }

    proptest! {
        /// Whatever is answered, in whatever order: at most one answer is accepted, and only a correct one,
        /// by the right browser, for the right purpose, in time and before the fifth wrong answer.
        #[test]
        fn property_at_most_one_answer_is_accepted(answers in prop::collection::vec(answer(), 0..40)) {
            let mut challenge = issued();
            let (mut accepted, mut wrong) = (0, 0);
            for (purpose, browser, is_correct, at) in answers {
                let before = challenge.clone();
                let counts = purpose == SIGN_IN
                    && browser == "ours"
                    && at < 1_000 + CHALLENGE_LIFETIME
                    && accepted == 0
                    && wrong <= u32::from(MAX_WRONG_ANSWERS);
                prop_assert_eq!(challenge.check(purpose, browser, UnixTime(at)).is_ok(), counts);
                match challenge.answer(purpose, browser, is_correct, UnixTime(at)) {
                    ChallengeVerdict::Accepted => {
                        prop_assert!(counts && is_correct);
                        accepted += 1;
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
            prop_assert!(accepted <= 1);
        }
    }
}
