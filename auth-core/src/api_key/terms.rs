//! What a key permits: the terms under which it was created, and what remains of them when it is used.

use serde::{Deserialize, Serialize};

use super::network::Network;
use crate::id::ApiKeyId;
use crate::time::UnixTime;
use crate::wire::{Roles, stated};

/// For how long a key is valid if its creator does not say, in seconds: 90 days.
pub const DEFAULT_LIFETIME: u64 = 90 * 86_400;

/// The shortest and the longest lifetime that a creator can choose, in seconds: one minute, ten years.
pub const LIFETIMES: (u64, u64) = (60, 3650 * 86_400);

/// The maximum number of keys of an account, expired ones included.
pub const MAX_KEYS: u64 = 50;

/// For how long an expired key is still listed, in seconds: 30 days.
pub const LISTED_AFTER_EXPIRY: u64 = 30 * 86_400;

/// How often the time of the last use is written at most, in seconds.
pub const USE_RECORDED_EVERY: u64 = 300;

/// The maximum length of a name, in characters.
const MAX_NAME: usize = 64;

/// The maximum number of scopes, and of networks.
const MAX_ITEMS: usize = 32;

/// `POST /auth/api-keys`, and the same of administrators.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What the user calls the key.
    pub name: String,
    /// The scopes. Default: none.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The roles. Default: none.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The lifetime in seconds; null: the key does not expire. Default: [`DEFAULT_LIFETIME`].
    #[serde(default, deserialize_with = "stated")]
    pub expires_in: Option<Option<u64>>,
    /// The networks from which the key may be used. Default: all.
    #[serde(default)]
    pub networks: Vec<String>,
}

/// What a key permits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyTerms {
    /// What the user calls the key.
    pub name: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// The roles.
    pub roles: Vec<String>,
    /// The networks from which the key may be used; empty: all.
    pub networks: Vec<Network>,
    /// From this second on the key is not valid; `None`: it does not expire.
    pub expires_at: Option<UnixTime>,
}

/// A value that a key can't have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvalidTerms {
    /// The field of the request.
    pub field: String,
    /// What is expected, as a sentence.
    pub expected: String,
}

impl InvalidTerms {
    fn new(field: String, expected: &str) -> Self {
        Self { field, expected: expected.to_owned() }
    }
}

impl KeyTerms {
    /// Checks a request, except whether the owner has the roles and scopes ([`Holdings::cover`]).
    ///
    /// # Errors
    /// [`InvalidTerms`].
    pub fn of(request: KeyRequest, now: UnixTime) -> Result<Self, InvalidTerms> {
        let KeyRequest { name, scopes, roles, expires_in, networks } = request;
        let name = checked_name(&name)?;
        let scopes = words("scopes", scopes)?;
        let roles = words("roles", roles)?;
        let expires_at = match expires_in {
            None => Some(now.plus(DEFAULT_LIFETIME)),
            Some(None) => None,
            Some(Some(seconds)) if (LIFETIMES.0..=LIFETIMES.1).contains(&seconds) => Some(now.plus(seconds)),
            Some(Some(_)) => {
                let expected =
                    "The lifetime is 60 to 315,360,000 seconds, or null for a key that does not expire.";
                return Err(InvalidTerms::new("expires_in".to_owned(), expected));
            }
        };
        let expected =
            "Networks are at most 32 addresses or ranges such as 203.0.113.0/24 and 2001:db8::/32.";
        let invalid = |index: usize| InvalidTerms::new(format!("networks[{index}]"), expected);
        let parse = |(index, text): (usize, &String)| {
            Network::parse(text).ok().filter(|_| index < MAX_ITEMS).ok_or_else(|| invalid(index))
        };
        let networks = networks.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { name, scopes, roles, networks, expires_at })
    }
}

/// A name for a key: 1 to 64 characters, without control characters and without white space at the ends.
///
/// # Errors
/// [`InvalidTerms`].
pub fn checked_name(name: &str) -> Result<String, InvalidTerms> {
    let name = name.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
    if fits {
        return Ok(name.to_owned());
    }
    let expected = "A name has 1 to 64 characters and no control characters.";
    Err(InvalidTerms::new("name".to_owned(), expected))
}

/// Scopes have the form of roles: words that are valid in a header.
fn words(field: &str, words: Vec<String>) -> Result<Vec<String>, InvalidTerms> {
    let expected = "These are at most 32 words of visible ASCII without quotes and backslashes, none twice.";
    let invalid = |index| InvalidTerms::new(format!("{field}[{index}]"), expected);
    Roles::new(words).map(Roles::into_inner).map_err(|error| invalid(error.index))
}

/// What the owner of a key has at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Holdings<'a> {
    /// The scopes of the service's users, according to the configuration.
    pub scopes: &'a [String],
    /// The account's roles.
    pub roles: &'a [String],
}

