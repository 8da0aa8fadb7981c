//! `limits` and `passwords`.

use super::value::{ANY, DAY};
use super::{Key, TableKeys, Text, Type};
use crate::password_hash::{Cost, Kind};

/// The maximum of every count. A larger number has no effect in practice; the deployer should notice that.
const MAX_COUNT: u64 = 1_000_000;

/// `limits`.
pub(super) const LIMITS: TableKeys = TableKeys::of(&[
    Key::number(
        "free_failures",
        (1, MAX_COUNT),
        5,
        "failures",
        "failed sign-ins and password changes of one account from one address, or by one known browser, that cause no delay. The count resets after a day without failures",
    ),
    Key::number(
        "first_delay",
        (1, DAY),
        10,
        "seconds",
        "the delay after the next failure. It doubles with each further one",
    ),
    Key::number("most_delay", (1, DAY), 900, "seconds", "the maximum of that delay; at least `first_delay`"),
    Key::number(
        "account_failures",
        (1, MAX_COUNT),
        100,
        "failures",
        "failures of one account by all clients except those that the account knows by their address or by their browser's device cookie: up to this many at once, and this many in each `account_window`",
    ),
    Key::number("account_window", (1, DAY), DAY, "seconds", "the period of `account_failures`"),
    Key::number(
        "known_address",
        (0, 400 * DAY),
        30 * DAY,
        "seconds",
        "how long an address counts as the user's own after a sign-in from it. A browser counts as the user's own for 400 days, by the cookie `__Host-Http-latchkey-device`",
    ),
    Key::number(
        "address_failures",
        (1, MAX_COUNT),
        100,
        "failures",
        "failures from one address in each `address_window`, at all accounts except those to which the client is known. Calls with an invalid or missing admin or service credential have a counter of their own with the same limit",
    ),
    Key::number("address_window", (1, DAY), 900, "seconds", "the period of `address_failures`"),
    Key::number(
        "attempts",
        (1, MAX_COUNT),
        200,
        "attempts",
        "sign-ins and sign-ups from one address in each `attempt_window`, successful or not. A client that an account knows has, in addition, a tenth of this for that account. This limit does not apply where the platform reports no address",
    ),
    Key::number("attempt_window", (1, DAY), 900, "seconds", "the period of `attempts`"),
    Key::number(
        "sign_ups",
        (1, MAX_COUNT),
        60,
        "sign-ups",
        "sign-ups from one address in each `sign_up_window`, successful or not",
    ),
    Key::number("sign_up_window", (1, DAY), 3600, "seconds", "the period of `sign_ups`"),
    Key::number(
        "mails",
        (1, MAX_COUNT),
        5,
        "mails",
        "mails with codes to one address in each `mail_window`, and as many that one account requests. A mail that could not be sent does not count",
    ),
    Key::number("mail_window", (1, DAY), 900, "seconds", "the period of `mails`"),
    Key::number(
        "address_mails",
        (1, MAX_COUNT),
        30,
        "mails",
        "mails with codes that one client address requests in each `address_mail_window`. This limit does not apply where the platform reports no address",
    ),
    Key::number("address_mail_window", (1, DAY), 900, "seconds", "the period of `address_mails`"),
    Key::number(
        "refreshes",
        (1, MAX_COUNT),
        600,
        "renewals",
        "renewals of one session in each `refresh_window`",
    ),
    Key::number("refresh_window", (1, DAY), 60, "seconds", "the period of `refreshes`"),
]);

/// `passwords`.
pub(super) const PASSWORDS: TableKeys = TableKeys::of(&[
    Key::number(
        "memory",
        (Cost::MIN.memory_kib as u64, Cost::MAX.memory_kib as u64),
        Cost::MIN.memory_kib as u64,
        "KiB",
        "memory of new Argon2id hashes, from 19456 to 65536. A cheaper, older hash is replaced when its user signs in",
    ),
    Key::number(
        "passes",
        (Cost::MIN.passes as u64, Cost::MAX.passes as u64),
        Cost::MIN.passes as u64,
        "passes",
        "passes of new Argon2id hashes over their memory, from 2 to 10",
    ),
    Key::number(
        "queue",
        (1, 1000),
        64,
        "requests",
        "how many password checks may wait in one isolate; short ones run in order of arrival, and a hash of more than 100 ms in an object of its own. One more is answered 503 with `Retry-After` at once",
    ),
    Key::number(
        "queue_per_address",
        (1, 1000),
        2,
        "requests",
        "how many of them may come from one client address. One more is answered 429 with `Retry-After: 1` at once. This limit does not apply where the platform reports no address",
    ),
    Key::number(
        "failure_ms",
        (0, 5000),
        500,
        "milliseconds",
        "the minimum time that a failed sign-in takes, so that its duration gives no information about the account",
    ),
    Key::flag(
        "refuse_common",
        true,
        "whether the service rejects the 10,000 most common passwords (of 8 characters or more) when a password is chosen",
    ),
    Key::optional(
        "common",
        Type::Text(Text::new("the name of a KV namespace's binding", ANY)),
        r#""COMMON_PASSWORDS""#,
        "the binding of a KV namespace that contains a list of further passwords to reject, under the key `common-passwords`",
    ),
    Key::optional(
        "imported",
        Type::Text(Text::new(
            Kind::EXPECTED,
            "^(argon2(id|i|d):[0-9]+,[0-9]+,[0-9]+|bcrypt:[0-9]+|pbkdf2-sha(1|256|512):[0-9]+|scrypt:[0-9]+,[0-9]+,[0-9]+)$",
        )),
        r#""bcrypt:12""#,
        "while you have imported hashes: their kind and cost (`\"bcrypt:12\"`, `\"pbkdf2-sha256:1200000\"`, `\"argon2id:102400,2,8\"`, `\"scrypt:14,8,1\"`; see [imports.md](imports.md#durations)). Every sign-in then costs as much as one of those hashes. Remove the key when no imported hash is left",
    ),
]);
