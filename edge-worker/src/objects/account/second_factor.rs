//! Second factors: an authenticator app and recovery codes.
//!
//! `lacking_factor` says what a user still has to prove before a session is opened. Every way in asks it, and no
//! session is opened without what it says.

use auth_core::credential::{
    Assurance, AuthenticationMethod, Challenge, ChallengePurpose, ChallengeRejection, ChallengeVerdict,
    Expected, FirstFactor, Proof, join,
};
use auth_core::rotation::Family;
use auth_core::second_factor::{
    CONFIRMATION_LIFETIME, ONE_TIME_CODE, SecondFactorAnswer, SecondFactors, is_guarded,
};
use auth_core::wire::Method;
use worker::{Error, Result};

use super::credentials::Acceptance;
use super::store::{AccountRow, Standing};
use super::{Account, Decide, now, read_keys};
use crate::audit::{Asker, Kind as What};
use crate::mail::Kind as Mail;
use crate::objects::call::Done;
use crate::objects::protocol::account::{
    BeginTotp, ConfirmTotp, FindFactors, FindPendingTotp, NotOpened, Overview, ProveFactor, RemoveTotp,
    ReplaceRecoveryCodes, ResetSecondFactor,
};
use crate::objects::protocol::second_factor::{
    FactorRefused, FoundFactors, NoFactor, PresentedFactor, ProvedBefore, SealedTotp,
};
use crate::objects::protocol::session::{Bearing, LivingSession};

/// What becomes of a second factor that was presented.
type Proved = core::result::Result<Box<LivingSession>, FactorRefused>;

impl Decide for FindFactors {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        match self.before {
            ProvedBefore::Challenge { browser } => {
                if let Err(rejection) = at.first_factor(&browser)? {
                    return Ok(Some(Err(FactorRefused::Challenge(rejection))));
                }
            }
            ProvedBefore::Session(bearing) => {
                if at.session_of(&account, &bearing)?.is_none() {
                    return Ok(None);
                }
                if !account.second_factor && account.passkeys == 0 {
                    return Ok(Some(Err(FactorRefused::NotEnrolled)));
                }
            }
        }
        Ok(Some(Ok(FoundFactors { totp: at.store().totp(true)?.map(SealedTotp::from) })))
    }
}

/// The accepted time step or recovery code is stored in the transaction in which it takes effect, so that each
/// counts once.
impl Decide for ProveFactor {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        match self.before.clone() {
            ProvedBefore::Challenge { browser } => at.complete_sign_in(account, &browser, self).map(Some),
            ProvedBefore::Session(bearing) => at.step_up(&account, &bearing, self),
        }
    }

    /// The profile of the first proof may have outdated the account's tokens.
    fn ends_something(&self) -> bool {
        matches!(self.before, ProvedBefore::Challenge { .. })
    }
}

impl Decide for BeginTotp {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Done>> {
        if at.strong_session_of(&account, &self.bearing)?.is_none() {
            return Ok(None);
        }
        let expires_at = now().plus(CONFIRMATION_LIFETIME);
        at.store().put_pending_totp(&self.secret, expires_at)?;
        at.later(|aftermath| aftermath.forget_at = Some(expires_at));
        Ok(Some(Done {}))
    }
}

impl Decide for FindPendingTotp {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if at.strong_session_of(&account, &self.bearing)?.is_none() {
            return Ok(None);
        }
        Ok(Some(at.store().totp(false)?.map(SealedTotp::from).ok_or(NoFactor {})))
    }
}

impl Decide for ConfirmTotp {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, version, step, recovery_codes, asker } = self;
        let Some(family) = at.strong_session_of(&account, &bearing)? else { return Ok(None) };
        if at.store().totp(false)?.is_none_or(|pending| pending.version != version) {
            return Ok(Some(Err(NoFactor {})));
        }
        at.store().confirm_totp(version, step)?;
        at.store().replace_recovery_codes(&recovery_codes)?;
        // The user has just proved the factor that this session lacked.
        let methods = join(family.methods.clone(), &ONE_TIME_CODE);
        at.store().update(&Family { authenticated_at: now(), methods, ..family })?;
        at.record(asker.event(What::SecondFactorAdded, now()).session(&bearing.session))?;
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for RemoveTotp {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, asker } = self;
        if at.strong_session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        if !account.second_factor {
            return Ok(Some(Err(NoFactor {})));
        }
        at.store().forget_factors()?;
        at.record(asker.event(What::SecondFactorRemoved, now()).session(&bearing.session))?;
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for ReplaceRecoveryCodes {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, recovery_codes, asker } = self;
        if at.strong_session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        if !account.second_factor {
            return Ok(Some(Err(NoFactor {})));
        }
        at.store().replace_recovery_codes(&recovery_codes)?;
        at.record(asker.event(What::RecoveryCodesReplaced, now()).session(&bearing.session))?;
        Ok(Some(Ok(Done {})))
    }
}

