//! The meaning of an HTTP reply. A reply that is not the service's own, whatever its status, means only that
//! the service wasn't reached: captive portals answer 200, proxies 401. The same applies to a reply of the
//! service's own that begins or ends a session and names another request: a service worker or a cache has
//! repeated it, and it may be another user's.

use super::json::{Json, text, whole};
use super::operations::SESSION;
use super::shape::{Shape, copy};
use super::{Answer, ClientErrorCode, Failure, FailureDetails, Grant, SeenSession};
use crate::secret::SecretText;
use crate::wire::{ErrorCode, Forgery, Method, SessionEndReason};

/// A reply, as received.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a, J> {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// Whether it names the request to which it belongs ([`crate::wire::NONCE_HEADER`]).
    pub is_marked: bool,
    /// The whole body; `None` if it is not JSON.
    pub body: Option<J>,
}

impl<J: Json> Reply<'_, J> {
    /// The reply to a request for a token, and the token.
    #[must_use]
    pub fn read(&self) -> (Answer, Option<SecretText>) {
        match self.status {
            200 | 201 if self.is_marked => self.read_grant(),
            204 if self.is_marked => (Answer::Empty, None),
            _ => (self.read_refusal(), None),
        }
    }

    /// What the page gets of the reply to a request that brings no token; `None` if the request has no answer beyond
    /// having been carried out. With `ticket_for`, the text `url` of the reply must continue this one.
    ///
    /// # Errors
    /// The failure that the reply means.
    pub fn read_value(&self, shape: Shape, ticket_for: Option<&str>) -> Result<Option<J>, Failure> {
        match self.status {
            202 | 204 if self.is_marked && shape.is_empty() => Ok(None),
            200 | 201 if self.is_marked && self.has_type("application/json") => {
                let value = self.body.as_ref().and_then(|body| copy(shape, body)).filter(|value| {
                    ticket_for
                        .is_none_or(|asked| text(value, "url").is_some_and(|url| url.starts_with(asked)))
                });
                value.map(Some).ok_or_else(|| self.not_ours())
            }
            _ => Err(match self.read_refusal() {
                Answer::Failed(failure) => failure,
                Answer::Ended(reason) => Failure::ended(reason),
                Answer::Granted(_) | Answer::Empty => self.not_ours(),
            }),
        }
    }

    /// Whether the service did not accept the token, so that another one may help.
    #[must_use]
    pub fn is_token_refused(&self) -> bool {
        matches!(self.problem(), Some((ErrorCode::InvalidToken, _)))
    }

    /// The meaning of a reply that is not a success.
    fn read_refusal(&self) -> Answer {
        let Some((code, problem)) = self.problem() else { return Answer::Failed(self.not_ours()) };
        if code == ErrorCode::SessionEnded {
            // It ends a session, so it must be complete, and belong to this request.
            let reason = text(problem, "reason").and_then(|reason| SessionEndReason::from_wire(&reason));
            let reason = reason.filter(|_| self.is_marked);
            return reason.map_or_else(|| Answer::Failed(self.not_ours()), Answer::Ended);
        }
        let check = text(problem, "check").and_then(|check| Forgery::from_wire(&check));
        if code == ErrorCode::RequestForgery && check == Some(Forgery::ForeignSite) {
            // Page and service are of different sites, between which the browser sends no cookie.
            return Answer::Failed(Failure {
                status: Some(self.status),
                ..Failure::client(ClientErrorCode::CookieBlocked)
            });
        }
        Answer::Failed(Failure {
            status: Some(self.status),
            retry_after_ms: self.retry_after_ms(),
            more: Some(Box::new(FailureDetails {
                detail: text(problem, "detail"),
                field: text(problem, "field"),
                methods: methods_of(problem),
            })),
            ..Failure::service(code)
        })
    }

    fn read_grant(&self) -> (Answer, Option<SecretText>) {
        let granted = self.body.as_ref().filter(|_| self.has_type("application/json")).and_then(grant);
        match granted {
            Some((grant, token)) => (Answer::Granted(grant), Some(token)),
            None => (Answer::Failed(self.not_ours()), None),
        }
    }

    /// A problem (RFC 9457) of the closed set, with the status that belongs to its code. Unknown members are ignored,
    /// because later versions may add some.
    fn problem(&self) -> Option<(ErrorCode, &J)> {
        let problem = self.body.as_ref().filter(|_| self.has_type("application/problem+json"))?;
        let code = ErrorCode::from_wire(&text(problem, "code")?)?;
        (code.status() == self.status).then_some((code, problem))
    }

    fn not_ours(&self) -> Failure {
        Failure {
            status: Some(self.status),
            retry_after_ms: self.retry_after_ms(),
            ..Failure::client(ClientErrorCode::BadResponse)
        }
    }

    fn has_type(&self, wanted: &str) -> bool {
        let mut parts = self.content_type.unwrap_or_default().as_bytes().split(|b| *b == b';');
        parts.next().is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes()))
    }

    /// `Retry-After` in seconds (RFC 9110 section 10.2.3). A date is ignored, because it would require
    /// synchronous clocks.
    fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after?.trim_ascii().parse::<u64>().ok().map(|seconds| seconds.saturating_mul(1_000))
    }
}

