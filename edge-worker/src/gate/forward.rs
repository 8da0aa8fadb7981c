//! Which headers are sent to an upstream, and which of its response reach the client. Bodies stream through
//! `js/entry.ts`, which carries this out.

use auth_core::gate::identity;
use auth_core::wire::COOKIE_NAMES;
use serde_json::{Value, json};
use worker::js_sys::{Array, JsString};

use crate::config::{Config, Route, Target, Upstream};
use crate::platform::Unavailable;

/// Proves to an upstream reached by URL that the gate sent the request.
pub const GATE_SECRET: &str = "Latchkey-Gate-Secret";

/// Headers besides `Cache-Control` that allow caches to store a response; some take precedence over it.
const CACHE_HEADERS: [&str; 5] =
    ["CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control", "Expires", "Pragma"];

/// An upstream's own CORS headers (Fetch standard, section 3.2). On routes that aren't public only the gate
/// says which origins may read a response.
const CORS_HEADERS: [&str; 7] = [
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Private-Network",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
];

/// The `Cache-Control` of responses that belong to one caller.
const PRIVATE: &str = "private, no-store";

/// What becomes of an inbound header. JavaScript knows it by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outbound {
    /// It is forwarded unchanged.
    Kept = 0,
    /// It ends here: it could be taken for the gate's word.
    Removed = 1,
    /// It is forwarded without our cookies.
    Cookie = 2,
    /// It is forwarded on routes that allow it.
    Authorization = 3,
    /// It and what it lists go on for an upgrade only.
    Connection = 4,
}

impl Outbound {
    /// The numbers by the names that JavaScript uses.
    #[must_use]
    pub fn names() -> Value {
        json!({
            "kept": Self::Kept as u8,
            "removed": Self::Removed as u8,
            "cookie": Self::Cookie as u8,
            "authorization": Self::Authorization as u8,
            "connection": Self::Connection as u8,
        })
    }
}

/// Lines as an array of JavaScript's strings.
#[must_use]
pub fn lines_for_js(lines: &str) -> Array {
    // One text crosses, not one for each.
    if lines.is_empty() { Array::new() } else { JsString::from(lines).split("\n") }
}

/// What becomes of an inbound header with this name (lower case).
#[must_use]
pub fn outbound(name: &str, configured: &[String]) -> Outbound {
    match name {
        "cookie" => Outbound::Cookie,
        "authorization" => Outbound::Authorization,
        "connection" => Outbound::Connection,
        _ if identity::is_misleading(name, configured) => Outbound::Removed,
        _ => Outbound::Kept,
    }
}

/// The address at which the service is reached, for the upstream: scheme and host of the issuer, which no
/// client can choose.
#[must_use]
pub fn public_address(config: &Config) -> Vec<[String; 2]> {
    let Some((scheme, host)) = config.issuer.as_str().split_once("://") else { return vec![] };
    vec![
        ["X-Forwarded-Host".to_owned(), host.to_owned()],
        ["X-Forwarded-Proto".to_owned(), scheme.to_owned()],
    ]
}

/// How each route's upstream is asked, and what its answers get and lose, for `js/entry.ts`.
#[must_use]
pub fn routes(config: &Config) -> Vec<Value> {
    config.routes.iter().map(|route| settings(config, route)).collect()
}

/// The binding of this upstream is missing.
#[must_use]
pub fn unbound(name: &str, upstream: &Upstream) -> Unavailable {
    let (key, binding, expected) = match &upstream.target {
        Target::Service { binding } => {
            let expected = format!("[[services]] binding = \"{binding}\", service = \"<the Worker's name>\"");
            ("service", binding.as_str(), expected)
        }
        Target::Url { secret_binding, .. } => {
            let binding = secret_binding.as_deref().unwrap_or_default();
            let expected = format!("a secret (wrangler secret put {binding}; on this machine in .dev.vars)");
            ("secret_binding", binding, expected)
        }
    };
    Unavailable::unbound("upstream", &format!("upstreams.{name}.{key}: found \"{binding}\""), &expected)
}

/// Which upstream gave no answer, and why, for a developer.
#[must_use]
pub fn without_answer(name: &str, upstream: &Upstream, cause: &str) -> String {
    let cause = cause.trim_end_matches('.');
    match &upstream.target {
        Target::Service { binding } => {
            format!("upstreams.{name} (service = \"{binding}\") gave no answer: {cause}")
        }
        Target::Url { origin, .. } => format!(
            "upstreams.{name} (url = \"{origin}\") gave no answer: {cause}. Is the server running there?"
        ),
    }
}

/// The headers that an answer with our cookie gets and loses, on every route: no cache may replay an old
/// cookie.
#[must_use]
pub fn with_cookie() -> Value {
    json!({ "sets": [["Cache-Control", PRIVATE]], "removes": CACHE_HEADERS })
}

