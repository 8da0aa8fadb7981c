//! The keys of `mail`: who sends the service's mails, and what they say.

use super::value::{ANY, PATH};
use super::{Default, Item, Key, TableKeys, Text, Type};

/// The languages whose texts the Worker contains.
pub const LOCALES: [&str; 5] = ["en", "de", "es", "fr", "ja"];

/// The notifications that a deployer can turn on.
pub const NOTIFICATIONS: [&str; 7] = [
    "new_browser",
    "password_changed",
    "email_changed",
    "passkey_added",
    "api_key_created",
    "access_granted",
    "second_factor_reset",
];

/// What sends mails.
pub const ADAPTERS: [&str; 5] = ["cloudflare", "resend", "postmark", "ses", "worker"];

const MAILBOX: &str = r"^([^\u0000-\u001f\u007f<>]+ <[^\u0000- \u007f<>@]+@[^\u0000- \u007f<>@]+>|[^\u0000- \u007f<>@]+@[^\u0000- \u007f<>@]+)$";
const MAILBOX_EXPECTED: &str = "an e-mail address, or a name and an address: Name <address>";
const BINDING: Text = Text::new("the name of a binding", ANY);

/// What each adapter needs.
const BY_ADAPTER: &str = r#"{"allOf": [
    {
        "if": {"properties": {"adapter": {"enum": ["resend", "postmark", "ses"]}}},
        "then": {"required": ["secret_binding"]},
        "else": {"properties": {"secret_binding": false}}
    },
    {
        "if": {"properties": {"adapter": {"const": "ses"}}},
        "then": {"required": ["region", "access_key_id"]},
        "else": {"properties": {"region": false, "access_key_id": false}}
    },
    {
        "if": {"properties": {"adapter": {"const": "worker"}}},
        "then": {"required": ["service"]},
        "else": {"properties": {"service": false, "path": false}}
    },
    {
        "if": {"properties": {"adapter": {"const": "cloudflare"}}},
        "else": {"properties": {"binding": false}}
    }
]}"#;

/// `mail`.
pub(super) const MAIL: TableKeys = TableKeys::with(
    &[
        Key::choice(
            "adapter",
            &ADAPTERS,
            Default::Required,
            "what sends the mails: Cloudflare's `send_email` binding, the API of Resend, Postmark or Amazon SES, or a Worker of your own; see [mail.md](mail.md)",
        ),
        Key::required(
            "from",
            Type::Text(Text::new(MAILBOX_EXPECTED, MAILBOX)),
            r#""Acme <no-reply@acme.example.com>""#,
            "the sender: an address, or `Name <address>`. The provider must permit it",
        ),
        Key::optional(
            "reply_to",
            Type::Text(Text::new(MAILBOX_EXPECTED, MAILBOX)),
            r#""support@acme.example.com""#,
            "where answers go; without it, to the sender",
        ),
        Key::new(
            "product",
            Type::Text(Text::new("a text of at most 64 characters without line breaks", ANY)),
            Default::Nothing("the host of `issuer`"),
            "",
            r#""Acme""#,
            "what the mails call your product",
        ),
        Key::new(
            "page",
            Type::Text(Text::new("a path of visible ASCII that begins with one slash", PATH)),
            Default::Nothing("no links"),
            "",
            r#""/sign-in""#,
            "the path of the page to which links in mails lead, at `issuer`. The link's fragment contains the kind of the mail and the code, and the page fills the code in",
        ),
        Key::choice(
            "locale",
            &LOCALES,
            Default::Text("en"),
            "the language of mails to users whose languages are not available",
        ),
        Key::new(
            "binding",
            Type::Text(BINDING),
            Default::Nothing("`\"EMAIL\"`"),
            "",
            r#""EMAIL""#,
            "with `cloudflare`: the name of the `send_email` binding",
        ),
        Key::optional(
            "secret_binding",
            Type::Text(Text::new("the name of a Worker secret, the key of the provider's API", ANY)),
            r#""MAIL_API_KEY""#,
            "with `resend`, `postmark` and `ses`, required: the name of a Worker secret with the API key, the server token, or the secret access key",
        ),
        Key::optional(
            "region",
            Type::Text(Text::new("a region of AWS", "^[a-z0-9-]+$")),
            r#""eu-central-1""#,
            "with `ses`, required: the region",
        ),
        Key::optional(
            "access_key_id",
            Type::Text(Text::new("the id of an access key of AWS", "^[A-Z0-9]+$")),
            r#""AKIAIOSFODNN7ACME123""#,
            "with `ses`, required: the id of the access key",
        ),
        Key::optional(
            "service",
            Type::Text(Text::new("the name of a service binding", ANY)),
            r#""MAIL""#,
            "with `worker`, required: the name of the service binding of your own Worker",
        ),
        Key::new(
            "path",
            Type::Text(Text::new("a path of visible ASCII that begins with one slash", PATH)),
            Default::Nothing("`\"/\"`"),
            "",
            r#""/mail""#,
            "with `worker`: the path to call",
        ),
        Key::number(
            "timeout_ms",
            (100, 30_000),
            5_000,
            "milliseconds",
            "how long the service waits until the mail is accepted",
        ),
        Key::new(
            "notify",
            Type::List {
                min: 0,
                of: Item::Choice(&NOTIFICATIONS),
                expected: "a list of new_browser, password_changed, email_changed, passkey_added, api_key_created, access_granted, second_factor_reset",
            },
            Default::List(&["email_changed", "second_factor_reset"]),
            "",
            r#"["new_browser", "password_changed", "email_changed", "passkey_added", "api_key_created", "access_granted", "second_factor_reset"]"#,
            "what the account's user is notified of: a sign-in from a new browser, a changed password, a changed address (the mail goes to the old one and contains the code that undoes the change), a new passkey, a new API key, an application that was given access by OAuth, a second factor that an administrator has removed",
        ),
        Key::optional(
            "texts",
            Type::Named(&TEXTS),
            r#"{"en": {"sign_in_subject": "Sign in to {product}"}}"#,
            "texts in place of the built-in ones, by language (`en`, `de`, `pt-br`); see [Texts](#texts-of-mails)",
        ),
    ],
    BY_ADAPTER,
);