/// Sessions end, because they may have been opened with the factor that the user has lost.
impl Decide for ResetSecondFactor {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<Overview>>> {
        at.store().forget_factors()?;
        let ended = at.end_sessions(&account)?;
        at.notify(Mail::SecondFactorReset, &account, &self.asker, None)?;
        at.record(self.asker.event(What::SecondFactorReset, now()).sessions(ended))?;
        at.overview()
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Account {
    /// What a user with these roles who has proved these methods still has to prove before a session is opened:
    /// one of the returned methods; `None`: nothing.
    pub(super) fn lacking_factor(
        &self,
        roles: &[String],
        methods: &[AuthenticationMethod],
    ) -> Result<Option<Vec<Method>>> {
        if Assurance::of(methods) == Assurance::Aal2 {
            return Ok(None);
        }
        let config = self.config()?;
        let mut factors = self.store().second_factors()?;
        factors.passkey &= config.passkeys.is_some();
        Ok(factors.lacking(methods, is_guarded(roles, &config.second_factor.roles)))
    }

    /// Issues a challenge for the second factor, which remembers what was proved.
    pub(super) fn demand_factor(
        &self,
        asker: &Asker,
        proof: Proof,
        signed_up: bool,
        browser: String,
        methods: Vec<Method>,
    ) -> Result<NotOpened> {
        // A proof that counts once, or the use of a passkey, has been used up, for this challenge.
        let proof = Proof { once: None, passkey: None, ..proof };
        let first = Box::new(FirstFactor { proof, signed_up });
        let expected = Expected::SecondFactor(first);
        self.issue(&Challenge::issue(ChallengePurpose::SecondFactor, browser, expected, now()))?;
        self.record(asker.event(What::FirstFactorProved, now()))?;
        Ok(NotOpened::SecondFactor { methods })
    }

    /// The session of an access token, if it may change the account's second factors: once the account has one,
    /// only a session in which two factors were proved.
    pub(super) fn strong_session_of(
        &self,
        account: &AccountRow,
        bearing: &Bearing,
    ) -> Result<Option<Family>> {
        let session = self.session_of(account, bearing)?;
        let is_strong =
            |family: &Family| !account.second_factor || Assurance::of(&family.methods) == Assurance::Aal2;
        Ok(session.filter(is_strong))
    }

    /// The browser's challenge for a second factor, with what was proved before.
    fn first_factor(
        &self,
        browser: &str,
    ) -> Result<core::result::Result<(Challenge, FirstFactor), ChallengeRejection>> {
        let Some(challenge) = self.store().challenge(browser)? else {
            return Ok(Err(ChallengeRejection::OtherBrowser));
        };
        if let Err(rejection) = challenge.check(ChallengePurpose::SecondFactor, browser, now()) {
            return Ok(Err(rejection));
        }
        Ok(match &challenge.expected {
            Expected::SecondFactor(first) => {
                let first = FirstFactor::clone(first);
                Ok((challenge, first))
            }
            Expected::Code(_) => Err(ChallengeRejection::OtherPurpose),
        })
    }

    fn complete_sign_in(&self, account: AccountRow, browser: &str, call: ProveFactor) -> Result<Proved> {
        let ProveFactor { answer, resealed, keys, asker, .. } = call;
        let (mut challenge, FirstFactor { mut proof, signed_up }) = match self.first_factor(browser)? {
            Ok(found) => found,
            Err(rejection) => return Ok(Err(FactorRefused::Challenge(rejection))),
        };
        if account.standing == Standing::Disabled || self.accepts(&proof)? != Acceptance::Accepted {
            return Ok(Err(FactorRefused::Changed));
        }
        let mut factors = self.store().second_factors()?;
        let added = self.take_factor(&mut factors, &answer)?;
        let is_correct = added.is_some();
        match challenge.answer(ChallengePurpose::SecondFactor, browser, is_correct, now()) {
            ChallengeVerdict::Correct(_) => {}
            ChallengeVerdict::Wrong { .. } => {
                self.store().put_challenge(&challenge)?;
                self.record(asker.event(What::SecondFactorWrong, now()))?;
                return Ok(Err(FactorRefused::Wrong));
            }
            ChallengeVerdict::Rejected(rejection) => return Ok(Err(FactorRefused::Challenge(rejection))),
        }
        self.settle_factors(&factors, &answer, resealed.as_deref(), &asker)?;
        self.store().forget_challenge(browser)?;
        let account = match proof.profile.take() {
            Some(profile) => self.take_over(account, profile, &asker)?,
            None => account,
        };
        let methods = join(proof.methods, &added.unwrap_or_default());
        let proof = Proof { methods, time: now(), ..proof };
        let what = if signed_up { What::SignedUp } else { What::SignedIn };
        match self.sign_in(&account, &proof, &asker, what, &read_keys(&keys)?)? {
            Ok(session) => Ok(Ok(session)),
            // The error rolls back the whole call, so the answer can be repeated.
            Err(NotOpened::UnknownKey) => Err(Error::from("the active refresh key is missing")),
            Err(NotOpened::Conflict | NotOpened::Used | NotOpened::SecondFactor { .. }) => {
                Ok(Err(FactorRefused::Changed))
            }
        }
    }

    /// The user proves the second factor in a session, which has it from now on.
    fn step_up(&self, account: &AccountRow, bearing: &Bearing, call: ProveFactor) -> Result<Option<Proved>> {
        let ProveFactor { answer, resealed, asker, .. } = call;
        let Some(family) = self.session_of(account, bearing)? else { return Ok(None) };
        let mut factors = self.store().second_factors()?;
        if matches!(answer, PresentedFactor::Code(_)) && !factors.is_enrolled() {
            return Ok(Some(Err(FactorRefused::NotEnrolled)));
        }
        let Some(added) = self.take_factor(&mut factors, &answer)? else {
            self.record(asker.event(What::SecondFactorWrong, now()).session(&family.id))?;
            return Ok(Some(Err(FactorRefused::Wrong)));
        };
        self.settle_factors(&factors, &answer, resealed.as_deref(), &asker)?;
        let methods = join(family.methods.clone(), &added);
        let family = Family { authenticated_at: now(), methods, ..family };
        self.store().update(&family)?;
        self.record(asker.event(What::Reauthenticated, now()).session(&family.id).reason("second_factor"))?;
        Ok(Some(Ok(self.living(account, &family, None)?)))
    }

    /// Takes what the user has presented. Returns the methods that it adds; `None`: it is not correct. A passkey is
    /// used up by this.
    fn take_factor(
        &self,
        factors: &mut SecondFactors,
        answer: &PresentedFactor,
    ) -> Result<Option<Vec<AuthenticationMethod>>> {
        Ok(match answer {
            PresentedFactor::Code(code) => factors.take(code).then(|| ONE_TIME_CODE.to_vec()),
            PresentedFactor::Passkey(Some(proof)) if self.accepts(proof)? == Acceptance::Accepted => {
                Some(proof.methods.clone())
            }
            PresentedFactor::Passkey(_) => None,
        })
    }

    /// Stores that a code was accepted.
    fn settle_factors(
        &self,
        factors: &SecondFactors,
        answer: &PresentedFactor,
        resealed: Option<&str>,
        asker: &Asker,
    ) -> Result<()> {
        match answer {
            PresentedFactor::Passkey(_) => Ok(()),
            PresentedFactor::Code(SecondFactorAnswer::Totp { .. }) => {
                let Some(totp) = factors.totp else { return Ok(()) };
                self.store().set_last_step(totp.version, totp.last_step)?;
                if let Some(secret) = resealed {
                    self.store().reseal_totp(totp.version, secret)?;
                }
                Ok(())
            }
            PresentedFactor::Code(SecondFactorAnswer::RecoveryCode { hash }) => {
                self.store().forget_recovery_code(hash.as_deref().unwrap_or_default())?;
                self.record(asker.event(What::RecoveryCodeUsed, now()))
            }
        }
    }
}
