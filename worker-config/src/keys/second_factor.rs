//! Second factors.

use super::value::{ANY, WORD};
use super::{Default, Item, Key, TableKeys, Text, Type};

/// `second_factor`.
pub(super) const SECOND_FACTOR: TableKeys = TableKeys::of(&[
    Key::new(
        "roles",
        Type::List { min: 0, of: Item::Text(Text::new("a role", WORD)), expected: "a list of roles" },
        Default::List(&[]),
        "",
        r#"["admin"]"#,
        "roles that require a second factor: a session has them only if two factors were proved in it; see [second-factor.md](second-factor.md#roles)",
    ),
    Key::optional(
        "name",
        Type::Text(Text::new("a name of 1 to 64 characters", ANY)),
        r#""Notes""#,
        "what authenticator apps call the service. Default: the issuer's host",
    ),
]);
