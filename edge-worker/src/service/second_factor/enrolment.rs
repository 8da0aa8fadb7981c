//! `/auth/second-factor/totp`, `/auth/second-factor/recovery-codes`: a user adds, replaces or removes second
//! factors.

use auth_core::id::AccountId;
use auth_core::second_factor::{RECOVERY_CODES, RecoveryCode, TotpSecret};
use auth_core::wire::{ErrorCode, RecoveryCodesResponse, ShownCode, TotpConfirmation, TotpEnrolment};

use super::secret::{self, OpenedTotp};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::call::Done;
use crate::objects::protocol::account::{
    BeginTotp, ConfirmTotp, FindPendingTotp, RemoveTotp, ReplaceRecoveryCodes,
};
use crate::objects::protocol::second_factor::NoFactor;
use crate::platform::Unavailable;
use crate::random;
use crate::service::owner::Owner;
use crate::service::{Context, body, session};

/// Issues the secret of an authenticator app. It has no effect until a code of the app is confirmed; an app that
/// the user has already stays valid until then.
pub(in crate::service) async fn begin(context: &mut Context) -> Answered {
    let body::Empty {} = body::read_optional(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let (account, email) = (owner.caller().account(), owner.session(context).await?.email);
    let secret = TotpSecret::new(random::bytes()?);
    let sealed = secret::seal(context, &account, &secret).await?;
    let Done {} = owner.ask(context, &BeginTotp { bearing: owner.bearing(), secret: sealed }).await?;
    let config = &context.config;
    let name = config.second_factor.name.as_deref().unwrap_or_else(|| config.issuer.host());
    json(200, &TotpEnrolment { secret: secret.base32(), uri: secret.uri(name, &email) })
}

/// Adds the app, by a code that it shows, and issues recovery codes.
pub(in crate::service) async fn confirm(context: &mut Context) -> Answered {
    let TotpConfirmation { code } = body::read(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let account = owner.caller().account();
    let expired = |NoFactor {}| Refusal::new(ErrorCode::ChallengeExpired);
    let pending =
        owner.ask(context, &FindPendingTotp { bearing: owner.bearing() }).await?.map_err(expired)?;
    let totp = OpenedTotp::open(context, &account, pending).await?;
    let step = totp.secret.step_of(&code, session::now());
    let step = step.ok_or_else(|| Refusal::new(ErrorCode::CodeInvalid))?;
    let (codes, recovery_codes) = new_codes(&account)?;
    let call = ConfirmTotp {
        bearing: owner.bearing(),
        version: totp.version,
        step,
        recovery_codes,
        asker: context.asker(Actor::User),
    };
    let Done {} = owner.ask(context, &call).await?.map_err(expired)?;
    json(200, &codes)
}

/// Removes the app and the recovery codes.
pub(in crate::service) async fn remove(context: &mut Context) -> Answered {
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let call = RemoveTotp { bearing: owner.bearing(), asker: context.asker(Actor::User) };
    let Done {} = owner.ask(context, &call).await?.map_err(none)?;
    empty(204)
}

/// Replaces the recovery codes.
pub(in crate::service) async fn renew_codes(context: &mut Context) -> Answered {
    let body::Empty {} = body::read_optional(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let (codes, recovery_codes) = new_codes(&owner.caller().account())?;
    let asker = context.asker(Actor::User);
    let call = ReplaceRecoveryCodes { bearing: owner.bearing(), recovery_codes, asker };
    let Done {} = owner.ask(context, &call).await?.map_err(none)?;
    json(200, &codes)
}

fn none(NoFactor {}: NoFactor) -> Refusal {
    Refusal { detail: Some("The user has no second factor.".to_owned()), ..Refusal::new(ErrorCode::NotFound) }
}

/// New recovery codes, and their hashes.
fn new_codes(account: &AccountId) -> Result<(RecoveryCodesResponse, Vec<String>), Unavailable> {
    let (mut shown, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let code = RecoveryCode::new(random::bytes()?);
        shown.push(ShownCode(code.for_display()));
        hashes.push(code.hash(account.as_str()));
    }
    Ok((RecoveryCodesResponse { recovery_codes: shown }, hashes))
}
