//! The request to the upstream and its answer. Bodies stream through in both directions, untouched.

use std::time::Duration;

use auth_core::wire::{COOKIE_NAME, ErrorCode};
use futures_util::future::{Either, select};
use serde_json::json;

use worker::{AbortController, Delay, Fetch, Request, Response};

use super::identity;
use crate::config::{Access, Route, Target};
use crate::http::{Answered, Refusal};
use crate::objects::Unavailable;
use crate::service::Context;
use crate::{log, platform};

/// Proves to an upstream reached by URL that the gate sent the request.
const GATE_SECRET: &str = "Latchkey-Gate-Secret";

/// Hands the request to the route's upstream, with these identity headers (lines), and gives its answer.
///
/// # Errors
/// `bad_gateway` when the upstream can't be reached, `gateway_timeout` when it says nothing in time.
pub async fn forward(context: &Context, route: &Route, identity: &str) -> Answered {
    let upstream = context.config.upstreams.get(&route.upstream).ok_or_else(Refusal::unavailable)?;
    let mut lines = outbound_headers(context, route);
    add(&mut lines, identity);
    let controller = AbortController::default();
    let signal = controller.signal();
    let original = context.incoming.request.inner();
    let make = |url: &str, lines: &str, no_store: bool| {
        let made = platform::make_request(original, url, lines, &signal, no_store);
        made.map(Request::from).map_err(|error| {
            log::line(
                "upstream_request_failed",
                &context.incoming.id,
                json!({"cause": format!("{error:?}")}),
            );
            Refusal::new(ErrorCode::BadGateway)
        })
    };
    let timeout = Delay::from(Duration::from_millis(upstream.timeout_ms));
    let answer = match &upstream.target {
        Target::Service { binding } => {
            let request = make("", &lines, false)?;
            let service =
                context.env.service(binding).map_err(|error| Unavailable::because("upstream", error))?;
            within(timeout, service.fetch_request(request)).await
        }
        Target::Url { origin, secret_binding } => {
            if let Some(binding) = secret_binding {
                let secret = context
                    .env
                    .secret(binding)
                    .map_err(|error| Unavailable::because("gate secret", error))?;
                add(&mut lines, &format!("{GATE_SECRET}\n{secret}"));
            }
            let url = format!("{origin}{}{}", context.incoming.path(), context.incoming.head.query());
            within(timeout, Fetch::Request(make(&url, &lines, true)?).send()).await
        }
    };
    let failed = |code: ErrorCode, cause: String| {
        log::line(
            "upstream_failed",
            &context.incoming.id,
            json!({"upstream": route.upstream, "cause": cause}),
        );
        Refusal::new(code)
    };
    match answer {
        Some(Ok(answer)) => Ok(inbound_answer(context, answer, route)),
        Some(Err(error)) => Err(failed(ErrorCode::BadGateway, error.to_string())),
        None => {
            controller.abort();
            Err(failed(ErrorCode::GatewayTimeout, "no answer in time".to_owned()))
        }
    }
}

/// What the future gives, or `None` when it takes longer.
async fn within<T>(timeout: Delay, future: impl Future<Output = T>) -> Option<T> {
    match select(core::pin::pin!(future), core::pin::pin!(timeout)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

fn add(lines: &mut String, more: &str) {
    if !lines.is_empty() && !more.is_empty() {
        lines.push('\n');
    }
    lines.push_str(more);
}

/// The headers as they came, as lines; without what could be taken for the gate's word, without the credentials the gate has spent, and without
/// what was meant for the connection only (RFC 9110 section 7.6.1).
fn outbound_headers(context: &Context, route: &Route) -> String {
    let head = &context.incoming.head;
    let upgrades = head.header("upgrade").is_some();
    let hop_by_hop: Vec<String> = match head.header("connection") {
        Some(list) => list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect(),
        None => vec![],
    };
    let mut lines = String::with_capacity(1024);
    for (name, value) in head.fields() {
        let goes = match name {
            "authorization" => route.forward_authorization,
            "connection" | "upgrade" => upgrades,
            "cookie" => {
                if let Some(rest) = without_ours(value) {
                    add(&mut lines, &format!("cookie\n{rest}"));
                }
                false
            }
            _ => {
                !identity::is_misleading(name, &context.config.strip_headers)
                    && !hop_by_hop.iter().any(|listed| listed == name)
            }
        };
        if goes {
            add(&mut lines, name);
            lines.push('\n');
            lines.push_str(value);
        }
    }
    lines
}

/// A `Cookie` header without our cookie; `None` when nothing is left. The refresh secret is nobody's business upstream. Several
/// such headers arrive joined by a comma.
fn without_ours(header: &str) -> Option<String> {
    let is_ours = |pair: &&str| pair.split('=').next().is_some_and(|name| name.trim() == COOKIE_NAME);
    let kept = |part: &str| part.split(',').filter(|pair| !is_ours(pair)).collect::<Vec<_>>().join(",");
    let rest: Vec<String> =
        header.split(';').map(|part| kept(part).trim().to_owned()).filter(|part| !part.is_empty()).collect();
    (!rest.is_empty()).then(|| rest.join("; "))
}

/// The upstream's answer, with what it may not do undone: set our cookie, or have what belongs to one caller stored for others. The changes are
/// made when the answer is dressed to leave.
fn inbound_answer(context: &Context, answer: Response, route: &Route) -> Response {
    let inner: web_sys::Response = answer.into();
    if let Some(cookies) = platform::set_cookies(&inner) {
        let kept: Vec<&str> = cookies.split('\n').filter(|cookie| !sets_ours(cookie)).collect();
        if kept.len() < cookies.split('\n').count() {
            context.upstream_cookies.replace(Some(kept.join("\n")));
        }
    }
    if route.access != Access::Public && !route.cache_as_upstream_says {
        context.answer_headers.borrow_mut().push(("Cache-Control", "private, no-store".to_owned()));
    }
    Response::from(inner)
}

/// A cookie without a name is sent back as its bare value, which may look like one that has ours.
fn sets_ours(cookie: &str) -> bool {
    let from_name = cookie.trim_start_matches(['=', ' ', '\t']);
    from_name.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(COOKIE_NAME))
}

#[cfg(test)]
mod tests {
    use super::{add, sets_ours, without_ours};

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
    fn lines_are_joined_by_line_breaks() {
        let mut lines = String::new();
        add(&mut lines, "");
        add(&mut lines, "a\nb");
        add(&mut lines, "");
        add(&mut lines, "c\nd");
        assert_eq!(lines, "a\nb\nc\nd");
    }
}
