//! The identity headers that the upstream receives, and the inbound headers that could pass for them.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::token::Caller;

/// Families of headers that name a caller, by the software that sets them. A name that begins so is removed.
/// In lower case.
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

/// Single headers that prove or name a caller, or another request than the one that was judged. In lower case.
const MISLEADING: [&str; 21] = [
    // The proof of a token's key (RFC 9449) is for the gate only.
    "dpop",
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
    // Envoy, Traefik, Azure.
    "x-envoy-original-path",
    "x-replaced-path",
    "x-original-path",
    "x-ms-original-url",
    "x-waws-unencoded-url",
];

/// Headers that say where a request came from. The gate removes the client's values; it sets
/// `X-Forwarded-Host`, `-Proto` and `-For` itself. In lower case.
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

/// The headers that tell the upstream who calls, by name and value; empty: there is no value. Lists are
/// joined by spaces.
///
/// Every value, and every word of a list, is percent-encoded (RFC 3986 section 2.1): bytes other than visible
/// ASCII, and the percent sign itself. So a role with a space can't pass for two, and no value can end its
/// header. A reader splits lists at spaces and then decodes each word (`decodeURIComponent`).
#[must_use]
pub fn headers(caller: &Caller) -> [(&'static str, String); 9] {
    let list = |words: &[String]| words.iter().map(|word| encoded(word)).collect::<Vec<_>>().join(" ");
    [
        ("Latchkey-Issuer", encoded(&caller.issuer)),
        ("Latchkey-Subject", encoded(&caller.subject)),
        ("Latchkey-Session", caller.session.as_ref().map(|id| encoded(id.as_str())).unwrap_or_default()),
        ("Latchkey-Roles", list(&caller.roles)),
        ("Latchkey-Scope", list(&caller.scopes)),
        (CLIENT_ID, caller.client_id.as_ref().map(|id| encoded(id.as_str())).unwrap_or_default()),
        ("Latchkey-Token-Id", caller.token_id.as_ref().map(|id| encoded(id.as_str())).unwrap_or_default()),
        (EMAIL, caller.email.as_ref().map(|email| encoded(&email.address)).unwrap_or_default()),
        (
            EMAIL_VERIFIED,
            caller.email.as_ref().map(|email| email.is_verified.to_string()).unwrap_or_default(),
        ),
    ]
}

/// Only requests of OAuth clients have it.
const CLIENT_ID: &str = "Latchkey-Client-Id";
/// Only the upstreams of a configuration with `email_headers` get these two.
const EMAIL: &str = "Latchkey-Email";
const EMAIL_VERIFIED: &str = "Latchkey-Email-Verified";

/// All that is escaped besides bytes beyond ASCII.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

fn encoded(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// The same as lines, for the gate: a line for the name, a line for the value. Without the client if it is none of
/// OAuth, and without the caller's e-mail address if it is unknown.
#[must_use]
pub fn lines(caller: &Caller) -> String {
    let sent = |name: &str| match name {
        CLIENT_ID => caller.client_id.is_some(),
        EMAIL | EMAIL_VERIFIED => caller.email.is_some(),
        _ => true,
    };
    let headers = headers(caller).into_iter().filter(|(name, _)| sent(name));
    headers.map(|(name, value)| format!("{name}\n{value}")).collect::<Vec<_>>().join("\n")
}

/// Whether an inbound header (its name in lower case) must not reach the upstream, because the upstream could
/// take it for a header of the gate or of other software that it trusts. Some servers present `-` and `_` to
/// the application as the same character, so both count.
#[must_use]
pub fn is_misleading(name: &str, configured: &[String]) -> bool {
    let same = |known: &str| known.len() == name.len() && starts_like(name, known);
    FAMILIES.iter().any(|family| starts_like(name, family))
        || MISLEADING.iter().chain(&FORWARDING).any(|known| same(known))
        || configured.iter().any(|known| same(known))
}

/// Whether a route's `keep_headers` may name this header (lower case): never the gate's own, and none that
/// the gate sets or handles by itself.
#[must_use]
pub fn may_be_kept(name: &str) -> bool {
    !starts_like(name, "latchkey-")
        && !["cookie", "authorization", "dpop", "connection"].contains(&name)
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
    use crate::token::{Caller, CallerEmail};

    use super::{headers, is_misleading, lines, may_be_kept};

    fn caller() -> Caller {
        Caller {
            issuer: "https://i.example".into(),
            session: Some("s".into()),
            token_id: Some("j".into()),
            epoch: Some(0),
            roles: vec!["admin".into(), "editor".into()],
            scopes: vec!["read".into(), "write".into()],
            ..Caller::bare()
        }
    }

    fn email(address: &str, is_verified: bool) -> Option<CallerEmail> {
        Some(CallerEmail { address: address.into(), is_verified })
    }

    #[test]
    fn the_upstream_learns_who_calls() {
        let expected = [
            ("Latchkey-Issuer", "https://i.example"),
            ("Latchkey-Subject", "u"),
            ("Latchkey-Session", "s"),
            ("Latchkey-Roles", "admin editor"),
            ("Latchkey-Scope", "read write"),
            ("Latchkey-Client-Id", ""),
            ("Latchkey-Token-Id", "j"),
            ("Latchkey-Email", ""),
            ("Latchkey-Email-Verified", ""),
        ];
        assert_eq!(headers(&caller()), expected.map(|(name, value)| (name, value.to_owned())));
        let by_cookie = Caller { token_id: None, scopes: vec![], ..caller() };
        assert!(lines(&by_cookie).ends_with("Latchkey-Scope\n\nLatchkey-Token-Id\n"));
        let of_client = Caller { client_id: Some("https://c.example/id".into()), ..caller() };
        assert!(lines(&of_client).contains("\nLatchkey-Client-Id\nhttps://c.example/id\n"));
        for (is_verified, said) in [(false, "false"), (true, "true")] {
            let with_email = Caller { email: email("a@x.example", is_verified), ..caller() };
            let end = format!("Latchkey-Email\na@x.example\nLatchkey-Email-Verified\n{said}");
            assert!(lines(&with_email).ends_with(&end), "{end}");
        }
    }

    #[test]
    fn percent_encodes_what_a_header_cannot_contain() {
        for (value, sent) in [
            ("auth0|5f7", "auth0|5f7"),
            ("a\r\nLatchkey-Roles: admin", "a%0D%0ALatchkey-Roles:%20admin"),
            ("a\0", "a%00"),
            ("é", "%C3%A9"),
            ("a\u{7f}", "a%7F"),
            ("a b", "a%20b"),
            ("a%20b", "a%2520b"),
            ("\u{1f511}", "%F0%9F%94%91"),
        ] {
            let text = || value.to_owned();
            let caller = Caller {
                issuer: text(),
                subject: text(),
                audience: None,
                jkt: None,
                session: Some(value.into()),
                token_id: Some(value.into()),
                client_id: Some(value.into()),
                roles: vec![text(), "x".to_owned()],
                scopes: vec![text()],
                email: email(value, true),
                ..caller()
            };
            let list = format!("{sent} x");
            let expected = [sent, sent, sent, &list, sent, sent, sent, sent, "true"];
            assert_eq!(headers(&caller).map(|(_, value)| value), expected.map(ToOwned::to_owned));
        }
    }

    #[test]
    fn a_route_may_keep_headers_of_other_software_but_none_of_the_gates_own() {
        for name in ["x-webauth-user", "cf-access-jwt-assertion", "forwarded", "x-real-ip"] {
            assert!(may_be_kept(name), "{name}");
        }
        for name in
            ["latchkey-subject", "latchkey_subject", "cookie", "authorization", "dpop", "x-forwarded-for"]
        {
            assert!(!may_be_kept(name), "{name}");
        }
    }

    #[test]
    fn check_19_only_the_gate_names_the_caller() {
        let configured = ["x-tenant".to_owned()];
        for name in [
            "dpop",
            "latchkey-subject",
            "latchkey_subject",
            "latchkey-client-id",
            "latchkey-email",
            "latchkey_email_verified",
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
            "x-envoy-original-path",
            "x_envoy_original_path",
            "x-replaced-path",
            "x-original-path",
            "x-ms-original-url",
            "x-waws-unencoded-url",
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
