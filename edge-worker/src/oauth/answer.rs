//! Responses in the form of OAuth: errors are JSON with `error` and `error_description` (RFC 6749 section 5.2), and no
//! problem details.

use std::borrow::Cow;

use auth_core::oauth::{OAuthError, OAuthFailure};
use auth_core::wire::ErrorCode;
use serde_json::json as value;
use worker::Response;

use crate::context::Context;
use crate::http::{Answered, Refusal, json};
use crate::log;
use crate::objects::Unavailable;

/// A response, or why the request is rejected.
pub(crate) type OAuthAnswer = Result<Response, OAuthRefusal>;

/// Why a request is rejected.
#[derive(Clone, Debug)]
pub(crate) struct OAuthRefusal {
    /// The code.
    pub(crate) error: OAuthError,
    /// What is wrong, for the client's developer.
    pub(crate) description: Cow<'static, str>,
    /// The status, if it is not that of the code.
    status: Option<u16>,
    /// Headers that belong to the response: `Retry-After`, `WWW-Authenticate`.
    headers: Vec<(&'static str, String)>,
    /// The rejection that a part of the service has made, for the log.
    cause: Option<Box<Refusal>>,
}

impl OAuthRefusal {
    /// A rejection.
    pub(crate) const fn new(error: OAuthError, description: &'static str) -> Self {
        let description = Cow::Borrowed(description);
        Self { error, description, status: None, headers: Vec::new(), cause: None }
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<OAuthFailure> for OAuthRefusal {
    fn from(failure: OAuthFailure) -> Self {
        Self::new(failure.error, failure.description)
    }
}

impl From<Refusal> for OAuthRefusal {
    fn from(refusal: Refusal) -> Self {
        let status = refusal.code.status();
        let error = match status {
            401 => OAuthError::InvalidToken,
            403 if refusal.code == ErrorCode::InsufficientScope => OAuthError::InsufficientScope,
            429 | 500..=599 => OAuthError::TemporarilyUnavailable,
            _ => OAuthError::InvalidRequest,
        };
        let description = refusal.detail.clone().map_or(Cow::Borrowed(refusal.code.title()), Cow::Owned);
        let headers = refusal.headers.clone();
        Self { error, description, status: Some(status), headers, cause: Some(Box::new(refusal)) }
    }
}

impl From<Unavailable> for OAuthRefusal {
    fn from(unavailable: Unavailable) -> Self {
        Refusal::from(unavailable).into()
    }
}

impl From<worker::Error> for OAuthRefusal {
    fn from(error: worker::Error) -> Self {
        Refusal::from(error).into()
    }
}

/// The response to the client. Writes what happened to the log as for every other rejection of the service.
///
/// # Errors
/// The platform can't build the response.
pub(crate) fn finish(context: &Context, answer: OAuthAnswer) -> Answered {
    let refusal = match answer {
        Ok(response) => return Ok(response),
        Err(refusal) => refusal,
    };
    let (is_local, id) = (context.config.issuer.is_local(), &context.incoming.id);
    let request = [context.incoming.method(), " ", context.incoming.path()].concat();
    let mut description = refusal.description;
    if let Some(cause) = refusal.cause {
        let told = cause.logged(is_local, id, &request);
        if let Some(detail) = told.detail {
            description = Cow::Owned(detail);
        }
    } else if is_local {
        let line = format!("{request}: {description}");
        log::mistake(true, refusal.error.code(), id, None, &line);
    }
    let body = value!({"error": refusal.error.code(), "error_description": shown(&description)});
    let response = json(refusal.status.unwrap_or_else(|| refusal.error.status()), &body)?;
    for (name, value) in &refusal.headers {
        response.headers().append(name, value)?;
    }
    Ok(response)
}

/// The characters that `error_description` may have (RFC 6749 section 5.2).
fn shown(description: &str) -> String {
    let allowed = |c: char| if c == '"' || c == '\\' { '\'' } else { c };
    description.chars().map(allowed).filter(|c| c.is_ascii_graphic() || *c == ' ').collect()
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, OAuthError, OAuthRefusal, Refusal, shown};

    #[test]
    fn a_description_has_only_the_characters_that_are_allowed() {
        assert_eq!(shown("a \"b\" \\ ä\n."), "a 'b' ' .");
    }

    #[test]
    fn rejections_of_other_parts_of_the_service_keep_their_status_and_headers() {
        for (code, error) in [
            (ErrorCode::InvalidRequest, OAuthError::InvalidRequest),
            (ErrorCode::TooLarge, OAuthError::InvalidRequest),
            (ErrorCode::UnsupportedMediaType, OAuthError::InvalidRequest),
            (ErrorCode::InvalidToken, OAuthError::InvalidToken),
            (ErrorCode::InsufficientScope, OAuthError::InsufficientScope),
            (ErrorCode::RequestForgery, OAuthError::InvalidRequest),
            (ErrorCode::RateLimited, OAuthError::TemporarilyUnavailable),
            (ErrorCode::Unavailable, OAuthError::TemporarilyUnavailable),
        ] {
            let refusal = OAuthRefusal::from(Refusal::new(code).with("Retry-After", "1".into()));
            assert_eq!((refusal.error, refusal.status), (error, Some(code.status())), "{code:?}");
            assert_eq!(refusal.headers, [("Retry-After", "1".to_owned())]);
        }
    }
}
