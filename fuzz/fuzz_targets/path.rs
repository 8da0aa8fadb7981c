//! Paths and routes: the path that is matched is the path that is forwarded, and no server can read it in
//! another way.
//!
//! Input: a pattern, a line break, a path.
#![no_main]

use auth_core::gate::CanonicalPath;
use auth_core::gate::Pattern;
use libfuzzer_sys::fuzz_target;

/// Decoding as servers do it, once.
fn decoded(path: &str) -> Vec<u8> {
    let bytes = path.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits = path.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[at], digits) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Without path parameters, dot segments resolved (RFC 3986 section 5.2.4), slashes folded.
fn resolved(path: &[u8]) -> Vec<Vec<u8>> {
    let mut segments: Vec<Vec<u8>> = Vec::new();
    for segment in path.split(|byte| matches!(byte, b'/' | b'\\')) {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
        match name {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            name => segments.push(name.to_vec()),
        }
    }
    segments
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let (pattern, path) = text.split_once('\n').unwrap_or(("/*", text));
    if let Ok(pattern) = Pattern::parse(pattern) {
        let again = Pattern::parse(&pattern.to_string()).expect("it is written as it is read");
        assert_eq!(again, pattern);
    }
    let Ok(canonical) = CanonicalPath::parse(path) else { return };
    assert_eq!(canonical.as_str(), path, "what is matched is what is forwarded");
    // A server may decode it, fold slashes, resolve dots or cut parameters, any number of times: the segments
    // stay the same.
    let plain = resolved(path.as_bytes());
    let once = decoded(path);
    let segments: Vec<Vec<u8>> =
        plain.iter().map(|segment| decoded(&String::from_utf8_lossy(segment))).collect();
    assert_eq!(resolved(&once), segments, "decoding first or last");
    assert!(!once.iter().any(|byte| byte.is_ascii_control()), "no control hidden");
    let count = path.split('/').skip(1).filter(|segment| !segment.is_empty()).count();
    assert_eq!(plain.len(), count, "nothing to resolve");
    if let Ok(pattern) = Pattern::parse(pattern) {
        // A route that matches a path matches it in the other spellings of the same resource, too.
        let bare =
            format!("/{}", plain.iter().map(|s| String::from_utf8_lossy(s)).collect::<Vec<_>>().join("/"));
        let bare = CanonicalPath::parse(&bare).expect("a path without parameters is one");
        assert_eq!(
            pattern.matches(canonical),
            pattern.matches(bare),
            "parameters and last slashes don't count"
        );
    }
});
