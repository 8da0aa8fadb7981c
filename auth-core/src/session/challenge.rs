//! Reads the challenge by which a resource server asks for a step-up (RFC 9470 section 3), from `WWW-Authenticate` (RFC
//! 9110 section 11.6.1), which other schemes may share.

use super::json::{Json, text};
use super::reading::methods_of;
use super::required_step_up::RequiredStepUp;
use crate::wire::ErrorCode;

/// The error of RFC 9470.
const ERROR: &str = "insufficient_user_authentication";

/// What a 401 requires: by its challenge, or by a problem with the code `step_up_required`, which also lists methods.
/// `None` if it requires no step-up.
#[must_use]
pub fn required_step_up<J: Json>(header: Option<&str>, problem: Option<&J>) -> Option<RequiredStepUp> {
    let challenge = header.and_then(read_challenge);
    let problem =
        problem.filter(|body| text(*body, "code").as_deref() == Some(ErrorCode::StepUpRequired.as_str()));
    if challenge.is_none() && problem.is_none() {
        return None;
    }
    let methods = problem.map(methods_of).unwrap_or_default();
    Some(RequiredStepUp { methods, ..challenge.unwrap_or_default() })
}

/// The parameters of the challenge whose `error` asks for a step-up. The parameters of a challenge end where the next
/// scheme begins.
fn read_challenge(header: &str) -> Option<RequiredStepUp> {
    let mut found = false;
    let mut required = RequiredStepUp::default();
    let mut rest = header;
    while !rest.is_empty() {
        let (word, after) = word(rest);
        let Some(after) = after.strip_prefix('=').filter(|_| !word.is_empty()) else {
            // A scheme, or a character that has no meaning here.
            if found {
                break;
            }
            required = RequiredStepUp::default();
            rest = if word.is_empty() { after.get(1..).unwrap_or_default() } else { after };
            continue;
        };
        let (value, after) = value(after);
        rest = after;
        if word.eq_ignore_ascii_case("error") {
            found = value == ERROR;
        } else if word.eq_ignore_ascii_case("acr_values") {
            // In the order of preference.
            required.acr = value.split(' ').find(|acr| !acr.is_empty()).map(String::from);
        } else if word.eq_ignore_ascii_case("max_age") {
            required.max_age_s = value.parse().ok();
        }
    }
    found.then_some(required)
}

/// The next token (RFC 9110 section 5.6.2), and what follows it, without white space and commas around it.
fn word(text: &str) -> (&str, &str) {
    let text = without(text, b" \t,");
    let (word, rest) = split_before(text, b" \t,=\"");
    (word, without(rest, b" \t"))
}

/// A token, or the content of a quoted string (RFC 9110 section 5.6.4) with its escapes, and what follows it.
fn value(text: &str) -> (&str, &str) {
    let text = without(text, b" \t");
    let Some(quoted) = text.strip_prefix('"') else { return split_before(text, b" \t,") };
    let mut escaped = false;
    let end = quoted.bytes().position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    });
    let (value, rest) = quoted.split_at(end.unwrap_or(quoted.len()));
    (value, rest.get(1..).unwrap_or_default())
}

/// Without the leading bytes that are in the set, all of which are ASCII.
fn without<'t>(text: &'t str, set: &[u8]) -> &'t str {
    let at = text.bytes().position(|b| !set.contains(&b)).unwrap_or(text.len());
    text.get(at..).unwrap_or_default()
}

/// Splits before the first byte that is in the set, all of which are ASCII.
fn split_before<'t>(text: &'t str, set: &[u8]) -> (&'t str, &'t str) {
    text.split_at(text.bytes().position(|b| set.contains(&b)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::required_step_up;
    use crate::session::RequiredStepUp;
    use crate::wire::Method;

    fn by_header(header: &str) -> Option<RequiredStepUp> {
        required_step_up::<Value>(Some(header), None)
    }

    fn required(acr: Option<&str>, max_age_s: Option<u64>) -> Option<RequiredStepUp> {
        Some(RequiredStepUp { acr: acr.map(String::from), max_age_s, methods: vec![] })
    }

    #[test]
    fn the_challenge_of_rfc_9470_is_read() {
        for (header, expected) in [
            (r#"Bearer error="insufficient_user_authentication""#, required(None, None)),
            (
                r#"Bearer realm="x", error="insufficient_user_authentication", error_description="A \"different\" level, please", acr_values="aal2", max_age="300""#,
                required(Some("aal2"), Some(300)),
            ),
            (
                r#"bearer ERROR="insufficient_user_authentication",ACR_VALUES="aal2 urn:x:mfa",max_age=5"#,
                required(Some("aal2"), Some(5)),
            ),
            (
                r#"Basic realm="a, max_age=1", Bearer max_age = "7" , error = "insufficient_user_authentication", DPoP algs="ES256", max_age="9""#,
                required(None, Some(7)),
            ),
            (r#"Bearer error="insufficient_user_authentication", max_age="soon""#, required(None, None)),
            (r#"Bearer error="insufficient_user_authentication", max_age="-1""#, required(None, None)),
        ] {
            assert_eq!(by_header(header), expected, "{header}");
        }
    }

    #[test]
    fn other_challenges_and_malformed_headers_require_no_step_up() {
        for header in [
            "",
            "Bearer",
            r#"Bearer error="invalid_token""#,
            r#"Bearer error_description="insufficient_user_authentication""#,
            r#"Bearer error="insufficient_user_authentication_""#,
            "insufficient_user_authentication",
            r#"Basic realm="error=\"insufficient_user_authentication\"""#,
            r#"Bearer error="invalid_token", max_age="3", Basic acr_values="aal2""#,
            "=,=,\"",
            "\"\"\"\\",
            ", ,\t=\u{e9}=\"",
        ] {
            assert_eq!(by_header(header), None, "{header}");
        }
    }

    #[test]
    fn a_problem_adds_its_methods_and_suffices_where_the_header_cannot_be_read() {
        let problem = json!({"code": "step_up_required", "methods": ["totp", "a later one"]});
        let methods = vec![Method::Totp];
        assert_eq!(
            required_step_up(
                Some(r#"Bearer error="insufficient_user_authentication", acr_values=aal2"#),
                Some(&problem)
            ),
            Some(RequiredStepUp { acr: Some("aal2".into()), max_age_s: None, methods: methods.clone() })
        );
        assert_eq!(
            required_step_up(None, Some(&problem)),
            Some(RequiredStepUp { acr: None, max_age_s: None, methods })
        );
        for other in
            [json!({"code": "invalid_token"}), json!("step_up_required"), json!({"code": 7}), json!(null)]
        {
            assert_eq!(required_step_up(None, Some(&other)), None, "{other}");
        }
    }
}
