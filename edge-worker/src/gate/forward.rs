//! The request to the upstream and its answer. Bodies stream through in both directions, untouched.

use auth_core::wire::{COOKIE_NAME, ErrorCode};
use serde_json::json;
use wasm_bindgen::JsCast;

use web_sys::{RequestInit, RequestRedirect};
use worker::{Fetch, Headers, Request, Response};

use super::identity;
use crate::config::{Access, Route, Upstream};
use crate::http::{Answered, Refusal};
use crate::log;
use crate::objects::Unavailable;
use crate::service::Context;

/// Proves to an upstream reached by URL that the gate sent the request.
const GATE_SECRET: &str = "Latchkey-Gate-Secret";

/// Hands the request to the route's upstream and gives its answer.
///
/// # Errors
/// `bad_gateway` when the upstream can't be reached.
pub async fn forward(context: &Context, route: &Route, identity: Vec<(&'static str, String)>) -> Answered {
    let headers = outbound_headers(context, &identity)?;
    let upstream = context.config.upstreams.get(&route.upstream).ok_or_else(Refusal::unavailable)?;
    let answer = match upstream {
        Upstream::Service { binding } => {
            let request = outbound_request(context, &context.incoming.request.inner().url(), &headers)?;
            context.env.service(binding)?.fetch_request(request).await
        }
        Upstream::Url { origin, secret_binding } => {
            if let Some(binding) = secret_binding {
                let secret = context
                    .env
                    .secret(binding)
                    .map_err(|error| Unavailable::because("gate secret", error))?;
                headers.set(GATE_SECRET, &secret.to_string())?;
            }
            let url = format!("{origin}{}{}", context.incoming.path, context.incoming.query);
            Fetch::Request(outbound_request(context, &url, &headers)?).send().await
        }
    };
    match answer {
        Ok(answer) => inbound_answer(answer, route),
        Err(error) => {
            let particulars = json!({"upstream": route.upstream, "cause": error.to_string()});
            log::line("upstream_failed", &context.incoming.id, particulars);
            Err(Refusal::new(ErrorCode::BadGateway))
        }
    }
}

/// The headers as they came, without what could be taken for the gate's word, without the credentials the gate has spent, and
/// with what the gate knows.
fn outbound_headers(context: &Context, identity: &[(&'static str, String)]) -> Result<Headers, Refusal> {
    let headers = Headers::new();
    for (name, value) in context.incoming.headers().entries() {
        match name.as_str() {
            "authorization" => {}
            "cookie" => {
                if let Some(rest) = without_ours(&value) {
                    headers.append(&name, &rest)?;
                }
            }
            _ if identity::is_ours(&name) => {}
            _ => headers.append(&name, &value)?,
        }
    }
    for (name, value) in identity {
        headers.set(name, value)?;
    }
    Ok(headers)
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

/// The same request to another URL. Redirects are the caller's to follow.
fn outbound_request(context: &Context, url: &str, headers: &Headers) -> Result<Request, Refusal> {
    let original = context.incoming.request.inner();
    let init = RequestInit::new();
    init.set_method(&context.incoming.method);
    init.set_headers_headers(&headers.0);
    init.set_redirect(RequestRedirect::Manual);
    if let Some(body) = original.body() {
        init.set_body(&body);
    }
    let request = web_sys::Request::new_with_str_and_init(url, &init).map_err(worker::Error::from)?;
    Ok(Request::from(request))
}

/// The upstream's answer, with what it may not do undone: set our cookie, or have what belongs to one caller stored for others.
fn inbound_answer(answer: Response, route: &Route) -> Answered {
    // The upstream's own object can't be changed; a new one around the same body can.
    let inner: web_sys::Response = answer.into();
    let copy = web_sys::Response::new_with_opt_readable_stream_and_init(
        inner.body().as_ref(),
        inner.unchecked_ref(),
    );
    let answer = Response::from(copy.map_err(worker::Error::from)?);
    let cookies = answer.headers().get_all("set-cookie")?;
    if cookies.iter().any(|cookie| sets_ours(cookie)) {
        answer.headers().delete("set-cookie")?;
        for cookie in cookies.iter().filter(|cookie| !sets_ours(cookie)) {
            answer.headers().append("set-cookie", cookie)?;
        }
    }
    if route.access != Access::Public {
        answer.headers().set("Cache-Control", "private, no-store")?;
    }
    Ok(answer)
}

/// A cookie without a name is sent back as its bare value, which may look like one that has ours.
fn sets_ours(cookie: &str) -> bool {
    let from_name = cookie.trim_start_matches(['=', ' ', '\t']);
    from_name.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(COOKIE_NAME))
}

#[cfg(test)]
mod tests {
    use super::{sets_ours, without_ours};

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
}
