//! `issuers.<name>`.

use auth_core::token::{DEFAULT_TOKEN_BYTES, MAX_LEEWAY, MAX_TOKEN_BYTES};

use super::value::{ANY, CLAIM, DAY, HEADER, SECURE_URL};
use super::{Default, Item, Key, TableKeys, Text, Type};

const NAME_OF_SECRET: Text = Text::new("the name of a Worker secret", ANY);
const URL: Text = Text::new("an https URL", SECURE_URL);

/// Each of `issuers`.
pub(super) const ISSUER: TableKeys = TableKeys::with(
    &[
        Key::required(
            "issuer",
            Type::Text(Text::new("the issuer's identifier, byte for byte as in `iss`", ANY)),
            r#""https://login.example.com""#,
            "the issuer's identifier, byte for byte as in `iss`",
        ),
        Key::required(
            "audience",
            Type::OneOrList(Text::new("one of the values that `aud` must contain, or a list of them", ANY)),
            r#""https://app.example.com/api""#,
            "one value, or a list of values of which `aud` must contain one",
        ),
        Key::new(
            "audience_claim",
            Type::OneOrList(CLAIM),
            Default::Nothing("`\"aud\"`"),
            "",
            r#""client_id""#,
            "another claim, which must equal one of the values of `audience`; `aud` is then not read",
        ),
        Key::optional(
            "tenants",
            Type::OneOrList(Text::new(
                r#"a list of the ids of the tenants whose tokens are accepted, or "any""#,
                ANY,
            )),
            "",
            "required if `issuer` contains `{tenantid}`: a list of the tenants whose tokens the gate accepts, or `\"any\"`",
        ),
        Key::required(
            "algorithms",
            Type::List {
                min: 1,
                of: Item::Choice(&["ES256", "ES384", "RS256", "PS256", "EdDSA", "HS256"]),
                expected: "a list of ES256, ES384, RS256, PS256, EdDSA; or HS256 alone",
            },
            r#"["RS256", "ES256"]"#,
            "a list of ES256, ES384, RS256, PS256, EdDSA; or HS256 alone",
        ),
        Key::optional(
            "jwks_url",
            Type::Text(URL),
            "",
            "the URL of a key set. One of `jwks_url`, `discovery_url`, `keys` and `secret_binding` is required",
        ),
        Key::optional(
            "discovery_url",
            Type::Text(URL),
            r#""https://login.example.com/.well-known/openid-configuration""#,
            "the URL of a discovery document, which names the key set",
        ),
        Key::optional("keys", Type::KeySet, "", "the keys themselves: a JWK set, or a list of its keys"),
        Key::optional(
            "secret_binding",
            Type::Text(NAME_OF_SECRET),
            "",
            "with HS256 only: the name of a Worker secret of at least 32 bytes",
        ),
        Key::new(
            "typ",
            Type::OneOrList(Text::new(
                r#"a media type such as "at+jwt" or "JWT", a list of them, or "any""#,
                ANY,
            )),
            Default::Text("at+jwt"),
            "",
            r#"["at+jwt", "JWT"]"#,
            "the `typ` that its access tokens have, a list of them, or `\"any\"`",
        ),
        Key::number(
            "leeway",
            (0, MAX_LEEWAY),
            0,
            "seconds",
            "how far the issuer's clock may differ; at most 60",
        ),
        Key::new(
            "max_age",
            Type::Number { min: 0, max: 400 * DAY },
            Default::Nothing("no maximum"),
            "seconds",
            "3600",
            "the maximum age of a token, counted from `iat`",
        ),
        Key::number(
            "max_token_bytes",
            (1, MAX_TOKEN_BYTES as u64),
            DEFAULT_TOKEN_BYTES as u64,
            "bytes",
            "the maximum size of a token; at most 16384",
        ),
        Key::new(
            "subject_claim",
            Type::OneOrList(CLAIM),
            Default::Text("sub"),
            "",
            "",
            "the claim that contains the subject: a name, or a path; see [Claims](#claims)",
        ),
        Key::optional(
            "fallback_subject_claim",
            Type::OneOrList(CLAIM),
            r#""common_name""#,
            "the claim that contains the subject if `subject_claim` is absent or empty",
        ),
        Key::new(
            "roles_claim",
            Type::OneOrList(CLAIM),
            Default::Text("roles"),
            "",
            r#""realm_access.roles""#,
            "the claim that contains the roles",
        ),
        Key::new(
            "scope_claim",
            Type::OneOrList(CLAIM),
            Default::Text("scope"),
            "",
            "",
            "the claim that contains the scopes",
        ),
        Key::optional(
            "email_claim",
            Type::OneOrList(CLAIM),
            r#""email""#,
            "with `email_headers`: the claim that contains the user's e-mail address. The claim `email_verified` says whether the issuer has verified it",
        ),
        Key::optional(
            "token_header",
            Type::Text(Text::new(
                "the name of a header in lower case, other than authorization, cookie and the gate's own",
                HEADER,
            )),
            r#""cf-access-jwt-assertion""#,
            "the header in which a proxy in front of the Worker puts the token; see [issuers.md](issuers.md#cloudflare-access)",
        ),
        Key::optional(
            "token_cookie",
            Type::Text(Text::new(
                "the name of a cookie, other than the service's own",
                r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
            )),
            r#""CF_Authorization""#,
            "the cookie in which a proxy in front of the Worker puts the token",
        ),
    ],
    KEYS,
);

/// Exactly one source of keys, and the one for shared secrets only with HS256.
const KEYS: &str = r#"{
    "if": {"properties": {"algorithms": {"contains": {"const": "HS256"}}}, "required": ["algorithms"]},
    "then": {
        "properties": {"algorithms": {"maxItems": 1}, "jwks_url": false, "discovery_url": false, "keys": false},
        "required": ["secret_binding"]
    },
    "else": {
        "properties": {"secret_binding": false},
        "oneOf": [{"required": ["jwks_url"]}, {"required": ["discovery_url"]}, {"required": ["keys"]}]
    }
}"#;
