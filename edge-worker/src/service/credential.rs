//! Credentials of programs: a secret by `Basic` (as the password) or `Bearer`, of which the configuration holds the hash.

use auth_core::wire::{ErrorCode, has_our_cookie};
use ct_codecs::{Base64, Decoder, Encoder, Hex};

use super::limits::{self, WrongCredential};
use super::{Context, session};
use crate::audit::{Actor, Asker, Kind};
use crate::http::Refusal;

/// Rejects every request that a browser sent for a page: it would carry the credentials that the browser holds, such as those of
/// HTTP Basic. Browsers set `Sec-Fetch-Site` on every request to a trustworthy origin, and script cannot remove it.
///
/// # Errors
/// `request_forgery`.
pub(super) fn refuse_pages(context: &Context) -> Result<(), Refusal> {
    let from_page = ["origin", "sec-fetch-site"].iter().any(|name| context.incoming.header(name).is_some())
        || has_our_cookie(context.incoming.header("cookie"));
    if from_page { Err(Refusal::new(ErrorCode::RequestForgery)) } else { Ok(()) }
}

/// Requires one of the credentials of this kind. A right one always passes: secrets have 128 random bits or more, so that limiting the
/// calls of those who have one would protect nothing, and would let other clients at its address hold a program up.
///
/// # Errors
/// `invalid_token` with the challenge, whatever was wrong; `rate_limited` after too many of those from one address; `unavailable`.
pub(super) async fn require(context: &Context, actor: Actor) -> Result<Asker, Refusal> {
    let known = match actor {
        Actor::Admin => &context.config.admin_credentials,
        _ => &context.config.service_credentials,
    };
    let asker = context.asker(actor);
    match context.incoming.header("authorization").and_then(secret).and_then(|secret| find(&secret, known)) {
        Some(credential) => Ok(Asker { credential: Some(credential), ..asker }),
        None => {
            let kind = if actor == Actor::Admin { Kind::AdminRefused } else { Kind::ServiceRefused };
            let event = Asker { actor: Actor::Anybody, ..asker }.event(kind, session::now());
            match limits::wrong_credential(context).await? {
                WrongCredential::Counted => event.log(),
                WrongCredential::Limited(refusal, is_news) => {
                    if is_news {
                        event.reason("limited").log();
                    }
                    return Err(refusal);
                }
            }
            // Not a `Basic` challenge: a browser would ask the administrator for the secret, and remember it.
            let challenge = format!(r#"Bearer realm="{}""#, context.config.issuer);
            Err(Refusal::new(ErrorCode::InvalidToken).with("WWW-Authenticate", challenge))
        }
    }
}

/// The secret in an `Authorization` header (RFC 7617, RFC 6750). Several headers arrive joined by a comma, which neither form contains.
fn secret(header: &str) -> Option<Vec<u8>> {
    let (scheme, value) = header.split_once(' ')?;
    if value.is_empty() || value.contains([' ', '\t', ',']) {
        return None;
    }
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Base64::decode_to_vec(value, None).ok()?;
    let colon = decoded.iter().position(|b| *b == b':')?;
    decoded.get(colon + 1..).map(<[u8]>::to_vec)
}

/// The first eight digits of the hash of a known secret. Each one is compared, in constant time, whatever the others were.
fn find(secret: &[u8], known: &[String]) -> Option<String> {
    let hash = Hex::encode_to_string(hmac_sha256::Hash::hash(secret)).ok()?;
    let mut found = false;
    for credential in known {
        found |= ct_codecs::verify(credential.as_bytes(), hash.as_bytes());
    }
    if found { hash.get(..8).map(ToOwned::to_owned) } else { None }
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64, Encoder, Hex};

    use super::{find, secret};

    fn basic(text: &str) -> String {
        format!("Basic {}", Base64::encode_to_string(text).unwrap())
    }

    #[test]
    fn a_secret_comes_by_basic_or_bearer_and_in_no_other_way() {
        for header in
            [basic("service:s3cret"), basic(":s3cret"), "Bearer s3cret".into(), "bearer s3cret".into()]
        {
            assert_eq!(secret(&header).as_deref(), Some(&b"s3cret"[..]), "{header}");
        }
        assert_eq!(secret(&basic("a:b:c")).as_deref(), Some(&b"b:c"[..]), "colons belong to the password");
        for header in [
            "",
            "s3cret",
            "Bearer",
            "Bearer ",
            "Bearer  s3cret",
            "Bearer s3cret x",
            "Bearer s3cret, Bearer x",
            "Digest s3cret",
            "Basic s3cret",
            "Basic ===",
            &basic("no colon").replace('=', ""),
            &basic("without a colon"),
        ] {
            assert_eq!(secret(header), None, "{header:?}");
        }
    }

    #[test]
    fn any_of_several_is_found_and_named_by_its_hash() {
        let hash = |text: &str| Hex::encode_to_string(hmac_sha256::Hash::hash(text.as_bytes())).unwrap();
        let known = [hash("old"), hash("new")];
        for text in ["old", "new"] {
            assert_eq!(find(text.as_bytes(), &known).as_deref(), hash(text).get(..8));
        }
        for text in ["", "other", &hash("old"), "old "] {
            assert_eq!(find(text.as_bytes(), &known), None, "{text}");
        }
        assert_eq!(find(b"old", &[]), None);
    }
}
