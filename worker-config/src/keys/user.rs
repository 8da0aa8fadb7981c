//! The keys about users.

use super::value::ANY;
use super::{Key, TableKeys, Text, Type};

/// `user`.
pub(super) const USER: TableKeys = TableKeys::of(&[Key::optional(
    "metadata_claim",
    Type::Text(Text::new(
        "the name of a claim, 1 to 128 visible ASCII characters, that no standard and no other part of the token defines",
        ANY,
    )),
    r#""https://app.example.com/metadata""#,
    "the claim of the access tokens that contains the user's metadata. Without it, tokens contain none. Use a URL of your own, or a name that the [registry of claims](https://www.iana.org/assignments/jwt) does not have; see [users.md](users.md#metadata)",
)]);
