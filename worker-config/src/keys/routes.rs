//! `routes`.

use super::value::{ANY, DAY, HEADER, WORD};
use super::{Default, Item, Key, TableKeys, Text, Type};

/// Each item of `routes`.
pub(super) const ROUTE: TableKeys = TableKeys::with(
    &[
        Key::required(
            "path",
            Type::Text(Text::new(
                "a path such as /api/notes, or one that ends in /* (not /auth or another path of the service)",
                r"^/([!$-)+-.0-:=@-\[\]_a-z|~]+/?)*(\*|$)$",
            )),
            r#""/api/*""#,
            "an exact path, or a tree that ends in `/*`",
        ),
        Key::required(
            "methods",
            Type::List { min: 1, of: Item::Method, expected: METHODS },
            r#"["GET", "POST"]"#,
            "the methods that the route accepts: any tokens of RFC 9110 in their exact letter case, except CONNECT, TRACE, TRACK, PRI and `*`; see [gate.md](gate.md#methods-and-content)",
        ),
        Key::required(
            "access",
            Type::ChoiceOrList(
                &["public", "token", "api-key", "session", "token-or-session", "optional"],
                &["token", "api-key", "session"],
            ),
            r#"["token", "api-key"]"#,
            "`\"public\"`, `\"optional\"`, or the credentials that the route accepts: one of `\"token\"`, `\"api-key\"` and `\"session\"`, or a list of them; `\"token-or-session\"` is a list of two. See [gate.md](gate.md#routes)",
        ),
        Key::required(
            "upstream",
            Type::Text(Text::new("the name of one of the upstreams", ANY)),
            r#""api""#,
            "the name of one of the upstreams",
        ),
        Key::new(
            "issuers",
            Type::List {
                min: 0,
                of: Item::Text(Text::new("a name", ANY)),
                expected: "a list of names of issuers",
            },
            Default::List(&["own"]),
            "",
            "",
            "the names of the issuers whose tokens the route accepts; `\"own\"` is this service",
        ),
        Key::new(
            "scopes",
            Type::List { min: 0, of: Item::Text(Text::new("a scope", WORD)), expected: "a list of scopes" },
            Default::List(&[]),
            "",
            "[]",
            "scopes that the caller must have, all of them. This service's own users have those of `api_keys.scopes` and `oauth.scopes`; for others, another issuer must be accepted. OAuth clients have access only to routes that name scopes; see [gate.md](gate.md#oauth-clients)",
        ),
        Key::new(
            "roles",
            Type::List { min: 0, of: Item::Text(Text::new("a role", WORD)), expected: "a list of roles" },
            Default::List(&[]),
            "",
            r#"["admin"]"#,
            "roles that the caller must have, all of them. Roles of this service's users have at most 64 characters",
        ),
        Key::new(
            "acr",
            Type::OneOrList(Text::new("a value of the claim `acr`, or a list of them", WORD)),
            Default::Nothing("any"),
            "",
            r#""aal2""#,
            "how well the user must be authenticated: a value of the token's `acr`, or a list of values of which it has one. In tokens of this service, `\"aal2\"` means that two factors were proved; see [gate.md](gate.md#step-up)",
        ),
        Key::new(
            "max_auth_age",
            Type::Number { min: 1, max: 400 * DAY },
            Default::Nothing("any age"),
            "seconds",
            "600",
            "the maximum time since the user last proved a credential; see [gate.md](gate.md#step-up)",
        ),
        Key::new(
            "revocation",
            Type::Text(Text::new(
                r#""none", "strict", or whole seconds from "1s" to "3600s""#,
                "^(none|strict|([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|3600)s)$",
            )),
            Default::Text("5s"),
            "",
            "",
            "`\"none\"`, `\"strict\"` or a bound in whole seconds such as `\"5s\"`; see [gate.md](gate.md#how-soon-a-revoked-token-is-rejected)",
        ),
        Key::choice(
            "revocations_missing",
            &["refuse", "allow"],
            Default::Text("refuse"),
            "`\"allow\"`: the gate forwards requests even while it cannot obtain the list of revocations",
        ),
        Key::flag("forward_authorization", false, "whether the upstream receives the `Authorization` header"),
        Key::choice(
            "cache",
            &["no-store", "upstream"],
            Default::Text("no-store"),
            "`\"upstream\"`: keep the upstream's own `Cache-Control`",
        ),
        Key::new(
            "keep_headers",
            Type::List {
                min: 0,
                of: Item::Text(Text::new("a header name", HEADER)),
                expected: "a list of header names in lower case, without those that the gate sets",
            },
            Default::List(&[]),
            "",
            r#"["x-real-ip"]"#,
            "inbound headers that this upstream receives although the gate removes them on other routes; never `Latchkey-*`",
        ),
        Key::flag(
            "service_worker",
            false,
            "whether browsers may fetch the script of a service worker from this route",
        ),
    ],
    ANONYMOUS,
);

const METHODS: &str = "a list of methods: any token of RFC 9110 in its exact letter case, such as GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, PROPFIND, REPORT or QUERY, but not CONNECT, TRACE, TRACK, PRI or *";

/// Routes that admit anonymous callers cannot require anything of them.
const ANONYMOUS: &str = r#"{
    "if": {"properties": {"access": {"enum": ["public", "optional"]}}, "required": ["access"]},
    "then": {
        "properties": {"scopes": {"maxItems": 0}, "roles": {"maxItems": 0}, "acr": false, "max_auth_age": false},
        "if": {"properties": {"access": {"const": "public"}}},
        "then": {"properties": {"issuers": {"items": {"const": "own"}}}}
    }
}"#;
