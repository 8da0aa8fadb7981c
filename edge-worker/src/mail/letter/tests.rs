use std::collections::BTreeMap;

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::wire::Email;
use serde_json::json;
use worker_config::keys::LOCALES;

use super::{Letter, Words, browser, fill, write};
use crate::config::{Mail as Settings, MailAdapter, Mailbox};
use crate::mail::{GrantedClient, Kind, Mail, mime};

fn settings() -> Settings {
    let address = Email::parse("no-reply@acme.example").unwrap();
    Settings {
        adapter: MailAdapter::Cloudflare { binding: "EMAIL".to_owned() },
        from: Mailbox { name: Some("Acme".to_owned()), address },
        reply_to: None,
        product: "Acme & <Co>".to_owned(),
        page: Some("/sign-in".to_owned()),
        locale: "en".to_owned(),
        timeout_ms: 5_000,
        notify: vec![],
        texts: BTreeMap::new(),
    }
}

fn with<R>(kind: Kind, locale: &str, settings: &Settings, look: impl FnOnce(&Letter<'_>) -> R) -> R {
    let to = Email::parse("ada@example.com").unwrap();
    let code = SecretText::new("BCDF-GHJK".to_owned());
    let user_agent = (kind == Kind::NewBrowser)
        .then_some("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0");
    let client = GrantedClient { name: "Notes <b>{time}".to_owned(), host: Some("notes.example".to_owned()) };
    let mail = Mail {
        to: &to,
        kind,
        locale,
        code: kind.has_code().then_some(&code),
        user_agent,
        client: (kind == Kind::AccessGranted).then_some(&client),
        at: UnixTime(1_795_977_005),
        id: "AAECAwQFBgcICQoLDA0ODw",
    };
    look(&write(&mail, settings, "https://app.acme.example"))
}

#[test]
fn every_mail_in_every_language_has_its_code_and_link_and_no_placeholder_left() {
    for kind in Kind::ALL {
        for locale in LOCALES {
            with(*kind, locale, &settings(), |letter| {
                let what = format!("{} {locale}", kind.as_str());
                let coded = letter.facts.get("code").is_some();
                assert_eq!(letter.text.contains("BCDF-GHJK"), coded, "{what}");
                assert_eq!(letter.html.contains("BCDF-GHJK"), coded, "{what}");
                assert_eq!(letter.text.contains("https://app.acme.example/sign-in#"), coded, "{what}");
                assert!(!letter.subject.contains("BCDF"), "{what}: locked screens show subjects");
                assert!(letter.subject.contains("Acme & <Co>"), "{what}");
                assert!(
                    letter.html.contains("Acme &amp; &lt;Co&gt;") && !letter.html.contains("<Co>"),
                    "{what}"
                );
                // What was filled in is not read again.
                let named = "Notes <b>{time} (notes.example)";
                assert_eq!(letter.text.contains(named), *kind == Kind::AccessGranted, "{what}");
                assert!(!letter.html.contains("Notes <b>"), "{what}");
                for text in [&letter.subject, &letter.text] {
                    assert!(!text.replace(named, "").contains(['{', '}']), "{what}: {text}");
                }
                assert!(letter.html.contains(&format!("<html lang=\"{locale}\">")), "{what}");
                // Nothing is loaded, so nothing tells that the mail was opened.
                for loading in ["<img", "src=", "url(", "@import", "<link", "<script"] {
                    assert!(!letter.html.contains(loading), "{what}: {loading}");
                }
                let message = mime::message(letter).unwrap();
                assert!(
                    message.is_ascii() && message.split("\r\n").all(|line| line.len() <= 76 + 12),
                    "{what}"
                );
                assert!(!message.replace("\r\n", "").contains(['\r', '\n']), "{what}");
                for header in [
                    "\r\nAuto-Submitted: auto-generated\r\n",
                    "\r\nMessage-ID: <AAECAwQFBgcICQoLDA0ODw@acme.example>\r\n",
                ] {
                    assert!(message.contains(header), "{what}: {header}");
                }
            });
        }
    }
}

#[test]
fn a_link_fills_the_code_in_but_the_code_that_undoes_a_change_is_typed() {
    let link = |kind| with(kind, "en", &settings(), |letter| letter.facts.get("link").cloned());
    let sign_in = "https://app.acme.example/sign-in#kind=sign_in&code=BCDFGHJK";
    assert_eq!(link(Kind::SignIn), Some(json!(sign_in)));
    let undo = "https://app.acme.example/sign-in#kind=email_changed";
    assert_eq!(link(Kind::EmailChanged), Some(json!(undo)));
    assert_eq!(link(Kind::PasswordChanged), None);
    let without_page = Settings { page: None, ..settings() };
    with(Kind::SignIn, "en", &without_page, |letter| {
        assert!(letter.facts.get("link").is_none() && !letter.text.contains("https://"));
    });
}

#[test]
fn the_text_of_a_mail() {
    let expected = "Enter this code to sign in to Acme & <Co>:\n\n    BCDF-GHJK\n\nThe code is valid for 10 minutes, once, in the browser in which it was requested.\n\nOpen the page for this code:\nhttps://app.acme.example/sign-in#kind=sign_in&code=BCDFGHJK\n\nIf you did not request this mail, you can ignore it. Do not tell this code to anyone.\n";
    assert_eq!(with(Kind::SignIn, "en", &settings(), |letter| letter.text.clone()), expected);
    let expected = "Someone signed in to your account at Acme & <Co> from a new browser:\nFirefox, Linux, 2026-11-29 18:30 UTC\n\nIf that was you, you can ignore this mail. If not, change your password and sign out all devices.\n";
    assert_eq!(with(Kind::NewBrowser, "en", &settings(), |letter| letter.text.clone()), expected);
    let facts = with(Kind::AccessGranted, "en", &settings(), |letter| letter.facts.clone());
    assert_eq!(facts["client"], "Notes <b>{time}");
    assert_eq!(facts["client_host"], "notes.example");
}

#[test]
fn a_deployers_texts_take_precedence_also_in_other_languages() {
    let own = |name: &str, text: &str| BTreeMap::from([(name.to_owned(), text.to_owned())]);
    let texts = BTreeMap::from([
        ("de".to_owned(), own("sign_in_subject", "Hallo von {product}")),
        ("it".to_owned(), own("sign_in_body", "Il codice di {product}, {unknown} {")),
    ]);
    let settings = Settings { product: "{time}".to_owned(), texts, ..settings() };
    with(Kind::SignIn, "de", &settings, |letter| {
        assert_eq!(letter.subject, "Hallo von {time}", "what was filled in is not read again");
        assert!(letter.text.contains("Geben Sie diesen Code ein"), "{}", letter.text);
    });
    with(Kind::SignIn, "it", &settings, |letter| {
        assert!(letter.text.starts_with("Il codice di {time}, {unknown} {\n"), "{}", letter.text);
        assert_eq!(letter.subject, "Your sign-in code for {time}");
    });
    let words = Words { product: "p", browser: "b", client: "c", time: "t" };
    assert_eq!(fill("a{", &words), "a{");
}

#[test]
fn a_browser_is_described_without_what_the_client_chose() {
    for (user_agent, expected) in [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "Chrome, Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
            "Safari, macOS",
        ),
        ("curl/8.0", "?"),
        ("<a href=https://evil.example>Windows</a>", "Windows"),
        ("", "?"),
    ] {
        assert_eq!(browser(user_agent), expected, "{user_agent}");
    }
}
