use auth_core::oauth::device::UserCode;
use auth_core::oauth::{OAuthError, OAuthFailure, RedirectUri};
use auth_core::time::UnixTime;
use ct_codecs::{Base64, Encoder};

use super::consent::{consent_content, sign_in_again_content};
use super::device::{confirm_content, enter_code_content};
use super::message::leave_content;
use super::{
    CodeProblem, Connection, Consent, LOCALES, Requester, STYLE, STYLE_HASH, ScopeShown, Service, Standing,
    form_targets, texts,
};

const HOSTILE: &str = "\"><script>alert(1)</script>\u{202e}'&";
const SERVICE: Service<'static> = Service { locale: "en", product: Some("Notes"), host: "auth.example.com" };
const CLIENT: Requester<'static> = Requester { name: "Calendar", standing: Standing::Checked };

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap()
}

fn scope<'a>(name: &'a str, description: Option<&'a str>) -> ScopeShown<'a> {
    ScopeShown { name, description }
}

fn consent_of(locale: &str, client: Requester<'_>, redirect_uri: &str, scopes: &[ScopeShown<'_>]) -> String {
    let asked = Consent {
        client,
        redirect_uri: &uri(redirect_uri),
        address: "ada@example.com",
        scopes,
        resource: None,
        request: "sealed.request",
        proof: "k.proof",
    };
    consent_content(Service { locale, ..SERVICE }, &asked).as_str().to_owned()
}

fn connection<'a>(code: &'a UserCode) -> Connection<'a> {
    Connection {
        client: CLIENT,
        code,
        address: "ada@example.com",
        scopes: &[],
        resource: None,
        requested_at: UnixTime(1_795_977_000),
        now: UnixTime(1_795_977_190),
        client_address: "203.0.113.7",
        country: "NL",
        user_agent: "notes-cli/1.2",
        proof: "k.proof",
    }
}

/// The visible text of a page.
fn text(html: &str) -> String {
    let visible: String = html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .fold(String::new(), |text, part| {
            if text.is_empty() || part.is_empty() { text + part } else { text + " " + part }
        });
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_policy_allows_the_style_and_nothing_else() {
    let digest = Base64::encode_to_string(hmac_sha256::Hash::hash(STYLE.as_bytes())).unwrap();
    assert_eq!(STYLE_HASH, format!("sha256-{digest}"));
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('<'));
}

#[test]
fn the_consent_page_names_the_client_its_host_what_it_requests_and_the_account() {
    let scopes = [scope("openid", None), scope("notes:read", Some("Read your notes")), scope("x", None)];
    let page = consent_of("en", CLIENT, "https://calendar.example/callback", &scopes);
    for part in [
        "<h1><bdi>Calendar</bdi> asks for access to your account</h1>",
        "<dd>calendar.example</dd>",
        "<li>Know who you are</li><li>Read your notes</li><li>Use the permission “x”</li>",
        "<dd>ada@example.com</dd>",
        r#"<input type="hidden" name="request" value="sealed.request">"#,
        r#"<input type="hidden" name="proof" value="k.proof">"#,
        r#"name="decision" value="allow">Allow<"#,
        r#"name="decision" value="deny">Deny<"#,
        r#"name="decision" value="other_account" form="answer">"#,
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("class=\"note\""), "{page}");
    let identity = consent_of("en", CLIENT, "https://a.example/", &scopes[..1]);
    assert!(identity.contains("<h1>Sign in to <bdi>Calendar</bdi></h1>"), "{identity}");
}

#[test]
fn the_page_says_that_a_program_on_the_device_gets_the_answer() {
    for (redirect_uri, said) in [
        ("http://127.0.0.1:5000/callback", "an app on this device"),
        ("http://localhost/callback", "an app on this device"),
        ("http://[::1]:5000/callback", "an app on this device"),
        ("com.example.app:/callback", "the app on this device that opens links with com.example.app:"),
    ] {
        let page = consent_of("en", CLIENT, redirect_uri, &[scope("notes:read", None)]);
        assert!(text(&page).contains(&format!("After that you go to {said} Only allow this")), "{page}");
    }
}

#[test]
fn the_page_says_that_a_name_was_not_checked() {
    let said = |standing| {
        let client = Requester { name: "Bank", standing };
        text(&consent_of("en", client, "https://a.example/", &[scope("openid", None)]))
    };
    assert!(!said(Standing::Checked).contains("has not been checked"));
    assert!(said(Standing::Unchecked).contains("has registered itself. Its name has not been checked."));
    assert!(said(Standing::Document("b.example")).contains("is described by b.example . Its name has not"));
}