impl Holdings<'_> {
    /// Whether the owner has everything that a new key is to permit.
    ///
    /// # Errors
    /// [`InvalidTerms`], with the first scope or role that the owner does not have.
    pub fn cover(self, terms: &KeyTerms) -> Result<(), InvalidTerms> {
        let first_missing =
            |owned: &[String], wanted: &[String]| wanted.iter().position(|word| !owned.contains(word));
        if let Some(index) = first_missing(self.scopes, &terms.scopes) {
            let expected = "The configuration does not have this scope in api_keys.scopes.";
            return Err(InvalidTerms::new(format!("scopes[{index}]"), expected));
        }
        if let Some(index) = first_missing(self.roles, &terms.roles) {
            let expected = "The key's owner does not have this role.";
            return Err(InvalidTerms::new(format!("roles[{index}]"), expected));
        }
        Ok(())
    }
}

/// A key as its account stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its terms.
    pub terms: KeyTerms,
    /// When it was created.
    pub created_at: UnixTime,
    /// When it was last used, as far as recorded.
    pub last_used_at: Option<UnixTime>,
}

/// What a key permits at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permitted {
    /// The key's scopes that the configuration still has.
    pub scopes: Vec<String>,
    /// The key's roles that the owner still has.
    pub roles: Vec<String>,
}

impl StoredKey {
    /// What the key permits; `None` if it has expired. A scope or role that the owner does not have (any more)
    /// is not the key's either.
    #[must_use]
    pub fn permits(&self, owner: Holdings<'_>, now: UnixTime) -> Option<Permitted> {
        if self.terms.expires_at.is_some_and(|end| now >= end) {
            return None;
        }
        let both = |own: &[String], owned: &[String]| {
            own.iter().filter(|word| owned.contains(word)).cloned().collect()
        };
        Some(Permitted {
            scopes: both(&self.terms.scopes, owner.scopes),
            roles: both(&self.terms.roles, owner.roles),
        })
    }

    /// Whether a use at this moment is to be recorded.
    #[must_use]
    pub fn records_use(&self, now: UnixTime) -> bool {
        self.last_used_at.is_none_or(|last| now.since(last) >= USE_RECORDED_EVERY)
    }
}

