//! Language tags, as of BCP 47.

use core::iter::Peekable;
use core::str::Split;

type Subtags<'t> = Peekable<Split<'t, char>>;

/// Whether the text is a `langtag` (RFC 5646 section 2.1) without a repeated variant or extension (section
/// 2.2.9). Tags that have only a private part, and those that the grammar lists because they do not follow it
/// (`i-klingon`), are rejected: neither names a language by which a page could format anything.
#[must_use]
pub(super) fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-').peekable();
    let language = take(&mut subtags, |subtag| is_alpha(subtag, 2, 8));
    let Some(language) = language else { return false };
    if language.len() <= 3 {
        for _ in 0..3 {
            take(&mut subtags, |subtag| is_alpha(subtag, 3, 3));
        }
    }
    // The script, then the region.
    take(&mut subtags, |subtag| is_alpha(subtag, 4, 4));
    take(&mut subtags, |subtag| is_alpha(subtag, 2, 2) || is_digits(subtag));
    are_variants(&mut subtags) && are_extensions(&mut subtags) && is_private_use(&mut subtags)
}

fn are_variants(subtags: &mut Subtags<'_>) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    while let Some(variant) = take(subtags, is_variant) {
        if seen.iter().any(|other| other.eq_ignore_ascii_case(variant)) {
            return false;
        }
        seen.push(variant);
    }
    true
}

fn are_extensions(subtags: &mut Subtags<'_>) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    while let Some(singleton) =
        take(subtags, |subtag| is_alphanumeric(subtag, 1, 1) && !subtag.eq_ignore_ascii_case("x"))
    {
        let is_repeated = seen.iter().any(|other| other.eq_ignore_ascii_case(singleton));
        if is_repeated || take(subtags, |subtag| is_alphanumeric(subtag, 2, 8)).is_none() {
            return false;
        }
        seen.push(singleton);
        while take(subtags, |subtag| is_alphanumeric(subtag, 2, 8)).is_some() {}
    }
    true
}

/// Nothing, or `x` and at least one more subtag.
fn is_private_use(subtags: &mut Subtags<'_>) -> bool {
    match subtags.next() {
        None => true,
        Some(first) if first.eq_ignore_ascii_case("x") => {
            subtags.peek().is_some() && subtags.all(|subtag| is_alphanumeric(subtag, 1, 8))
        }
        Some(_) => false,
    }
}

/// Five to eight letters or digits, or four that begin with a digit.
fn is_variant(subtag: &str) -> bool {
    is_alphanumeric(subtag, 5, 8)
        || (is_alphanumeric(subtag, 4, 4) && subtag.starts_with(|c: char| c.is_ascii_digit()))
}

fn take<'t>(subtags: &mut Subtags<'t>, fits: impl FnOnce(&str) -> bool) -> Option<&'t str> {
    if fits(subtags.peek()?) { subtags.next() } else { None }
}

fn is_alpha(subtag: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_alphanumeric(subtag: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_digits(subtag: &str) -> bool {
    subtag.len() == 3 && subtag.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_language_tag;

    #[test]
    fn accepts_what_the_grammar_of_rfc_5646_permits() {
        // The examples of its appendix A, and the corners of the grammar.
        for tag in [
            "de",
            "haw",
            "zh-Hant",
            "zh-cmn-Hans-CN",
            "cmn-Hans-CN",
            "zh-yue-HK",
            "sr-Latn-RS",
            "sl-rozaj",
            "sl-rozaj-biske",
            "sl-nedis",
            "de-CH-1901",
            "hy-Latn-IT-arevela",
            "es-419",
            "EN-us",
            "en-US-u-islamcal",
            "zh-CN-a-myext-x-private",
            "en-a-myext-b-another",
            "de-CH-x-phonebk",
            "az-Arab-x-AZE-derbend",
            "qaa-Qaaa-QM-x-southern",
            "abcd",
            "abcdefgh",
            "de-x-a",
            "en-u-ca-gregory-nu-latn",
            "zh-abc-def-ghi",
        ] {
            assert!(is_language_tag(tag), "{tag}");
        }
    }

    #[test]
    fn rejects_everything_else() {
        for text in [
            "",
            "-",
            "d",
            "de-",
            "-de",
            "de--CH",
            "de_CH",
            "de-CH ",
            "d\u{e9}",
            "abcdefghi",
            "de-419-DE",
            "a-DE",
            "de-Latn-Latn",
            "ar-a-aaa-b-bbb-a-ccc",
            "de-1901-1901",
            "de-CH-1901-1901",
            "en-u",
            "en-u-",
            "en-u-x-a",
            "en-a-x",
            "en-x",
            "en-x-",
            "en-x-abcdefghi",
            "x-private",
            "i-klingon",
            "abcd-efg",
            "zh-abc-def-ghi-jkl",
            "1234",
            "en-\u{0661}\u{0662}\u{0663}",
            "en\nUS",
        ] {
            assert!(!is_language_tag(text), "{text:?}");
        }
    }
}
