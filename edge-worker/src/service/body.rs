//! Reads a request's body. Checks its size, then its type, then its content.

use auth_core::wire::{Email, ErrorCode, Fault, Form, JsonError, MAX_BODY_BYTES, Roles, parse_body};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::{BodyError, Incoming, Refusal};

/// An empty body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Empty {}

/// Reads a JSON body.
pub(crate) async fn read<T: DeserializeOwned>(incoming: &mut Incoming) -> Result<T, Refusal> {
    let bytes = bytes(incoming).await?;
    require_json(incoming)?;
    parse(&bytes)
}

/// Reads a JSON body that may be absent.
pub(super) async fn read_optional<T: DeserializeOwned>(incoming: &mut Incoming) -> Result<T, Refusal> {
    let bytes = bytes(incoming).await?;
    if bytes.is_empty() && incoming.header("content-type").is_none() {
        return parse(b"{}");
    }
    require_json(incoming)?;
    parse(if bytes.is_empty() { b"{}" } else { &bytes })
}

/// Reads a form, as programs send it (`application/x-www-form-urlencoded`).
pub(crate) async fn read_form(incoming: &mut Incoming) -> Result<Form, Refusal> {
    let bytes = bytes(incoming).await?;
    if !incoming.is_form() {
        let detail = Some("The body must be application/x-www-form-urlencoded.".to_owned());
        return Err(Refusal { detail, ..Refusal::new(ErrorCode::UnsupportedMediaType) });
    }
    Form::parse(&bytes).map_err(|_| {
        Refusal::invalid(None, "The body is not a form, has a duplicate name, or has more than 32 pairs.")
    })
}

/// Normalises an e-mail address of a body.
pub(super) fn email(text: &str) -> Result<Email, Refusal> {
    Email::parse(text).map_err(|error| Refusal::invalid(Some("email"), &error.to_string()))
}

/// Checks the roles that a request sets.
pub(super) fn roles(roles: Vec<String>) -> Result<Vec<String>, Refusal> {
    let roles = Roles::new(roles).map_err(|invalid| {
        Refusal::invalid(
            Some(&format!("roles[{}]", invalid.index)),
            "Roles are at most 32 words of visible ASCII without quotes and backslashes, none twice.",
        )
    })?;
    Ok(roles.into_inner())
}

async fn bytes(incoming: &mut Incoming) -> Result<Vec<u8>, Refusal> {
    incoming.body(MAX_BODY_BYTES).await.map_err(|error| match error {
        BodyError::TooLarge => Refusal::new(ErrorCode::TooLarge),
        BodyError::Broken => Refusal::invalid(None, "The body could not be read."),
    })
}

fn require_json(incoming: &Incoming) -> Result<(), Refusal> {
    if incoming.is_json() { Ok(()) } else { Err(Refusal::new(ErrorCode::UnsupportedMediaType)) }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    parse_body(bytes).map_err(|error| match error {
        JsonError::Malformed => Refusal::invalid(
            None,
            "The body is not valid JSON, is nested too deeply, or has a duplicate name.",
        ),
        JsonError::NotAnObject => Refusal::invalid(None, "The body is not a JSON object."),
        JsonError::WrongShape(shape) => {
            let name = shape.field().unwrap_or("(the whole body)");
            let detail = match shape.fault {
                Fault::Missing => format!("The field {name} is missing."),
                Fault::Unknown => format!("There is no field {name}."),
                Fault::Value => format!("The field {name} has the wrong type or value."),
            };
            Refusal::invalid(shape.field(), &detail)
        }
    })
}
