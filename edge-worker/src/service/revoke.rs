//! `POST /auth/revoke` (RFC 7009): a service with a credential takes a token back.

use auth_core::revocation::{Entry, Kind};
use auth_core::wire::{CookieLookup, ErrorCode, MAX_BODY_BYTES};
use ct_codecs::{Base64, Decoder, Encoder, Hex};

use super::{Context, session};
use crate::gate::verify;
use crate::http::{Answered, BodyError, Refusal, empty};
use crate::objects::client;
use crate::objects::protocol::RevocationsCall;

/// Revokes one access token of ours. What isn't one is no error: it is as good as revoked (RFC 7009 section 2.2).
pub(super) async fn handle(context: &mut Context) -> Answered {
    if context.config.service_credentials.is_empty() {
        return Err(Refusal::new(ErrorCode::NotFound));
    }
    // A page has no business here, whoever's it is.
    let from_page = context.incoming.header("origin").is_some()
        || !matches!(session::cookie(context), CookieLookup::Absent);
    if from_page {
        return Err(Refusal::new(ErrorCode::RequestForgery));
    }
    let body = context.incoming.body(MAX_BODY_BYTES).await.map_err(|error| match error {
        BodyError::TooLarge => Refusal::new(ErrorCode::TooLarge),
        BodyError::Broken => Refusal::invalid("The body could not be read."),
    })?;
    if !context.incoming.is_form() {
        return Err(Refusal::new(ErrorCode::UnsupportedMediaType));
    }
    let token =
        read_token(&body).ok_or_else(|| Refusal::invalid("The form must have exactly one `token`."))?;
    if !has_credential(context) {
        let challenge = format!(r#"Basic realm="{}""#, context.config.issuer);
        return Err(Refusal::new(ErrorCode::InvalidToken).with("WWW-Authenticate", challenge));
    }
    let Some(known) = verify::own_token(context, &token).await? else { return empty(200) };
    let Some(id) = known.verified.claims().token_id.clone() else { return empty(200) };
    let entry = Entry {
        issuer: known.verified.claims().issuer.clone(),
        kind: Kind::Token,
        id,
        least_epoch: 0,
        until: known.verified.expires_at(),
    };
    client::revocations(&context.env, &RevocationsCall::Add(vec![entry])).await?;
    empty(200)
}

/// The one `token` of a form; `None` when there is none or more than one.
fn read_token(body: &[u8]) -> Option<String> {
    let body = core::str::from_utf8(body).ok()?;
    let mut tokens = body.split('&').filter_map(|pair| pair.strip_prefix("token="));
    let token = tokens.next().filter(|token| !token.is_empty())?;
    // A token has nothing that would have to be escaped, so what is escaped is none.
    (tokens.next().is_none()).then(|| token.to_owned())
}

/// A secret by `Basic` (as the password) or `Bearer`, whose hash is one of the configured ones.
fn has_credential(context: &Context) -> bool {
    let secret = context.incoming.header("authorization").and_then(|header| {
        let (scheme, value) = header.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(value.as_bytes().to_vec());
        }
        let decoded =
            Base64::decode_to_vec(value, None).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let colon = decoded.iter().position(|b| *b == b':')?;
        decoded.get(colon + 1..).map(<[u8]>::to_vec)
    });
    // Hashes are compared, so how long the comparison takes says nothing about the secret.
    let hash = secret.and_then(|secret| Hex::encode_to_string(hmac_sha256::Hash::hash(&secret)).ok());
    hash.is_some_and(|hash| context.config.service_credentials.contains(&hash))
}

#[cfg(test)]
mod tests {
    use super::read_token;

    #[test]
    fn a_form_has_one_token() {
        assert_eq!(read_token(b"token=a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(read_token(b"token_type_hint=access_token&token=a.b.c").as_deref(), Some("a.b.c"));
        for body in [&b""[..], b"token=", b"token", b"token=a&token=b", b"Token=a", b"\xff"] {
            assert_eq!(read_token(body), None);
        }
    }
}
