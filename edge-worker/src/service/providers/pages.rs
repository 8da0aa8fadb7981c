//! The two pages of the service: one posts a form again, the other tells the app's page a result and closes.
//!
//! Their scripts are constant, and their policy allows exactly these by hash. What differs is in attributes.

use auth_core::wire::Form;

use crate::http::{Answered, Html, Page, Refusal};

/// Posts the form. Without scripts, the user presses the button.
const POST_AGAIN: &str = "document.forms[0].submit()";

/// SHA-256 of [`POST_AGAIN`], as in the policy.
const POST_AGAIN_HASH: &str = "sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=";

/// Tells the page that opened the window. That page's `Cross-Origin-Opener-Policy` may have cut the connection;
/// if it has the service's own origin, a channel still reaches it. The message contains no secret.
const RESULT: &str = r#"{
const { origin, id, error, methods } = document.body.dataset;
const message = { latchkey: "provider", id, error: error || null, methods: methods.split(",").filter(Boolean) };
if (window.opener) window.opener.postMessage(message, origin);
if (origin === location.origin) new BroadcastChannel("latchkey-provider").postMessage(message);
setTimeout(() => window.close());
}"#;

/// SHA-256 of [`RESULT`], as in the policy.
const RESULT_HASH: &str = "sha256-iYv4ccc1681ldmcgCWOwQ3L5oIBf6Q0IN75TPxZ6k+g=";

/// The parameters of an answer that are posted again.
const ANSWER: [&str; 4] = ["state", "code", "error", "iss"];

/// Posts the answer of a provider again, from this origin.
pub(super) fn post_again(answer: &Form) -> Answered {
    let mut body = Html::new().markup(r#"<form method="post">"#);
    for (name, value) in ANSWER.into_iter().filter_map(|name| Some((name, answer.get(name)?))) {
        body = body.markup(r#"<input type="hidden" name=""#).markup(name).markup(r#"" value=""#);
        body = body.text(value).markup(r#"">"#);
    }
    let body = body.markup("<noscript><button>Continue</button></noscript></form><script>");
    page(Html::new(), body.markup(POST_AGAIN).markup("</script>"), POST_AGAIN_HASH)
}

/// Tells the page of this origin, which has given the window this id, what became of the sign-in.
pub(super) fn result(origin: &str, id: &str, error: Option<&Refusal>) -> Answered {
    let methods = error.map_or(&[][..], |refusal| &refusal.methods);
    let methods = methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(",");
    let error = error.map_or("", |refusal| refusal.code.as_str());
    let attributes = [("origin", origin), ("id", id), ("error", error), ("methods", &methods)];
    let data = attributes.into_iter().fold(Html::new(), |data, (name, value)| {
        data.markup(" data-").markup(name).markup("=\"").text(value).markup("\"")
    });
    let body = Html::new().markup("<p>You can close this window.</p><script>").markup(RESULT);
    page(data, body.markup("</script>"), RESULT_HASH)
}

fn page(attributes: Html, body: Html, script: &str) -> Answered {
    // Without `form-action`, which browsers also apply to the redirects that follow: they end at the app's origin.
    let allowed = ["script-src '", script, "'; "].concat();
    // The page that has opened the window waits for a message from it.
    let is_isolated = false;
    Page {
        status: 200,
        locale: "en",
        title: "Sign in",
        head: Html::new(),
        attributes,
        body,
        allowed,
        is_isolated,
    }
    .respond()
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64, Encoder};

    use super::{POST_AGAIN, POST_AGAIN_HASH, RESULT, RESULT_HASH};

    #[test]
    fn the_policies_allow_the_scripts_of_the_pages() {
        for (script, hash) in [(POST_AGAIN, POST_AGAIN_HASH), (RESULT, RESULT_HASH)] {
            let digest = Base64::encode_to_string(hmac_sha256::Hash::hash(script.as_bytes())).unwrap();
            assert_eq!(hash, format!("sha256-{digest}"));
        }
    }
}
