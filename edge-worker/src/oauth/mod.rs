//! The OAuth authorization server: the paths under `/oauth`, and its metadata. `auth_core::oauth` decides.

mod answer;
pub(crate) mod authorize;
mod browser;
mod client_assertion;
pub(crate) mod client_authentication;
pub(crate) mod clients;
pub mod code;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod device_authorization;
pub(crate) mod discovery;
pub(crate) mod introspection;
mod metadata_document;
mod pages;
pub(crate) mod proof;
pub(crate) mod pushed_request;
pub(crate) mod registration;
pub(crate) mod revocation;
pub(crate) mod secret;
pub(crate) mod token;
pub(crate) mod userinfo;

pub(crate) use answer::{OAuthAnswer, OAuthRefusal, finish};

use auth_core::oauth::{OAuthPolicy, WholeService};
use auth_core::wire::ErrorCode;

use crate::context::Context;
use crate::http::Refusal;

/// What the deployer has configured. The routes exist only if there is something.
///
/// # Errors
/// `not_found`.
pub(crate) fn policy(context: &Context) -> Result<&OAuthPolicy, Refusal> {
    context.config.oauth.as_ref().ok_or_else(|| Refusal::new(ErrorCode::NotFound))
}

/// The names of the service as a whole.
pub(crate) fn whole_service(context: &Context) -> WholeService<'_> {
    WholeService { issuer: &context.config.issuer, audience: &context.config.audience }
}