/// A token response, split into what may be seen and the token.
fn grant<J: Json>(body: &J) -> Option<(Grant, SecretText)> {
    // First, so that it is zeroed whatever follows.
    let token = SecretText::new(text(body, "access_token")?);
    let session = body.member("session")?;
    let time = |name| session.member(name).as_ref().and_then(whole);
    let seen = SeenSession {
        id: text(&session, "id")?.into(),
        user: text(&session.member("user")?, "id")?.into(),
        lasts_s: to_seconds(time("expires_at")? - time("created_at")?),
        view: copy(SESSION, &session)?.to_text()?,
    };
    let expires_in = body.member("expires_in")?;
    let grant = Grant { expires_in_s: to_seconds(whole(&expires_in)?), session: seen };
    is_token(token.expose()).then_some((grant, token))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what is wanted"
)]
const fn to_seconds(whole: f64) -> u64 {
    whole as u64
}

/// The methods that a problem lists. One that this version does not know is of no use to its pages.
pub(super) fn methods_of<J: Json>(problem: &J) -> Vec<Method> {
    let items = problem.member("methods").and_then(|methods| methods.as_list()).unwrap_or_default();
    items.iter().filter_map(|item| Method::from_wire(&item.as_text()?)).collect()
}

/// `b64token` (RFC 6750 section 2.1), which has no character that could end a header.
fn is_token(token: &str) -> bool {
    !token.is_empty()
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Answer, ClientErrorCode, Code, Operation};
    use super::Reply;
    use crate::wire::{ErrorCode, Method, SessionEndReason};

    const JSON: &str = "application/json";
    const PROBLEM: &str = "application/problem+json";
    const GRANT: &str = r#"{"access_token":"a.b-c.d_","token_type":"Bearer","expires_in":300,"session":{"id":"s",
        "user":{"id":"u","email":"e","email_verified":false,"roles":["r"]},"created_at":1,"auth_time":1,"expires_at":2,
        "idle_expires_at":3,"new_member":1},"another":{}}"#;

    fn reply<'a>(status: u16, content_type: &'a str, body: &str) -> Reply<'a, Value> {
        let body = serde_json::from_str(body).ok();
        Reply { status, content_type: Some(content_type), retry_after: Some("7"), is_marked: true, body }
    }

    /// What the page gets of the answer to this request.
    fn value(reply: &Reply<'_, Value>, what: &str) -> Result<Option<Value>, super::Failure> {
        reply.read_value(Operation::named(what).unwrap().answer, None)
    }

    fn is_bad_response(answer: &Answer) -> bool {
        matches!(answer, Answer::Failed(failure) if failure.code == Code::Client(ClientErrorCode::BadResponse))
    }

    #[test]
    fn a_token_response_is_split_into_what_may_be_seen_and_what_may_not() {
        let (answer, token) = reply(201, "Application/JSON; charset=utf-8", GRANT).read();
        assert_eq!(token.unwrap().expose(), "a.b-c.d_");
        let Answer::Granted(grant) = answer else { panic!("{answer:?}") };
        assert_eq!((grant.expires_in_s, grant.session.id.as_str()), (300, "s"));
        assert_eq!(grant.session.user.as_str(), "u");
        let view: Value = serde_json::from_str(&grant.session.view).unwrap();
        assert_eq!(view["idleExpiresAt"], 3_000.0);
        assert_eq!(view["user"]["emailVerified"], false);
        assert_eq!(view.get("newMember"), None);
        assert!(!format!("{grant:?}").contains("a.b-c"));
    }

    #[test]
    fn check_52_only_a_complete_session_ended_of_the_service_ends_a_session() {
        let ended = r#"{"code":"session_ended","reason":"idle"}"#;
        assert!(matches!(reply(401, PROBLEM, ended).read().0, Answer::Ended(SessionEndReason::Idle)));
        for (status, content_type, body) in [
            (401, "text/html", ended),
            (401, JSON, ended),
            (200, PROBLEM, ended),
            (403, PROBLEM, ended),
            (502, PROBLEM, ended),
            (401, PROBLEM, r#"{"code":"session_ended"}"#),
            (401, PROBLEM, r#"{"code":"session_ended","reason":"tired"}"#),
            (401, PROBLEM, r#"{"code":"Session_Ended","reason":"idle"}"#),
            (401, PROBLEM, r#"{"code":"session_ended","reason":"idle""#),
            (401, PROBLEM, ""),
            (200, "text/html", "<html>Welcome to our Wi-Fi"),
            (200, "text/html", GRANT),
            (200, JSON, "{}"),
            (200, JSON, &GRANT.replace("a.b-c.d_", "a\\r\\nb: c")),
            (200, JSON, &GRANT.replace("a.b-c.d_", "")),
            (200, JSON, &GRANT.replace("300", "-1")),
            (302, "text/html", ""),
            (500, "text/plain", "oops"),
            (0, "", ""),
        ] {
            let (answer, token) = reply(status, content_type, body).read();
            let Answer::Failed(failure) = answer else {
                panic!("{status} {content_type} {body}: {answer:?}")
            };
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{status} {body}");
            assert!(failure.code.is_transient() && token.is_none());
        }
    }

    #[test]
    fn check_52_a_status_without_the_services_mark_is_ignored() {
        assert!(matches!(reply(204, "", "").read().0, Answer::Empty));
        let unmarked = Reply { is_marked: false, ..reply(204, "", "") };
        let Answer::Failed(failure) = unmarked.read().0 else { panic!() };
        assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse));
        assert!(failure.code.is_transient());
        assert_eq!(value(&unmarked, "revokeSession"), Err(failure));
        let ended = r#"{"code":"session_ended","reason":"idle"}"#;
        for (status, content_type, body) in [(200, JSON, GRANT), (201, JSON, GRANT), (401, PROBLEM, ended)] {
            assert!(!is_bad_response(&reply(status, content_type, body).read().0), "{status} {body}");
            let repeated = Reply { is_marked: false, ..reply(status, content_type, body) };
            let (answer, token) = repeated.read();
            assert!(is_bad_response(&answer) && token.is_none(), "{status} {body}");
        }
        let unmarked = |body| Reply { is_marked: false, ..reply(200, JSON, body) };
        assert!(value(&unmarked(r#"{"sessions":[]}"#), "sessions").is_err());
        assert!(value(&unmarked(r#"{"url":"wss://a/x?t=1","expires_in":30}"#), "ticket").is_err());
        for status in [100, 202, 205, 206, 301, 304, 400, 401, 403, 404, 500] {
            let Answer::Failed(failure) = reply(status, "", "").read().0 else { panic!("{status}") };
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{status}");
        }
    }

    #[test]
    fn a_malformed_answer_is_rejected_as_a_whole() {
        let rows = r#"{"sessions":[{"id":"s","current":true,"created_at":1,"last_used_at":2,"expires_at":3,"user_agent":"x"}]}"#;
        let seen = value(&reply(200, JSON, rows), "sessions").unwrap().unwrap();
        assert_eq!(seen["sessions"][0]["lastUsedAt"], 2_000.0);
        for bad in ["{}", "[]", "{\"sessions\":[{}]}", "", "null"] {
            let failure = value(&reply(200, JSON, bad), "sessions").unwrap_err();
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{bad}");
        }
        for (status, content_type) in [(200, "text/html"), (204, JSON), (202, JSON), (302, JSON)] {
            let failure = value(&reply(status, content_type, rows), "sessions").unwrap_err();
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{status} {content_type}");
        }
        let refused = reply(401, PROBLEM, r#"{"code":"invalid_token"}"#);
        assert!(refused.is_token_refused());
        assert!(!reply(401, PROBLEM, r#"{"code":"code_invalid"}"#).is_token_refused());
        let failure = value(&refused, "revokeSession").unwrap_err();
        assert_eq!(failure.code, Code::Service(ErrorCode::InvalidToken));
        assert_eq!(value(&reply(204, "", ""), "revokeSession"), Ok(None));
        assert_eq!(value(&reply(202, "", ""), "forgotPassword"), Ok(None));
    }

    #[test]
    fn a_ticket_is_for_the_url_that_was_asked_for() {
        let body = r#"{"url":"wss://a/x?t=1","expires_in":30}"#;
        let ticket = |status, content_type, body: &str| {
            let shape = Operation::named("ticket").unwrap().answer;
            reply(status, content_type, body).read_value(shape, Some("wss://a/x"))
        };
        assert_eq!(ticket(200, JSON, body).unwrap(), Some(serde_json::json!({"url": "wss://a/x?t=1"})));
        for (status, content_type, body) in [
            (200, JSON, r#"{"url":"wss://b/x?t=1"}"#),
            (200, JSON, r#"{"url":7}"#),
            (200, JSON, "{}"),
            (200, "text/html", body),
            (204, JSON, body),
        ] {
            let failure = ticket(status, content_type, body).unwrap_err();
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{body}");
        }
        let refused = ticket(400, PROBLEM, r#"{"code":"invalid_request"}"#);
        assert_eq!(refused.unwrap_err().code, Code::Service(ErrorCode::InvalidRequest));
    }

    #[test]
    fn a_page_gets_no_token_out_of_any_other_answer() {
        for operation in Operation::all() {
            for body in [GRANT, r#"{"access_token":"a.b-c.d_"}"#] {
                if let Ok(Some(seen)) = reply(200, JSON, body).read_value(operation.answer, None) {
                    assert!(!seen.to_string().contains("a.b-c"), "{}", operation.name);
                }
            }
        }
    }

    #[test]
    fn a_refusal_keeps_its_code_detail_and_retry_after() {
        let body = r#"{"type":"x","title":"y","status":429,"code":"rate_limited","detail":"slowly"}"#;
        let Answer::Failed(failure) = reply(429, PROBLEM, body).read().0 else { panic!() };
        assert_eq!(failure.code, Code::Service(ErrorCode::RateLimited));
        let detail = failure.more.and_then(|more| more.detail);
        assert_eq!((failure.retry_after_ms, detail.as_deref()), (Some(7_000), Some("slowly")));
        for (check, code) in [
            (r#","check":"foreign_site""#, Code::Client(ClientErrorCode::CookieBlocked)),
            (r#","check":"foreign_origin""#, Code::Service(ErrorCode::RequestForgery)),
            (r#","check":"no_client""#, Code::Service(ErrorCode::RequestForgery)),
            ("", Code::Service(ErrorCode::RequestForgery)),
        ] {
            let body = format!(r#"{{"code":"request_forgery"{check}}}"#);
            let Answer::Failed(failure) = reply(403, PROBLEM, &body).read().0 else { panic!() };
            assert_eq!((failure.code, failure.status), (code, Some(403)), "{check}");
        }
        let body = r#"{"code":"reauthentication_required","methods":["password","a later one"]}"#;
        let Answer::Failed(failure) = reply(403, PROBLEM, body).read().0 else { panic!() };
        let more = *failure.more.unwrap();
        assert_eq!((more.methods.as_slice(), more.field), ([Method::Password].as_slice(), None));
        let body = r#"{"code":"invalid_request","field":"new_password"}"#;
        let Answer::Failed(failure) = reply(400, PROBLEM, body).read().0 else { panic!() };
        let more = *failure.more.unwrap();
        assert_eq!((more.methods.as_slice(), more.field.as_deref()), (&[][..], Some("new_password")));
        let dated =
            Reply { retry_after: Some("Fri, 31 Dec 1999 23:59:59 GMT"), ..reply(503, "text/html", "") };
        let Answer::Failed(failure) = dated.read().0 else { panic!() };
        assert_eq!((failure.status, failure.retry_after_ms), (Some(503), None));
    }
}