#[test]
fn hostile_texts_change_no_page() {
    let client = Requester { name: HOSTILE, standing: Standing::Document(HOSTILE) };
    let scopes = [scope(HOSTILE, None), scope("a", Some(HOSTILE))];
    let redirect_uri = uri("https://a.example/");
    let asked = Consent {
        client,
        redirect_uri: &redirect_uri,
        address: HOSTILE,
        scopes: &scopes,
        resource: Some(HOSTILE),
        request: HOSTILE,
        proof: HOSTILE,
    };
    let code = UserCode::parse("BCDFGHJK").unwrap();
    let connected = Connection {
        client,
        address: HOSTILE,
        scopes: &scopes,
        resource: Some(HOSTILE),
        client_address: HOSTILE,
        country: HOSTILE,
        user_agent: HOSTILE,
        proof: HOSTILE,
        ..connection(&code)
    };
    for locale in LOCALES {
        let service = Service { locale, ..SERVICE };
        for page in [
            consent_content(service, &asked),
            sign_in_again_content(service, &asked),
            confirm_content(texts::of(locale), &connected),
        ] {
            let page = page.as_str();
            assert!(!page.contains("<script") && !page.contains("alert(1)</"), "{page}");
            assert!(page.contains("&quot;&gt;&lt;script&gt;"), "{page}");
            assert!(
                page.contains("<bdi>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;</bdi>"),
                "{page}"
            );
        }
    }
}

#[test]
fn a_client_that_chose_its_own_address_gets_an_error_by_a_link() {
    let failure = OAuthFailure::new(OAuthError::InvalidScope, "The service has none of these scopes.");
    let url = "https://a.example/callback?error=invalid_scope&state=\"><script>";
    for locale in LOCALES {
        let page = leave_content(texts::of(locale), &uri("https://a.example/callback"), url, failure);
        let page = page.as_str();
        assert!(page.contains("<dd>a.example</dd>"), "{page}");
        assert!(page.contains("invalid_scope: The service has none of these scopes."), "{page}");
        let href =
            r#"href="https://a.example/callback?error=invalid_scope&amp;state=&quot;&gt;&lt;script&gt;""#;
        assert!(page.contains(href), "{page}");
    }
}

#[test]
fn a_code_from_a_link_is_filled_in_and_sent_by_a_click_only() {
    let code = UserCode::parse("BCDFGHJK").unwrap();
    let page = enter_code_content(texts::of("en"), Some(&code), None);
    let page = page.as_str();
    assert!(page.contains(r#" value="BCDF-GHJK">"#), "{page}");
    assert!(!page.contains("decision") && !page.contains("aria-invalid") && !page.contains("role=\"alert\""));
    for (problem, said) in [
        (CodeProblem::Wrong, "This code is wrong or has expired."),
        (CodeProblem::Limited(3), "Try again in 3 min."),
    ] {
        let page = enter_code_content(texts::of("en"), None, Some(problem));
        assert!(page.as_str().contains("aria-invalid=\"true\" value=\"\""), "{problem:?}");
        assert!(text(page.as_str()).contains(said), "{problem:?}");
    }
}

#[test]
fn the_confirmation_shows_what_a_phished_user_needs_to_know() {
    let code = UserCode::parse("BCDFGHJK").unwrap();
    let said = |connection: &Connection<'_>| text(confirm_content(texts::of("en"), connection).as_str());
    let asked = Connection { scopes: &[scope("notes:read", Some("Read your notes"))], ..connection(&code) };
    let shown = said(&asked);
    for part in [
        "Calendar , on another device, asks for access to your account",
        "Did you begin this yourself, on a device that you have with you? If someone sent you the code or a link, deny it",
        "Code BCDF-GHJK The device must show exactly this code.",
        "Requested 3 min ago 2026-11-29 18:30 UTC",
        "From 203.0.113.7, NL",
        "Calls itself notes-cli/1.2",
        "The app will be able to: Read your notes",
        "Your account ada@example.com",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let silent = Connection { client_address: "", country: "", user_agent: "", ..asked };
    assert!(said(&silent).contains("From unknown Calls itself unknown"));
    let new = Connection { now: asked.requested_at, ..asked };
    assert!(said(&new).contains("Requested less than a minute ago"));
}

#[test]
fn a_form_leads_to_the_service_and_the_client_only() {
    for (redirect_uri, targets) in [
        (None, "form-action 'self' ; "),
        (Some("https://a.example:8443/callback?x=1"), "form-action 'self' https://a.example:8443; "),
        (Some("http://127.0.0.1:5000/"), "form-action 'self' http://127.0.0.1:5000; "),
        (Some("http://localhost/"), "form-action 'self' http://localhost; "),
        (Some("http://[::1]:5000/"), "form-action 'self' http:; "),
        (Some("com.example.app:/callback"), "form-action 'self' com.example.app:; "),
    ] {
        assert_eq!(form_targets(redirect_uri.map(uri).as_ref()), targets);
    }
}
