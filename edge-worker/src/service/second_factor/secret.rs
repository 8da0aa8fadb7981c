//! The secrets of authenticator apps, which the account stores sealed. Only the Worker opens them, because
//! opening awaits WebCrypto, and a decision of the account must not await anything.

use auth_core::credential::CredentialVersion;
use auth_core::id::AccountId;
use auth_core::second_factor::TotpSecret;

use crate::context::Context;
use crate::objects::protocol::second_factor::SealedTotp;
use crate::platform::Unavailable;
use crate::sealing::Seals;

/// A secret that was opened.
pub(super) struct OpenedTotp {
    pub(super) version: CredentialVersion,
    pub(super) secret: TotpSecret,
    /// The same secret sealed with the present secret of the deployer's, if it was sealed with an earlier one.
    pub(super) resealed: Option<String>,
}

impl OpenedTotp {
    pub(super) async fn open(
        context: &Context,
        account: &AccountId,
        SealedTotp { version, secret }: SealedTotp,
    ) -> Result<Self, Unavailable> {
        let seals = seals(context).await?;
        let opened = seals.open(&what(account), &secret).await?;
        let resealed =
            if seals.is_current(&secret) { None } else { Some(seals.seal(&what(account), &opened).await?) };
        let secret = TotpSecret::from_base32(opened.expose());
        let secret = secret.ok_or_else(|| Unavailable::because("second factor", "malformed secret"))?;
        Ok(Self { version, secret, resealed })
    }
}

/// Seals a new secret.
pub(super) async fn seal(
    context: &Context,
    account: &AccountId,
    secret: &TotpSecret,
) -> Result<String, Unavailable> {
    seals(context).await?.seal(&what(account), &secret.base32()).await
}

async fn seals(context: &Context) -> Result<Seals, Unavailable> {
    Seals::of(&context.env, &context.config.keys.secret_bindings).await
}

/// The context that a seal is bound to, so that one account's secret can't be put in another's place.
fn what(account: &AccountId) -> String {
    format!("latchkey totp {account}")
}
