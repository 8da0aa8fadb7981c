//! `GET|POST /oauth/userinfo` (OpenID Connect Core section 5.3): what a client may know of the user who has granted it
//! access.

use auth_core::gate::Identified;
use serde_json::{Map, Value, json as value};

use super::{OAuthAnswer, finish};
use crate::context::Context;
use crate::gate::denial::refused;
use crate::gate::fulfil::{self, Findings};
use crate::http::{Answered, json};
use crate::objects::client;
use crate::objects::protocol::account::Check;
use crate::objects::protocol::session::Bearing;

/// Answers the request.
pub(crate) async fn handle(context: &Context) -> Answered {
    let answer = read(context).await;
    finish(context, answer)
}

/// The claims for which the token has the scopes (section 5.4). Requires the scope `openid`.
async fn read(context: &Context) -> OAuthAnswer {
    let scopes = ["openid".to_owned()];
    let admitted = fulfil::require(context, &mut Findings::default(), |judge| judge.granted(&scopes)).await?;
    let Identified::Token(token) = &admitted.caller else { return Err(refused(context, "no_grant").into()) };
    let caller = token.caller();
    let bearing = Bearing::of(caller).ok_or_else(|| refused(context, "no_session"))?;
    let session = client::account(&context.env, &caller.account(), &Check { bearing }).await?;
    let session = session.ok_or_else(|| refused(context, "revoked"))?;
    let has = |scope: &str| caller.scopes.iter().any(|granted| granted == scope);
    let mut claims = Map::from_iter([("sub".to_owned(), value!(session.account))]);
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value);
        }
    };
    if has("profile") {
        let profile = &session.profile;
        add("name", profile.name.as_deref().map(Value::from));
        add("picture", profile.picture.as_deref().map(Value::from));
        add("locale", profile.locale.as_deref().map(Value::from));
    }
    if has("email") {
        add("email", session.address().map(Value::from));
        add("email_verified", session.address().map(|_| session.email_verified.into()));
    }
    Ok(json(200, &claims)?)
}
