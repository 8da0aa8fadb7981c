//! Answers: JSON, nothing at all, or a problem.

use auth_core::wire::{ErrorCode, Problem, SessionEndReason};
use serde::Serialize;
use worker::{Response, ResponseBuilder};

use crate::objects::Unavailable;

/// Why a request is refused: a code of the contract and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code, which fixes the status.
    pub code: ErrorCode,
    /// For the caller, where it gives nothing away.
    pub detail: Option<String>,
    /// With `session_ended`.
    pub reason: Option<SessionEndReason>,
    /// Headers that belong to the refusal: `Allow`, `Retry-After`, `WWW-Authenticate`.
    pub headers: Vec<(&'static str, String)>,
    /// With `unavailable`: what failed, for the log.
    pub cause: Option<Unavailable>,
}

impl Refusal {
    /// The refusal that is nothing but its code.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, detail: None, reason: None, headers: Vec::new(), cause: None }
    }

    /// `invalid_request`, saying what is wrong.
    #[must_use]
    pub fn invalid(detail: &str) -> Self {
        Self { detail: Some(detail.to_owned()), ..Self::new(ErrorCode::InvalidRequest) }
    }

    /// `session_ended`, saying why.
    #[must_use]
    pub fn session_ended(reason: SessionEndReason) -> Self {
        Self { reason: Some(reason), ..Self::new(ErrorCode::SessionEnded) }
    }

    /// `method_not_allowed`, saying which are.
    #[must_use]
    pub fn method_not_allowed(allow: String) -> Self {
        Self::new(ErrorCode::MethodNotAllowed).with("Allow", allow)
    }

    /// `unavailable`: come again in a second.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(ErrorCode::Unavailable).with("Retry-After", "1".to_owned())
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Unavailable> for Refusal {
    fn from(cause: Unavailable) -> Self {
        Self { detail: cause.detail.clone(), cause: Some(cause), ..Self::unavailable() }
    }
}

impl From<worker::Error> for Refusal {
    /// The platform failed us while the answer was being put together. That is never the caller's fault, and never a yes.
    fn from(error: worker::Error) -> Self {
        Self::from(Unavailable::because("platform", error))
    }
}

/// An answer with a JSON body. `no-store` unless the caller replaces it: a cache must ask for what it may keep.
///
/// # Errors
/// [`Refusal`] when the platform refuses a header.
pub fn json(status: u16, body: &impl Serialize) -> Result<Response, Refusal> {
    with_body(status, "application/json", serde_json::to_vec(body).map_err(|_| Refusal::unavailable())?)
}

/// An answer without a body.
///
/// # Errors
/// [`Refusal`] when the platform refuses a header.
pub fn empty(status: u16) -> Result<Response, Refusal> {
    Ok(builder(status)?.empty())
}

/// The problem+json of a refusal. Never fails: where even this can't be built, the bare status leaves.
#[must_use]
pub fn problem(refusal: &Refusal) -> Response {
    let problem = Problem::new(refusal.code, refusal.detail.clone(), refusal.reason);
    let status = problem.status;
    let bytes = serde_json::to_vec(&problem).map_err(|_| Refusal::unavailable());
    let built = bytes.and_then(|bytes| with_body(status, "application/problem+json", bytes));
    let built = built.and_then(|response| {
        for (name, value) in &refusal.headers {
            response.headers().set(name, value)?;
        }
        Ok(response)
    });
    built.unwrap_or_else(|_| ResponseBuilder::new().with_status(status).empty())
}

fn with_body(status: u16, content_type: &str, body: Vec<u8>) -> Result<Response, Refusal> {
    Ok(builder(status)?.with_header("Content-Type", content_type)?.fixed(body))
}

/// What every response of the Worker's own carries: no cache stores it, no other origin embeds it, no page frames it. CORS requests
/// of listed origins are not affected by `Cross-Origin-Resource-Policy` (Fetch standard, section 3.7).
fn builder(status: u16) -> Result<ResponseBuilder, Refusal> {
    let builder = ResponseBuilder::new().with_status(status).with_header("Cache-Control", "no-store")?;
    let builder = builder.with_header("Cross-Origin-Resource-Policy", "same-origin")?;
    Ok(builder.with_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")?)
}
