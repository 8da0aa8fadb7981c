//! The keys of `passkeys`.

use super::value::{ANY, SECURE_ORIGIN};
use super::{Default, Item, Key, TableKeys, Text, Type};

/// `passkeys`.
pub(super) const PASSKEYS: TableKeys = TableKeys::of(&[
    Key::new(
        "rp_id",
        Type::Text(Text::new(
            "the host of issuer, or a domain above it: lower case, no address, and a dot in it unless it is localhost",
            r"^[a-z0-9._-]+$",
        )),
        Default::Nothing("the host of `issuer`"),
        "",
        r#""example.com""#,
        "the domain to which passkeys belong: they can be used at its pages and at those of every domain below it. If it changes, every passkey becomes unusable; see [passkeys.md](passkeys.md#the-rp-id)",
    ),
    Key::new(
        "rp_name",
        Type::Text(Text::new("a text of at most 64 characters without line breaks", ANY)),
        Default::Nothing("`rp_id`"),
        "",
        r#""Example""#,
        "what browsers call your product when they ask for a passkey",
    ),
    Key::new(
        "origins",
        Type::List {
            min: 1,
            of: Item::Text(Text::new("an origin", SECURE_ORIGIN)),
            expected: "a list of https origins without a path (http on localhost)",
        },
        Default::Nothing("`issuer` and `allowed_origins`"),
        "",
        r#"["https://www.example.com"]"#,
        "the origins whose pages may use passkeys. One whose host is neither `rp_id` nor below it is a related origin; see [passkeys.md](passkeys.md#several-apps)",
    ),
]);
