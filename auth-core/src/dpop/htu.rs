//! The URI in a proof, in the form in which two of them are compared (RFC 9449 section 4.3, item 9 and the note after
//! the list).

/// The URI without query and fragment, normalised as RFC 3986 sections 6.2.2.1, 6.2.2.2 and 6.2.3 say: scheme and host
/// in lower case, no default port, `/` for an empty path, percent-encoding in upper case and only where it is needed.
///
/// `None` if it is no absolute `http` or `https` URI, if it contains user information or characters that no URI
/// contains, and if a segment of its path is `.` or `..`: no request has such a path, since clients resolve it before
/// they send the request.
pub(super) fn normalized(uri: &str) -> Option<String> {
    let uri = uri.split(['?', '#']).next()?;
    let (scheme, rest) = uri.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, path),
        None => (rest, ""),
    };
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~:[]".contains(&b);
    if authority.is_empty() || !authority.bytes().all(fits) {
        return None;
    }
    let authority = authority.to_ascii_lowercase();
    let host =
        authority.strip_suffix(default_port).or_else(|| authority.strip_suffix(':')).unwrap_or(&authority);
    let path = percent_normalized(path)?;
    let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    (!has_dots).then(|| format!("{scheme}://{host}/{path}"))
}

/// Decodes what does not need to be encoded, and writes the rest in upper case.
fn percent_normalized(path: &str) -> Option<String> {
    let mut normalized = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let (byte, is_encoded) = match byte {
            b'%' => (hex(bytes.next()?)? * 16 + hex(bytes.next()?)?, true),
            byte => (byte, false),
        };
        let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_unreserved || (!is_encoded && byte.is_ascii_graphic()) {
            normalized.push(char::from(byte));
        } else if is_encoded {
            normalized.push_str(&format!("%{byte:02X}"));
        } else {
            return None;
        }
    }
    Some(normalized)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn uris_of_one_resource_have_one_form() {
        for uri in [
            "https://auth.example/oauth/token",
            "HTTPS://AUTH.example/oauth/token",
            "https://auth.example:443/oauth/token",
            "https://auth.example:/oauth/token",
            "https://auth.example/oauth/token?a=b",
            "https://auth.example/oauth/token#a",
            "https://auth.example/oauth/token?a#b?c",
            "https://auth.example/%6Fauth/t%6fken",
        ] {
            assert_eq!(normalized(uri).as_deref(), Some("https://auth.example/oauth/token"), "{uri}");
        }
        for (uri, form) in [
            ("https://auth.example", "https://auth.example/"),
            ("https://auth.example?x", "https://auth.example/"),
            ("http://localhost:80", "http://localhost/"),
            ("http://[::1]:8787/x", "http://[::1]:8787/x"),
            ("https://auth.example:80/", "https://auth.example:80/"),
            ("https://auth.example/a%2fb%c3%A9", "https://auth.example/a%2Fb%C3%A9"),
            ("https://auth.example/a//b/", "https://auth.example/a//b/"),
        ] {
            assert_eq!(normalized(uri).as_deref(), Some(form), "{uri}");
        }
    }

    #[test]
    fn another_resource_has_another_form() {
        let uris = [
            "https://auth.example/oauth/token",
            "http://auth.example/oauth/token",
            "https://auth.example:8443/oauth/token",
            "https://auth.example.evil.example/oauth/token",
            "https://auth.example/oauth/token/",
            "https://auth.example/oauth/Token",
            "https://auth.example//oauth/token",
            "https://auth.example/oauth%2Ftoken",
            "https://auth.example/oauth/token;a",
        ];
        for (i, uri) in uris.iter().enumerate() {
            let form = normalized(uri);
            assert!(form.is_some(), "{uri}");
            for other in uris.iter().skip(i + 1) {
                assert_ne!(form, normalized(other), "{uri} {other}");
            }
        }
    }

    #[test]
    fn what_is_no_absolute_http_uri_has_no_form() {
        for uri in [
            "",
            "/oauth/token",
            "//auth.example/oauth/token",
            "auth.example/oauth/token",
            "ftp://auth.example/",
            "https:/auth.example/",
            "https:///oauth/token",
            "https://user@auth.example/",
            "https://auth.example\\@evil.example/",
            "https://auth.example/a/../oauth/token",
            "https://auth.example/%2e%2E/oauth/token",
            "https://auth.example/./oauth/token",
            "https://auth.example/%",
            "https://auth.example/%4",
            "https://auth.example/%zz",
            "https://auth.example/a b",
            "https://auth.example/\u{e9}",
            "https://\u{e9}.example/",
            " https://auth.example/",
            "https://auth.example/\n",
        ] {
            assert_eq!(normalized(uri), None, "{uri:?}");
        }
    }
}
