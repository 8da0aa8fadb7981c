//! Responses: JSON, an empty body, or a problem.

use auth_core::wire::{ErrorCode, Forgery, Method, Problem, SessionEndReason};
use futures_util::Stream;
use serde::Serialize;
use serde_json::json;
use worker::{Response, ResponseBuilder};

use crate::log;
use crate::objects::Unavailable;

/// Why a request is rejected: a code of the contract, with its details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code, which fixes the status.
    pub code: ErrorCode,
    /// A text for the caller, if it discloses nothing.
    pub detail: Option<String>,
    /// The reason, with `session_ended`.
    pub reason: Option<SessionEndReason>,
    /// The check that failed, with `request_forgery`.
    pub check: Option<Forgery>,
    /// The invalid field, with `invalid_request`.
    pub field: Option<Box<str>>,
    /// The methods by which the user can prove what is required, with `reauthentication_required`,
    /// `second_factor_required` and `step_up_required`.
    pub methods: Vec<Method>,
    /// Headers that belong to the response: `Allow`, `Retry-After`, `WWW-Authenticate`.
    pub headers: Vec<(&'static str, String)>,
    /// What failed, with `unavailable`. For the log.
    pub cause: Option<Box<Unavailable>>,
    /// What a developer has to correct. For the log, and for the response of a service on the developer's
    /// machine.
    pub mistake: Option<Box<str>>,
}

