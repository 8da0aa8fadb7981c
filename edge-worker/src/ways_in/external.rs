//! External credentials: at every sign-in the service asks another system whether the address and the
//! password are correct.
//!
//! Only two responses count as a verdict, and both are JSON: an acceptance, which names the user, and a
//! refusal. Any other outcome (another status, a redirect, a page, a body that is too large, a timeout, no
//! response) is a fault: the answer is `unavailable`, and the attempt does not count as a failure.
//! OPERATIONS.md specifies the contract.

use auth_core::credential::{self, Credential, CredentialVersion, ExternalId, Profile, Proof};
use auth_core::id::AccountId;
use auth_core::secret::SecretText;
use auth_core::wire::{Email, ErrorCode, Roles, parse_object};
use serde_json::{Map, Value, json};

use super::{Disproved, PASSWORD_LENGTH, creation};
use crate::audit::{Actor, Kind};
use crate::config::Elsewhere;
use crate::context::Context;
use crate::gate::forward::GATE_SECRET;
use crate::http::{Outbound, Peer, Refusal, Reply};
use crate::objects::client;
use crate::objects::limiter::{By, Subject};
use crate::objects::protocol::account::{Credentials, Record, StoredCredentials};
use crate::platform::{Unavailable, now};

/// The maximum size of a response in bytes.
const MAX_BYTES: u32 = 16 * 1024;

const PART: &str = "external credentials";

/// A user, as the external system describes them.
#[derive(Debug, PartialEq, Eq)]
struct Person {
    id: ExternalId,
    /// If absent, the address that the user typed applies.
    email: Option<Email>,
    roles: Vec<String>,
}

/// Asks the external system whether the password is correct. The first sign-in creates the user's account.
///
/// # Errors
/// `unavailable`.
pub async fn prove(
    context: &Context,
    there: &Elsewhere,
    email: &Email,
    password: &SecretText,
) -> Result<Result<Proof, Disproved>, Refusal> {
    // Some directories treat an empty password as an anonymous request and accept it.
    if password.expose().is_empty() {
        return Ok(Err(Disproved { account: None, reason: PASSWORD_LENGTH }));
    }
    let Some(person) = ask(context, there, email, password).await? else {
        return Ok(Err(Disproved { account: None, reason: "elsewhere" }));
    };
    let typed = Subject::of(By::Account, email.as_str())?.hash();
    let email = person.email.as_ref().unwrap_or(email);
    let account = account_of(context, &person.id, email, &person.roles).await?;
    let version = match client::account(&context.env, &account, &Credentials {}).await? {
        Some(StoredCredentials { disabled: true, .. }) => {
            return Ok(Err(Disproved { account: Some(account), reason: "disabled" }));
        }
        Some(StoredCredentials { credentials, .. }) => version_of(&credentials, &person.id),
        None => None,
    };
    // The user's next sign-in creates another account.
    let version = version.ok_or_else(|| Unavailable::because(PART, "the account is being deleted"))?;
    let profile = Profile { email: email.as_str().to_owned(), roles: person.roles, typed };
    Ok(Ok(Proof { profile: Some(profile), ..Proof::of_password(account, version, now()) }))
}

/// Asks the external system about an account whose user has a session; `None` if the password is wrong, or
/// belongs to another user. The account's address and roles stay as they are; the next sign-in updates them.
///
/// # Errors
/// `unavailable`.
pub async fn confirm(
    context: &Context,
    there: &Elsewhere,
    account: AccountId,
    credentials: &credential::Credentials,
    email: &Email,
    password: &SecretText,
) -> Result<Option<Proof>, Refusal> {
    if password.expose().is_empty() {
        return Ok(None);
    }
    let person = ask(context, there, email, password).await?;
    let version = person.and_then(|person| version_of(credentials, &person.id));
    Ok(version.map(|version| Proof::of_password(account, version, now())))
}

/// The version of the credential that names this user.
fn version_of(credentials: &credential::Credentials, id: &ExternalId) -> Option<CredentialVersion> {
    credentials.external().filter(|(_, known)| *known == id).map(|(version, _)| version)
}

