//! What servers take for the same path, beyond what the syntax of URLs says.
//!
//! [`CanonicalPath`](super::path::CanonicalPath) rejects what decoding and dot segments can write in two ways. Servers go further:
//! Express ignores letter case, Rails and Spring cut off `.json`, Windows drops a dot or space at the end of
//! a name, PHP finds `/admin` below `/index.php`. No single reading is right for all of them. So a path is
//! folded here as far as *any* common server goes, and [`choose`](super::route::choose) rejects a request if
//! that leads to a more specific route than the path as it stands. `tests/worker/bare/equivalences.ts` lists
//! the servers and what each of them does.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// How far two names may differ and still count as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lenience {
    /// Whether letters of either case are the same letter.
    pub ignores_case: bool,
    /// Whether a suffix (`.json`) or a short name of Windows (`REPORT~1`) stands for the name.
    pub ignores_suffix: bool,
}

/// File names that servers look for when a path ends at a directory.
const INDEX_NAMES: [&str; 2] = ["index", "default"];

/// Names of programs end so. What follows one in a path is an argument of the program (`PATH_INFO` of RFC
/// 3875), which may be the path of a page: `/index.php/admin`.
const SCRIPT_SUFFIXES: [&str; 13] =
    ["asp", "aspx", "ashx", "axd", "cfm", "cgi", "dll", "fcgi", "jsp", "lua", "pl", "py", "rb"];

/// The names in a path: decoded, and without path parameters, stream names of NTFS, session ids of ASP.NET,
/// combining marks, and dots and spaces at their ends. Letter case and suffixes are kept; [`same`] compares
/// with or without them.
#[must_use]
pub fn names(path: &str) -> Vec<Cow<'_, str>> {
    match decoded(path) {
        Cow::Borrowed(path) => split(path).into_iter().map(Cow::Borrowed).collect(),
        Cow::Owned(path) => split(&path).into_iter().map(|name| Cow::Owned(name.to_owned())).collect(),
    }
}

/// Percent-decoded, with `+` as the space it is to some servers.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    let text = percent_decode_str(&spaced).decode_utf8_lossy();
    Cow::Owned(if text.is_ascii() { text.into_owned() } else { text.chars().filter_map(narrow).collect() })
}

/// The ASCII character that a fullwidth one or another slash becomes; nothing for combining marks, and for
/// characters that some file systems leave out when they compare names.
const fn narrow(c: char) -> Option<char> {
    match c {
        // The block repeats ASCII in its order, so the result is ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0),
        '\u{2044}' | '\u{2215}' => Some('/'),
        '\u{2024}' => Some('.'),
        '\u{300}'..='\u{36f}'
        | '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => None,
        other => Some(other),
    }
}

