//! `mail`: who sends the service's mails, and what they say.

use std::collections::BTreeMap;

use auth_core::wire::{Email, Origin};
use serde_json::Value;

use super::values::{path, text};
use crate::error::Errors;
use crate::keys::{ADAPTERS, LOCALES, TEXTS};
use crate::model::{Mail, MailAdapter, Mailbox, Notification};
use crate::reader::Table;

/// The maximum length of the product's and the sender's name, in characters.
const MAX_NAME: usize = 64;

/// The maximum length of a text, in characters.
const MAX_TEXT: usize = 2_000;

pub(super) fn read(table: &mut Table, issuer: Option<&Origin>, errors: &mut Errors) -> Option<Mail> {
    let mut table = table.optional_table("mail", errors)?;
    let adapter = read_adapter(&mut table, errors);
    let from = table.get("from", errors, mailbox);
    let reply_to = table.optional("reply_to", errors, mailbox);
    let product = table.optional("product", errors, |value| {
        value.as_str().filter(|text| is_name(text)).map(ToOwned::to_owned)
    });
    let page = table.optional("page", errors, path);
    let locale = table.choice("locale", errors, |word| known(&LOCALES, word));
    let timeout_ms = table.number("timeout_ms", errors);
    let notify = table.list("notify", errors, Notification::parse);
    let texts = read_texts(&mut table, errors);
    table.finish(errors);
    let host = issuer.map(|issuer| issuer.host().to_owned());
    Some(Mail {
        adapter: adapter?,
        from: from?,
        reply_to: reply_to?,
        product: product?.or(host)?,
        page: page?,
        locale: locale?.to_owned(),
        timeout_ms: timeout_ms?,
        notify: notify?,
        texts,
    })
}

fn read_adapter(table: &mut Table, errors: &mut Errors) -> Option<MailAdapter> {
    let word = table.choice("adapter", errors, |word| known(&ADAPTERS, word))?;
    let api = matches!(word, "resend" | "postmark" | "ses");
    for (name, belongs) in [
        ("binding", word == "cloudflare"),
        ("secret_binding", api),
        ("region", word == "ses"),
        ("access_key_id", word == "ses"),
        ("service", word == "worker"),
        ("path", word == "worker"),
    ] {
        if !belongs {
            let expected = ["no such key, because `adapter` is \"", word, "\""].concat();
            table.reject(name, &expected, errors);
        }
    }
    let secret = |table: &mut Table, errors: &mut Errors| table.get("secret_binding", errors, text);
    match word {
        "cloudflare" => {
            let binding = table.optional("binding", errors, text)?;
            Some(MailAdapter::Cloudflare { binding: binding.unwrap_or_else(|| "EMAIL".to_owned()) })
        }
        "resend" => secret(table, errors).map(|secret_binding| MailAdapter::Resend { secret_binding }),
        "postmark" => secret(table, errors).map(|secret_binding| MailAdapter::Postmark { secret_binding }),
        "ses" => {
            let secret_binding = secret(table, errors);
            let of = |extra: &'static [u8]| {
                move |value: &Value| {
                    let text = value.as_str().filter(|text| !text.is_empty())?;
                    text.bytes().all(|b| b.is_ascii_digit() || extra.contains(&b)).then(|| text.to_owned())
                }
            };
            let region = table.get("region", errors, of(b"abcdefghijklmnopqrstuvwxyz-"));
            let access_key_id = table.get("access_key_id", errors, of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
            let (region, access_key_id) = (region?, access_key_id?);
            Some(MailAdapter::Ses { region, access_key_id, secret_binding: secret_binding? })
        }
        "worker" => {
            let service = table.get("service", errors, text);
            let path = table.optional("path", errors, path)?;
            Some(MailAdapter::Worker { service: service?, path: path.unwrap_or_else(|| "/".to_owned()) })
        }
        _ => None,
    }
}

/// The word, if it is one of these.
fn known(words: &[&'static str], word: &str) -> Option<&'static str> {
    words.iter().copied().find(|known| *known == word)
}

/// The texts by language, in lower case, and name.
fn read_texts(table: &mut Table, errors: &mut Errors) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (locale, mut table) in table.tables("texts", errors) {
        if !is_locale(&locale) {
            let expected = "the tag of a language in lower case, such as en or pt-br, as the name";
            errors.add(
                table.key("").trim_end_matches('.').to_owned(),
                Some(&Value::from(&*locale)),
                expected,
            );
        }
        let mut texts = BTreeMap::new();
        for key in TEXTS.keys {
            let found = table.optional(key.name, errors, |value| {
                text(value).filter(|text| text.chars().count() <= MAX_TEXT && !is_hostile(key.name, text))
            });
            texts.extend(found.flatten().map(|text| (key.name.to_owned(), text)));
        }
        table.finish(errors);
        all.insert(locale, texts);
    }
    all
}

/// A subject is a header, which has one line.
fn is_hostile(name: &str, text: &str) -> bool {
    let permitted = |c: char| c == '\n' && !name.ends_with("_subject");
    text.chars().any(|c| c.is_control() && !permitted(c))
}

/// A tag of RFC 5646 in lower case, as far as its characters go.
fn is_locale(text: &str) -> bool {
    let fits = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= 35 && text.split('-').all(fits)
}

/// An address, or a name and an address.
fn mailbox(value: &Value) -> Option<Mailbox> {
    let text = value.as_str()?;
    match text.strip_suffix('>').and_then(|text| text.split_once(" <")) {
        Some((name, address)) => {
            let name = name.trim();
            let fits = is_name(name) && !name.contains(['<', '>']);
            fits.then(|| Some(Mailbox { name: Some(name.to_owned()), address: Email::parse(address).ok()? }))?
        }
        None => Some(Mailbox { name: None, address: Email::parse(text).ok()? }),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control)
}
