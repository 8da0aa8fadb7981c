//! The token in a request (RFC 6750 section 2.1, RFC 9449 section 7.1): one `Authorization` header, and nowhere
//! else.

/// What the `Authorization` header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization<'a> {
    /// There is none: the request has no credentials.
    Absent,
    /// There is one that isn't exactly a known scheme, one space and one word.
    Malformed,
    /// `Bearer`: a token or an API key, not looked at yet.
    Bearer(&'a str),
    /// `DPoP`: a token that is bound to a key, not looked at yet. The header `DPoP` has the proof.
    DPoP(&'a str),
}

impl<'a> Authorization<'a> {
    /// Reads the header. Several `Authorization` headers arrive joined by a comma, which no token contains.
    #[must_use]
    pub fn read(header: Option<&'a str>) -> Self {
        let Some(header) = header else {
            return Self::Absent;
        };
        match header.split_once(' ') {
            Some((scheme, token)) if is_one_word(token) => {
                if scheme.eq_ignore_ascii_case("bearer") {
                    Self::Bearer(token)
                } else if scheme.eq_ignore_ascii_case("dpop") {
                    Self::DPoP(token)
                } else {
                    Self::Malformed
                }
            }
            Some(_) | None => Self::Malformed,
        }
    }
}

/// Whether it is one word, so that it is clear what was meant. Whether it is a token, the parser says.
fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.bytes().any(|b| matches!(b, b' ' | b'\t' | b','))
}

#[cfg(test)]
mod tests {
    use super::Authorization;

    #[test]
    fn check_18_one_header_one_scheme_one_space() {
        assert_eq!(Authorization::read(None), Authorization::Absent);
        for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
            assert_eq!(Authorization::read(Some(header)), Authorization::Bearer("a.b.c"), "{header}");
        }
        for header in ["DPoP a.b.c", "dpop a.b.c", "DPOP a.b.c"] {
            assert_eq!(Authorization::read(Some(header)), Authorization::DPoP("a.b.c"), "{header}");
        }
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  a.b.c",
            "Bearer\ta.b.c",
            " Bearer a.b.c",
            "Bearer a.b.c ",
            "Bearer a.b.c x",
            "Bearer a.b.c, Bearer d.e.f",
            "Bearer a.b.c, DPoP d.e.f",
            "DPoP",
            "DPoP ",
            "DPoP  a.b.c",
            "DPoP a.b.c x",
            "DPoP a.b.c, DPoP d.e.f",
            "DPoP: a.b.c",
            "Basic abc",
            "Bearer: a.b.c",
            "a.b.c",
            "Bearer a,b",
        ] {
            assert_eq!(Authorization::read(Some(header)), Authorization::Malformed, "{header:?}");
        }
    }
}
