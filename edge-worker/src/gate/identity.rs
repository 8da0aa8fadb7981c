//! What the upstream learns about the caller, and what nobody else may tell it.

use auth_core::token::Caller;

/// A claim holds a byte that can't stand in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsafeValue;

/// Headers in which other software names the caller, or another request than the one that was judged. In lower case.
const MISLEADING: [&str; 20] = [
    "forwarded-user",
    "remote-user",
    "remote-groups",
    "remote-email",
    "remote-name",
    "x-remote-user",
    "x-authenticated-user",
    "x-authenticated-userid",
    "x-authenticated-groups",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-user",
    "x-user-id",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// The headers that tell the upstream who calls, by name and value.
///
/// # Errors
/// [`UnsafeValue`] when a value has a control or non-ASCII byte, or a role or scope holds a space and so could pass for two.
/// Nothing of it is ever cut or escaped: the request is refused.
pub fn headers(caller: &Caller) -> Result<[(&'static str, String); 6], UnsafeValue> {
    let word = |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    let mut words = [&caller.issuer, &caller.subject]
        .into_iter()
        .chain(&caller.session)
        .chain(&caller.token_id)
        .chain(&caller.roles)
        .chain(&caller.scopes);
    if !words.all(word) {
        return Err(UnsafeValue);
    }
    Ok([
        ("Latchkey-Issuer", caller.issuer.clone()),
        ("Latchkey-Subject", caller.subject.clone()),
        ("Latchkey-Session", caller.session.clone().unwrap_or_default()),
        ("Latchkey-Roles", caller.roles.join(" ")),
        ("Latchkey-Scope", caller.scopes.join(" ")),
        ("Latchkey-Token-Id", caller.token_id.clone().unwrap_or_default()),
    ])
}

/// The same as lines: a line for the name, a line for the value.
///
/// # Errors
/// [`UnsafeValue`].
pub fn lines(caller: &Caller) -> Result<String, UnsafeValue> {
    Ok(headers(caller)?.map(|(name, value)| format!("{name}\n{value}")).join("\n"))
}

/// Whether an inbound header (its name in lower case) must not reach the upstream, because it could be taken for the gate's word, or
/// for the word of somebody whom the upstream trusts. Some servers hand `-` and `_` to the application as the same character, so both count.
#[must_use]
pub fn is_misleading(name: &str, configured: &[String]) -> bool {
    let same = |known: &str| {
        known.len() == name.len()
            && known.bytes().zip(name.bytes()).all(|(a, b)| a == b || (a == b'-' && b == b'_'))
    };
    starts_like(name, "latchkey-")
        || starts_like(name, "x-auth-request-")
        || MISLEADING.iter().any(|known| same(known))
        || configured.iter().any(|known| same(known))
}

fn starts_like(name: &str, prefix: &str) -> bool {
    name.len() >= prefix.len()
        && prefix
            .bytes()
            .zip(name.bytes())
            .all(|(a, b)| a == b.to_ascii_lowercase() || (a == b'-' && b == b'_'))
}

#[cfg(test)]
mod tests {
    use auth_core::token::Caller;

    use super::{UnsafeValue, headers, is_misleading, lines};

    fn caller() -> Caller {
        Caller {
            issuer: "https://i.example".into(),
            subject: "u".into(),
            session: Some("s".into()),
            token_id: Some("j".into()),
            epoch: Some(0),
            roles: vec!["admin".into(), "editor".into()],
            scopes: vec!["read".into(), "write".into()],
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
        assert_eq!(headers(&caller()).unwrap(), expected.map(|(name, value)| (name, value.to_owned())));
        let by_cookie = Caller { token_id: None, scopes: vec![], ..caller() };
        assert!(lines(&by_cookie).unwrap().ends_with("Latchkey-Scope\n\nLatchkey-Token-Id\n"));
    }

    #[test]
    fn a_value_that_is_no_header_is_refused() {
        for value in ["a\r\nb", "a\nb", "a\0", "é", "a\u{7f}", "a b", ""] {
            let value = || value.to_owned();
            for caller in [
                Caller { issuer: value(), ..caller() },
                Caller { subject: value(), ..caller() },
                Caller { session: Some(value()), ..caller() },
                Caller { token_id: Some(value()), ..caller() },
                Caller { roles: vec![value()], ..caller() },
                Caller { scopes: vec![value()], ..caller() },
            ] {
                assert_eq!(headers(&caller), Err(UnsafeValue), "{caller:?}");
            }
        }
    }

    #[test]
    fn check_19_nobody_else_speaks_in_our_name() {
        let configured = ["x-tenant".to_owned()];
        for name in [
            "latchkey-subject",
            "latchkey_subject",
            "latchkey-x",
            "latchkey-",
            "LATCHKEY-ROLES",
            "x-forwarded-user",
            "x_forwarded_user",
            "x-auth-request-email",
            "x_auth_request_user",
            "x-original-url",
            "x-http-method-override",
            "remote_user",
            "x-tenant",
            "x_tenant",
        ] {
            assert!(is_misleading(name, &configured), "{name}");
        }
        for name in [
            "latchke",
            "latchkey",
            "x-latchkey-subject",
            "latchkeyx",
            "l",
            "",
            "x-forwarded-for",
            "x-tenants",
            "user-agent",
        ] {
            assert!(!is_misleading(name, &configured), "{name}");
        }
    }
}
