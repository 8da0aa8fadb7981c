//! `api_keys`.

use super::value::WORD;
use super::{Default, Item, Key, TableKeys, Text, Type};

/// `api_keys`.
pub(super) const API_KEYS: TableKeys = TableKeys::of(&[
    Key::new(
        "environment",
        Type::Text(Text::new("1 to 16 lower-case letters and digits", "^[a-z0-9]{1,16}$")),
        Default::Text("live"),
        "",
        r#""test""#,
        "the second part of every key (`lk_live_…`). Keys of another environment are rejected, so give each deployment its own. After a change, all keys made before are invalid",
    ),
    Key::new(
        "scopes",
        Type::List {
            min: 0,
            of: Item::Text(Text::new("a scope", WORD)),
            expected: "a list of at most 32 scopes, each of at most 64 characters, none twice",
        },
        Default::List(&[]),
        "",
        r#"["notes:read", "notes:write"]"#,
        "the scopes that users can give to their keys, and that routes can require. The user's own tokens and sessions meet all of them",
    ),
]);
