//! Who sends mails, and what they say.

use serde_json::{Value, json};

use super::{good, parse, with};
use crate::{Mail, MailAdapter, Notification};

fn read(mail: &Value) -> Result<Mail, Vec<String>> {
    let parsed = parse(&with("/mail", mail.clone()));
    parsed
        .map(|config| config.mail.unwrap())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn changed(name: &str, value: Value) -> Value {
    let mut mail = json!({"adapter": "cloudflare", "from": "Acme <No-Reply@latchkey.test>"});
    mail[name] = value;
    mail
}

#[test]
fn without_the_table_there_are_no_mails() {
    assert_eq!(parse(&good()).unwrap().mail, None);
}

#[test]
fn each_adapter_has_what_it_needs() {
    let of = |more: Value| {
        let mut mail = more;
        mail["from"] = json!("a@latchkey.test");
        read(&mail).map(|mail| mail.adapter)
    };
    let secret_binding = "S".to_owned();
    for (table, adapter) in [
        (json!({"adapter": "cloudflare"}), MailAdapter::Cloudflare { binding: "EMAIL".into() }),
        (json!({"adapter": "cloudflare", "binding": "M"}), MailAdapter::Cloudflare { binding: "M".into() }),
        (
            json!({"adapter": "resend", "secret_binding": "S"}),
            MailAdapter::Resend { secret_binding: secret_binding.clone() },
        ),
        (
            json!({"adapter": "postmark", "secret_binding": "S"}),
            MailAdapter::Postmark { secret_binding: secret_binding.clone() },
        ),
        (
            json!({"adapter": "ses", "secret_binding": "S", "region": "eu-central-1", "access_key_id": "AKIA"}),
            MailAdapter::Ses { region: "eu-central-1".into(), access_key_id: "AKIA".into(), secret_binding },
        ),
        (
            json!({"adapter": "worker", "service": "MAIL"}),
            MailAdapter::Worker { service: "MAIL".into(), path: "/".into() },
        ),
        (
            json!({"adapter": "worker", "service": "MAIL", "path": "/a?b=c"}),
            MailAdapter::Worker { service: "MAIL".into(), path: "/a?b=c".into() },
        ),
    ] {
        assert_eq!(of(table.clone()), Ok(adapter), "{table}");
    }
    for (table, line) in [
        (
            json!({"adapter": "smtp"}),
            r#"mail.adapter: found "smtp", expected "cloudflare", "resend", "postmark", "ses" or "worker""#,
        ),
        (
            json!({"adapter": "resend"}),
            "mail.secret_binding: found nothing, expected the name of a Worker secret, the key of the provider's API",
        ),
        (
            json!({"adapter": "cloudflare", "secret_binding": "S"}),
            r#"mail.secret_binding: found "S", expected no such key, because `adapter` is "cloudflare""#,
        ),
        (
            json!({"adapter": "ses", "secret_binding": "S", "region": "../x", "access_key_id": "A"}),
            r#"mail.region: found "../x", expected a region of AWS"#,
        ),
        (json!({"adapter": "worker"}), "mail.service: found nothing, expected the name of a service binding"),
    ] {
        assert_eq!(of(table.clone()), Err(vec![line.to_owned()]), "{table}");
    }
}

#[test]
fn senders_have_a_name_and_an_address_and_no_more() {
    let from = |from: &str| read(&changed("from", json!(from))).map(|mail| mail.from);
    for (text, name, address) in [
        ("a@latchkey.test", None, "a@latchkey.test"),
        ("Acme <A@Latchkey.test>", Some("Acme"), "a@latchkey.test"),
        ("Ac\"me, Köln <a@latchkey.test>", Some("Ac\"me, Köln"), "a@latchkey.test"),
    ] {
        let found = from(text).unwrap();
        assert_eq!((found.name.as_deref(), found.address.as_str()), (name, address));
    }
    for text in [
        "",
        "a",
        "<a@latchkey.test>",
        " <a@latchkey.test>",
        "A <a@latchkey.test",
        "A <a@latchkey.test> ",
        "A <b@c.test> <a@latchkey.test>",
        "A\r\nBcc: x@y.test <a@latchkey.test>",
        "A <a@latchkey.test\r\nBcc: x@y.test>",
        "a@latchkey.test, b@latchkey.test",
        &format!("{} <a@latchkey.test>", "x".repeat(65)),
    ] {
        assert!(from(text).is_err(), "{text:?}");
    }
}

#[test]
fn defaults_and_the_rest_of_the_keys() {
    let mail = read(&changed("reply_to", json!("help@latchkey.test"))).unwrap();
    assert_eq!(
        (mail.product.as_str(), mail.page.as_deref(), mail.locale.as_str()),
        ("auth.latchkey.test", None, "en")
    );
    assert_eq!(mail.notify, [Notification::EmailChanged, Notification::SecondFactorReset]);
    assert_eq!(mail.timeout_ms, 5_000);
    for (name, value) in [
        ("product", json!("")),
        ("product", json!("A\nB")),
        ("page", json!("sign-in")),
        ("page", json!("//evil.test")),
        ("page", json!("/\\evil.test")),
        ("page", json!("https://evil.test/")),
        ("page", json!("/a#b")),
        ("locale", json!("it")),
        ("notify", json!(["new_browsers"])),
        ("timeout_ms", json!(30_001)),
    ] {
        let errors = read(&changed(name, value.clone())).unwrap_err();
        assert!(
            errors.len() == 1 && errors[0].starts_with(&format!("mail.{name}: ")),
            "{name} {value}: {errors:?}"
        );
    }
}

#[test]
fn texts_are_by_language_and_name_and_a_subject_has_one_line() {
    let texts = |texts: Value| read(&changed("texts", texts)).map(|mail| mail.texts);
    let found = texts(json!({"pt-br": {"sign_in_subject": "A", "sign_in_body": "B\nC"}})).unwrap();
    assert_eq!(found["pt-br"]["sign_in_body"], "B\nC");
    for (value, key) in [
        (json!({"EN": {}}), "mail.texts.EN"),
        (json!({"en": {"sign_in_subject": "A\nBcc: b@c.test"}}), "mail.texts.en.sign_in_subject"),
        (json!({"en": {"sign_in_body": "A\r"}}), "mail.texts.en.sign_in_body"),
        (json!({"en": {"sign_in_body": "x".repeat(2_001)}}), "mail.texts.en.sign_in_body"),
        (json!({"en": {"sign_in_titel": "A"}}), "mail.texts.en.sign_in_titel"),
    ] {
        let errors = texts(value.clone()).unwrap_err();
        assert!(errors.len() == 1 && errors[0].starts_with(&format!("{key}: ")), "{value}: {errors:?}");
    }
}
