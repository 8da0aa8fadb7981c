//! What a page gets of an answer: the members that are listed here, each of its type, and nothing else. So an
//! answer that has a token where none belongs gives it to no page.

use super::json::{Json, whole};

/// The members of an object.
pub type Shape = &'static [Member];

/// One member.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The name on the wire.
    pub name: &'static str,
    /// The type.
    pub kind: Kind,
    /// Whether an answer without it is malformed. `null` counts as absent.
    pub required: bool,
}

impl Member {
    /// The name that the page uses: the one on the wire in camelCase.
    #[must_use]
    pub fn name_for_page(&self) -> String {
        let mut words = self.name.split('_');
        let mut camel = String::from(words.next().unwrap_or_default());
        for word in words {
            let (initial, rest) = word.split_at(word.len().min(1));
            camel.push_str(&initial.to_ascii_uppercase());
            camel.push_str(rest);
        }
        camel
    }
}

/// The type of a member.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// An integer that is not negative.
    Count,
    /// Seconds since the Unix epoch. The page gets milliseconds.
    Time,
    /// An object or an array, which the page gets as it is.
    Any,
    /// An object.
    Object(Shape),
    /// An array of strings.
    Texts,
    /// An array of objects.
    Objects(Shape),
}

/// The listed members of an object, by the names that the page uses; `None` if the object is not of this shape.
pub(super) fn copy<J: Json>(shape: Shape, value: &J) -> Option<J> {
    let mut members = Vec::with_capacity(shape.len());
    for member in shape {
        match value.member(member.name) {
            Some(value) => members.push((member.name_for_page(), copy_member(member.kind, value)?)),
            None if member.required => return None,
            None => {}
        }
    }
    Some(J::object(members))
}

fn copy_member<J: Json>(kind: Kind, value: J) -> Option<J> {
    match kind {
        Kind::Text => value.as_text().map(|_| value),
        Kind::Flag => value.is_flag().then_some(value),
        Kind::Count => whole(&value).map(|_| value),
        Kind::Time => whole(&value).map(|seconds| J::number(milliseconds(seconds))),
        Kind::Any => value.is_object().then_some(value),
        Kind::Object(shape) => copy(shape, &value),
        Kind::Texts => value.as_list()?.iter().all(|item| item.as_text().is_some()).then_some(value),
        Kind::Objects(shape) => {
            value.as_list()?.iter().map(|item| copy(shape, item)).collect::<Option<_>>().map(J::list)
        }
    }
}

/// A time of the contract. Times beyond JavaScript's integers become the largest one.
fn milliseconds(seconds: f64) -> f64 {
    const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
    (seconds * 1_000.0).min(MAX_SAFE_INTEGER)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, Member, Shape, copy};

    const INNER: Shape = &[Member { name: "id", kind: Kind::Text, required: true }];
    const SHAPE: Shape = &[
        Member { name: "a_text", kind: Kind::Text, required: true },
        Member { name: "is_it", kind: Kind::Flag, required: false },
        Member { name: "last_used_at", kind: Kind::Time, required: false },
        Member { name: "count", kind: Kind::Count, required: false },
        Member { name: "any", kind: Kind::Any, required: false },
        Member { name: "inner", kind: Kind::Object(INNER), required: false },
        Member { name: "texts", kind: Kind::Texts, required: false },
        Member { name: "rows", kind: Kind::Objects(INNER), required: false },
    ];

    fn copied(value: &Value) -> Option<Value> {
        copy(SHAPE, value)
    }

    #[test]
    fn a_page_gets_the_listed_members_and_nothing_else() {
        let answer = json!({
            "a_text": "x", "is_it": false, "last_used_at": 1_700_000_000, "count": 2, "any": {"b_c": [1]},
            "inner": {"id": "i", "access_token": "a.b.c"}, "texts": ["t"],
            "rows": [{"id": "1"}, {"id": "2", "access_token": "a.b.c"}], "access_token": "a.b.c",
        });
        let seen = json!({
            "aText": "x", "isIt": false, "lastUsedAt": 1_700_000_000_000.0, "count": 2, "any": {"b_c": [1]},
            "inner": {"id": "i"}, "texts": ["t"], "rows": [{"id": "1"}, {"id": "2"}],
        });
        assert_eq!(copied(&answer), Some(seen));
        assert_eq!(copied(&json!({"a_text": "x", "inner": null})), Some(json!({"aText": "x"})));
    }

    #[test]
    fn an_answer_with_a_member_of_another_type_is_malformed() {
        for wrong in [
            json!({}),
            json!([]),
            json!(null),
            json!("a_text"),
            json!({"a_text": 1}),
            json!({"a_text": null}),
            json!({"a_text": {"toString": "x"}}),
            json!({"a_text": "x", "is_it": "true"}),
            json!({"a_text": "x", "last_used_at": "1"}),
            json!({"a_text": "x", "last_used_at": -1}),
            json!({"a_text": "x", "last_used_at": 1.5}),
            json!({"a_text": "x", "count": -1}),
            json!({"a_text": "x", "any": "b"}),
            json!({"a_text": "x", "any": 1}),
            json!({"a_text": "x", "inner": []}),
            json!({"a_text": "x", "inner": {"id": 7}}),
            json!({"a_text": "x", "texts": "t"}),
            json!({"a_text": "x", "texts": ["t", 1]}),
            json!({"a_text": "x", "rows": {}}),
            json!({"a_text": "x", "rows": [{}]}),
        ] {
            assert_eq!(copied(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_stay_within_what_javascript_counts() {
        let seen = copied(&json!({"a_text": "", "last_used_at": u64::MAX})).unwrap();
        assert_eq!(seen["lastUsedAt"].as_f64(), Some(9_007_199_254_740_991.0));
    }
}
