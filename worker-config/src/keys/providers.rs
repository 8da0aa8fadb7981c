//! `providers.<name>`.

use super::value::{ANY, SECURE_URL, WORD};
use super::{Default, Item, Key, TableKeys, Text, Type};

const TEXT: Text = Text::new("a non-empty text", ANY);

/// Each of `providers`.
pub(super) const PROVIDER: TableKeys = TableKeys::with(
    &[
        Key::choice(
            "kind",
            &["oidc", "apple", "github"],
            Default::Text("oidc"),
            "`\"oidc\"`: any provider with a discovery document (OpenID Connect Discovery). `\"apple\"`: Sign in with Apple. `\"github\"`: GitHub, which has no ID tokens",
        ),
        Key::new(
            "issuer",
            Type::Text(Text::new(
                "an https URL without a slash at the end, unless the provider's identifier has one (http on localhost)",
                SECURE_URL,
            )),
            Default::Nothing(
                "required with `\"oidc\"`; otherwise `\"https://appleid.apple.com\"` or `\"https://github.com\"`",
            ),
            "",
            r#""https://accounts.google.com""#,
            "the provider's identifier, byte for byte as in `iss` of its ID tokens. The service finds everything else in `<issuer>/.well-known/openid-configuration`. For GitHub Enterprise Server, its origin",
        ),
        Key::required(
            "client_id",
            Type::Text(TEXT),
            r#""1234.apps.googleusercontent.com""#,
            "the client id that the provider has given the service. For Apple, the Services ID",
        ),
        Key::optional(
            "client_secret_binding",
            Type::Text(Text::new("the name of a Worker secret", ANY)),
            r#""GOOGLE_CLIENT_SECRET""#,
            "the name of the Worker secret with the client secret that the provider has given the service; required unless the provider has registered a public client. For Apple, with the private key, which is the content of the `.p8` file",
        ),
        Key::optional(
            "team_id",
            Type::Text(TEXT),
            r#""A1B2C3D4E5""#,
            "with `\"apple\"` only, and required there: the id of the developer team",
        ),
        Key::optional(
            "key_id",
            Type::Text(TEXT),
            r#""F6G7H8J9K0""#,
            "with `\"apple\"` only, and required there: the id of the private key",
        ),
        Key::optional(
            "tenants",
            Type::OneOrList(Text::new(
                r#"a list of the ids of the tenants whose users may sign in, or "any""#,
                ANY,
            )),
            r#""any""#,
            "required if `issuer` contains `{tenantid}`: a list of the tenants (Microsoft Entra ID) whose users may sign in, or `\"any\"`",
        ),
        Key::new(
            "scopes",
            Type::List {
                min: 1,
                of: Item::Text(Text::new("a scope", WORD)),
                expected: "a list of scopes; with \"openid\", unless it is GitHub",
            },
            Default::Nothing(
                "`[\"openid\", \"email\", \"profile\"]`; for Apple `[\"openid\", \"email\", \"name\"]`, for GitHub `[\"user:email\"]`",
            ),
            "",
            r#"["openid", "email"]"#,
            "what the service asks the provider for",
        ),
        Key::new(
            "label",
            Type::Text(TEXT),
            Default::Nothing("`\"Apple\"`, `\"GitHub\"`, or the provider's name"),
            "",
            r#""Google""#,
            "the provider's name for users, in `GET /auth/methods`",
        ),
        Key::flag(
            "keep_tokens",
            false,
            "whether the account keeps the tokens that the provider issues, encrypted, so that your API can get them; see [providers.md](providers.md#tokens-of-the-provider). Requires `keys.secret_bindings`",
        ),
    ],
    KINDS,
);

/// What each kind requires.
const KINDS: &str = r#"{
    "if": {"properties": {"kind": {"enum": ["apple", "github"]}}, "required": ["kind"]},
    "then": {
        "if": {"properties": {"kind": {"const": "apple"}}},
        "then": {"required": ["client_secret_binding", "team_id", "key_id"], "properties": {"tenants": false}},
        "else": {"required": ["client_secret_binding"], "properties": {"team_id": false, "key_id": false, "tenants": false}}
    },
    "else": {"required": ["issuer"], "properties": {"team_id": false, "key_id": false}}
}"#;
