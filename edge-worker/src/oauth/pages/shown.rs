//! Texts that others have chosen, as a page can show them.

/// How much of a client's name is shown, in characters.
const MAX_NAME: usize = 64;

/// How much of another text is shown, in characters.
const MAX_TEXT: usize = 120;

/// More marks than these on one letter are not shown: they would cover other lines of the page.
const MAX_MARKS: usize = 2;

/// The name of a client. It may pretend to be anything, so a page always shows the host of the redirect URI, too.
pub(in crate::oauth) fn name(name: &str) -> String {
    let shown = clean(name, MAX_NAME);
    if shown.is_empty() { "?".to_owned() } else { shown }
}

/// Another text.
pub(super) fn text(text: &str) -> String {
    clean(text, MAX_TEXT)
}

/// Without line breaks, control characters and characters that are invisible or change the direction of the text
/// around them.
fn clean(text: &str, max: usize) -> String {
    let (mut shown, mut marks, mut length) = (String::new(), 0, 0);
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            if !shown.is_empty() && !shown.ends_with(' ') {
                shown.push(' ');
                length += 1;
            }
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            continue;
        }
        if length >= max {
            shown.truncate(shown.trim_end().len());
            shown.push('…');
            return shown;
        }
        shown.push(c);
        length += 1;
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// Format characters of Unicode (category Cf and the like): those that set the direction (UAX #9), join or separate
/// letters invisibly, select variants, or have no appearance.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}'
    )
}

/// Marks that are written above or below the letter before them.
const fn is_mark(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

#[cfg(test)]
mod tests {
    use super::{name, text};

    #[test]
    fn a_name_is_one_short_line_in_one_direction() {
        for (hostile, shown) in [
            ("Notes", "Notes"),
            ("  Notes \t\r\n App  ", "Notes App"),
            ("ノート", "ノート"),
            ("تطبيق", "تطبيق"),
            ("Zoe\u{308} d’Été", "Zoe\u{308} d’Été"),
            ("", "?"),
            (" \u{200b}\u{2066} ", "?"),
            ("a\u{0}b\u{7f}c\u{85}d", "a b c d"),
            ("\u{202e}elgooG", "elgooG"),
            ("G\u{200b}oo\u{ad}gle\u{feff}", "Google"),
            ("a\u{2028}b\u{2029}c", "a b c"),
            ("\u{e0041}x\u{fe0f}", "x"),
            ("Z\u{334}\u{321}\u{322}\u{323}\u{324}!", "Z\u{334}\u{321}!"),
        ] {
            assert_eq!(name(hostile), shown, "{hostile:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(name(&"a".repeat(64)), "a".repeat(64));
        assert_eq!(name(&"a".repeat(65)), format!("{}…", "a".repeat(64)));
        assert_eq!(name(&format!("{} b", "a".repeat(63))), format!("{}…", "a".repeat(63)));
        assert_eq!(text(&"é".repeat(10_000)), format!("{}…", "é".repeat(120)));
    }
}
