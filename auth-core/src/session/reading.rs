//! What an HTTP reply means. A reply that isn't the service's own, whatever its status, means only that the service
//! wasn't reached: captive portals answer 200, proxies 401.

use alloc::string::String;
use alloc::vec::Vec;

use super::json::Json;
use super::{Answer, ClientErrorCode, Code, Failure, Grant};
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::wire::{ErrorCode, SessionEndReason, SessionRow, SessionView, UserView};

/// A reply, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The whole body.
    pub body: &'a [u8],
}

impl Reply<'_> {
    /// The answer to a request that is to bring a token or nothing, and the token.
    #[must_use]
    pub fn read(&self) -> (Answer, Option<SecretText>) {
        match self.status {
            200 | 201 => self.read_grant(),
            204 => (Answer::Empty, None),
            _ => (self.read_refusal(), None),
        }
    }

    /// What a reply that isn't a success means.
    fn read_refusal(&self) -> Answer {
        let Some((code, mut problem)) = self.problem() else { return Answer::Failed(self.not_ours()) };
        if code == ErrorCode::SessionEnded {
            // It ends a session, so it must be complete.
            let reason = problem.take("reason").text();
            let reason = reason.as_deref().and_then(SessionEndReason::from_wire);
            return reason.map_or_else(|| Answer::Failed(self.not_ours()), Answer::Ended);
        }
        Answer::Failed(Failure {
            code: Code::Service(code),
            status: Some(self.status),
            reason: None,
            detail: problem.take("detail").text(),
            retry_after_ms: self.retry_after_ms(),
        })
    }

    /// The user's sessions.
    ///
    /// # Errors
    /// Whatever it was instead.
    pub fn read_sessions(&self) -> Result<Vec<SessionRow>, Failure> {
        if self.status != 200 || !self.has_type("application/json") {
            return Err(self.failure());
        }
        let rows = Json::parse(self.body).and_then(|mut list| list.take("sessions").list());
        rows.and_then(|rows| each(rows, row)).ok_or_else(|| self.not_ours())
    }

    /// The URL that was asked for, with a ticket in it.
    ///
    /// # Errors
    /// Whatever it was instead.
    pub fn read_ticket(&self, asked: &str) -> Result<String, Failure> {
        if self.status != 200 || !self.has_type("application/json") {
            return Err(self.failure());
        }
        let url = Json::parse(self.body).and_then(|mut body| body.take("url").text());
        url.filter(|url| url.starts_with(asked)).ok_or_else(|| self.not_ours())
    }

    /// That it was carried out: 204.
    ///
    /// # Errors
    /// Whatever it was instead.
    pub fn read_done(&self) -> Result<(), Failure> {
        if self.status == 204 { Ok(()) } else { Err(self.failure()) }
    }

    fn failure(&self) -> Failure {
        match self.read_refusal() {
            Answer::Failed(failure) => failure,
            Answer::Ended(reason) => Failure::ended(reason),
            Answer::Granted(_) | Answer::Empty => self.not_ours(),
        }
    }

    fn read_grant(&self) -> (Answer, Option<SecretText>) {
        let body = if self.has_type("application/json") { Json::parse(self.body) } else { None };
        let granted = body.and_then(grant).filter(|(token, _)| is_token(token.expose()));
        match granted {
            Some((token, grant)) => (Answer::Granted(grant), Some(token)),
            None => (Answer::Failed(self.not_ours()), None),
        }
    }

    /// A problem of the closed set, under its own status.
    fn problem(&self) -> Option<(ErrorCode, Json)> {
        if !self.has_type("application/problem+json") {
            return None;
        }
        let mut problem = Json::parse(self.body)?;
        let code = ErrorCode::from_wire(&problem.take("code").text()?)?;
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

    /// The form in seconds (RFC 9110 section 10.2.3); a date would need a clock both sides agree on.
    fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after?.trim_ascii().parse::<u64>().ok().map(|seconds| seconds.saturating_mul(1_000))
    }
}

/// A `TokenResponse`, in what may be seen and what may not. Members the contract will have one day are no offence.
fn grant(mut body: Json) -> Option<(SecretText, Grant)> {
    let token = SecretText::new(body.take("access_token").text()?);
    let expires_in_s = body.take("expires_in").number()?;
    let mut session = body.take("session");
    let mut user = session.take("user");
    let roles = each(user.take("roles").list()?, Json::text)?;
    let session = SessionView {
        id: session.take("id").text()?,
        user: UserView {
            id: user.take("id").text()?,
            email: user.take("email").text()?,
            email_verified: user.take("email_verified").bool()?,
            roles,
        },
        created_at: time(session.take("created_at"))?,
        auth_time: time(session.take("auth_time"))?,
        expires_at: time(session.take("expires_at"))?,
        idle_expires_at: time(session.take("idle_expires_at"))?,
    };
    Some((token, Grant { expires_in_s, session }))
}

fn row(mut row: Json) -> Option<SessionRow> {
    Some(SessionRow {
        id: row.take("id").text()?,
        current: row.take("current").bool()?,
        created_at: time(row.take("created_at"))?,
        last_used_at: time(row.take("last_used_at"))?,
        expires_at: time(row.take("expires_at"))?,
        user_agent: row.take("user_agent").text()?,
    })
}

/// All of them, or nothing. A loop, because `collect` is ten times as large.
fn each<T>(values: Vec<Json>, read: impl Fn(Json) -> Option<T>) -> Option<Vec<T>> {
    let mut items = Vec::with_capacity(values.len());
    for value in values {
        items.push(read(value)?);
    }
    Some(items)
}

fn time(value: Json) -> Option<UnixTime> {
    value.number().map(UnixTime)
}

/// `b64token` (RFC 6750 section 2.1): nothing that could end the header it is put into.
fn is_token(token: &str) -> bool {
    !token.is_empty()
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, ClientErrorCode, Code};
    use super::Reply;
    use crate::wire::{ErrorCode, SessionEndReason};

    const JSON: &str = "application/json";
    const PROBLEM: &str = "application/problem+json";
    const GRANT: &str = r#"{"access_token":"a.b-c.d_","token_type":"Bearer","expires_in":300,"session":{"id":"s",
        "user":{"id":"u","email":"e","email_verified":false,"roles":["r"]},"created_at":1,"auth_time":1,"expires_at":2,
        "idle_expires_at":3,"new_member":1},"another":{}}"#;

    fn reply<'a>(status: u16, content_type: &'a str, body: &'a str) -> Reply<'a> {
        Reply { status, content_type: Some(content_type), retry_after: Some("7"), body: body.as_bytes() }
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
    fn check_52_only_the_services_own_complete_word_ends_a_session() {
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
    fn the_sessions_are_read_whole_or_not_at_all() {
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
        assert_eq!((failure.retry_after_ms, failure.detail.as_deref()), (Some(7_000), Some("slowly")));
        let dated =
            Reply { retry_after: Some("Fri, 31 Dec 1999 23:59:59 GMT"), ..reply(503, "text/html", "") };
        let Answer::Failed(failure) = dated.read().0 else { panic!() };
        assert_eq!((failure.status, failure.retry_after_ms), (Some(503), None));
    }
}
