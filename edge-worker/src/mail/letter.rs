//! Writes a mail: subject, text and HTML.

use auth_core::time::UnixTime;
use auth_core::wire::Email;
use serde_json::{Value, json};

use super::message::{GrantedClient, Mail};
use super::{kind::Kind, texts};
use crate::calendar::utc;
use crate::config::{Mail as Settings, Mailbox};

/// A written mail.
pub(super) struct Letter<'a> {
    /// 128 random bits in base64url.
    pub id: &'a str,
    /// The sender.
    pub from: &'a Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<&'a Mailbox>,
    /// The recipient.
    pub to: &'a Email,
    /// When it was written.
    pub at: UnixTime,
    /// The language, by its tag.
    pub locale: &'a str,
    /// One line.
    pub subject: String,
    /// As plain text, with `\n`.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// The same as JSON, for a Worker of the deployer's own that writes its own mails.
    pub facts: Value,
}

/// Writes the mail. `origin` is the issuer, from which links are built: never a header of a request, which the
/// client chooses.
pub(super) fn write<'a>(mail: &Mail<'a>, settings: &'a Settings, origin: &str) -> Letter<'a> {
    let text = |name: &str| texts::find(settings, mail.locale, name);
    let kind = mail.kind.as_str();
    let time = utc(mail.at);
    let browser = mail.user_agent.map(browser).unwrap_or_default();
    let client = mail.client.map(client).unwrap_or_default();
    let words = Words { product: &settings.product, browser: &browser, client: &client, time: &time };
    let fill = |text: &str| fill(text, &words);
    let subject = fill(text(&[kind, "_subject"].concat()));
    let code = mail.code.map(|code| code.expose().to_owned());
    let link = match (&settings.page, mail.code) {
        (Some(page), Some(code)) => Some(link(origin, page, mail.kind, code.expose())),
        (Some(_) | None, None) | (None, Some(_)) => None,
    };
    let note = code.as_ref().map(|_| if mail.kind == Kind::EmailChanged { "undo_note" } else { "code_note" });
    let ending = match (mail.kind, mail.kind.notification().is_some()) {
        // `undo_note` says what to do.
        (Kind::EmailChanged, _) => None,
        (_, true) => Some("not_you_notice"),
        (_, false) => Some("not_you"),
    };
    let parts = Parts {
        subject: &subject,
        locale: mail.locale,
        body: fill(text(&[kind, "_body"].concat())),
        code,
        note: note.map(|name| fill(text(name))),
        link: link.clone().map(|url| (url, fill(text("link")))),
        ending: ending.map(|name| fill(text(name))),
    };
    let (plain, html) = (parts.plain(), parts.html());
    let mut facts = json!({
        "id": mail.id,
        "to": mail.to.as_str(),
        "kind": kind,
        "locale": mail.locale,
        "product": settings.product,
        "at": mail.at.0,
        "subject": subject,
        "text": plain,
        "html": html,
    });
    if let Some(members) = facts.as_object_mut() {
        let optional = [
            ("code", parts.code.clone()),
            ("link", link),
            ("browser", mail.user_agent.map(|_| browser.clone())),
            ("client", mail.client.map(|client| client.name.clone())),
            ("client_host", mail.client.and_then(|client| client.host.clone())),
        ];
        members
            .extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    }
    Letter {
        id: mail.id,
        from: &settings.from,
        reply_to: settings.reply_to.as_ref(),
        to: mail.to,
        at: mail.at,
        locale: mail.locale,
        subject,
        text: plain,
        html,
        facts,
    }
}

/// The link to the app's page. The fragment is not sent to any server. The page fills the code in; only the
/// browser that asked for the code can use it. The code that undoes a change of address works in every browser,
/// so it is not in the link, and a mail scanner that opens the link and presses its buttons changes nothing.
fn link(origin: &str, page: &str, kind: Kind, code: &str) -> String {
    let start = [origin, page, "#kind=", kind.as_str()].concat();
    if kind == Kind::EmailChanged { start } else { [&start, "&code=", &code.replace('-', "")].concat() }
}

