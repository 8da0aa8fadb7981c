//! What the upstream learns about the caller, and what nobody else may tell it.

use auth_core::token::AccessClaims;

/// A claim holds a byte that can't stand in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsafeValue;

/// The headers that tell the upstream who calls.
///
/// # Errors
/// [`UnsafeValue`] when a value has a control or non-ASCII byte, or a role that holds a space and so could pass for
/// two. Nothing of it is ever cut or escaped: the request is refused. Only the token's id may be empty, because a session
/// shown by its cookie has none.
pub fn headers(claims: &AccessClaims) -> Result<Vec<(&'static str, String)>, UnsafeValue> {
    let word = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
    let line = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let mut words = [&claims.iss, &claims.sub, &claims.sid].into_iter().chain(&claims.roles);
    if !words.all(|text| word(text) && !text.is_empty()) || !word(&claims.jti) || !line(&claims.scope) {
        return Err(UnsafeValue);
    }
    Ok(vec![
        ("Latchkey-Issuer", claims.iss.clone()),
        ("Latchkey-Subject", claims.sub.clone()),
        ("Latchkey-Session", claims.sid.clone()),
        ("Latchkey-Roles", claims.roles.join(" ")),
        ("Latchkey-Scope", claims.scope.clone()),
        ("Latchkey-Token-Id", claims.jti.clone()),
    ])
}

/// Whether an inbound header must not reach the upstream, because it could be taken for the gate's word. Some servers
/// hand `-` and `_` to the application as the same character, so both count.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    name.get(..9).is_some_and(|start| {
        start.bytes().zip(*b"latchkey-").all(|(a, b)| a.eq_ignore_ascii_case(&b) || (b == b'-' && a == b'_'))
    })
}

#[cfg(test)]
mod tests {
    use auth_core::time::UnixTime;
    use auth_core::token::AccessClaims;

    use super::{UnsafeValue, headers, is_ours};

    fn claims() -> AccessClaims {
        AccessClaims {
            iss: "https://i.example".into(),
            sub: "u".into(),
            aud: "a".into(),
            client_id: "c".into(),
            iat: UnixTime(0),
            exp: UnixTime(1),
            jti: "j".into(),
            sid: "s".into(),
            epoch: 0,
            roles: vec!["admin".into(), "editor".into()],
            scope: "read write".into(),
        }
    }

    #[test]
    fn the_upstream_learns_who_calls() {
        let expected = [
            ("Latchkey-Issuer", "https://i.example"),
            ("Latchkey-Subject", "u"),
            ("Latchkey-Session", "s"),
            ("Latchkey-Roles", "admin editor"),
            ("Latchkey-Scope", "read write"),
            ("Latchkey-Token-Id", "j"),
        ];
        assert_eq!(headers(&claims()).unwrap(), expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_value_that_is_no_header_is_refused() {
        for value in ["a\r\nb", "a\0", "é", "a\u{7f}", "a b", ""] {
            assert_eq!(
                headers(&AccessClaims { sub: value.into(), ..claims() }),
                Err(UnsafeValue),
                "{value:?}"
            );
            assert_eq!(
                headers(&AccessClaims { roles: vec![value.into()], ..claims() }),
                Err(UnsafeValue),
                "{value:?}"
            );
        }
        assert_eq!(headers(&AccessClaims { scope: "a\nb".into(), ..claims() }), Err(UnsafeValue));
        assert_eq!(headers(&AccessClaims { jti: "a b".into(), ..claims() }), Err(UnsafeValue));
    }

    #[test]
    fn a_session_has_no_tokens_id() {
        let headers = headers(&AccessClaims { jti: String::new(), ..claims() }).unwrap();
        assert!(headers.contains(&("Latchkey-Token-Id", String::new())), "{headers:?}");
        assert!(headers.contains(&("Latchkey-Subject", "u".to_owned())), "{headers:?}");
    }

    #[test]
    fn check_19_nobody_else_speaks_in_our_name() {
        for name in [
            "Latchkey-Subject",
            "latchkey-subject",
            "LATCHKEY_SUBJECT",
            "Latchkey_Roles",
            "latchkey-x",
            "latchkey-",
        ] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["latchke", "latchkey", "x-latchkey-subject", "latchkeyx", "l", ""] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
