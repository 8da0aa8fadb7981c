//! The pages of `/oauth/device`.

use auth_core::oauth::device::UserCode;
use auth_core::time::UnixTime;

use super::{
    Requester, ScopeShown, Service, account, client_name, fill, form_targets, hidden, page, scopes, shown,
    standing, texts,
};
use crate::calendar::utc;
use crate::http::{Answered, Html};

/// A device's request about which the user is asked.
#[derive(Clone, Copy, Debug)]
pub(in crate::oauth) struct Connection<'a> {
    /// The client.
    pub(in crate::oauth) client: Requester<'a>,
    /// The code that the user has entered.
    pub(in crate::oauth) code: &'a UserCode,
    /// The user's address, or their id if they have none.
    pub(in crate::oauth) address: &'a str,
    /// What is requested.
    pub(in crate::oauth) scopes: &'a [ScopeShown<'a>],
    /// The identifier of the resource, if it is not the service as a whole.
    pub(in crate::oauth) resource: Option<&'a str>,
    /// When the device asked.
    pub(in crate::oauth) requested_at: UnixTime,
    /// Now.
    pub(in crate::oauth) now: UnixTime,
    /// The address from which the device asked, and its country; empty if unknown.
    pub(in crate::oauth) client_address: &'a str,
    /// The country of the address, as ISO 3166 code; empty if unknown.
    pub(in crate::oauth) country: &'a str,
    /// The device's `User-Agent`; empty if it sent none.
    pub(in crate::oauth) user_agent: &'a str,
    /// The proof that the form was written for this session and this request.
    pub(in crate::oauth) proof: &'a str,
}

/// The page on which the user enters a code. A code from a link is filled in, but only a click sends it.
pub(in crate::oauth) fn enter_code(
    service: Service<'_>,
    status: u16,
    code: Option<&UserCode>,
    problem: Option<CodeProblem>,
) -> Answered {
    let texts = texts::of(service.locale);
    let content = enter_code_content(texts, code, problem);
    page(service, status, texts.device_title, &content, Html::new(), &form_targets(None))
}

/// Why a code has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oauth) enum CodeProblem {
    /// It is wrong or has expired.
    Wrong,
    /// The user has to wait for so many minutes.
    Limited(u64),
}

pub(super) fn enter_code_content(
    texts: &texts::Texts,
    code: Option<&UserCode>,
    problem: Option<CodeProblem>,
) -> Html {
    let code = code.map(UserCode::for_display).unwrap_or_default();
    let mut content = Html::new()
        .markup("<h1>")
        .text(texts.device_title)
        .markup("</h1><p>")
        .text(texts.device_body)
        .markup(r#"</p><form method="post" action="/oauth/device"><div class="section"><label>"#)
        .text(texts.code_label)
        .markup(r#"<input class="code" name="user_code" required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="32" aria-describedby="hint""#);
    if problem.is_some() {
        content = content.markup(r#" aria-invalid="true""#);
    }
    content = content.markup(r#" value=""#).text(&code).markup(r#""></label><p class="soft" id="hint">"#);
    content = match problem {
        None => content.text(texts.code_hint).markup("</p>"),
        Some(problem) => {
            let said = match problem {
                CodeProblem::Wrong => Html::new().text(texts.code_wrong),
                CodeProblem::Limited(minutes) => limited(texts, minutes),
            };
            content
                .text(texts.code_hint)
                .markup(r#"</p><p class="wrong" role="alert">"#)
                .html(&said)
                .markup("</p>")
        }
    };
    content
        .markup(r#"</div><div class="buttons"><button class="primary">"#)
        .text(texts.device_continue)
        .markup("</button></div></form>")
}

fn limited(texts: &texts::Texts, minutes: u64) -> Html {
    fill(texts.error_limited, &[("minutes", Html::new().text(&minutes.to_string()))])
}

/// The page on which the user decides about a device's request.
pub(in crate::oauth) fn confirm(service: Service<'_>, asked: &Connection<'_>) -> Answered {
    let texts = texts::of(service.locale);
    let content = confirm_content(texts, asked);
    page(service, 200, texts.confirm_title, &content, Html::new(), &form_targets(None))
}

pub(super) fn confirm_content(texts: &texts::Texts, asked: &Connection<'_>) -> Html {
    let minutes = asked.now.since(asked.requested_at) / 60;
    let ago = if minutes == 0 {
        Html::new().text(texts.just_now)
    } else {
        fill(texts.minutes_ago, &[("minutes", Html::new().text(&minutes.to_string()))])
    };
    let or_unknown = |text: &str| {
        let shown = shown::text(text);
        if shown.is_empty() { texts.unknown.to_owned() } else { shown }
    };
    let place = match asked.country {
        "" => or_unknown(asked.client_address),
        country => [&or_unknown(asked.client_address), ", ", country].concat(),
    };
    let fact = |facts: Html, name: &str, value: &Html| {
        facts.markup("<div><dt>").text(name).markup("</dt><dd>").html(value).markup("</dd></div>")
    };
    let soft = |value: Html, more: &Html| value.markup(r#"<span class="soft">"#).html(more).markup("</span>");
    let code = Html::new().markup(r#"<span class="code">"#).text(&asked.code.for_display()).markup("</span>");
    let facts = Html::new().markup("<dl>");
    let facts = fact(facts, texts.confirm_code, &soft(code, &Html::new().text(texts.confirm_code_hint)));
    let facts = fact(facts, texts.confirm_when, &soft(ago, &Html::new().text(&utc(asked.requested_at))));
    let facts = fact(facts, texts.confirm_where, &Html::new().text(&place));
    let device = Html::new().markup("<bdi>").text(&or_unknown(asked.user_agent)).markup("</bdi>");
    let facts = fact(facts, texts.confirm_device, &device).markup("</dl>");
    Html::new()
        .markup("<h1>")
        .html(&fill(texts.confirm_heading, &[("client", client_name(asked.client))]))
        .markup(r#"</h1><p class="note">"#)
        .text(texts.confirm_warning)
        .markup("</p>")
        .html(&facts)
        .html(&scopes(texts, asked.scopes, asked.resource))
        .html(&standing(texts, asked.client))
        .html(&account(texts, asked.address, "answer"))
        .markup(r#"<form id="answer" method="post" action="/oauth/device">"#)
        .html(&hidden("user_code", asked.code.expose()))
        .html(&hidden("proof", asked.proof))
        .markup(r#"<div class="buttons"><button name="decision" value="deny">"#)
        .text(texts.deny)
        .markup(r#"</button><button class="primary" name="decision" value="allow">"#)
        .text(texts.allow)
        .markup(r#"</button></div></form><p class="soft">"#)
        .text(texts.withdraw)
        .markup("</p>")
}
