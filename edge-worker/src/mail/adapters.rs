//! Sends mails: by Cloudflare's binding, by the HTTP API of one of three providers, or by a Worker of the deployer's
//! own.

use auth_core::secret::SecretText;
use auth_core::wire::parse_object;
use serde_json::{Map, Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Env, js_sys};

use super::letter::Letter;
use super::message::PART;
use super::mime::{self, AUTOMATIC};
use super::sigv4::{self, Request, Signer};
use crate::config::{Mail as Settings, MailAdapter, Target};
use crate::http::{Outbound, Peer, Reply};
use crate::platform::Unavailable;

/// The maximum size of a provider's response in bytes.
const MAX_BYTES: u32 = 16 * 1024;

/// The longest error code of a provider that is logged.
const MAX_CODE: usize = 64;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Hands a mail to the adapter, and returns when it is accepted.
///
/// # Errors
/// The cause, without the address and the code.
pub(super) async fn deliver(env: &Env, settings: &Settings, letter: &Letter<'_>) -> Result<(), Unavailable> {
    let failed = |cause: String| Unavailable::because(PART, cause);
    let secret = |binding: &str| {
        let secret = env.secret(binding).map_err(|error| Unavailable::because(PART, error))?;
        Ok::<_, Unavailable>(SecretText::new(secret.to_string()))
    };
    let unwritable =
        || failed("the recipient's address, stored by an older version, is not valid".to_owned());
    match &settings.adapter {
        MailAdapter::Cloudflare { binding } => {
            let sender = js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(binding));
            let sender = sender.ok().filter(JsValue::is_object).ok_or_else(|| {
                let expected = format!("[[send_email]] name = \"{binding}\"");
                Unavailable::unbound(PART, &format!("mail.binding: found \"{binding}\""), &expected)
            })?;
            let from = letter.from.address.with_ascii_domain().ok_or_else(unwritable)?;
            let to = letter.to.with_ascii_domain().ok_or_else(unwritable)?;
            let message = mime::message(letter).ok_or_else(unwritable)?;
            // The configuration allows at most 30,000.
            let timeout_ms = u32::try_from(settings.timeout_ms).unwrap_or(u32::MAX);
            let sent = send_by_binding(&sender, &from, &to, &message, timeout_ms).await;
            sent.map(drop).map_err(|error| failed(error.as_string().unwrap_or_default()))
        }
        MailAdapter::Resend { secret_binding } => {
            let authorization = ["Bearer ", secret(secret_binding)?.expose()].concat();
            let body = resend(letter).ok_or_else(unwritable)?;
            let headers = [JSON, ("Authorization", &authorization), ("Idempotency-Key", letter.id)];
            post(&Peer::url("https://api.resend.com"), "/emails", &headers, &body, settings).await
        }
        MailAdapter::Postmark { secret_binding } => {
            let token = secret(secret_binding)?;
            let body = postmark(letter).ok_or_else(unwritable)?;
            let headers = [JSON, ("Accept", "application/json"), ("X-Postmark-Server-Token", token.expose())];
            post(&Peer::url("https://api.postmarkapp.com"), "/email", &headers, &body, settings).await
        }
        MailAdapter::Ses { region, access_key_id, secret_binding } => {
            let host = ["email.", region, ".amazonaws.com"].concat();
            let path = "/v2/email/outbound-emails";
            let body = ses(letter).ok_or_else(unwritable)?.to_string();
            let timestamp = sigv4::timestamp(crate::platform::now());
            let signed =
                [("content-type", "application/json"), ("host", &*host), ("x-amz-date", &*timestamp)];
            let request = Request { method: "POST", path, query: "", headers: &signed, body: &body };
            let secret = secret(secret_binding)?;
            let signer = Signer { access_key_id, secret: &secret, region, service: "ses" };
            let authorization = signer.authorization(&request, &timestamp);
            let headers = [
                ("content-type", "application/json"),
                ("x-amz-date", &*timestamp),
                ("authorization", &*authorization),
            ];
            post_text(&Peer::url(&["https://", &host].concat()), path, &headers, &body, settings).await
        }
        MailAdapter::Worker { service, path } => {
            let target = Target::Service { binding: service.clone() };
            let peer = Peer::of(env, &target, PART, "mail.service")?;
            post(&peer, path, &[JSON], &letter.facts, settings).await
        }
    }
}

/// The body of `POST /emails` of Resend.
fn resend(letter: &Letter<'_>) -> Option<Value> {
    let headers: Map<String, Value> =
        AUTOMATIC.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let mut body = json!({
        "from": mime::friendly(letter.from)?,
        "to": [letter.to.with_ascii_domain()?],
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "headers": headers,
    });
    if let (Some(reply_to), Some(members)) = (letter.reply_to, body.as_object_mut()) {
        members.insert("reply_to".to_owned(), mime::friendly(reply_to)?.into());
    }
    Some(body)
}