/// What stands in a text in place of its placeholders.
struct Words<'a> {
    product: &'a str,
    browser: &'a str,
    client: &'a str,
    time: &'a str,
}

/// Replaces the placeholders. What was filled in is not read again.
fn fill(text: &str, words: &Words<'_>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            let value = match name {
                "product" => words.product,
                "browser" => words.browser,
                "client" => words.client,
                "time" => words.time,
                _ => return None,
            };
            Some((value, after))
        });
        rest = match value {
            Some((value, after)) => {
                filled.push_str(value);
                after
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled + rest
}

/// The client's name and its host. The name may pretend to be anything.
fn client(client: &GrantedClient) -> String {
    match &client.host {
        Some(host) => [&client.name, " (", host, ")"].concat(),
        None => client.name.clone(),
    }
}

/// Browser and system, as far as the usual ones go. What a `User-Agent` says otherwise is not repeated, because
/// the client chooses it.
fn browser(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(token, _)| user_agent.contains(token)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => [browser, ", ", system].concat(),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "?".to_owned(),
    }
}

/// What a mail consists of, in its order.
struct Parts<'a> {
    subject: &'a str,
    locale: &'a str,
    body: String,
    code: Option<String>,
    note: Option<String>,
    /// The URL and its text.
    link: Option<(String, String)>,
    ending: Option<String>,
}

impl Parts<'_> {
    fn plain(&self) -> String {
        let link = self.link.as_ref().map(|(url, text)| [text, ":\n", url].concat());
        let code = self.code.as_ref().map(|code| ["    ", code].concat());
        let parts = [Some(self.body.clone()), code, self.note.clone(), link, self.ending.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n") + "\n"
    }

    /// One column, readable without styles, with a dark scheme, and without images or anything else that is
    /// loaded.
    fn html(&self) -> String {
        let paragraph = |class: &str, text: &str| {
            ["<p", class, ">", &escaped(text).replace('\n', "<br>"), "</p>\n"].concat()
        };
        let mut html = [
            "<!doctype html>\n<html lang=\"",
            &escaped(self.locale),
            "\">\n<head>\n<meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width\">\n",
            "<meta name=\"color-scheme\" content=\"light dark\">\n",
            "<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>",
            &escaped(self.subject),
            "</title>\n",
            STYLE,
            "</head>\n<body>\n<main style=\"",
            MAIN,
            "\">\n",
        ]
        .concat();
        html += &paragraph("", &self.body);
        if let Some(code) = &self.code {
            html += &paragraph(CODE, code);
        }
        if let Some(note) = &self.note {
            html += &paragraph("", note);
        }
        if let Some((url, text)) = &self.link {
            html += &["<p><a href=\"", &escaped(url), "\">", &escaped(text), "</a></p>\n"].concat();
        }
        if let Some(ending) = &self.ending {
            html += &paragraph(" class=\"quiet\" style=\"font-size:14px;color:#57606a\"", ending);
        }
        html + "</main>\n</body>\n</html>\n"
    }
}

/// Programs that ignore this show the inline styles, which are dark on light.
const STYLE: &str = "<style>\n:root{color-scheme:light dark}\n@media (prefers-color-scheme:dark){\nbody,main{background:#0d1117!important;color:#e6edf3!important}\n.code{background:#21262d!important;color:#fff!important}\n.quiet{color:#9da7b3!important}\na{color:#79b8ff!important}\n}\n</style>\n";

const MAIN: &str = "max-width:480px;margin:0 auto;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1f2328";

/// The hyphen in the middle lets a reader keep their place, and a screen reader pause.
const CODE: &str = " class=\"code\" style=\"margin:24px 0;padding:16px;border-radius:8px;background:#f0f2f5;color:#000;text-align:center;font:bold 28px/1.2 ui-monospace,Consolas,Menlo,monospace;letter-spacing:2px\"";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
