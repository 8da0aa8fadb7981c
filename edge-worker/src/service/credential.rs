//! Credentials of programs: a secret sent as `Basic` (as the password) or as `Bearer`. The configuration
//! contains only its hash.

use auth_core::wire::{ErrorCode, has_our_cookie};
use ct_codecs::{Base64, Decoder, Encoder, Hex};

use super::limits::{self, WrongCredential};
use super::{Context, session};
use crate::audit::{Actor, Asker, Kind};
use crate::http::Refusal;

/// Rejects every request that a browser sent for a page: it would carry the credentials that the browser
/// holds, such as those of HTTP Basic. Browsers set `Sec-Fetch-Site` on every request to a trustworthy
/// origin, and script cannot remove it.
///
/// # Errors
/// `request_forgery`.
pub(super) fn refuse_pages(context: &Context) -> Result<(), Refusal> {
    let from_page = ["origin", "sec-fetch-site"].iter().any(|name| context.incoming.header(name).is_some())
        || has_our_cookie(context.incoming.header("cookie"));
    if !from_page {
        return Ok(());
    }
    let mistake = "the headers: found Origin, Sec-Fetch-Site or the session's cookie, expected none of them; this path is \
                   for programs with a credential, not for pages";
    Err(Refusal { mistake: Some(mistake.into()), ..Refusal::new(ErrorCode::RequestForgery) })
}

/// Requires one of the credentials of this kind. A correct credential is never limited: secrets have at least
/// 128 random bits, so a limit would not protect them, and other clients at the same address could block the
/// program.
///
/// # Errors
/// `invalid_token` with the challenge, whichever check failed; `rate_limited` after too many failures from
/// one address; `unavailable`.
pub(crate) async fn require(context: &Context, actor: Actor) -> Result<Asker, Refusal> {
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
            // Not a `Basic` challenge, because a browser would prompt the administrator for the secret and
            // remember it.
            let challenge = format!(r#"Bearer realm="{}""#, context.config.issuer);
            Err(Refusal::new(ErrorCode::InvalidToken).with("WWW-Authenticate", challenge))
        }
    }
}

/// The secret in an `Authorization` header (RFC 7617, RFC 6750). Several headers arrive joined by a comma,
/// which is invalid in both forms.
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

/// Returns the first eight digits of the matching hash. Every hash is compared, each in constant time, so
/// that the time does not depend on which one matches.
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
    fn accepts_a_secret_only_as_basic_or_bearer() {
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
    fn finds_each_of_several_secrets_and_names_it_by_its_hash() {
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
