//! Where in a token's payload a claim is found.

use serde_json::{Map, Value};

/// A claim's name, or the path to it through objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath {
    /// The text as a name: it is found before the path, because names may contain dots
    /// (`https://example.com/roles`).
    name: Option<String>,
    parts: Vec<String>,
}

impl ClaimPath {
    /// Reads a path whose parts are joined by dots. `\.` is a dot within a part, `\\` a backslash. `None` for
    /// an empty text or any other use of a backslash.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![String::new()];
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match (character, parts.last_mut()) {
                ('.', _) => parts.push(String::new()),
                ('\\', Some(part)) => {
                    part.push(characters.next().filter(|escaped| matches!(escaped, '.' | '\\'))?);
                }
                (_, Some(part)) => part.push(character),
                (_, None) => return None,
            }
        }
        let name = (!text.contains('\\')).then(|| text.to_owned());
        (!text.is_empty()).then_some(Self { name, parts })
    }

    /// The path with these parts, each taken as it is. `None` without any, or when one is empty.
    #[must_use]
    pub fn of_parts(parts: Vec<String>) -> Option<Self> {
        let whole = !parts.is_empty() && parts.iter().all(|part| !part.is_empty());
        whole.then_some(Self { name: None, parts })
    }

    /// The claim with exactly this name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        Self { name: None, parts: vec![name.to_owned()] }
    }

    /// What stands there.
    pub(super) fn find<'v>(&self, payload: &'v Map<String, Value>) -> Option<&'v Value> {
        self.name.as_ref().and_then(|name| payload.get(name)).or_else(|| {
            let (first, rest) = self.parts.split_first()?;
            rest.iter().try_fold(payload.get(first)?, |value, part| value.as_object()?.get(part))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ClaimPath;

    #[test]
    fn a_path_leads_through_objects_and_a_name_may_contain_dots() {
        let Value::Object(payload) = json!({
            "https://x.example/roles": 1,
            "realm": {"roles": 2},
            "resource_access": {"app.acme.com": {"roles": 3}, "a\\b": 4},
            "a.b": 5,
            "a": {"b": 6},
        }) else {
            panic!()
        };
        let find = |path: Option<ClaimPath>| path.and_then(|path| path.find(&payload).cloned());
        let list =
            |parts: &[&str]| ClaimPath::of_parts(parts.iter().map(|part| (*part).to_owned()).collect());
        for (path, expected) in [
            (ClaimPath::parse("https://x.example/roles"), Some(1)),
            (ClaimPath::parse(r"https://x\.example/roles"), Some(1)),
            (ClaimPath::parse("realm.roles"), Some(2)),
            (ClaimPath::parse(r"resource_access.app\.acme\.com.roles"), Some(3)),
            (list(&["resource_access", "app.acme.com", "roles"]), Some(3)),
            (ClaimPath::parse(r"resource_access.a\\b"), Some(4)),
            (ClaimPath::parse("a.b"), Some(5)),
            (ClaimPath::parse(r"a\.b"), Some(5)),
            (list(&["a", "b"]), Some(6)),
            (Some(ClaimPath::of_name("a.b")), Some(5)),
            (ClaimPath::parse("resource_access.app.acme.com.roles"), None),
            (ClaimPath::parse("realm.roles.x"), None),
        ] {
            assert_eq!(find(path.clone()), expected.map(|n: u64| json!(n)), "{path:?}");
        }
        for text in ["", "\\", r"a\b", "a\\"] {
            assert_eq!(ClaimPath::parse(text), None, "{text:?}");
        }
        assert_eq!(list(&[]), None);
        assert_eq!(list(&["a", ""]), None);
    }
}
