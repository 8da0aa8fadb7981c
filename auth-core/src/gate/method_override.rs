//! Query parameters by which some servers let a request ask for another method than its own.

use super::folding::decoded;
use super::route::METHODS;

/// By which parameter or header name a request can ask for another method. Written with `_`; `-`, `.`, `[` and spaces count as that,
/// as they do in PHP.
const METHOD_PARAMETERS: [&str; 4] =
    ["_method", "x_http_method", "x_http_method_override", "x_method_override"];

/// The methods that a query (with its `?`) asks for, where a server lets it override the request's own. Each one once, however often
/// the query has it, because each is compared with all routes.
pub fn overriding_methods(query: &str) -> impl Iterator<Item = &'static str> {
    let mut found = [false; METHODS.len()];
    for method in asked(query) {
        for (found, _) in found.iter_mut().zip(METHODS).filter(|(_, known)| *known == method) {
            *found = true;
        }
    }
    METHODS.into_iter().zip(found).filter_map(|(method, found)| found.then_some(method))
}

fn asked(query: &str) -> impl Iterator<Item = &'static str> {
    let parameters = query.trim_start_matches('?').split(['&', ';']);
    parameters.filter_map(|parameter| parameter.split_once('=')).filter_map(|(name, value)| {
        let name = decoded(name);
        let is_separator = |c: char| matches!(c, '-' | '.' | '[' | ' ');
        let plain =
            name.trim_start().chars().map(|c| if is_separator(c) { '_' } else { c.to_ascii_lowercase() });
        METHOD_PARAMETERS.iter().find(|known| known.chars().eq(plain.clone()))?;
        let value = decoded(value);
        METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::overriding_methods;

    #[test]
    fn a_query_can_ask_for_another_method() {
        for (query, expected) in [
            ("", &[][..]),
            ("?", &[]),
            ("?_method=DELETE", &["DELETE"]),
            ("?a=b&_method=delete&c", &["DELETE"]),
            ("?a=b;_METHOD=Put", &["PUT"]),
            ("?%5fm%65thod=%50UT", &["PUT"]),
            ("?.method=PATCH&[method=PUT&%20_method=GET&+-method=GET", &["GET", "PUT", "PATCH"]),
            ("?x-http-method-override=DELETE", &["DELETE"]),
            ("?X-HTTP-Method=DELETE&x_method_override=GET", &["GET", "DELETE"]),
            // No method, or not the parameter.
            ("?_method", &[]),
            ("?_method=", &[]),
            ("?_method=bayes", &[]),
            ("?method=DELETE", &[]),
            ("?_methods=DELETE", &[]),
            ("?_method[]=DELETE", &[]),
            ("?x=_method=DELETE", &[]),
        ] {
            assert_eq!(overriding_methods(query).collect::<Vec<_>>(), expected, "{query}");
        }
    }

    #[test]
    fn the_work_that_a_query_causes_does_not_grow_with_its_repetitions() {
        let query = format!("?{}", "_method=GET&_method=PUT&".repeat(1_000));
        assert_eq!(overriding_methods(&query).collect::<Vec<_>>(), ["GET", "PUT"]);
    }
}
