//! The keys beside `routes`: the service itself.

use super::api_keys::API_KEYS;
use super::hooks::HOOKS;
use super::issuers::ISSUER;
use super::limits::{LIMITS, PASSWORDS};
use super::mail::MAIL;
use super::oauth::OAUTH;
use super::passkeys::PASSKEYS;
use super::providers::PROVIDER;
use super::routes::ROUTE;
use super::second_factor::SECOND_FACTOR;
use super::upstreams::{SIGN_IN, UPSTREAM};
use super::user::USER;
use super::value::{ANY, DAY, HEADER, SECURE_ORIGIN, SHA256};
use super::{Default, Item, Key, TableKeys, Text, Type};

const TEXT: Text = Text::new("a non-empty text", ANY);
const HASHES: Type = Type::List {
    min: 0,
    of: Item::Text(Text::new("a SHA-256 hash in hex", SHA256)),
    expected: "a list of SHA-256 hashes in hex",
};

/// The table itself.
pub const LATCHKEY: TableKeys = TableKeys::of(&[
    Key::required(
        "issuer",
        Type::Text(Text::new(
            "the https origin the service is reached at (http on localhost)",
            SECURE_ORIGIN,
        )),
        r#""https://app.example.com""#,
        "the https origin of the service (http on localhost only)",
    ),
    Key::required(
        "audience",
        Type::Text(TEXT),
        r#""https://app.example.com/api""#,
        "`aud` of the access tokens",
    ),
    Key::new(
        "client_id",
        Type::Text(TEXT),
        Default::Text("latchkey"),
        "",
        "",
        "`client_id` of the access tokens",
    ),
    Key::choice(
        "sign_up",
        &["open", "closed"],
        Default::Text("closed"),
        "`\"open\"`: any client may create an account",
    ),
    Key::optional(
        "sign_in",
        Type::Table(&SIGN_IN),
        "{}",
        "the ways to sign in; see [the table below](#ways-to-sign-in)",
    ),
    Key::optional(
        "user",
        Type::Table(&USER),
        "{}",
        "what tokens say about users; see [the table below](#users)",
    ),
    Key::optional(
        "hooks",
        Type::Table(&HOOKS),
        r#"{"service": "HOOKS", "secret_binding": "HOOKS_SECRET", "path": "/latchkey"}"#,
        "a system of yours that is asked before users sign up, and told what they do; see [the table below](#hooks)",
    ),
    Key::optional(
        "second_factor",
        Type::Table(&SECOND_FACTOR),
        "{}",
        "second factors; see [the table below](#second-factors)",
    ),
    Key::new(
        "jurisdiction",
        Type::Choice(&["eu", "fedramp"]),
        Default::Nothing("the platform chooses the places"),
        "",
        r#""eu""#,
        "where all Durable Objects of the service run and store their data. Set it before the first account is created; it cannot be changed afterwards. It has no effect on a developer's machine; see [OPERATIONS.md](../edge-worker/OPERATIONS.md#jurisdiction)",
    ),
    Key::new(
        "allowed_origins",
        Type::List {
            min: 0,
            of: Item::Text(Text::new("an origin", SECURE_ORIGIN)),
            expected: "a list of https origins without a path (http on localhost)",
        },
        Default::Nothing("`[]`; on localhost all origins of this machine"),
        "",
        r#"["https://www.example.com"]"#,
        "other origins of the same site whose pages may call the service and the gate. If the host of `issuer` is `localhost`, a name below it or a loopback address, and this key is absent, pages of every port of this machine may; a list, also an empty one, replaces that",
    ),
    Key::new(
        "service_credentials",
        HASHES,
        Default::List(&[]),
        "",
        r#"["2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]"#,
        "SHA-256 (hex) of each secret that may call `POST /auth/introspect` and `POST /auth/revoke`. If the list is empty, both paths answer 404",
    ),
    Key::new(
        "admin_credentials",
        HASHES,
        Default::List(&[]),
        "",
        r#"["fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"]"#,
        "SHA-256 (hex) of each secret that may call `/admin/users`, `/admin/keys` and `/admin/clients`. If the list is empty, these paths do not exist",
    ),
    Key::number(
        "one_time_password_ttl",
        (1, 30 * DAY),
        DAY,
        "seconds",
        "how long a password that an administrator has set can be used to open its one session",
    ),
    Key::number(
        "access_token_ttl",
        (1, DAY),
        300,
        "seconds",
        "lifetime of an access token. The service shortens each lifetime by up to a tenth, at random, so that clients do not all renew at the same time",
    ),
    Key::number(
        "replay_window",
        (1, 600),
        60,
        "seconds",
        "the time within which a session rotates at most once",
    ),
    Key::number("idle_expiry", (1, 400 * DAY), 7 * DAY, "seconds", "lifetime of a session that is not used"),
    // Browsers limit a cookie's Max-Age to 400 days.
    Key::number("absolute_expiry", (1, 400 * DAY), 30 * DAY, "seconds", "lifetime of any session"),
    Key::number(
        "reauthentication",
        (1, 400 * DAY),
        600,
        "seconds",
        "how long after proving the password a user may change it or delete the account. Later, the client must call `POST /auth/reauthenticate` first",
    ),
    Key::number(
        "sessions_per_account",
        (1, 1000),
        100,
        "sessions",
        "how many sessions of one account may exist at once. One more session ends the one that has been idle longest",
    ),
    Key::choice(
        "signatures",
        &["webcrypto", "jwt-simple"],
        Default::Text("webcrypto"),
        "`\"jwt-simple\"`: use the Rust implementation inside the Worker",
    ),
    Key::optional(
        "keys",
        Type::Table(&KEYS),
        "{}",
        "how the service's own keys are rotated and stored; see [The service's keys](#the-services-keys)",
    ),
    Key::optional(
        "limits",
        Type::Table(&LIMITS),
        "{}",
        "rate limits; see [limits-and-passwords.md](limits-and-passwords.md#rate-limits)",
    ),
    Key::optional(
        "passwords",
        Type::Table(&PASSWORDS),
        "{}",
        "the cost of password hashes; see [limits-and-passwords.md](limits-and-passwords.md#passwords)",
    ),
    Key::optional(
        "mail",
        Type::Table(&MAIL),
        "{\"adapter\": \"cloudflare\", \"from\": \"no-reply@acme.example.com\"}",
        "who sends mails; without it, the service sends none, and whatever needs one does not exist. See [Mail](#mail)",
    ),
    Key::optional(
        "passkeys",
        Type::Table(&PASSKEYS),
        "{}",
        "passkeys; without the table, users can't sign in by one. It may be empty. See [Passkeys](#passkeys)",
    ),
    Key::optional(
        "api_keys",
        Type::Table(&API_KEYS),
        "{}",
        "whether users can create API keys, and with which scopes; without this table they are switched off. See [API keys](#api-keys)",
    ),
    Key::optional(
        "oauth",
        Type::Table(&OAUTH),
        "{}",
        "the OAuth authorization server, for clients other than your app's pages; without this table it does not exist. See [OAuth](#oauth)",
    ),
    Key::optional(
        "upstreams",
        Type::Named(&UPSTREAM),
        "{}",
        "the servers to which the gate forwards requests; see [Upstreams](#upstreams)",
    ),
    Key::new(
        "routes",
        Type::Tables(&ROUTE),
        Default::List(&[]),
        "",
        "",
        "which requests the gate forwards, and to which upstream; see [Routes](#routes)",
    ),
    Key::optional(
        "issuers",
        Type::Named(&ISSUER),
        "{}",
        "other issuers whose tokens the gate accepts; see [Other issuers](#other-issuers)",
    ),
    Key::optional(
        "providers",
        Type::Named(&PROVIDER),
        "{}",
        "other providers with which users can sign in, such as Google; see [Providers](#providers)",
    ),
    Key::flag(
        "server_timing",
        false,
        "whether responses of token routes state in `Server-Timing` whether the token had been verified before (`token`), and the ages, in milliseconds, of the copies of the keys (`keys`) and of the list of revocations (`revocations`) that the gate used",
    ),
    Key::flag(
        "email_headers",
        false,
        "whether upstreams receive the user's e-mail address, and access tokens contain it; see [gate.md](gate.md#e-mail-addresses)",
    ),
    Key::new(
        "strip_headers",
        Type::List {
            min: 0,
            of: Item::Text(Text::new("a header name", HEADER)),
            expected: "a list of header names in lower case",
        },
        Default::List(&[]),
        "",
        r#"["x-internal-user"]"#,
        "further inbound headers, in lower case, that no upstream receives",
    ),
]);

/// `keys`. The reader is stricter if the issuer is https: see `read/keys.rs`.
const KEYS: TableKeys = TableKeys::of(&[
    Key::new(
        "secret_bindings",
        Type::List {
            min: 0,
            of: Item::Text(Text::new("a name", ANY)),
            expected: "a list of names of Worker secrets",
        },
        Default::List(&[]),
        "",
        r#"["LATCHKEY_KEYRING_SECRET"]"#,
        "names of Worker secrets (at least 32 bytes) under which private keys are encrypted. The Worker encrypts with the first one and decrypts with any of them. Set at least one in production",
    ),
    Key::number(
        "rotation_period",
        (1, 400 * DAY),
        30 * DAY,
        "seconds",
        "how long the service uses a key for new tokens or sessions; at least 960 with an https issuer",
    ),
    Key::number(
        "publish_ahead",
        (1, 30 * DAY),
        3600,
        "seconds",
        "how long a key is published before the service uses it; at least 960 with an https issuer",
    ),
    Key::number(
        "retire_after",
        (1, 30 * DAY),
        3600,
        "seconds",
        "how long a key remains after everything made with it has expired; at least 120 with an https issuer",
    ),
]);