/// The body of `POST /email` of Postmark.
fn postmark(letter: &Letter<'_>) -> Option<Value> {
    let headers: Vec<Value> =
        AUTOMATIC.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    let mut body = json!({
        "From": mime::friendly(letter.from)?,
        "To": letter.to.with_ascii_domain()?,
        "Subject": letter.subject,
        "TextBody": letter.text,
        "HtmlBody": letter.html,
        "Headers": headers,
        "TrackOpens": false,
        "TrackLinks": "None",
        "MessageStream": "outbound",
    });
    if let (Some(reply_to), Some(members)) = (letter.reply_to, body.as_object_mut()) {
        members.insert("ReplyTo".to_owned(), mime::friendly(reply_to)?.into());
    }
    Some(body)
}

/// The body of `SendEmail` of Amazon SES, version 2, with a complete message.
fn ses(letter: &Letter<'_>) -> Option<Value> {
    Some(json!({
        "FromEmailAddress": letter.from.address.with_ascii_domain()?,
        "Destination": {"ToAddresses": [letter.to.with_ascii_domain()?]},
        "Content": {"Raw": {"Data": mime::base64(mime::message(letter)?.as_bytes())}},
    }))
}

async fn post(
    peer: &Peer,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
    settings: &Settings,
) -> Result<(), Unavailable> {
    post_text(peer, path, headers, &body.to_string(), settings).await
}

async fn post_text(
    peer: &Peer,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
    settings: &Settings,
) -> Result<(), Unavailable> {
    let body = Some(body);
    let timeout_ms = settings.timeout_ms;
    let request = Outbound { method: "POST", path, headers, body, timeout_ms, max_bytes: MAX_BYTES };
    let answered = peer.exchange(request).await.and_then(|reply| accepted(&reply));
    answered.map_err(|cause| Unavailable::because(PART, cause))
}

/// Checks whether the provider accepted the mail. The error names only the provider's error code, because the rest of
/// its response may repeat the recipient's address.
fn accepted(Reply { status, body, .. }: &Reply) -> Result<(), String> {
    if (200..300).contains(status) {
        return Ok(());
    }
    let status = ["status ", &status.to_string()].concat();
    Err(match error_code(body) {
        Some(code) => [&status, ", ", &code].concat(),
        None => status,
    })
}

/// The error code in a response: `name` (Resend), `ErrorCode` (Postmark), `__type` (AWS) or `code`.
fn error_code(body: &str) -> Option<String> {
    let object = parse_object(body.as_bytes()).ok()?;
    let code =
        ["name", "ErrorCode", "__type", "code"].iter().find_map(|name| match object.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        })?;
    let fits = code.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.#:/".contains(&b));
    (fits && code.len() <= MAX_CODE).then_some(code)
}

#[wasm_bindgen(inline_js = r#"
// The module exists on Cloudflare's runtime only, so it is loaded when a mail is sent. An error is a text
// without the recipient's address.
export async function send_by_binding(binding, from, to, message, milliseconds) {
  let timer;
  try {
    const { EmailMessage } = await import("cloudflare:email");
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("the request timed out")), milliseconds);
    });
    await Promise.race([binding.send(new EmailMessage(from, to, message)), late]);
  } catch (error) {
    throw String(error?.message ?? error).replaceAll(to, "<recipient>");
  } finally {
    clearTimeout(timer);
  }
}
"#)]
extern "C" {
    /// Sends a complete message by a binding `send_email`.
    #[wasm_bindgen(catch)]
    async fn send_by_binding(
        binding: &JsValue,
        from: &str,
        to: &str,
        message: &str,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;
}

#[cfg(test)]
mod tests {
    use super::{Reply, accepted};

    #[test]
    fn an_error_is_reported_by_its_code_only() {
        for (status, body, cause) in [
            (200, "{}", None),
            (202, "", None),
            (204, "", None),
            (
                422,
                r#"{"statusCode":422,"name":"validation_error","message":"Invalid `to`: ada@example.com"}"#,
                Some("status 422, validation_error"),
            ),
            (422, r#"{"ErrorCode":406,"Message":"ada@example.com is inactive"}"#, Some("status 422, 406")),
            (
                400,
                r#"{"__type":"MessageRejected","message":"ada@example.com"}"#,
                Some("status 400, MessageRejected"),
            ),
            (
                403,
                r#"{"message":"The security token included in the request is invalid."}"#,
                Some("status 403"),
            ),
            (500, "<html>", Some("status 500")),
            (302, "", Some("status 302")),
            (400, r#"{"name":"ada@example.com"}"#, Some("status 400")),
            (400, r#"{"name":["x"]}"#, Some("status 400")),
        ] {
            let reply = Reply { status, body: body.to_owned(), ..Reply::default() };
            assert_eq!(accepted(&reply).err().as_deref(), cause, "{status} {body}");
        }
    }
}