const fn text(name: &'static str, meaning: &'static str) -> Key {
    Key::optional(
        name,
        Type::Text(Text::new("a text of at most 2,000 characters", ANY)),
        r#""{product}""#,
        meaning,
    )
}

/// `mail.texts.<language>`. The names of the texts of a mail begin with its kind.
pub const TEXTS: TableKeys = TableKeys::of(&[
    text("sign_in_subject", "the code for a sign-in: the subject"),
    text("sign_in_body", "its first paragraph"),
    text("sign_up_subject", "the code for a sign-up, to an address without an account"),
    text("sign_up_body", "its first paragraph"),
    text("reauthentication_subject", "the code with which a signed-in user confirms a change"),
    text("reauthentication_body", "its first paragraph"),
    text("password_reset_subject", "the code for a new password"),
    text("password_reset_body", "its first paragraph"),
    text("no_account_subject", "the answer to a request for a code, if the address has no account"),
    text("no_account_body", "its first paragraph"),
    text("email_verification_subject", "the code that verifies the address of an account"),
    text("email_verification_body", "its first paragraph"),
    text("email_change_subject", "the code that verifies a new address"),
    text("email_change_body", "its first paragraph"),
    text("email_in_use_subject", "in place of the code for a new address, if it belongs to another account"),
    text("email_in_use_body", "its first paragraph"),
    text("email_changed_subject", "notification of the old address, with the code that undoes the change"),
    text("email_changed_body", "its first paragraph"),
    text("new_browser_subject", "notification of a sign-in; `{browser}` and `{time}` describe it"),
    text("new_browser_body", "its first paragraph"),
    text("password_changed_subject", "notification of a changed password"),
    text("password_changed_body", "its first paragraph"),
    text("passkey_added_subject", "notification of a new passkey"),
    text("passkey_added_body", "its first paragraph"),
    text("api_key_created_subject", "notification of a new API key"),
    text("api_key_created_body", "its first paragraph"),
    text(
        "access_granted_subject",
        "notification of an application that was given access; `{client}` names it, with the host to which the user's answer went",
    ),
    text("access_granted_body", "its first paragraph"),
    text("second_factor_reset_subject", "notification of a removed second factor"),
    text("second_factor_reset_body", "its first paragraph"),
    text("code_note", "beside each code: how long it is valid, and where"),
    text("undo_note", "beside the code that undoes a change of address"),
    text("link", "the text of the link to the page"),
    text("not_you", "at the end of a mail with a code"),
    text("not_you_notice", "at the end of a notification"),
]);