/// Until when an isolate may use what an account says about a key: as long as an access token issued at the
/// same moment would be valid, and not beyond the key's own expiry. Entries of the list of revocations are
/// kept for as long.
#[must_use]
pub fn usable_until(expires_at: Option<UnixTime>, now: UnixTime, access_token_lifetime: u64) -> UnixTime {
    let until = now.plus(access_token_lifetime);
    expires_at.map_or(until, |end| end.min(until))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::subsequence;
    use serde_json::{Value, json};

    use super::{
        DEFAULT_LIFETIME, Holdings, InvalidTerms, KeyRequest, KeyTerms, Permitted, StoredKey, usable_until,
    };
    use crate::time::UnixTime;
    use crate::wire::read_json;

    const NOW: UnixTime = UnixTime(1_000_000);

    fn terms(body: &Value) -> Result<KeyTerms, InvalidTerms> {
        KeyTerms::of(read_json::<KeyRequest>(body.to_string().as_bytes()).unwrap(), NOW)
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn a_key_permits_nothing_by_default_and_expires_after_90_days() {
        let expected = KeyTerms {
            name: "ci".into(),
            scopes: vec![],
            roles: vec![],
            networks: vec![],
            expires_at: Some(UnixTime(1_000_000 + 7_776_000)),
        };
        assert_eq!(DEFAULT_LIFETIME, 7_776_000);
        assert_eq!(terms(&json!({"name": " ci "})), Ok(expected.clone()));
        assert_eq!(
            terms(&json!({"name": "ci", "expires_in": null})),
            Ok(KeyTerms { expires_at: None, ..expected.clone() })
        );
        let hour = KeyTerms { expires_at: Some(UnixTime(1_003_600)), ..expected };
        assert_eq!(terms(&json!({"name": "ci", "expires_in": 3600})), Ok(hour));
    }

    #[test]
    fn invalid_terms_are_rejected_with_their_field() {
        let many = |text: &str| (0..33).map(|i| text.replace('#', &i.to_string())).collect::<Vec<_>>();
        for (body, field) in [
            (json!({"name": ""}), "name"),
            (json!({"name": " \t "}), "name"),
            (json!({"name": "a\u{0}b"}), "name"),
            (json!({"name": "a\nb"}), "name"),
            (json!({"name": "x".repeat(65)}), "name"),
            (json!({"name": "x", "scopes": ["a b"]}), "scopes[0]"),
            (json!({"name": "x", "scopes": ["a", "a"]}), "scopes[1]"),
            (json!({"name": "x", "scopes": many("s#")}), "scopes[32]"),
            (json!({"name": "x", "roles": ["\""]}), "roles[0]"),
            (json!({"name": "x", "roles": [""]}), "roles[0]"),
            (json!({"name": "x", "expires_in": 0}), "expires_in"),
            (json!({"name": "x", "expires_in": 59}), "expires_in"),
            (json!({"name": "x", "expires_in": 315_360_001}), "expires_in"),
            (json!({"name": "x", "networks": ["10.0.0.0/8", "10.0.0.1/8"]}), "networks[1]"),
            (json!({"name": "x", "networks": ["example.com"]}), "networks[0]"),
            (json!({"name": "x", "networks": many("10.0.#.0/24")}), "networks[32]"),
        ] {
            assert_eq!(terms(&body).map_err(|error| error.field), Err(field.to_owned()), "{body}");
        }
        for body in [
            json!({}),
            json!({"name": 1}),
            json!({"name": "x", "expires_in": -1}),
            json!({"name": "x", "expires_in": "never"}),
            json!({"name": "x", "scopes": null}),
            json!({"name": "x", "scopes": "a"}),
            json!({"name": "x", "expires_at": 1}),
        ] {
            assert!(read_json::<KeyRequest>(body.to_string().as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_new_key_has_only_what_its_owner_has() {
        let (scopes, roles) = (words("read write"), words("admin editor"));
        let owner = Holdings { scopes: &scopes, roles: &roles };
        for (scopes, roles, missing) in [
            ("", "", None),
            ("read write", "admin editor", None),
            ("read", "editor", None),
            ("read delete", "", Some("scopes[1]")),
            ("READ", "", Some("scopes[0]")),
            ("", "admin owner", Some("roles[1]")),
            ("admin", "read", Some("scopes[0]")),
        ] {
            let terms = KeyTerms {
                name: "x".into(),
                scopes: words(scopes),
                roles: words(roles),
                networks: vec![],
                expires_at: None,
            };
            let found = owner.cover(&terms).err().map(|error| error.field);
            assert_eq!(found.as_deref(), missing, "{scopes} {roles}");
        }
    }

    fn stored(expires_at: Option<u64>, last_used_at: Option<u64>) -> StoredKey {
        StoredKey {
            id: "key.x".into(),
            terms: KeyTerms {
                name: "x".into(),
                scopes: words("read write"),
                roles: words("admin editor"),
                networks: vec![],
                expires_at: expires_at.map(UnixTime),
            },
            created_at: UnixTime(1),
            last_used_at: last_used_at.map(UnixTime),
        }
    }

    #[test]
    fn a_role_that_the_owner_lost_is_lost_for_the_key() {
        let (scopes, roles) = (words("write delete"), words("editor owner"));
        let permitted = stored(None, None).permits(Holdings { scopes: &scopes, roles: &roles }, NOW).unwrap();
        assert_eq!(permitted, Permitted { scopes: words("write"), roles: words("editor") });
    }

    #[test]
    fn a_key_ends_at_its_expiry() {
        let owner = Holdings { scopes: &[], roles: &[] };
        for (expires_at, now, valid) in
            [(Some(100), 99, true), (Some(100), 100, false), (Some(100), 101, false), (None, u64::MAX, true)]
        {
            assert_eq!(stored(expires_at, None).permits(owner, UnixTime(now)).is_some(), valid, "{now}");
        }
    }

    #[test]
    fn a_use_is_recorded_every_five_minutes_at_most() {
        for (last, now, recorded) in [
            (None, 1_000, true),
            (Some(1_000), 1_299, false),
            (Some(1_000), 1_300, true),
            (Some(1_000), 900, false),
        ] {
            assert_eq!(stored(None, last).records_use(UnixTime(now)), recorded, "{last:?} {now}");
        }
    }

    #[test]
    fn what_an_account_said_is_used_for_the_life_of_a_token() {
        assert_eq!(usable_until(None, UnixTime(1_000), 300), UnixTime(1_300));
        assert_eq!(usable_until(Some(UnixTime(1_299)), UnixTime(1_000), 300), UnixTime(1_299));
        assert_eq!(usable_until(Some(UnixTime(1_301)), UnixTime(1_000), 300), UnixTime(1_300));
    }

    proptest! {
        /// Whatever the owner has when the key is created and when it is used.
        #[test]
        fn property_a_key_never_permits_more_than_its_owner_has_and_it_was_given(
            given in subsequence(words("a b c d e"), 0..=5),
            now_owned in subsequence(words("a b c d e"), 0..=5),
        ) {
            let key = StoredKey {
                terms: KeyTerms { scopes: given.clone(), roles: given.clone(), ..stored(None, None).terms },
                ..stored(None, None)
            };
            let owner = Holdings { scopes: &now_owned, roles: &now_owned };
            let Permitted { scopes, roles } = key.permits(owner, NOW).unwrap();
            for word in scopes.iter().chain(&roles) {
                prop_assert!(given.contains(word) && now_owned.contains(word));
            }
            for word in given.iter().filter(|word| now_owned.contains(word)) {
                prop_assert!(scopes.contains(word) && roles.contains(word));
            }
            prop_assert_eq!(owner.cover(&key.terms).is_ok(), given.iter().all(|word| now_owned.contains(word)));
        }
    }
}