/// A decoded path's names. Dot segments and slashes can only come from characters that decompose into them.
fn split(path: &str) -> Vec<&str> {
    let mut names = Vec::with_capacity(8);
    for segment in path.split(['/', '\\']) {
        let name = segment.split(';').next().unwrap_or_default();
        let stream = name.find("::").or_else(|| name.find(":$")).unwrap_or(name.len());
        match name.get(..stream).unwrap_or_default().trim() {
            "" | "." => {}
            ".." => drop(names.pop()),
            name if is_session_id(name) => {}
            name => names.push(trimmed(name)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Without the dots and spaces at the end that Windows drops.
fn trimmed(name: &str) -> &str {
    name.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// `(S(…))`, which ASP.NET takes out of a path wherever it stands.
fn is_session_id(name: &str) -> bool {
    let inner = name.strip_prefix('(').and_then(|rest| rest.strip_suffix("))"));
    inner.is_some_and(|inner| inner.as_bytes().get(1) == Some(&b'('))
}

/// One way to read a path: some of its names, in order.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'n> {
    before: &'n [Cow<'n, str>],
    after: &'n [Cow<'n, str>],
    /// How many names of the path are left out.
    pub dropped: usize,
}

impl<'n> Reading<'n> {
    /// The names that are left.
    pub fn names(self) -> impl Iterator<Item = &'n str> {
        self.before.iter().chain(self.after).map(AsRef::as_ref)
    }
}

/// Every reading of a path: all its names; for each program that could answer for the rest of the path,
/// without the program, and without all that stands before it either; and each of these without an index file
/// at the end.
pub fn readings<'n>(names: &'n [Cow<'n, str>]) -> impl Iterator<Item = Reading<'n>> {
    let directory = names.split_last().filter(|(last, _)| is_index(last)).map(|(_, before)| (before, 1));
    core::iter::once((names, 0)).chain(directory).flat_map(|(names, dropped)| {
        let whole = Reading { before: names, after: &[], dropped };
        let programs = names.iter().enumerate().filter(|(at, name)| at + 1 < names.len() && is_program(name));
        let below = programs.flat_map(move |(at, _)| {
            let (before, after) =
                (names.get(..at).unwrap_or_default(), names.get(at + 1..).unwrap_or_default());
            [
                Reading { before, after, dropped: dropped + 1 },
                Reading { before: &[], after, dropped: dropped + at + 1 },
            ]
        });
        core::iter::once(whole).chain(below)
    })
}

/// How many names of programs a path may hold, so that the work of comparing its readings with the routes is
/// bounded.
const MAX_PROGRAMS: usize = 4;

/// Whether a path holds more names of programs than any real one does.
#[must_use]
pub fn has_too_many_readings(names: &[Cow<'_, str>]) -> bool {
    names.iter().filter(|name| is_program(name)).count() > MAX_PROGRAMS
}

fn is_index(name: &str) -> bool {
    INDEX_NAMES.iter().any(|index| stem(name, true).eq_ignore_ascii_case(index))
}

fn is_program(name: &str) -> bool {
    let Some((_, suffix)) = name.rsplit_once('.') else { return false };
    let is_php = suffix.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("php"));
    is_php || SCRIPT_SUFFIXES.iter().any(|known| known.eq_ignore_ascii_case(suffix))
}

/// Whether some server could take the name `asked` for the name `wanted`. `is_last` says whether `asked` ends
/// its path: there every suffix may be a format; before that only one that begins with a letter, so that
/// `/v1.0/x` and `/v1.1/x` stay apart.
#[must_use]
pub fn same(wanted: &str, asked: &str, is_last: bool, lenience: Lenience) -> bool {
    if !lenience.ignores_suffix {
        return equal(wanted, asked, lenience.ignores_case);
    }
    equal(stem(wanted, is_last), stem(asked, is_last), lenience.ignores_case) || is_short_name(asked, wanted)
}

fn equal(one: &str, other: &str, ignores_case: bool) -> bool {
    // Some servers compare capitals, others small letters. The dotless i is `I` as a capital, the long s is
    // `S`.
    let fold = |c: char| {
        let same = core::iter::once(c).filter(|_| !ignores_case);
        let folded = Some(c).filter(|_| ignores_case).into_iter().flat_map(char::to_uppercase);
        same.chain(folded.flat_map(char::to_lowercase))
    };
    let (mut one, mut other) = (one.chars().flat_map(fold), other.chars().flat_map(fold));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || may_become(a, b) || may_become(b, a) => {}
            (_, _) => return false,
        }
    }
}

/// Whether a conversion to another character set or form may turn a letter (`á`, `ª`, `ℂ`, `①`) into this
/// letter or digit of ASCII. Which one it becomes takes tables, and counts for little: the rest of the name
/// has to be the same.
const fn may_become(c: char, ascii: char) -> bool {
    ascii.is_ascii_alphanumeric()
        && matches!(c,
            '\u{aa}'..='\u{24f}'
            | '\u{1d00}'..='\u{1dbf}'
            | '\u{1e00}'..='\u{1eff}'
            | '\u{2070}'..='\u{214f}'
            | '\u{2460}'..='\u{24ff}'
            | '\u{1d400}'..='\u{1d7ff}')
}

/// The name up to its first suffix. A name that begins with a dot has none there.
fn stem(name: &str, is_last: bool) -> &str {
    let begins_suffix = |(at, _): &(usize, &str)| {
        let next = name.as_bytes().get(at + 1);
        *at > 0 && (is_last || next.is_some_and(u8::is_ascii_alphabetic))
    };
    let end = name.match_indices('.').find(begins_suffix).map_or(name.len(), |(at, _)| at);
    trimmed(name.get(..end).unwrap_or(name))
}

/// The 8.3 name that Windows gives to a longer one: up to six of its letters, or two and a hash, then `~` and
/// a number.
fn is_short_name(short: &str, long: &str) -> bool {
    let Some((start, number)) = short.split_once('~') else { return false };
    let begins = |name: &str, start: &[u8]| {
        name.as_bytes().get(..start.len()).is_some_and(|same| same.eq_ignore_ascii_case(start))
    };
    let start = start.as_bytes();
    !start.is_empty()
        && number.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && begins(long, start.get(..2).unwrap_or(start))
}

#[cfg(test)]
mod tests {
    use super::{Lenience, has_too_many_readings, names, readings, same};

    fn folded(path: &str) -> String {
        names(path).join("/")
    }

