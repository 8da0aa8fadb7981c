//! The deployer's hook.

use super::upstreams::{CALLED_PATH, TIMEOUT_MS};
use super::value::{ANY, SECURE_ORIGIN};
use super::{Key, TableKeys, Text, Type};

/// `hooks`: a service binding or a URL, and in either case a secret.
pub(super) const HOOKS: TableKeys = TableKeys::with(
    &[
        Key::optional(
            "service",
            Type::Text(Text::new("the name of a service binding", ANY)),
            r#""HOOKS""#,
            "the name of a service binding; or `url`",
        ),
        Key::optional(
            "url",
            Type::Text(Text::new(
                "an https origin without a path (or `service`, the name of a service binding)",
                SECURE_ORIGIN,
            )),
            r#""https://hooks.example.com""#,
            "an https origin (http on localhost); or `service`",
        ),
        Key::required(
            "secret_binding",
            Type::Text(Text::new(
                "the name of a Worker secret, with which messages to the hook are signed",
                ANY,
            )),
            r#""HOOKS_SECRET""#,
            "the name of a Worker secret of at least 32 bytes. Each message is signed with it; see [hooks.md](hooks.md#signature)",
        ),
        Key::required("path", CALLED_PATH, r#""/latchkey""#, "the path to call, with a query if needed"),
        TIMEOUT_MS,
    ],
    r#"{"if": {"required": ["service"]}, "then": {"properties": {"url": false}}, "else": {"required": ["url"]}}"#,
);
