//! The language of a mail or of a page of the service.

/// How many languages of a request are read.
const MAX_LANGUAGES: usize = 16;

/// Chooses a language: the first of the user's languages in which there are texts. `of_user` is the
/// language in the user's profile, `accepted` the request's `Accept-Language` (RFC 9110 section 12.5.4), and
/// `fallback` the deployer's. `is_known` tells whether there are texts in a language, by its tag in lower case.
///
/// `de-AT` finds texts in `de-at`, or else in `de`.
#[must_use]
pub(crate) fn choose(
    of_user: Option<&str>,
    accepted: Option<&str>,
    fallback: &str,
    is_known: impl Fn(&str) -> bool,
) -> String {
    let accepted = preferences(accepted.unwrap_or_default());
    for wanted in of_user.into_iter().chain(accepted) {
        let mut tag = wanted.to_ascii_lowercase();
        loop {
            if is_known(&tag) {
                return tag;
            }
            let Some(end) = tag.rfind('-') else { break };
            tag.truncate(end);
        }
    }
    fallback.to_owned()
}

/// The languages of the header, the most wanted first. One with weight 0 is not wanted.
fn preferences(header: &str) -> Vec<&str> {
    let mut languages: Vec<(u16, &str)> = header
        .split(',')
        .take(MAX_LANGUAGES)
        .filter_map(|part| {
            let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
            let weight = match parameters.trim().strip_prefix("q=") {
                Some(weight) => thousandths(weight)?,
                None => 1000,
            };
            let tag = tag.trim();
            (weight > 0 && !tag.is_empty() && tag != "*").then_some((weight, tag))
        })
        .collect();
    // Stable: of two equally wanted languages, the first comes first.
    languages.sort_by_key(|(weight, _)| core::cmp::Reverse(*weight));
    languages.into_iter().map(|(_, tag)| tag).collect()
}

/// `0.8` as 800; `None` if it is not a weight.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let digits = fraction.len();
    if digits > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = ["000", fraction].concat().parse().ok()?;
    let fraction = match digits {
        1 => fraction * 100,
        2 => fraction * 10,
        _ => fraction,
    };
    Some((whole * 1000 + fraction).min(1000))
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn the_first_of_the_users_languages_in_which_there_are_texts() {
        for (of_user, accepted, chosen) in [
            (None, None, "en"),
            (None, Some(""), "en"),
            (None, Some("de"), "de"),
            (None, Some("de-AT,de;q=0.9,en;q=0.8"), "de"),
            (None, Some("pt-BR,pt;q=0.9"), "pt-br"),
            (None, Some("pt-PT, fr;q=0.5"), "fr"),
            (None, Some("zh-Hant-TW"), "en"),
            (None, Some("en;q=0.5, ja;q=0.9"), "ja"),
            (None, Some("ja;q=0.125, fr;q=0.13"), "fr"),
            (None, Some("de;q=0, fr;q=0.1"), "fr"),
            (None, Some("*"), "en"),
            (None, Some("it, *;q=0.5"), "en"),
            (None, Some("DE"), "de"),
            (None, Some(",,;q=1,de;q=x,fr;q=9,es;q=0.1234,;;"), "en"),
            (Some("fr"), Some("de"), "fr"),
            (Some("fr-CA"), None, "fr"),
            (Some("it"), Some("de"), "de"),
            (Some(""), None, "en"),
            (Some("../../x\r\nBcc: a@b"), None, "en"),
        ] {
            let known = |tag: &str| ["en", "de", "es", "fr", "ja", "pt-br"].contains(&tag);
            assert_eq!(choose(of_user, accepted, "en", known), chosen, "{of_user:?} {accepted:?}");
        }
    }

    #[test]
    fn a_long_header_costs_little() {
        let header = "x,".repeat(10_000) + "de";
        assert_eq!(choose(None, Some(&header), "en", |tag| tag == "de"), "en");
    }
}
