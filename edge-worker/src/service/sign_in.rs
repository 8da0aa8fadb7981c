//! `POST /auth/sign-in`

use std::time::Duration;

use auth_core::id::AccountId;
use auth_core::wire::{Email, ErrorCode, Password, SignIn};
use worker::Delay;

use super::attempt_record::record;
use super::limits::{self, Attempt};
use super::{Context, body, session};
use crate::audit::{Actor, Event, Kind};
use crate::http::{Answered, Refusal};
use crate::objects::protocol::limiter::AttemptEnd;
use crate::ways_in::{Disproved, external, password};

/// A wrong password, an unknown address and a disabled account take the same steps and get the same response.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignIn { email, password } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let (counted, proved) = match &context.config.elsewhere {
        Some(there) => {
            let counted = Attempt::begin(context, &email).await?;
            (counted, external::prove(context, there, &email, &password).await)
        }
        None => {
            // First, so that an overloaded isolate rejects the request before it asks an object.
            let place = limits::place(context)?;
            let counted = Attempt::begin(context, &email).await?;
            // A password that no account can have counts, and takes as long, as any other wrong one.
            let password = Password::new(password).ok();
            (counted, password::prove(context, &place, &email, password.as_ref()).await)
        }
    };
    match proved {
        Ok(Ok(proof)) => {
            let device = counted.signed_in(context).await;
            let opening = session::Opening { proof, typed: &email, signed_up: false };
            session::open_session(context, opening, device).await
        }
        Err(refusal) => {
            counted.end(context, AttemptEnd::Open).await?;
            Err(refusal)
        }
        Ok(Err(Disproved { account, reason })) => {
            counted.end(context, AttemptEnd::Failed).await?;
            pad_response_time(context).await;
            failed(context, account, email, reason);
            Err(Refusal::new(ErrorCode::InvalidCredentials))
        }
    }
}

/// Delays the response to a failure until the configured time after the request's arrival. Otherwise the
/// response time would show how far away the account's object is and whether it had to be started; an unknown
/// address has no such object.
async fn pad_response_time(context: &Context) {
    let least = context.config.passwords.failure_ms;
    let passed = worker::Date::now().as_millis().saturating_sub(context.incoming.now_ms);
    Delay::from(Duration::from_millis(least.saturating_sub(passed))).await;
}

/// Records a failed sign-in after the response has left. For an unknown address the record is sent to an
/// empty account, so that the response takes the same time in both cases.
fn failed(context: &Context, account: Option<AccountId>, email: Email, reason: &'static str) {
    let event = attempt(context, reason);
    let env = context.env.clone();
    context.platform.wait_until(async move {
        record(&env, account.as_ref(), &email, event).await;
    });
}

fn attempt(context: &Context, reason: &'static str) -> Event {
    context.asker(Actor::Anybody).event(Kind::SignInFailed, session::now()).reason(reason)
}
