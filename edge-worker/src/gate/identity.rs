//! What the upstream learns about the caller, and what nobody else may tell it.

use auth_core::token::Caller;

/// A claim holds a byte that can't stand in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsafeValue;

/// Families of headers that name a caller, by the software that sets them. A name that begins so is removed. In lower case.
const FAMILIES: [&str; 37] = [
    // Ours.
    "latchkey-",
    // oauth2-proxy and nginx's auth_request; ingress controllers.
    "x-auth-request-",
    "x-auth-user",
    "x-auth-email",
    "x-auth-groups",
    "x-auth-roles",
    "x-auth-subject",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    // Grafana, Kong, authentik, Pomerium, Vouch, Tailscale, Authelia and CGI (REMOTE_USER).
    "x-webauth-",
    "x-consumer-",
    "x-credential-",
    "x-anonymous-consumer",
    "x-authentik-",
    "x-pomerium-",
    "x-vouch-",
    "tailscale-",
    "remote-",
    "x-remote-",
    "x-authenticated-",
    "forwarded-user",
    // Cloudflare Access, AWS load balancers, Azure App Service, Google's Identity-Aware Proxy.
    "cf-access-",
    "x-amzn-oidc-",
    "x-ms-client-principal",
    "x-ms-token-",
    "x-goog-authenticated-",
    "x-goog-iap-",
    // Client certificates: Apache, nginx, Traefik, Envoy, F5.
    "x-ssl-client-",
    "ssl-client-",
    "x-client-cert",
    "client-cert",
    "x-client-verify",
    "x-forwarded-tls-client-cert",
    "x-forwarded-client-cert",
];

/// Single headers that name a caller, or another request than the one that was judged. In lower case.
const MISLEADING: [&str; 15] = [
    "x-user",
    "x-user-id",
    "x-user-name",
    "x-user-email",
    "x-user-roles",
    "x-user-groups",
    "x-userinfo",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-forwarded-method",
    "x-original-method",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
];

/// Headers that say where a request came from. The gate removes the client's values; it sets `X-Forwarded-Host`, `-Proto` and
/// `-For` itself. In lower case.
const FORWARDING: [&str; 19] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-protocol",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-forwarded-uri",
    "x-forwarded-path",
    "x-original-host",
    "x-original-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "front-end-https",
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
    let same = |known: &str| known.len() == name.len() && starts_like(name, known);
    FAMILIES.iter().any(|family| starts_like(name, family))
        || MISLEADING.iter().chain(&FORWARDING).any(|known| same(known))
        || configured.iter().any(|known| same(known))
}

/// Whether a route's `keep_headers` may name this header (lower case): never the gate's own, and none that the gate sets or handles
/// by itself.
#[must_use]
pub fn may_be_kept(name: &str) -> bool {
    !starts_like(name, "latchkey-")
        && !["cookie", "authorization", "connection"].contains(&name)
        && !["x-forwarded-host", "x-forwarded-proto", "x-forwarded-for"].contains(&name)
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

    use super::{UnsafeValue, headers, is_misleading, lines, may_be_kept};

    fn caller() -> Caller {
        Caller {
            issuer: "https://i.example".into(),
            subject: "u".into(),
            session: Some("s".into()),
            token_id: Some("j".into()),
            epoch: Some(0),
            auth_time: None,
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
    fn a_route_may_keep_headers_of_other_software_but_none_of_the_gates_own() {
        for name in ["x-webauth-user", "cf-access-jwt-assertion", "forwarded", "x-real-ip"] {
            assert!(may_be_kept(name), "{name}");
        }
        for name in ["latchkey-subject", "latchkey_subject", "cookie", "authorization", "x-forwarded-for"] {
            assert!(!may_be_kept(name), "{name}");
        }
    }

    #[test]
    fn check_19_only_the_gate_names_the_caller() {
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
            "x-webauth-user",
            "x_webauth_user",
            "x-consumer-custom-id",
            "x-authentik-username",
            "x-authentik-meta-app",
            "cf-access-jwt-assertion",
            "cf-access-authenticated-user-email",
            "x-amzn-oidc-data",
            "x-ms-client-principal",
            "x-ms-client-principal-id",
            "x-goog-authenticated-user-email",
            "x-goog-iap-jwt-assertion",
            "tailscale-user-login",
            "x-vouch-user",
            "x-pomerium-jwt-assertion",
            "x-ssl-client-s-dn",
            "ssl_client_verify",
            "x-forwarded-tls-client-cert-info",
            "x-forwarded-client-cert",
            "x-forwarded-method",
            "remote-groups",
            "x-remote-group",
            "x-authenticated-userid",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x_forwarded_proto",
            "x-forwarded-prefix",
            "x-real-ip",
            "true-client-ip",
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
            "x-tenants",
            "user-agent",
            "x-user-agent",
            "x-auth-token",
            "x-forwarded",
            "x-request-id",
            "cf-connecting-ip",
            "cf-ray",
        ] {
            assert!(!is_misleading(name, &configured), "{name}");
        }
    }
}
