//! Query parameters by which some servers let a request ask for another method than its own.

use super::folding::decoded;
use super::method::KNOWN;

/// The parameters and headers by which a request can ask for another method. Written with `_`; `-`, `.`, `[`
/// and spaces count as the same, because PHP treats them so.
const METHOD_PARAMETERS: [&str; 4] =
    ["_method", "x_http_method", "x_http_method_override", "x_method_override"];

/// The methods that a query (with its `?`) asks for, where a server lets it override the request's own. Only
/// methods that are known or `listed` in a route count. Each is returned once, however often the query has
/// it, because each is compared with all routes.
pub fn overriding_methods<'r>(query: &str, listed: impl Iterator<Item = &'r str>) -> Vec<&'r str> {
    let mut requested = requested(query).peekable();
    if requested.peek().is_none() {
        return Vec::new();
    }
    let mut candidates = KNOWN.to_vec();
    for method in listed {
        if !candidates.contains(&method) {
            candidates.push(method);
        }
    }
    let mut found = Vec::new();
    for value in requested {
        candidates.retain(|known| {
            let asked = known.eq_ignore_ascii_case(value.trim());
            if asked {
                found.push(*known);
            }
            !asked
        });
    }
    found
}

/// The values of the parameters, decoded.
fn requested(query: &str) -> impl Iterator<Item = String> {
    let parameters = query.trim_start_matches('?').split(['&', ';']);
    parameters.filter_map(|parameter| parameter.split_once('=')).filter_map(|(name, value)| {
        let name = decoded(name);
        let is_separator = |c: char| matches!(c, '-' | '.' | '[' | ' ');
        let plain =
            name.trim_start().chars().map(|c| if is_separator(c) { '_' } else { c.to_ascii_lowercase() });
        METHOD_PARAMETERS.iter().find(|known| known.chars().eq(plain.clone()))?;
        Some(decoded(value).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::overriding_methods;

    fn overriding(query: &str) -> Vec<&'static str> {
        overriding_methods(query, ["GET", "ARCHIVE", "archive"].into_iter())
    }

    #[test]
    fn a_query_can_ask_for_another_method() {
        for (query, expected) in [
            ("", &[][..]),
            ("?", &[]),
            ("?_method=DELETE", &["DELETE"]),
            ("?a=b&_method=delete&c", &["DELETE"]),
            ("?a=b;_METHOD=Put", &["PUT"]),
            ("?%5fm%65thod=%50UT", &["PUT"]),
            ("?.method=PATCH&[method=PUT&%20_method=GET&+-method=GET", &["PATCH", "PUT", "GET"]),
            ("?x-http-method-override=DELETE", &["DELETE"]),
            ("?X-HTTP-Method=DELETE&x_method_override=GET", &["DELETE", "GET"]),
            ("?_method=propfind&_method=Version-Control", &["PROPFIND", "VERSION-CONTROL"]),
            // Methods that only a route knows.
            ("?_method=Archive", &["ARCHIVE", "archive"]),
            // No method, or not the parameter.
            ("?_method", &[]),
            ("?_method=", &[]),
            ("?_method=bayes", &[]),
            ("?method=DELETE", &[]),
            ("?_methods=DELETE", &[]),
            ("?_method[]=DELETE", &[]),
            ("?x=_method=DELETE", &[]),
        ] {
            assert_eq!(overriding(query), expected, "{query}");
        }
    }

    #[test]
    fn the_work_that_a_query_causes_does_not_grow_with_its_repetitions() {
        let query = format!("?{}", "_method=GET&_method=PUT&".repeat(1_000));
        assert_eq!(overriding(&query), ["GET", "PUT"]);
    }
}
