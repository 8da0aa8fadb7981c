//! Calls of which an API requires a step-up.

use super::super::{
    Answer, CallId, ClientErrorCode, Command, Effect, Failure, Generation, Input, OpId, RequiredStepUp,
    StepUpNumber,
};
use super::tab::{Tab, fail, granted, refresh, release};
use crate::wire::ErrorCode;

fn required(acr: &str) -> RequiredStepUp {
    RequiredStepUp { acr: (!acr.is_empty()).then(|| acr.into()), max_age_s: Some(300), methods: vec![] }
}

fn ask(number: u32, acr: &str) -> Effect {
    Effect::AskStepUp { number: StepUpNumber(number), required: required(acr) }
}

fn keep(call: u32) -> Effect {
    Effect::KeepAnswer { call: CallId(call) }
}

impl Tab {
    fn needs(&mut self, call: u32, generation: u64, acr: &str) -> Vec<Effect> {
        let (call, generation, required) = (CallId(call), Generation(generation), required(acr));
        self.take(Input::StepUpNeeded { call, generation, required })
    }

    fn step_up_ends(&mut self, number: u32) -> Vec<Effect> {
        self.take(Input::StepUpEnded { number: StepUpNumber(number) })
    }

    /// The user proves a credential again, by request 2.
    fn prove(&mut self) {
        self.command(1, Command::ChangeSession);
        self.answer(2, granted("ann"));
    }
}

#[test]
fn a_call_is_sent_again_with_the_token_of_the_proof() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.needs(1, 1, "aal2"), [ask(1, "aal2")]);
    tab.prove();
    assert_eq!(tab.step_up_ends(1), [release(&[1], 2)]);
    assert_eq!(tab.step_up_ends(1), [], "it has ended");
}

#[test]
fn concurrent_calls_share_one_step_up() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.needs(1, 1, "aal2"), [ask(1, "aal2")]);
    assert_eq!(tab.needs(2, 1, "aal2"), []);
    assert_eq!(tab.needs(3, 1, ""), [], "after a proof any age is met");
    tab.prove();
    assert_eq!(tab.step_up_ends(1), [release(&[1], 2), release(&[2], 2), release(&[3], 2)]);
    assert_eq!(tab.needs(4, 1, "aal2"), [release(&[4], 2)], "its answer came late");
}

#[test]
fn a_call_that_requires_another_class_has_its_own_step_up_afterwards() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.needs(1, 1, ""), [ask(1, "")]);
    assert_eq!(tab.needs(2, 1, "aal2"), []);
    tab.prove();
    assert_eq!(tab.step_up_ends(1), [release(&[1], 2), ask(2, "aal2")]);
    tab.command(2, Command::SecondFactor);
    tab.answer(3, granted("ann"));
    assert_eq!(tab.step_up_ends(2), [release(&[2], 3)]);
}

#[test]
fn without_a_proof_the_calls_get_their_answers() {
    let mut tab = Tab::signed_in("ann");
    tab.needs(1, 1, "");
    tab.needs(2, 1, "aal2");
    assert_eq!(tab.step_up_ends(1), [keep(1), keep(2)], "the user is not asked for more");
    // A renewal of the token is no proof.
    tab.needs(3, 1, "");
    tab.later(240_000).timer();
    tab.answer(2, granted("ann"));
    assert_eq!(tab.step_up_ends(2), [keep(3)]);
    // Nor does an earlier step-up spare a later one.
    assert_eq!(tab.needs(4, 2, ""), [ask(3, "")]);
}

#[test]
fn a_later_call_is_a_new_step_up() {
    let mut tab = Tab::signed_in("ann");
    tab.needs(1, 1, "aal2");
    tab.prove();
    tab.step_up_ends(1);
    assert_eq!(tab.needs(2, 2, "aal2"), [ask(2, "aal2")], "this token was not enough");
}

#[test]
fn a_token_that_has_expired_meanwhile_is_renewed_first() {
    let mut tab = Tab::signed_in("ann");
    tab.needs(1, 1, "aal2");
    tab.prove();
    tab.later(300_000);
    assert_eq!(tab.step_up_ends(1), [refresh(3)]);
    assert!(tab.answer(3, granted("ann")).contains(&release(&[1], 3)));
}

#[test]
fn the_end_of_the_session_fails_the_calls() {
    let mut tab = Tab::signed_in("ann");
    tab.needs(1, 1, "aal2");
    tab.needs(2, 1, "other");
    let effects = tab.sign_out(1);
    assert!(effects.contains(&fail(&[1, 2], ClientErrorCode::SignedOut)), "{effects:?}");
    assert_eq!(tab.step_up_ends(1), []);
    assert_eq!(tab.needs(3, 1, "aal2"), [fail(&[3], ClientErrorCode::SignedOut)]);
}

#[test]
fn calls_of_one_user_are_not_sent_as_the_user_who_signs_in_to_step_up() {
    let mut tab = Tab::signed_in("ann");
    tab.needs(1, 1, "aal2");
    tab.command(1, Command::SignIn);
    assert!(tab.answer(2, granted("bob")).contains(&fail(&[1], ClientErrorCode::SignedOut)));
    assert_eq!(tab.step_up_ends(1), []);
    assert_eq!(tab.needs(2, 1, "aal2"), [fail(&[2], ClientErrorCode::SignedOut)], "sent as Ann");
    assert_eq!(tab.needs(3, 2, "aal2"), [ask(2, "aal2")]);
}

#[test]
fn a_failed_proof_is_no_end_and_an_aborted_call_waits_for_nothing() {
    let mut tab = Tab::signed_in("ann");
    tab.needs(1, 1, "aal2");
    tab.command(1, Command::SecondFactor);
    let failure = Failure::service(ErrorCode::CodeInvalid);
    assert_eq!(tab.answer(2, Answer::Failed(failure.clone())), [Effect::Reject { op: OpId(1), failure }]);
    tab.take(Input::CallAborted { call: CallId(1) });
    assert_eq!(tab.step_up_ends(1), []);
}

#[test]
fn disposing_fails_the_calls() {
    let mut tab = Tab::signed_in("ann");
    tab.needs(1, 1, "aal2");
    let effects = tab.take(Input::Dispose);
    assert!(effects.contains(&fail(&[1], ClientErrorCode::Disposed)), "{effects:?}");
    assert_eq!(tab.needs(2, 1, "aal2"), [fail(&[2], ClientErrorCode::Disposed)]);
}