/// Returns the account of the user with this id, and creates the account if it does not exist. If two
/// requests create it at the same time, one succeeds and the other finds the account.
async fn account_of(
    context: &Context,
    id: &ExternalId,
    email: &Email,
    roles: &[String],
) -> Result<AccountId, Refusal> {
    for _ in 0..2 {
        if let Some(account) = client::find_account(&context.env, &id.directory_key()).await? {
            return Ok(account);
        }
        let credential = Credential::External(id.clone());
        match creation::create(context, email, credential, roles.to_vec(), creation::By::Elsewhere).await {
            Ok((account, _)) => {
                let event = context.asker(Actor::User).event(Kind::AccountCreated, now());
                let record = Record { event: Box::new(event.reason("elsewhere")) };
                client::account(&context.env, &account, &record).await?;
                return Ok(account);
            }
            Err(Refusal { code: ErrorCode::EmailTaken, .. }) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Err(Unavailable::because(PART, "the account was deleted while the user signed in").into())
}

/// Asks the external system who the user is; `None` if it refuses. The error is for the log: it says what
/// went wrong and contains nothing that was sent or received.
async fn ask(
    context: &Context,
    there: &Elsewhere,
    email: &Email,
    password: &SecretText,
) -> Result<Option<Person>, Unavailable> {
    let peer = Peer::of(&context.env, &there.target, PART, "sign_in.elsewhere.service")?;
    let mut headers = vec![("Content-Type", "application/json"), ("Accept", "application/json")];
    if let Some(secret) = &peer.secret {
        headers.push((GATE_SECRET, secret.expose()));
    }
    let body = json!({"email": email.as_str(), "password": password.expose()}).to_string();
    let request = Outbound {
        method: "POST",
        path: &there.path,
        headers: &headers,
        body: Some(&body),
        timeout_ms: there.timeout_ms,
        max_bytes: MAX_BYTES,
    };
    let failed = |cause: String| Unavailable::because(PART, cause);
    let Reply { status, body, .. } = peer.exchange(request).await.map_err(failed)?;
    judge(status, body.as_bytes()).map_err(failed)
}

/// Judges a response. A refusal must contain `"verdict": "refused"`: a wrong path, a proxy or a web framework
/// sends pages and JSON bodies of its own with each of these statuses (`{"status": 404, "error": "Not
/// Found"}`), and the service must not read those as a wrong password. An acceptance contains the user's id
/// and roles.
fn judge(status: u16, body: &[u8]) -> Result<Option<Person>, String> {
    if !matches!(status, 200 | 401 | 403 | 404) {
        return Err(["status ", &status.to_string()].concat());
    }
    let object = parse_object(body)
        .map_err(|_| ["status ", &status.to_string(), ", but the body is not a JSON object"].concat())?;
    match status {
        200 => {
            person(object).map(Some).ok_or_else(|| "the id, the roles or the address is invalid".to_owned())
        }
        _ if object.get("verdict").and_then(Value::as_str) == Some("refused") => Ok(None),
        _ => Err(["status ", &status.to_string(), ", but not \"verdict\": \"refused\""].concat()),
    }
}

/// Reads `id`, `roles` and, if present, `email`. Ignores all other members.
fn person(mut object: Map<String, Value>) -> Option<Person> {
    let Value::String(id) = object.remove("id")? else { return None };
    let id = ExternalId::parse(&id)?;
    let Value::Array(roles) = object.remove("roles")? else { return None };
    let roles = roles.into_iter().map(|role| match role {
        Value::String(role) => Some(role),
        _ => None,
    });
    let roles = Roles::new(roles.collect::<Option<_>>()?).ok()?.into_inner();
    let email = match object.remove("email") {
        None | Some(Value::Null) => None,
        Some(Value::String(email)) => Some(Email::parse(&email).ok()?),
        Some(_) => return None,
    };
    Some(Person { id, email, roles })
}

#[cfg(test)]
mod tests {
    use auth_core::wire::Email;
    use serde_json::{Value, json};

    use super::{ExternalId, Person, judge};

    fn said(status: u16, body: &Value) -> Result<Option<Person>, String> {
        judge(status, body.to_string().as_bytes())
    }

    #[test]
    fn a_user_has_an_id_and_roles_and_optionally_an_address() {
        let person = |email: Option<&str>, roles: &[&str]| Person {
            id: ExternalId::parse("7").unwrap(),
            email: email.map(|email| Email::parse(email).unwrap()),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        };
        assert_eq!(said(200, &json!({"id": "7", "roles": []})), Ok(Some(person(None, &[]))));
        let all =
            json!({"id": "7", "roles": ["a", "b"], "email": "Ada@Example.com", "name": {"first": "Ada"}});
        assert_eq!(said(200, &all), Ok(Some(person(Some("ada@example.com"), &["a", "b"]))));
        let none = json!({"id": "7", "roles": [], "email": null});
        assert_eq!(said(200, &none), Ok(Some(person(None, &[]))));
    }

    #[test]
    fn a_refusal_names_its_verdict() {
        for status in [401, 403, 404] {
            assert_eq!(said(status, &json!({"verdict": "refused"})), Ok(None));
            let person = json!({"verdict": "refused", "id": "7", "roles": []});
            assert_eq!(said(status, &person), Ok(None), "the status counts");
            for body in [
                json!({}),
                json!({"status": 404, "error": "Not Found"}),
                json!({"detail": "Not found."}),
                json!({"id": "7", "roles": []}),
                json!({"verdict": null}),
                json!({"verdict": "Refused"}),
                json!({"verdict": true}),
                json!({"verdict": ["refused"]}),
                json!({"body": {"verdict": "refused"}}),
            ] {
                assert!(said(status, &body).is_err(), "{status} {body}");
            }
            for body in ["", "[]", "null", "<!doctype html>", r#"{"a":1,"a":2}"#] {
                assert!(judge(status, body.as_bytes()).is_err(), "{status} {body}");
            }
        }
    }

    #[test]
    fn no_other_status_is_a_verdict() {
        for status in [201, 204, 302, 400, 429, 500, 503] {
            for body in [json!({"id": "7", "roles": []}), json!({"verdict": "refused"})] {
                assert_eq!(said(status, &body), Err(format!("status {status}")));
            }
        }
    }

    #[test]
    fn an_acceptance_without_a_valid_user_is_an_error() {
        for body in [
            json!({}),
            json!({"id": "7"}),
            json!({"roles": []}),
            json!({"id": null, "roles": []}),
            json!({"id": 7, "roles": []}),
            json!({"id": "", "roles": []}),
            json!({"id": "a b", "roles": []}),
            json!({"id": "\u{e4}", "roles": []}),
            json!({"id": "x".repeat(129), "roles": []}),
            json!({"id": "7", "roles": "admin"}),
            json!({"id": "7", "roles": [1]}),
            json!({"id": "7", "roles": ["a", "a"]}),
            json!({"id": "7", "roles": ["a b"]}),
            json!({"id": "7", "roles": [], "email": "no-at-sign"}),
            json!({"id": "7", "roles": [], "email": ["a@example.com"]}),
            json!([{"id": "7", "roles": []}]),
        ] {
            assert!(said(200, &body).is_err(), "{body}");
        }
        assert!(judge(200, br#"{"id":"7","id":"8","roles":[]}"#).is_err());
        assert!(judge(200, b"").is_err());
    }
}
