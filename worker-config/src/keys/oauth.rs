//! `oauth`.

use super::value::{ANY, PATH, SHA256, WORD};
use super::{Default, Item, Key, TableKeys, Text, Type};

const SCOPE: Text = Text::new("a scope", WORD);

/// The grants that a client may use, in the order of `auth_core::oauth::GrantType`.
const GRANTS: [&str; 5] =
    ["authorization_code", "refresh_token", "client_credentials", "device_code", "token_exchange"];

/// `oauth`.
pub(super) const OAUTH: TableKeys = TableKeys::of(&[
    Key::new(
        "sign_in_page",
        Type::Text(Text::new("the path of a page at the issuer", PATH)),
        Default::Text("/"),
        "",
        r#""/sign-in""#,
        "the path of your app's page where users sign in. A user without a session comes there with the query `return_to`, which names the page to which your app sends them after the sign-in; see [oauth.md](oauth.md#the-sign-in-page)",
    ),
    Key::optional(
        "scopes",
        Type::Named(&SCOPES),
        "{}",
        "the scopes of your API, by their names; at most 32. Clients can request them, and routes can require them. `openid`, `profile`, `email` and `offline_access` exist in any case",
    ),
    Key::optional(
        "resources",
        Type::Named(&RESOURCE),
        "{}",
        "parts of the issuer with an audience of their own (RFC 8707), by their paths, such as the path of an MCP server. The identifier of a resource is the issuer and its path",
    ),
    Key::optional(
        "clients",
        Type::Named(&CLIENT),
        "{}",
        "clients, by their ids (`client_id`): 1 to 63 letters, digits, `-` and `_`. Other clients come from `/admin/clients`, from client ID metadata documents, and from dynamic registration",
    ),
    Key::flag(
        "client_metadata_documents",
        true,
        "whether a `client_id` may be the URL of a client ID metadata document, so that clients need no registration; see [oauth.md](oauth.md#client-id-metadata-documents)",
    ),
    Key::choice(
        "registration",
        &["off", "open"],
        Default::Text("off"),
        "`\"open\"`: any client may register itself by `POST /oauth/register` (RFC 7591)",
    ),
]);

/// Each of `oauth.scopes`.
const SCOPES: TableKeys = TableKeys::of(&[
    Key::required(
        "description",
        Type::Text(Text::new("a text of 1 to 200 characters without line breaks", ANY)),
        r#""Read your notes""#,
        "what the scope permits, as the consent page says it to users",
    ),
    Key::new(
        "roles",
        Type::List { min: 0, of: Item::Text(Text::new("a role", WORD)), expected: "a list of roles" },
        Default::List(&[]),
        "",
        r#"["editor"]"#,
        "roles of the user that a token with this scope has. Tokens of clients have no other roles",
    ),
]);

/// Each of `oauth.resources`.
const RESOURCE: TableKeys = TableKeys::of(&[
    Key::required(
        "scopes",
        Type::List {
            min: 1,
            of: Item::Text(SCOPE),
            expected: "a list of at least one of the names in oauth.scopes",
        },
        r#"["notes:read"]"#,
        "the scopes of tokens for this resource",
    ),
    Key::optional(
        "server",
        Type::Text(Text::new("the id of a client", "^[!-~]+$")),
        r#""mcp-server""#,
        "the client with which the resource's own server authenticates. It may introspect the tokens for the resource (see [oauth-tokens.md](oauth-tokens.md#introspection-by-a-resources-server)) and, with the grant `\"token_exchange\"`, exchange them (see [oauth-machines.md](oauth-machines.md#exchange-a-token))",
    ),
]);

/// Each of `oauth.clients`.
const CLIENT: TableKeys = TableKeys::of(&[
    Key::required(
        "name",
        Type::Text(Text::new("a text of 1 to 64 characters without line breaks", ANY)),
        r#""Notes for desktop""#,
        "the client's name, as the consent page shows it",
    ),
    Key::new(
        "redirect_uris",
        Type::List {
            min: 0,
            of: Item::Text(Text::new("a redirect URI", "^[!-~]+$")),
            expected: "a list of at most 16 URLs without a fragment: https, http on 127.0.0.1, [::1] or localhost, or a scheme that is a reversed domain name (com.example.app:/callback)",
        },
        Default::List(&[]),
        "",
        r#"["https://notes.example/callback"]"#,
        "where answers are sent: URLs that requests must name byte for byte; on the user's own machine, any port is accepted. Required with `\"authorization_code\"`",
    ),
    Key::new(
        "grants",
        Type::List {
            min: 0,
            of: Item::Choice(&GRANTS),
            expected: "a list of the words \"authorization_code\", \"refresh_token\", \"client_credentials\", \"device_code\" and \"token_exchange\"",
        },
        Default::List(&["authorization_code", "refresh_token"]),
        "",
        r#"["client_credentials"]"#,
        "the grants that the client may use. `\"client_credentials\"` and `\"token_exchange\"` need a secret or keys. `[]` is for the `server` of a resource, which introspects tokens without any grant",
    ),
    Key::new(
        "scopes",
        Type::List { min: 0, of: Item::Text(SCOPE), expected: "a list of names in oauth.scopes" },
        Default::List(&[]),
        "",
        "[]",
        "the scopes of your API that the client may request",
    ),
    Key::choice(
        "application",
        &["web", "native"],
        Default::Text("web"),
        "`\"native\"`: an app on the user's device (RFC 8252)",
    ),
    Key::new(
        "secret_sha256",
        Type::List {
            min: 0,
            of: Item::Text(Text::new("a SHA-256 hash in hex", SHA256)),
            expected: "a list of SHA-256 hashes in hex",
        },
        Default::List(&[]),
        "",
        r#"["2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]"#,
        "SHA-256 (hex) of the client's secret, which must have at least 128 random bits; two hashes while one secret replaces the other. A client with neither secret nor keys is public",
    ),
    Key::optional(
        "keys",
        Type::KeySet,
        r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
        "the client's public keys (a JWK set), with which its assertions are verified (`private_key_jwt`, RFC 7523)",
    ),
    Key::flag(
        "first_party",
        false,
        "whether the client is your own, so that users are not asked for their consent",
    ),
    Key::new(
        "dpop",
        Type::Flag,
        Default::Nothing("`true` with `\"native\"`, otherwise `false`"),
        "",
        "true",
        "whether the client must bind its tokens to a key (DPoP, RFC 9449)",
    ),
]);
