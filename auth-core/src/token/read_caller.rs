//! Reads the caller from the claims of a token.

use serde_json::{Map, Value};

use super::caller::{Caller, CallerEmail};
use super::claim_names::{ClaimNames, LeftOutClaim, LeftOutReason, Unreadable};
use super::claim_path::ClaimPath;
use super::claims::ClaimSet;
use super::jws::Unverified;
use super::numeric_date::{Dates, date, whole_seconds};
use super::refusal::Refusal;
use crate::id::{ClientId, SessionId, TokenId};
use crate::time::UnixTime;

impl ClaimSet for Caller {
    type Names = ClaimNames;

    fn from_payload(payload: &Map<String, Value>, names: &ClaimNames) -> Result<Self, Refusal> {
        let (caller, left_out) = read(payload, names)?;
        let unreadable = left_out.iter().any(|claim| claim.reason == LeftOutReason::Unreadable);
        if unreadable && names.unreadable == Unreadable::Reject { Err(Refusal::Claims) } else { Ok(caller) }
    }
}

impl Unverified<'_> {
    /// Which claims the caller of this token has nothing of. For the log, after the token was verified.
    #[must_use]
    pub fn left_out_claims(&self, names: &ClaimNames) -> Vec<LeftOutClaim> {
        read(&self.payload, names).map(|(_, left_out)| left_out).unwrap_or_default()
    }
}

/// What a claim is read as: [`None`] when it is absent or null.
type Reading<T> = Result<Option<T>, Refusal>;

/// The caller, and what was left out.
fn read(payload: &Map<String, Value>, names: &ClaimNames) -> Result<(Caller, Vec<LeftOutClaim>), Refusal> {
    let mut left_out = Vec::new();
    let mut note = |claim, reason| left_out.push(LeftOutClaim { claim, reason });
    let text_at = |path: &ClaimPath| {
        path.find(payload).and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    let subject = text_at(&names.subject).or_else(|| names.fallback_subject.as_ref().and_then(text_at));
    let roles = or_left_out("roles", words(names.roles.find(payload), Shape::ListOrKeys), &mut note);
    let scopes = or_left_out("scope", words(names.scope.find(payload), Shape::List), &mut note);
    for (claim, absent) in [("roles", names.roles.find(payload)), ("scope", names.scope.find(payload))] {
        if absent.is_none() {
            note(claim, LeftOutReason::Absent);
        }
    }
    let email = names.email.as_ref().and_then(|path| path.find(payload)).filter(|value| !value.is_null());
    if names.email.is_some() && email.is_none() {
        note("email", LeftOutReason::Absent);
    }
    let auth_time = match names.unreadable {
        Unreadable::Reject => whole_seconds(payload, "auth_time"),
        // Rounded down: a proof must not seem younger than it is.
        Unreadable::LeaveOut => present(payload, "auth_time").map_or(Ok(None), |_| {
            date(payload, "auth_time", Dates::Fractional).map(|at| at.map(|at| UnixTime(at.0 / 1000)))
        }),
    };
    let session = or_left_out("sid", text(payload, "sid", names.unreadable), &mut note).map(SessionId::from);
    let is_of_client =
        names.unreadable == Unreadable::Reject && session.as_ref().is_some_and(|id| id.kind().is_of_client());
    let client_id = if is_of_client { text(payload, "client_id", names.unreadable)? } else { None };
    let caller = Caller {
        issuer: payload.get("iss").and_then(Value::as_str).ok_or(Refusal::Claims)?.to_owned(),
        subject: subject.ok_or(Refusal::Claims)?,
        audience: payload.get("aud").and_then(Value::as_str).map(ToOwned::to_owned),
        jkt: or_left_out("cnf", jkt(payload, names.unreadable), &mut note),
        client_id: client_id.map(ClientId::from),
        session,
        token_id: or_left_out("jti", text(payload, "jti", names.unreadable), &mut note).map(TokenId::from),
        epoch: or_left_out("epoch", epoch(payload, names.unreadable), &mut note),
        auth_time: or_left_out("auth_time", auth_time, &mut note),
        acr: or_left_out("acr", text(payload, "acr", names.unreadable), &mut note),
        roles: roles.unwrap_or_default(),
        scopes: scopes.unwrap_or_default(),
        email: or_left_out("email", address(email), &mut note)
            .map(|address| CallerEmail { address, is_verified: is_true(payload.get("email_verified")) }),
    };
    Ok((caller, left_out))
}

/// What could be read; what couldn't is noted.
fn or_left_out<T>(
    claim: &'static str,
    reading: Reading<T>,
    note: &mut impl FnMut(&'static str, LeftOutReason),
) -> Option<T> {
    reading.unwrap_or_else(|_| {
        note(claim, LeftOutReason::Unreadable);
        None
    })
}

/// A claim that is there and not null.
fn present<'v>(payload: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    payload.get(name).filter(|value| !value.is_null())
}

/// Null says that there is none; in our own tokens it is a fault.
fn optional<'v>(payload: &'v Map<String, Value>, name: &str, unreadable: Unreadable) -> Option<&'v Value> {
    match unreadable {
        Unreadable::Reject => payload.get(name),
        Unreadable::LeaveOut => present(payload, name),
    }
}

fn text(payload: &Map<String, Value>, name: &str, unreadable: Unreadable) -> Reading<String> {
    match optional(payload, name, unreadable) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::Claims),
    }
}

/// The key to which a token is bound. Our own tokens are bound by a thumbprint or not at all; other issuers' may be
/// bound in ways that are not supported (RFC 7800 section 3.1).
fn jkt(payload: &Map<String, Value>, unreadable: Unreadable) -> Reading<String> {
    let Some(cnf) = optional(payload, "cnf", unreadable) else { return Ok(None) };
    match (cnf.get("jkt").and_then(Value::as_str).filter(|jkt| !jkt.is_empty()), unreadable) {
        (Some(jkt), _) => Ok(Some(jkt.to_owned())),
        (None, Unreadable::LeaveOut) => Ok(None),
        (None, Unreadable::Reject) => Err(Refusal::Claims),
    }
}

fn address(value: Option<&Value>) -> Reading<String> {
    match value {
        None => Ok(None),
        Some(Value::String(address)) if !address.is_empty() => Ok(Some(address.clone())),
        Some(_) => Err(Refusal::Claims),
    }
}

/// OpenID Connect Core section 5.1 has a boolean here; Cognito and Apple write it as text.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(is_true)) => *is_true,
        Some(Value::String(text)) => text == "true",
        Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

fn epoch(payload: &Map<String, Value>, unreadable: Unreadable) -> Reading<u64> {
    optional(payload, "epoch", unreadable).map(|epoch| epoch.as_u64().ok_or(Refusal::Claims)).transpose()
}

/// How a list of words may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// An array of texts, or one text with spaces in between.
    List,
    /// Also an object whose keys are the words.
    ListOrKeys,
}

/// A list of words. Empty texts are no words.
fn words(value: Option<&Value>, shape: Shape) -> Reading<Vec<String>> {
    let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.split(' ').filter_map(word).collect())),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            Ok(Some(items.iter().filter_map(Value::as_str).filter_map(word).collect()))
        }
        Some(Value::Object(members)) if shape == Shape::ListOrKeys => {
            // A role that is said to be false or null isn't given.
            let given =
                members.iter().filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)));
            Ok(Some(given.filter_map(|(name, _)| word(name)).collect()))
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Err(Refusal::Claims),
    }
}

#[cfg(test)]
mod tests;