impl Refusal {
    /// A rejection with only a code.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self {
            code,
            detail: None,
            reason: None,
            check: None,
            field: None,
            methods: Vec::new(),
            headers: Vec::new(),
            cause: None,
            mistake: None,
        }
    }

    /// `invalid_request`, with the field that is invalid (`None`: it is no single field, or the request as a
    /// whole), and a text that says what is wrong.
    #[must_use]
    pub fn invalid(field: Option<&str>, detail: &str) -> Self {
        let (field, detail) = (field.map(Into::into), Some(detail.to_owned()));
        Self { field, detail, ..Self::new(ErrorCode::InvalidRequest) }
    }

    /// `session_ended`, with the reason.
    #[must_use]
    pub fn session_ended(reason: SessionEndReason) -> Self {
        Self { reason: Some(reason), ..Self::new(ErrorCode::SessionEnded) }
    }

    /// `method_not_allowed`, with the allowed methods.
    #[must_use]
    pub fn method_not_allowed(allow: String) -> Self {
        Self::new(ErrorCode::MethodNotAllowed).with("Allow", allow)
    }

    /// `unavailable`: the client may retry after a second.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(ErrorCode::Unavailable).with("Retry-After", "1".to_owned())
    }

    /// Writes what happened to the log, and returns the rejection as the caller may see it: only a service on
    /// the developer's machine (`is_local`) says what has to be corrected. `request` is the method and the
    /// path.
    #[must_use]
    pub fn logged(self, is_local: bool, request_id: &str, request: &str) -> Self {
        let explanation = match (&self.mistake, self.cause.as_deref()) {
            (Some(mistake), _) => {
                let check = self.check.map(|check| ("check", check.as_str()));
                log::mistake(is_local, self.code.as_str(), request_id, check, mistake);
                Some(mistake.to_string())
            }
            (None, Some(Unavailable { part, cause, is_mistake: true, .. })) => {
                log::mistake(is_local, "unavailable", request_id, Some(("part", part)), cause);
                Some(cause.clone())
            }
            (None, Some(Unavailable { part, cause, is_mistake: false, .. })) => {
                log::line("unavailable", request_id, json!({"part": part, "cause": cause}));
                Some(cause.clone())
            }
            (None, None) => {
                // In production, that is for the caller only, whom the response tells.
                if let (true, ErrorCode::InvalidRequest, Some(detail)) = (is_local, self.code, &self.detail) {
                    let line = invalid_line(request, self.field.as_deref(), detail);
                    log::mistake(true, self.code.as_str(), request_id, None, &line);
                }
                None
            }
        };
        let detail = self.detail.clone().or_else(|| explanation.filter(|_| is_local));
        Self { detail, ..self }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// How much of each part of an invalid request is shown, in characters. A part can contain a name that the
/// caller chose.
const MAX_SHOWN: usize = 200;

/// What the log of a service on the developer's machine says about an invalid request: never a value of its
/// body.
fn invalid_line(request: &str, field: Option<&str>, detail: &str) -> String {
    let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect::<String>();
    match field {
        Some(field) => format!("{}, {}: {}", shown(request), shown(field), shown(detail)),
        None => format!("{}: {}", shown(request), shown(detail)),
    }
}

impl From<Unavailable> for Refusal {
    fn from(cause: Unavailable) -> Self {
        Self { detail: cause.detail.clone(), cause: Some(Box::new(cause)), ..Self::unavailable() }
    }
}

impl From<worker::Error> for Refusal {
    /// The platform failed while the response was built. This is a fault of the service, so it must neither
    /// admit nor blame the caller.
    fn from(error: worker::Error) -> Self {
        Self::from(Unavailable::because("platform", error))
    }
}

/// A response with a JSON body. It is `no-store` unless the caller sets another value.
///
/// # Errors
/// [`Refusal`] if the platform rejects a header.
pub fn json(status: u16, body: &impl Serialize) -> Result<Response, Refusal> {
    with_body(status, "application/json", serde_json::to_vec(body).map_err(|_| Refusal::unavailable())?)
}

/// A response without a body.
///
/// # Errors
/// [`Refusal`] if the platform rejects a header.
pub fn empty(status: u16) -> Result<Response, Refusal> {
    Ok(builder(status)?.empty())
}

/// The problem+json response for a rejection. Never fails: if the problem can't be built, the response has
/// only the status.
#[must_use]
pub fn problem(refusal: &Refusal) -> Response {
    let problem = Problem::new(refusal.code, refusal.detail.clone(), refusal.reason);
    let check = refusal.check.map(Forgery::as_str);
    let problem = Problem {
        check,
        field: refusal.field.as_deref().map(ToOwned::to_owned),
        methods: refusal.methods.clone(),
        ..problem
    };
    let status = problem.status;
    let bytes = serde_json::to_vec(&problem).map_err(|_| Refusal::unavailable());
    let built = bytes.and_then(|bytes| with_body(status, "application/problem+json", bytes));
    let built = built.and_then(|response| {
        for (name, value) in &refusal.headers {
            // Several cookies are several headers.
            response.headers().append(name, value)?;
        }
        Ok(response)
    });
    built.unwrap_or_else(|_| ResponseBuilder::new().with_status(status).empty())
}

fn with_body(status: u16, content_type: &str, body: Vec<u8>) -> Result<Response, Refusal> {
    Ok(builder(status)?.with_header("Content-Type", content_type)?.fixed(body))
}

/// A response whose body is produced while it is read: each chunk when the client has taken the previous one.
///
/// # Errors
/// [`Refusal`] if the platform rejects a header.
pub fn stream(
    content_type: &str,
    chunks: impl Stream<Item = worker::Result<Vec<u8>>> + 'static,
) -> Result<Response, Refusal> {
    let response = builder(200)?.from_stream(chunks)?;
    response.headers().set("Content-Type", content_type)?;
    Ok(response)
}

/// The headers of every response of the Worker's own: caches do not store it, other origins do not embed it,
/// pages do not frame it. CORS requests of listed origins are not affected by `Cross-Origin-Resource-Policy`
/// (Fetch standard, section 3.7).
fn builder(status: u16) -> Result<ResponseBuilder, Refusal> {
    let builder = ResponseBuilder::new().with_status(status).with_header("Cache-Control", "no-store")?;
    let builder = builder.with_header("Cross-Origin-Resource-Policy", "same-origin")?;
    Ok(builder.with_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")?)
}

#[cfg(test)]
mod tests {
    use super::{MAX_SHOWN, invalid_line};

    #[test]
    fn the_line_for_an_invalid_request_names_the_request_and_the_field() {
        let line = invalid_line("POST /auth/sign-in", Some("email"), "The e-mail address is not valid.");
        assert_eq!(line, "POST /auth/sign-in, email: The e-mail address is not valid.");
        let whole = invalid_line("POST /auth/sign-in", None, "The body is not a JSON object.");
        assert_eq!(whole, "POST /auth/sign-in: The body is not a JSON object.");
        let long = invalid_line(&"/".repeat(1_000), Some("a\nb"), &"x".repeat(1_000));
        assert_eq!(long, format!("{}, ab: {}", "/".repeat(MAX_SHOWN), "x".repeat(MAX_SHOWN)));
    }
}