    #[test]
    fn names_are_what_the_most_lenient_server_makes_of_them() {
        for (path, expected) in [
            ("/", ""),
            ("/a/b", "a/b"),
            ("/a/", "a"),
            ("/Api/v1.0/x.json", "Api/v1.0/x.json"),
            ("/a%21b/%40me", "a!b/@me"),
            ("/a+b%20c", "a b c"),
            ("/a;v=1/b;c", "a/b"),
            ("/a./b%20/c.%20./%20d", "a/b/c/d"),
            ("/a.../%20/b", "a/b"),
            ("/a::$DATA", "a"),
            ("/a:$I30:$INDEX_ALLOCATION/b", "a/b"),
            ("/a:b", "a:b"),
            ("/(S(lit3py55t21z5v55vlm25s55))/a/(A(x)F(y))/b", "a/b"),
            ("/Products(1)", "Products(1)"),
            ("/.well-known/x", ".well-known/x"),
            // A fullwidth letter; an accent in one character and in two.
            ("/%EF%BD%81pi", "api"),
            ("/caf%C3%A9/cafe%CC%81", "caf\u{e9}/cafe"),
            // A zero-width space; another slash and other dots.
            ("/a%E2%80%8Bb", "ab"),
            ("/a%EF%BC%8Fb", "a/b"),
            ("/a/%EF%BC%8E%EF%BC%8E/b", "b"),
            ("/%E6%97%A5%E6%9C%AC", "日本"),
        ] {
            assert_eq!(folded(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_is_read_without_its_index_file_and_from_its_programs_on() {
        let read = |path: &str| -> Vec<String> {
            let names = names(path);
            readings(&names)
                .map(|reading| {
                    format!("{} {}", reading.dropped, reading.names().collect::<Vec<_>>().join("/"))
                })
                .collect()
        };
        assert_eq!(read("/a/b"), ["0 a/b"]);
        assert_eq!(read("/a/index"), ["0 a/index", "1 a"]);
        assert_eq!(read("/Index.html"), ["0 Index.html", "1 "]);
        assert_eq!(read("/a/Default.aspx"), ["0 a/Default.aspx", "1 a"]);
        assert_eq!(read("/a/login.php"), ["0 a/login.php"]);
        assert_eq!(read("/index.php/b"), ["0 index.php/b", "1 b", "1 b"]);
        assert_eq!(read("/a/x.CGI/b"), ["0 a/x.CGI/b", "1 a/b", "2 b"]);
        assert_eq!(read("/a.php5/b.py/c"), ["0 a.php5/b.py/c", "1 b.py/c", "1 b.py/c", "1 a.php5/c", "2 c"]);
        assert_eq!(
            read("/x.php/a/index"),
            ["0 x.php/a/index", "1 a/index", "1 a/index", "1 x.php/a", "2 a", "2 a"]
        );
        assert_eq!(read("/example.com/a"), ["0 example.com/a"]);
        assert!(!has_too_many_readings(&names(&"/a.php/b".repeat(4))));
        assert!(has_too_many_readings(&names(&"/a.php/b".repeat(5))));
    }

    #[test]
    fn two_names_are_the_same_to_some_server() {
        let [exact, case, suffix, any] = [(false, false), (true, false), (false, true), (true, true)]
            .map(|(ignores_case, ignores_suffix)| Lenience { ignores_case, ignores_suffix });
        for (wanted, asked, is_last, by) in [
            ("api", "api", false, exact),
            ("api", "API", false, case),
            ("API", "api", false, case),
            ("i", "\u{131}", false, exact),
            ("user", "U\u{17f}ER", false, case),
            ("key", "\u{212a}ey", false, exact),
            ("file", "\u{fb01}le", false, case),
            ("cafe", "caf\u{e9}", false, exact),
            ("caf\u{e9}", "cafe", false, exact),
            ("com1", "\u{2102}om\u{2460}", false, exact),
            ("admin", "\u{1d41a}dmin", false, exact),
            ("\u{e9}", "\u{c9}", false, case),
            ("api", "api.json", true, suffix),
            ("api.json", "api", true, suffix),
            ("api.json", "api.xml", true, suffix),
            ("api", "Api.Json", true, any),
            ("api", "api.", true, suffix),
            ("api", "api .json", true, suffix),
            ("api", "api.7z", true, suffix),
            ("admin", "admin.php", false, suffix),
            ("administrator", "ADMINI~1", false, suffix),
            ("administrator", "adf3c1~12.php", false, suffix),
        ] {
            for lenience in [exact, case, suffix, any] {
                let allows = |used: bool, has: bool| !used || has;
                let expected = allows(by.ignores_case, lenience.ignores_case)
                    && allows(by.ignores_suffix, lenience.ignores_suffix);
                assert_eq!(same(wanted, asked, is_last, lenience), expected, "{wanted} {asked} {lenience:?}");
            }
        }
        for (wanted, asked, is_last) in [
            ("api", "apis", true),
            ("api", "ap", true),
            ("api", "日本語", true),
            ("api", "\u{e1}pix", true),
            ("a-i", "a\u{e1}i", true),
            ("v1.0", "v1.1", false),
            ("v1", "v1.1", false),
            (".git", ".svn", true),
            ("", ".git", true),
            ("api", "xapi.json", true),
            ("api", "~1", true),
            ("api", "~api", true),
            ("api", "ax~1", true),
            ("api", "api~", true),
        ] {
            assert!(!same(wanted, asked, is_last, any), "{wanted} {asked}");
        }
    }
}
