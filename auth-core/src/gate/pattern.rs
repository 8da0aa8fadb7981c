//! Which paths a route is about.

use core::fmt;
use std::borrow::Cow;

use super::folding::{self, Lenience, Reading};
use super::path::CanonicalPath;

/// `/a/b`: that path, with or without a slash behind it. `/a/*`: that path and everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Without the slash or `/*` at the end; empty for the root.
    stem: String,
    below: bool,
    /// What the names in `stem` are to the most lenient server.
    names: Vec<String>,
}

/// The text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPattern;

impl Pattern {
    /// Reads a pattern. A star may only be its last segment.
    ///
    /// # Errors
    /// [`InvalidPattern`].
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let (path, below) = match text.strip_suffix("/*") {
            Some(stem) => (if stem.is_empty() { "/" } else { stem }, true),
            None => (text, false),
        };
        CanonicalPath::parse(path).map_err(|_| InvalidPattern)?;
        if path.contains(['*', ';']) {
            return Err(InvalidPattern);
        }
        let stem = path.strip_suffix('/').unwrap_or(path);
        let names = folding::names(stem).into_iter().map(Cow::into_owned).collect();
        Ok(Self { stem: stem.to_owned(), below, names })
    }

    /// The pattern without the slash or `/*` at its end; empty for the root.
    #[must_use]
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Whether the path is one of those meant, byte for byte; only a slash at its end makes no difference.
    #[must_use]
    pub fn matches(&self, path: CanonicalPath<'_>) -> bool {
        let mut asked = path.as_str().split('/').skip(1);
        for wanted in self.stem.split('/').skip(1) {
            if asked.next() != Some(wanted) {
                return false;
            }
        }
        self.below || asked.all(str::is_empty)
    }

    /// Whether some server could take a path, read in this way, for one of those meant.
    #[must_use]
    pub fn may_match(&self, reading: Reading<'_>, lenience: Lenience) -> bool {
        let mut asked = reading.names().peekable();
        for wanted in &self.names {
            let Some(name) = asked.next() else { return false };
            if !folding::same(wanted, name, asked.peek().is_none(), lenience) {
                return false;
            }
        }
        self.below || asked.next().is_none()
    }

    /// Whether the two differ, but mean the same paths to a server that ignores letter case.
    #[must_use]
    pub fn is_same_but_for_case(&self, other: &Self) -> bool {
        let lenience = Lenience { ignores_case: true, ignores_suffix: false };
        let names = |(one, other): (&String, &String)| folding::same(one, other, false, lenience);
        self != other
            && self.below == other.below
            && self.names.len() == other.names.len()
            && self.names.iter().zip(&other.names).all(names)
    }

    /// The more of the path a pattern names, the more it decides.
    #[must_use]
    pub fn specificity(&self) -> (usize, bool) {
        (self.stem.split('/').count(), !self.below)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.stem.is_empty(), self.below) {
            (_, true) => write!(f, "{}/*", self.stem),
            (true, false) => f.write_str("/"),
            (false, false) => f.write_str(&self.stem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::gate::path::CanonicalPath;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(CanonicalPath::parse(path).unwrap())
    }

    #[test]
    fn a_pattern_names_a_path_or_a_tree() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "/a", false),
            ("/*", "/", true),
            ("/*", "/a/b", true),
            ("/a", "/a", true),
            ("/a", "/a/", true),
            ("/a", "/a/b", false),
            ("/a", "/ab", false),
            ("/a", "/A", false),
            ("/a/", "/a", true),
            ("/a/*", "/a", true),
            ("/a/*", "/a/", true),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/ab", false),
            ("/a", "/a;x=1", false),
            ("/a/*", "/a;x/b", false),
            ("/a/*", "/a/b;x", true),
            ("/a/b", "/a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn rejects_malformed_patterns() {
        for text in ["", "a", "*", "/a*", "/a/*/b", "/a//b", "/../a", "/a;b", "/%61"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
