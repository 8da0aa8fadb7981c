//! Credentials elsewhere: whoever keeps them is asked at every sign-in whether address and password are right.
//!
//! Only two answers count, and both say so in JSON: who it is, or that it is nobody. Whatever else comes (another status,
//! a redirect, a page, too much, too late, nothing) is a fault of somebody's and never a verdict: `unavailable`, and the attempt
//! doesn't count as a failure. OPERATIONS.md has the contract.

use auth_core::secret::SecretText;
use auth_core::wire::{Email, ErrorCode, Roles, parse_object};
use serde_json::{Map, Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::sign_in::{Disproved, Proved};
use super::{Context, creation, session};
use crate::audit::{Actor, Kind};
use crate::config::{Elsewhere, Target};
use crate::gate::forward::GATE_SECRET;
use crate::http::Refusal;
use crate::objects::limiter::client::{By, Subject};
use crate::objects::protocol::{AccountCall, AccountReply, DirectoryReply, Profile};
use crate::objects::{Unavailable, client, external};

/// The most bytes of an answer.
const MOST_BYTES: u32 = 16 * 1024;

/// The most bytes of an id.
const MOST_OF_AN_ID: usize = 128;

const PART: &str = "credentials elsewhere";

/// Somebody, in the words of who keeps his credentials.
#[derive(Debug, PartialEq, Eq)]
struct Person {
    id: String,
    /// Without one it is the address he has typed.
    email: Option<Email>,
    roles: Vec<String>,
}

/// Whose account it is, if the password is right. His first sign-in makes it.
pub(super) async fn prove(
    context: &Context,
    there: &Elsewhere,
    email: &Email,
    password: &SecretText,
) -> Result<Result<Proved, Disproved>, Refusal> {
    let asked = ask(context, there, email, password).await;
    let Some(person) = asked.map_err(|cause| Unavailable::because(PART, cause))? else {
        return Ok(Err(Disproved { account: String::new(), reason: "elsewhere" }));
    };
    let typed = Subject::of(By::Account, email.as_str())?.hash();
    let email = person.email.as_ref().unwrap_or(email);
    let name = external::name(&person.id);
    let account = account_of(context, &name, email, &person.roles).await?;
    match client::account(&context.env, &account, &AccountCall::Credentials).await? {
        AccountReply::Credentials { disabled: true, .. } => {
            Ok(Err(Disproved { account, reason: "disabled" }))
        }
        AccountReply::Credentials { password_hash: hash, .. } if hash == name => {
            let profile = Profile { email: email.as_str().to_owned(), roles: person.roles, typed };
            Ok(Ok(Proved { account, hash, profile: Some(profile) }))
        }
        // The next sign-in makes another one.
        _ => Err(Unavailable::because(PART, "the account is being deleted").into()),
    }
}

/// Whether the password is still that of the account which holds `stored`. Its address and roles are left as they are: they follow at
/// the next sign-in.
pub(super) async fn confirms(
    context: &Context,
    there: &Elsewhere,
    email: &Email,
    password: &SecretText,
    stored: &str,
) -> Result<bool, Refusal> {
    // Some directories take an empty password for an anonymous request and accept it.
    if password.expose().is_empty() {
        return Ok(false);
    }
    let asked = ask(context, there, email, password).await;
    let person = asked.map_err(|cause| Unavailable::because(PART, cause))?;
    Ok(person.is_some_and(|person| external::name(&person.id) == stored))
}

/// The id of the account that has this name; it is made if there is none. Of two who make it at once one does, and the other finds it.
async fn account_of(
    context: &Context,
    name: &str,
    email: &Email,
    roles: &[String],
) -> Result<String, Refusal> {
    for _ in 0..2 {
        if let DirectoryReply::Account(account) = client::find_account(&context.env, name).await? {
            return Ok(account);
        }
        match creation::create(context, email, name.to_owned(), roles.to_vec(), None, None).await {
            Ok(account) => {
                let event = context.asker(Actor::User).event(Kind::AccountCreated, session::now());
                let record = AccountCall::Record(Box::new(event.reason("elsewhere")));
                client::account(&context.env, &account, &record).await?;
                return Ok(account);
            }
            Err(Refusal { code: ErrorCode::EmailTaken, .. }) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Err(Unavailable::because(PART, "the account came and went").into())
}

/// Who it is; `None` when it is nobody. An error says what went wrong, for the log, and nothing that was sent or received.
async fn ask(
    context: &Context,
    there: &Elsewhere,
    email: &Email,
    password: &SecretText,
) -> Result<Option<Person>, String> {
    let failed = |error: worker::Error| error.to_string();
    let env = &context.env;
    let (fetcher, origin, secret) = match &there.target {
        // A service binding leads to its Worker whatever the host is called.
        Target::Service { binding } => {
            (env.service(binding).map_err(failed)?.into(), "https://latchkey", None)
        }
        Target::Url { origin, secret_binding } => {
            let secret = secret_binding.as_ref().map(|binding| env.secret(binding)).transpose();
            (JsValue::UNDEFINED, origin.as_str(), secret.map_err(failed)?.map(|secret| secret.to_string()))
        }
    };
    let url = [origin, &there.path].concat();
    let body = json!({"email": email.as_str(), "password": password.expose()}).to_string();
    let asked = Asked { url: &url, body: &body, secret, milliseconds: there.timeout_ms };
    let (status, body) = exchange(&fetcher, asked).await?;
    judge(status, body.as_bytes())
}

struct Asked<'a> {
    url: &'a str,
    body: &'a str,
    secret: Option<String>,
    milliseconds: u64,
}

#[wasm_bindgen(inline_js = r#"
// All of it in one crossing: less code than the same through bindings. An error is a text, which says nothing of what was sent.
export async function ask_elsewhere(fetcher, url, body, name, secret, milliseconds, most) {
  try {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (secret !== undefined) headers[name] = secret;
    const signal = AbortSignal.timeout(milliseconds);
    const asked = { method: "POST", redirect: "manual", headers, body, signal };
    const answer = await (fetcher ?? globalThis).fetch(url, asked);
    if (![200, 401, 403, 404].includes(answer.status)) {
      await answer.body?.cancel();
      throw new Error(`status ${answer.status}`);
    }
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let text = `${answer.status}\n`;
    let length = 0;
    for await (const chunk of answer.body ?? []) {
      length += chunk.byteLength;
      if (length > most) throw new Error("more than 16 KiB");
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    throw error?.name === "TimeoutError" ? "no answer in time" : String(error?.message ?? error);
  }
}
"#)]
extern "C" {
    /// The answer's status and, behind a line break, its body; an error for every status that is no verdict.
    #[wasm_bindgen(catch)]
    async fn ask_elsewhere(
        fetcher: &JsValue,
        url: &str,
        body: &str,
        name: &str,
        secret: Option<String>,
        milliseconds: f64,
        most: u32,
    ) -> Result<JsValue, JsValue>;
}

/// Asks, and reads the answer if its status is one of those that count.
async fn exchange(fetcher: &JsValue, asked: Asked<'_>) -> Result<(u16, String), String> {
    let Asked { url, body, secret, milliseconds } = asked;
    // No more than 30,000.
    let milliseconds = f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX));
    let answer = ask_elsewhere(fetcher, url, body, GATE_SECRET, secret, milliseconds, MOST_BYTES).await;
    let answer = answer.map_err(|error| error.as_string().unwrap_or_default())?;
    let answer = answer.as_string().unwrap_or_default();
    let parts =
        answer.split_once('\n').and_then(|(status, body)| Some((status.parse().ok()?, body.to_owned())));
    parts.ok_or_else(|| "no status".to_owned())
}

/// What a response means. A refusal must say `"verdict": "refused"`: a wrong path, a proxy or a web framework has pages and JSON
/// bodies of its own for each of these statuses (`{"status": 404, "error": "Not Found"}`), and none of those may read as a wrong
/// password. An acceptance names the user's id and roles.
fn judge(status: u16, body: &[u8]) -> Result<Option<Person>, String> {
    let object =
        parse_object(body).map_err(|_| ["status ", &status.to_string(), ", but no JSON object"].concat())?;
    match status {
        200 => {
            person(object).map(Some).ok_or_else(|| "an id, roles or an address that can't be one".to_owned())
        }
        _ if object.get("verdict").and_then(Value::as_str) == Some("refused") => Ok(None),
        _ => Err(["status ", &status.to_string(), ", but not \"verdict\": \"refused\""].concat()),
    }
}

/// `id`, `roles` and perhaps `email`; what else there is, is of no interest.
fn person(mut object: Map<String, Value>) -> Option<Person> {
    let Value::String(id) = object.remove("id")? else { return None };
    if !(1..=MOST_OF_AN_ID).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
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

    use super::{Person, judge};

    fn said(status: u16, body: &Value) -> Result<Option<Person>, String> {
        judge(status, body.to_string().as_bytes())
    }

    #[test]
    fn a_person_has_an_id_and_roles_and_perhaps_an_address() {
        let person = |email: Option<&str>, roles: &[&str]| Person {
            id: "7".into(),
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
    fn what_is_no_person_is_no_verdict() {
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
            json!({"id": "7", "roles": [], "email": "nobody"}),
            json!({"id": "7", "roles": [], "email": ["a@example.com"]}),
            json!([{"id": "7", "roles": []}]),
        ] {
            assert!(said(200, &body).is_err(), "{body}");
        }
        assert!(judge(200, br#"{"id":"7","id":"8","roles":[]}"#).is_err());
        assert!(judge(200, b"").is_err());
    }
}
