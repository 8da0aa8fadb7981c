//! Which paths a route is about.

use core::fmt;

use super::path::CanonicalPath;

/// `/a/b`: that path, with or without a slash behind it. `/a/*`: that path and everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Without the slash or `/*` at the end; empty for the root.
    stem: String,
    below: bool,
}

/// The text is no pattern, or it is about paths that are the service's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPattern;

/// What the token service answers itself.
const RESERVED: [&str; 5] = [
    "/auth",
    auth_core::wire::paths::JWKS,
    auth_core::wire::paths::METADATA,
    auth_core::wire::paths::RESOURCE_METADATA,
    auth_core::wire::paths::HEALTH,
];

impl Pattern {
    /// Reads a pattern; a star stands only at the end, as a whole segment.
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
        let pattern = Self { stem: path.strip_suffix('/').unwrap_or(path).to_owned(), below };
        let reserved = |own: &&str| pattern.stem == **own || pattern.stem.starts_with(&format!("{own}/"));
        if RESERVED.iter().any(reserved) { Err(InvalidPattern) } else { Ok(pattern) }
    }

    /// Whether the path is one of those meant. Path parameters (`;v=1`) don't count, because many servers cut them
    /// off: what they would serve is what is matched.
    #[must_use]
    pub fn matches(&self, path: CanonicalPath<'_>) -> bool {
        let mut asked =
            path.as_str().split('/').skip(1).map(|segment| segment.split(';').next().unwrap_or_default());
        for wanted in self.stem.split('/').skip(1) {
            if asked.next() != Some(wanted) {
                return false;
            }
        }
        self.below || asked.all(str::is_empty)
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
            ("/a", "/a;x=1", true),
            ("/a/*", "/a;x/b", true),
            ("/a/b", "/a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "",
            "a",
            "*",
            "/a*",
            "/a/*/b",
            "/a//b",
            "/../a",
            "/a;b",
            "/%61",
            "/auth",
            "/auth/*",
            "/auth/x",
            "/.well-known/jwks.json",
            "/.well-known/oauth-protected-resource",
            "/healthz",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
        assert!(Pattern::parse("/authors/*").is_ok());
    }
}
