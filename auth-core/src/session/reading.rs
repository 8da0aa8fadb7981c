//! The meaning of an HTTP reply. A reply that is not the service's own, whatever its status, means only that
//! the service wasn't reached: captive portals answer 200, proxies 401. The same applies to a reply of the
//! service's own that begins or ends a session and names another request: a service worker or a cache has
//! repeated it, and it may be another user's.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Answer, ClientErrorCode, Failure, FailureDetails, Grant};
use crate::secret::SecretText;
use crate::wire::{
    ErrorCode, Forgery, Method, SessionEndReason, SessionList, SessionRow, TicketResponse, TokenResponse,
};

/// A JSON body, in the form in which the shell has it.
pub trait Body {
    /// The whole body as a value of this type; `None` if it is not one.
    fn read<T: DeserializeOwned>(&self) -> Option<T>;
}

/// A reply, as received.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a, B> {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// Whether it names the request to which it belongs ([`crate::wire::NONCE_HEADER`]).
    pub is_marked: bool,
    /// The whole body.
    pub body: B,
}

/// The members of a problem (RFC 9457) that the client reads. Unknown members are ignored, because later
/// versions may add some.
#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    check: Option<String>,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    detail: Option<String>,
}

impl<B: Body> Reply<'_, B> {
    /// The reply to a request for a token, and the token.
    #[must_use]
    pub fn read(&self) -> (Answer, Option<SecretText>) {
        match self.status {
            200 | 201 if self.is_marked => self.read_grant(),
            204 if self.is_marked => (Answer::Empty, None),
            _ => (self.read_refusal(), None),
        }
    }

    /// The meaning of a reply that is not a success.
    fn read_refusal(&self) -> Answer {
        let Some((code, problem)) = self.problem() else { return Answer::Failed(self.not_ours()) };
        if code == ErrorCode::SessionEnded {
            // It ends a session, so it must be complete, and belong to this request.
            let reason = problem.reason.as_deref().and_then(SessionEndReason::from_wire);
            let reason = reason.filter(|_| self.is_marked);
            return reason.map_or_else(|| Answer::Failed(self.not_ours()), Answer::Ended);
        }
        let is_of_other_site =
            problem.check.as_deref().and_then(Forgery::from_wire) == Some(Forgery::ForeignSite);
        if code == ErrorCode::RequestForgery && is_of_other_site {
            // Page and service are of different sites, between which the browser sends no cookie.
            return Answer::Failed(Failure {
                status: Some(self.status),
                ..Failure::client(ClientErrorCode::CookieBlocked)
            });
        }
        let Problem { detail, field, methods, .. } = problem;
        // A method that this version does not know is of no use to its pages.
        let methods = methods.iter().filter_map(|method| Method::from_wire(method)).collect();
        Answer::Failed(Failure {
            status: Some(self.status),
            retry_after_ms: self.retry_after_ms(),
            more: Some(Box::new(FailureDetails { detail, field, methods })),
            ..Failure::service(code)
        })
    }

    /// The user's sessions.
    ///
    /// # Errors
    /// The failure that the reply means.
    pub fn read_sessions(&self) -> Result<Vec<SessionRow>, Failure> {
        if self.status != 200 || !self.is_marked || !self.has_type("application/json") {
            return Err(self.failure());
        }
        let list = self.body.read::<SessionList>();
        list.map(|list| list.sessions).ok_or_else(|| self.not_ours())
    }

    /// The requested URL, with a ticket in it.
    ///
    /// # Errors
    /// The failure that the reply means.
    pub fn read_ticket(&self, asked: &str) -> Result<String, Failure> {
        if self.status != 200 || !self.is_marked || !self.has_type("application/json") {
            return Err(self.failure());
        }
        let ticket = self.body.read::<TicketResponse>();
        let url = ticket.map(|ticket| ticket.url).filter(|url| url.starts_with(asked));
        url.ok_or_else(|| self.not_ours())
    }

    /// Whether the request was carried out: 204 with the service's mark, because other servers may send the
    /// status, too.
    ///
    /// # Errors
    /// The failure that the reply means.
    pub fn read_done(&self) -> Result<(), Failure> {
        if self.status == 204 && self.is_marked { Ok(()) } else { Err(self.failure()) }
    }

    fn failure(&self) -> Failure {
        match self.read_refusal() {
            Answer::Failed(failure) => failure,
            Answer::Ended(reason) => Failure::ended(reason),
            Answer::Granted(_) | Answer::Empty => self.not_ours(),
        }
    }

    fn read_grant(&self) -> (Answer, Option<SecretText>) {
        let body = if self.has_type("application/json") { self.body.read::<TokenResponse>() } else { None };
        match body.filter(|body| is_token(body.access_token.expose())) {
            Some(TokenResponse { access_token, expires_in, session, token_type: _ }) => {
                (Answer::Granted(Grant { expires_in_s: expires_in, session }), Some(access_token))
            }
            None => (Answer::Failed(self.not_ours()), None),
        }
    }

    /// A problem of the closed set, with the status that belongs to its code.
    fn problem(&self) -> Option<(ErrorCode, Problem)> {
        if !self.has_type("application/problem+json") {
            return None;
        }
        let problem = self.body.read::<Problem>()?;
        let code = ErrorCode::from_wire(&problem.code)?;
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

/// `b64token` (RFC 6750 section 2.1), which has no character that could end a header.
fn is_token(token: &str) -> bool {
    !token.is_empty()
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, ClientErrorCode, Code};
    use super::{Body, Reply};
    use crate::wire::{ErrorCode, Method, SessionEndReason};

    const JSON: &str = "application/json";
    const PROBLEM: &str = "application/problem+json";
    const GRANT: &str = r#"{"access_token":"a.b-c.d_","token_type":"Bearer","expires_in":300,"session":{"id":"s",
        "user":{"id":"u","email":"e","email_verified":false,"roles":["r"]},"created_at":1,"auth_time":1,"expires_at":2,
        "idle_expires_at":3,"new_member":1},"another":{}}"#;

    impl Body for &str {
        fn read<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
            serde_json::from_str(self).ok()
        }
    }

    fn reply<'a>(status: u16, content_type: &'a str, body: &'a str) -> Reply<'a, &'a str> {
        Reply { status, content_type: Some(content_type), retry_after: Some("7"), is_marked: true, body }
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
        assert_eq!(unmarked.read_done(), Err(failure));
        let ended = r#"{"code":"session_ended","reason":"idle"}"#;
        for (status, content_type, body) in [(200, JSON, GRANT), (201, JSON, GRANT), (401, PROBLEM, ended)] {
            assert!(!is_bad_response(&reply(status, content_type, body).read().0), "{status} {body}");
            let repeated = Reply { is_marked: false, ..reply(status, content_type, body) };
            let (answer, token) = repeated.read();
            assert!(is_bad_response(&answer) && token.is_none(), "{status} {body}");
        }
        let unmarked = |body| Reply { is_marked: false, ..reply(200, JSON, body) };
        assert!(unmarked(r#"{"sessions":[]}"#).read_sessions().is_err());
        assert!(unmarked(r#"{"url":"wss://a/x?t=1","expires_in":30}"#).read_ticket("wss://a/x").is_err());
        for status in [100, 202, 205, 206, 301, 304, 400, 401, 403, 404, 500] {
            let Answer::Failed(failure) = reply(status, "", "").read().0 else { panic!("{status}") };
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{status}");
        }
    }

    #[test]
    fn a_malformed_session_list_is_rejected_as_a_whole() {
        let rows = r#"{"sessions":[{"id":"s","current":true,"created_at":1,"last_used_at":2,"expires_at":3,"user_agent":"x"}]}"#;
        assert_eq!(reply(200, JSON, rows).read_sessions().unwrap()[0].last_used_at.0, 2);
        for bad in ["{}", "[]", "{\"sessions\":[{}]}", ""] {
            let failure = reply(200, JSON, bad).read_sessions().unwrap_err();
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{bad}");
        }
        let refused = reply(401, PROBLEM, r#"{"code":"invalid_token"}"#);
        assert_eq!(refused.read_done().unwrap_err().code, Code::Service(ErrorCode::InvalidToken));
        assert_eq!(reply(204, "", "").read_done(), Ok(()));
    }

    #[test]
    fn a_ticket_is_for_the_url_that_was_asked_for() {
        let body = r#"{"url":"wss://a/x?t=1","expires_in":30}"#;
        assert_eq!(reply(200, JSON, body).read_ticket("wss://a/x").as_deref(), Ok("wss://a/x?t=1"));
        for (status, content_type, body) in [
            (200, JSON, r#"{"url":"wss://b/x?t=1"}"#),
            (200, JSON, r#"{"url":7}"#),
            (200, JSON, "{}"),
            (200, "text/html", body),
            (204, JSON, body),
        ] {
            let failure = reply(status, content_type, body).read_ticket("wss://a/x").unwrap_err();
            assert_eq!(failure.code, Code::Client(ClientErrorCode::BadResponse), "{body}");
        }
        let refused = reply(400, PROBLEM, r#"{"code":"invalid_request"}"#).read_ticket("wss://a/x");
        assert_eq!(refused.unwrap_err().code, Code::Service(ErrorCode::InvalidRequest));
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
