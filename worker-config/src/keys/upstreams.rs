//! Upstreams, and the external system that verifies passwords: both are reached by a service binding or by
//! URL.

use super::value::{ANY, PATH, SECURE_ORIGIN};
use super::{Key, TableKeys, Text, Type};

const SERVICE: Key = Key::optional(
    "service",
    Type::Text(Text::new("the name of a service binding", ANY)),
    r#""API""#,
    "the name of a service binding; or `url`",
);
const URL: Key = Key::optional(
    "url",
    Type::Text(Text::new(
        "an https origin without a path (or `service`, the name of a service binding)",
        SECURE_ORIGIN,
    )),
    r#""https://api.example.com""#,
    "an https origin (http on localhost); or `service`",
);
const SECRET: Key = Key::optional(
    "secret_binding",
    Type::Text(Text::new("the name of a Worker secret, by which the upstream recognises the gate", ANY)),
    r#""API_SECRET""#,
    "required with an https `url`: the name of a Worker secret of at least 32 bytes. The gate sends the secret as `Latchkey-Gate-Secret`, so that your API can verify that the request comes from the gate; see [server.md](server.md)",
);

/// The path that the service calls at another system.
pub(super) const CALLED_PATH: Type =
    Type::Text(Text::new("a path of visible ASCII that begins with one slash", PATH));

/// How long the service waits for the response of another system.
pub(super) const TIMEOUT_MS: Key = Key::number(
    "timeout_ms",
    (100, 30_000),
    5_000,
    "milliseconds",
    "how long the service waits for the complete response",
);

/// Either a service binding or a URL. An https URL needs a secret.
const TARGET: &str = r#"{
    "if": {"required": ["service"]},
    "then": {"properties": {"url": false, "secret_binding": false}},
    "else": {
        "required": ["url"],
        "if": {"properties": {"url": {"pattern": "^https://"}}},
        "then": {"required": ["secret_binding"]}
    }
}"#;

/// `upstreams.<name>`.
pub(super) const UPSTREAM: TableKeys = TableKeys::with(
    &[
        SERVICE,
        URL,
        SECRET,
        Key::number(
            "timeout",
            (1, 300),
            30,
            "seconds",
            "how long the gate waits for the head of the upstream's response",
        ),
        Key::flag(
            "preserve_host",
            false,
            "whether an upstream that is reached by `url` receives the public host as `Host`; see [gate.md](gate.md#the-public-address)",
        ),
        Key::flag(
            "case_sensitive",
            false,
            "whether the upstream distinguishes `/Api` from `/api`; see [gate.md](gate.md#paths)",
        ),
    ],
    TARGET,
);

/// `sign_in`.
pub(super) const SIGN_IN: TableKeys = TableKeys::of(&[
    Key::flag(
        "email_code",
        true,
        "whether users can sign in, and up, with a code sent to their address. Needs `mail`",
    ),
    Key::optional(
        "elsewhere",
        Type::Table(&ELSEWHERE),
        r#"{"service": "USERS", "path": "/sign-in"}"#,
        "the system that checks your users' passwords, if you already have one; see [OPERATIONS.md](../edge-worker/OPERATIONS.md#users-you-already-have)",
    ),
]);

/// `sign_in.elsewhere`.
pub(super) const ELSEWHERE: TableKeys = TableKeys::with(
    &[
        SERVICE,
        URL,
        SECRET,
        Key::required("path", CALLED_PATH, r#""/sign-in""#, "the path to call, with a query if needed"),
        TIMEOUT_MS,
    ],
    TARGET,
);