fn settings(config: &Config, route: &Route) -> Value {
    let upstream = config.upstreams.get(&route.upstream);
    // What belongs to one caller must not be stored for others.
    let protected = !route.access.is_public();
    let private = protected && !route.cache_as_upstream_says;
    let cors: &[&str] = if protected { &CORS_HEADERS } else { &[] };
    let caching: &[&str] = if private { &CACHE_HEADERS } else { &[] };
    let removed = [cors, caching].concat();
    let mut settings = json!({
        "timeout": upstream.map(|upstream| upstream.timeout_ms),
        "authorization": route.forward_authorization,
        "sets": if private { json!([["Cache-Control", PRIVATE]]) } else { json!([]) },
        "removes": removed,
        "keeps": route.keep_headers,
    });
    let target = match upstream.map(|upstream| &upstream.target) {
        Some(Target::Service { binding }) => vec![("service", binding.as_str())],
        Some(Target::Url { origin, secret_binding }) => {
            let secret = secret_binding.as_deref().map(|secret| ("secret", secret));
            let address = if upstream.is_some_and(|upstream| upstream.preserve_host) {
                vec![("origin", config.issuer.as_str()), ("resolveOverride", origin.host())]
            } else {
                vec![("origin", origin.as_str())]
            };
            address.into_iter().chain(secret).collect()
        }
        None => vec![],
    };
    if let Some(members) = settings.as_object_mut() {
        members.extend(target.into_iter().map(|(name, value)| (name.to_owned(), json!(value))));
    }
    settings
}

/// A `Cookie` header without our cookies and the configured ones; `None` when nothing is left. No upstream
/// needs their values. Several such headers arrive joined by a comma.
#[must_use]
pub fn without_tokens(header: &str, configured: &[String]) -> Option<String> {
    let is_token = |name: &str| COOKIE_NAMES.contains(&name) || configured.iter().any(|known| known == name);
    let is_ours = |pair: &&str| pair.split('=').next().is_some_and(|name| is_token(name.trim()));
    let kept = |part: &str| part.split(',').filter(|pair| !is_ours(pair)).collect::<Vec<_>>().join(",");
    let rest: Vec<String> =
        header.split(';').map(|part| kept(part).trim().to_owned()).filter(|part| !part.is_empty()).collect();
    (!rest.is_empty()).then(|| rest.join("; "))
}

/// Whether an upstream's `Set-Cookie` sets or removes one of our cookies. A cookie without a name is sent
/// back as its bare value, which may look like one that has ours.
#[must_use]
pub fn sets_ours(cookie: &str) -> bool {
    let from_name = cookie.trim_start_matches(['=', ' ', '\t']);
    let is_ours = |name: &str| COOKIE_NAMES.iter().any(|ours| name.trim().eq_ignore_ascii_case(ours));
    from_name.split('=').next().is_some_and(is_ours)
}

#[cfg(test)]
mod tests {
    use auth_core::wire::COOKIE_NAMES;

    use super::{Outbound, outbound, sets_ours, without_tokens};

    fn without_ours(header: &str) -> Option<String> {
        without_tokens(header, &[])
    }

    #[test]
    fn each_of_our_cookies_stays_at_the_gate() {
        for name in COOKIE_NAMES {
            assert_eq!(without_ours(&format!("a=b; {name}=x; c=d, {name} =y")).as_deref(), Some("a=b; c=d"));
            assert!(sets_ours(&format!("{name}=x; Path=/")));
            assert!(sets_ours(&format!("= {} =x", name.to_lowercase())));
            assert!(!sets_ours(&format!("{name}-x=1")));
        }
    }

    #[test]
    fn a_cookie_with_another_issuers_token_stays_at_the_gate() {
        let configured = ["CF_Authorization".to_owned()];
        let left = without_tokens("a=b; CF_Authorization=x; cf_authorization=y", &configured);
        assert_eq!(left.as_deref(), Some("a=b; cf_authorization=y"));
        assert_eq!(without_tokens("CF_Authorization=x", &configured), None);
    }

    #[test]
    fn our_cookie_stays_at_the_gate() {
        let ours = "__Host-Http-latchkey=1.a.b.1.c";
        assert_eq!(without_ours(&format!("a=b; {ours}; c=d")).as_deref(), Some("a=b; c=d"));
        assert_eq!(without_ours(ours), None);
        assert_eq!(without_ours(&format!("{ours}; {ours}")), None);
        assert_eq!(without_ours("a=b").as_deref(), Some("a=b"));
        assert_eq!(without_ours(" __Host-Http-latchkey =x"), None);
        assert_eq!(without_ours(&format!("a=b, {ours}")).as_deref(), Some("a=b"));
        assert_eq!(without_ours(&format!("{ours}, a=b; c=d")).as_deref(), Some("a=b; c=d"));
        assert_eq!(without_ours("a=b,c; d=e, f=g").as_deref(), Some("a=b,c; d=e, f=g"));
    }

    #[test]
    fn an_upstream_cannot_set_our_cookie() {
        assert!(sets_ours("__Host-Http-latchkey=x; Path=/"));
        assert!(sets_ours(" __host-http-latchkey =x"));
        assert!(sets_ours("=__Host-Http-latchkey=x"));
        assert!(sets_ours(" = __Host-Http-latchkey=x"));
        assert!(!sets_ours("sid=__Host-Http-latchkey=x"));
    }

    #[test]
    fn check_19_credentials_stay_at_the_gate() {
        let configured = ["x-tenant".to_owned()];
        for (name, expected) in [
            ("accept", Outbound::Kept),
            ("x-forwarded-for", Outbound::Removed),
            ("cf-access-jwt-assertion", Outbound::Removed),
            ("upgrade", Outbound::Kept),
            ("latchkey-subject", Outbound::Removed),
            ("latchkey_roles", Outbound::Removed),
            ("x-original-url", Outbound::Removed),
            ("x-tenant", Outbound::Removed),
            ("cookie", Outbound::Cookie),
            ("authorization", Outbound::Authorization),
            ("connection", Outbound::Connection),
        ] {
            assert_eq!(outbound(name, &configured), expected, "{name}");
        }
    }
}
