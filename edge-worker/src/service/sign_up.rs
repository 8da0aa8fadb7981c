//! `POST /auth/sign-up`

use auth_core::wire::{ErrorCode, Password, SignUp};

use super::{Context, body, common, limits, session};
use crate::audit::{Actor, Kind};
use crate::config::SignUpPolicy;
use crate::http::{Answered, Refusal};
use crate::ways_in::{creation, password};

/// Creates an account for an anonymous visitor and signs them in.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignUp { email, password } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let password = Password::new(password)
        .map_err(|_| Refusal::invalid(Some("password"), "The password must have 8 to 128 characters."))?;
    if context.config.sign_up == SignUpPolicy::Closed {
        return Err(refused(context, "closed", Refusal::new(ErrorCode::SignUpClosed)));
    }
    common::refuse(context, "password", &password).await?;
    let place = limits::place(context)?;
    if let Err(refusal) = limits::sign_up(context).await {
        return Err(refused(context, "limited", refusal));
    }
    if creation::is_taken(context, &email).await? {
        return Err(refused(context, "taken", Refusal::new(ErrorCode::EmailTaken)));
    }
    let proof = password::sign_up(context, place, &email, &password).await?;
    let device = limits::signed_up(context, &email).await;
    let opening = session::Opening { proof, typed: &email, signed_up: true };
    session::open_session(context, opening, device).await
}

fn refused(context: &Context, reason: &'static str, refusal: Refusal) -> Refusal {
    context.asker(Actor::Anybody).event(Kind::SignUpRefused, session::now()).reason(reason).log();
    refusal
}
