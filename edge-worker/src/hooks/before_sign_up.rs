//! Asks the hook whether a user may sign up.
//!
//! Only a verdict counts. Any other outcome (another status, a redirect, a page, a member that does not exist, a
//! body that is too large, a timeout, no response) is a fault: the user gets `unavailable`, and no account.

use auth_core::credential::CredentialKind;
use auth_core::wire::{Metadata, Roles, parse_object, read_value};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Message, PART, send};
use crate::config::Hooks;
use crate::context::Context;
use crate::http::Reply;
use crate::platform::{Unavailable, now};
use crate::random;

/// A user who wants an account.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// The e-mail address, normalised; `None` if the user has stated none.
    pub email: Option<&'a str>,
    /// The kind of the account's first credential.
    pub credential: CredentialKind,
}

/// What the hook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The user may sign up.
    Accepted {
        /// The roles of the new account. Default: none.
        roles: Option<Vec<String>>,
        /// The metadata of the new account. Default: empty.
        metadata: Option<Metadata>,
    },
    /// The user may not.
    Refused,
}

/// An acceptance. The members of any other JSON object are a mistake of the hook's author, which must not create
/// accounts without the roles that they were meant to have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    #[serde(default)]
    roles: Option<Vec<String>>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

/// Asks the hook. It is never told the password.
///
/// # Errors
/// [`Unavailable`].
pub async fn ask(context: &Context, hooks: &Hooks, newcomer: Newcomer<'_>) -> Result<Verdict, Unavailable> {
    let source = context.asker(crate::audit::Actor::Anybody).source;
    let body = json!({
        "type": "before_sign_up",
        "time": now(),
        "email": newcomer.email,
        "method": newcomer.credential.as_str(),
        "client_address": source.client_address,
        "user_agent": source.user_agent,
    });
    let (id, body) = (random::id()?, body.to_string());
    let reply = send(&context.env, hooks, Message { id: &id, body: &body }, now()).await?;
    judge(&reply).map_err(|cause| Unavailable::because(PART, cause))
}

/// Reads `{"verdict": "accepted", "roles"?, "metadata"?}` with status 200, or `{"verdict": "refused"}` with 200 or
/// 403. The error is for the log, and contains nothing of the body.
fn judge(Reply { status, body, .. }: &Reply) -> Result<Verdict, String> {
    if !matches!(status, 200 | 403) {
        return Err(["status ", &status.to_string()].concat());
    }
    let failed = |what: &str| Err(["status ", &status.to_string(), ", but ", what].concat());
    let Ok(mut members) = parse_object(body.as_bytes()) else {
        return failed("the body is not a JSON object");
    };
    let verdict = members.remove("verdict");
    match (verdict.as_ref().and_then(Value::as_str), status) {
        (Some("refused"), _) => Ok(Verdict::Refused),
        (Some("accepted"), 200) => accepted(members)
            .map_or_else(|| failed("the roles, the metadata or another member is invalid"), Ok),
        (_, _) => failed("no verdict \"accepted\" or \"refused\""),
    }
}

/// `None` if a member is invalid.
fn accepted(members: Map<String, Value>) -> Option<Verdict> {
    let Acceptance { roles, metadata } = read_value(Value::Object(members)).ok()?;
    let roles = roles.map(Roles::new).transpose().ok()?.map(Roles::into_inner);
    let metadata = metadata.map(Metadata::new).transpose().ok()?;
    Some(Verdict::Accepted { roles, metadata })
}

#[cfg(test)]
mod tests {
    use auth_core::wire::Metadata;
    use serde_json::{Value, json};

    use super::{Verdict, judge};
    use crate::http::Reply;

    fn said(status: u16, body: &Value) -> Result<Verdict, String> {
        judge(&Reply { status, body: body.to_string(), ..Reply::default() })
    }

    #[test]
    fn an_acceptance_may_set_roles_and_metadata() {
        let accepted = |roles, metadata| Ok(Verdict::Accepted { roles, metadata });
        assert_eq!(said(200, &json!({"verdict": "accepted"})), accepted(None, None));
        let Value::Object(object) = json!({"plan": "pro"}) else { panic!() };
        let metadata = Metadata::new(object).unwrap();
        assert_eq!(
            said(200, &json!({"verdict": "accepted", "roles": ["a", "b"], "metadata": {"plan": "pro"}})),
            accepted(Some(vec!["a".into(), "b".into()]), Some(metadata))
        );
        let nulls = json!({"verdict": "accepted", "roles": null, "metadata": null});
        assert_eq!(said(200, &nulls), accepted(None, None));
    }

    #[test]
    fn a_refusal_names_its_verdict() {
        for status in [200, 403] {
            assert_eq!(said(status, &json!({"verdict": "refused"})), Ok(Verdict::Refused));
            assert_eq!(said(status, &json!({"verdict": "refused", "why": "x"})), Ok(Verdict::Refused));
        }
    }

    #[test]
    fn anything_else_is_a_fault() {
        for body in [
            json!({}),
            json!({"ok": true}),
            json!({"verdict": true}),
            json!({"verdict": "Accepted"}),
            json!({"verdict": "accepted", "role": ["admin"]}),
            json!({"verdict": "accepted", "roles": "admin"}),
            json!({"verdict": "accepted", "roles": ["a b"]}),
            json!({"verdict": "accepted", "roles": ["a", "a"]}),
            json!({"verdict": "accepted", "metadata": []}),
            json!({"verdict": "accepted", "metadata": {"a": "x".repeat(1024)}}),
            json!([{"verdict": "accepted"}]),
            json!("accepted"),
            Value::Null,
        ] {
            assert!(said(200, &body).is_err(), "{body}");
        }
        for status in [201, 202, 204, 301, 302, 400, 401, 404, 429, 500, 503] {
            assert!(said(status, &json!({"verdict": "accepted"})).is_err(), "{status}");
            assert!(said(status, &json!({"verdict": "refused"})).is_err(), "{status}");
        }
        assert!(said(403, &json!({"verdict": "accepted"})).is_err());
        for body in ["", "{", "<html>", r#"{"verdict":"refused","verdict":"accepted"}"#] {
            assert!(judge(&Reply { status: 200, body: body.into(), ..Reply::default() }).is_err(), "{body}");
        }
    }
}
