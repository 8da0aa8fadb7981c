//! The text of a key: `lk_<environment>_<owner><random><checksum>`.
//!
//! | part | characters | content |
//! |---|---|---|
//! | `lk_` | 3 | the prefix that secret scanners recognise |
//! | environment | 1 to 16 | lower-case letters and digits, chosen by the deployer |
//! | owner | 43 | the account's object id, 32 bytes in base 62 |
//! | random | 27 | 160 random bits in base 62 |
//! | checksum | 6 | CRC-32 (ISO-HDLC) of all characters before it, in base 62 |

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder, Hex};
use hmac_sha256::HMAC;
use zeroize::Zeroizing;

use super::base62;
use crate::id::AccountId;
use crate::secret::SecretText;

/// The first characters of every key.
pub const PREFIX: &str = "lk_";

/// How many random bytes a key has.
pub const RANDOM_BYTES: usize = 20;

const OWNER_DIGITS: usize = 43;
const RANDOM_DIGITS: usize = 27;
const CHECKSUM_DIGITS: usize = 6;
const DIGITS: usize = OWNER_DIGITS + RANDOM_DIGITS + CHECKSUM_DIGITS;

/// The maximum length of an environment's name.
const MAX_ENVIRONMENT: usize = 16;

/// Separates these MACs from any other use.
const CONTEXT: &[u8] = b"latchkey api key v1";

/// A well-formed key. Only its account knows whether it is valid.
#[derive(Clone)]
pub struct ApiKey {
    environment: Box<str>,
    owner: AccountId,
    random: Zeroizing<[u8; RANDOM_BYTES]>,
}

/// A text that is not a key: its form or its checksum is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedKey;

impl core::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl ApiKey {
    /// A new key. `None` if the owner is not the id of an object, or the name of the environment is invalid.
    #[must_use]
    pub fn new(environment: &str, owner: &AccountId, random: [u8; RANDOM_BYTES]) -> Option<Self> {
        let random = Zeroizing::new(random);
        (is_environment(environment) && owner_bytes(owner).is_some()).then(|| Self {
            environment: environment.into(),
            owner: owner.clone(),
            random,
        })
    }

    /// Reads a key. The checksum is compared first, so that a mistyped or invented key causes no further work.
    ///
    /// # Errors
    /// [`MalformedKey`].
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let (environment, digits) =
            text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(MalformedKey)?;
        if !is_environment(environment) || digits.len() != DIGITS {
            return Err(MalformedKey);
        }
        let (content, sum) = text.split_at_checked(text.len() - CHECKSUM_DIGITS).ok_or(MalformedKey)?;
        if sum != checksum(content) {
            return Err(MalformedKey);
        }
        let (owner, rest) = digits.split_at_checked(OWNER_DIGITS).ok_or(MalformedKey)?;
        let random = rest.get(..RANDOM_DIGITS).and_then(base62::decode).ok_or(MalformedKey)?;
        let owner = base62::decode::<32>(owner).ok_or(MalformedKey)?;
        let owner = Hex::encode_to_string(owner).map_err(|_| MalformedKey)?;
        Ok(Self { environment: environment.into(), owner: owner.into(), random: Zeroizing::new(random) })
    }

    /// The key, to be shown to its owner once.
    #[must_use]
    pub fn text(&self) -> SecretText {
        // The constructors have checked that the owner is 32 bytes in hex.
        let owner = base62::encode(&owner_bytes(&self.owner).unwrap_or_default(), OWNER_DIGITS);
        let random = Zeroizing::new(base62::encode(&*self.random, RANDOM_DIGITS));
        let mut text = [PREFIX, &self.environment, "_", &owner, &random].concat();
        text += &checksum(&text);
        SecretText::new(text)
    }

    /// The account to which the key belongs.
    #[must_use]
    pub const fn owner(&self) -> &AccountId {
        &self.owner
    }

    /// The environment for which the key was made.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// What the account stores of the key: a MAC of the owner and the environment, with the random bytes as
    /// key. The key cannot be computed from it.
    ///
    /// MACs are looked up, not compared in constant time, because a MAC can't be computed without the random
    /// bytes.
    #[must_use]
    pub fn mac(&self) -> String {
        let mut mac = HMAC::new(*self.random);
        mac.update(CONTEXT);
        // Each part is preceded by its length, so that no two inputs share one encoding.
        for part in [self.owner.as_str(), &self.environment] {
            mac.update((part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        // 32 bytes always encode.
        Base64UrlSafeNoPadding::encode_to_string(mac.finalize()).unwrap_or_default()
    }
}

/// Whether a text in an `Authorization` header is meant to be a key. Access tokens never begin with this prefix.
#[must_use]
pub fn is_meant_as_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Whether a text, such as a path or a query, contains a key with a correct checksum.
#[must_use]
pub fn contains_key(text: &str) -> bool {
    text.match_indices(PREFIX).any(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        let environment = rest.get(PREFIX.len()..).and_then(|rest| rest.find('_'));
        let length = environment.map(|length| PREFIX.len() + length + 1 + DIGITS);
        length.and_then(|length| rest.get(..length)).is_some_and(|text| ApiKey::parse(text).is_ok())
    })
}

/// Whether a name can be that of an environment: 1 to 16 lower-case letters and digits.
#[must_use]
pub fn is_environment(name: &str) -> bool {
    (1..=MAX_ENVIRONMENT).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn owner_bytes(owner: &AccountId) -> Option<[u8; 32]> {
    let hex = owner.as_str();
    let is_canonical = hex.len() == 64 && !hex.bytes().any(|b| b.is_ascii_uppercase());
    let bytes = is_canonical.then(|| Hex::decode_to_vec(hex, None).ok()).flatten()?;
    bytes.try_into().ok()
}

fn checksum(text: &str) -> String {
    // Computed without a table, because a table would be larger than the rest of this module.
    let sum = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC).checksum(text.as_bytes());
    base62::encode(&sum.to_be_bytes(), CHECKSUM_DIGITS)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{ApiKey, checksum, contains_key, is_environment, is_meant_as_key};
    use crate::id::AccountId;

    fn owner(byte: u8) -> AccountId {
        format!("{byte:02x}").repeat(32).into()
    }

    fn key(environment: &str, byte: u8) -> ApiKey {
        ApiKey::new(environment, &owner(byte), [byte; 20]).unwrap()
    }

    fn text(key: &ApiKey) -> String {
        key.text().expose().to_owned()
    }

    #[test]
    fn a_key_has_a_prefix_an_environment_and_76_digits() {
        let one = text(&key("live", 0xab));
        // Computed by other software.
        assert_eq!(
            one,
            "lk_live_ehv1hsdOHPxDuX3xn9YyIKbgl4yJuySCWzdimD4heupOUfRtkDImLgY15rq0qYSNQEE3uV482rCZ"
        );
        assert_eq!(one.len(), "lk_live_".len() + 76);
        assert!(one.strip_prefix("lk_live_").unwrap().bytes().all(|b| b.is_ascii_alphanumeric()));
        assert!(is_meant_as_key(&one) && !is_meant_as_key("eyJhbGciOiJFUzI1NiJ9.e30.x"));
    }

    #[test]
    fn the_checksum_is_that_of_other_software() {
        // The check value of CRC-32/ISO-HDLC: 0xCBF43926.
        assert_eq!(checksum("123456789"), super::base62::encode(&0xCBF4_3926_u32.to_be_bytes(), 6));
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?} {:?}", key("live", 1), key("live", 1).text()), "[redacted] [redacted]");
    }

    #[test]
    fn only_object_ids_and_names_of_environments_make_keys() {
        for id in ["", "u", &"A".repeat(64), &"0".repeat(63), &"0".repeat(66), &"g".repeat(64)] {
            assert!(ApiKey::new("live", &AccountId::from(id), [0; 20]).is_none(), "{id}");
        }
        for name in ["live", "test", "a", "0", "abcdefghijklmnop"] {
            assert!(is_environment(name), "{name}");
        }
        for name in ["", "Live", "a_b", "a-b", "é", "abcdefghijklmnopq"] {
            assert!(!is_environment(name), "{name}");
            assert!(ApiKey::new(name, &owner(1), [0; 20]).is_none(), "{name}");
        }
    }

    #[test]
    fn the_mac_depends_on_every_part() {
        let keys = [
            key("live", 1),
            key("test", 1),
            key("live", 2),
            ApiKey::new("live", &owner(1), [2; 20]).unwrap(),
            ApiKey::new("live", &owner(2), [1; 20]).unwrap(),
        ];
        let macs: HashSet<_> = keys.iter().map(ApiKey::mac).collect();
        assert_eq!(macs.len(), keys.len());
        for key in &keys {
            assert_eq!(key.mac().len(), 43);
            assert!(!text(key).contains(&key.mac()));
            assert_eq!(ApiKey::parse(&text(key)).unwrap().mac(), key.mac());
        }
    }

    #[test]
    fn a_key_is_found_in_a_path_or_a_query() {
        let key = text(&key("live", 7));
        for found in [
            format!("?key={key}"),
            format!("?a=lk_&b=lk_live_x&key={key}&c"),
            format!("/api/{key}/x"),
            format!("lk_{key}"),
            key.clone(),
        ] {
            assert!(contains_key(&found), "{found}");
        }
        for other in [
            String::new(),
            "?a=lk_".to_owned(),
            "?a=lk_live_".to_owned(),
            format!("?a=lk_live_{}", "0".repeat(76)),
            format!("?a={}", key.split_at(key.len() - 1).0),
            format!("?a=lk_é{key}").replace(&key, ""),
        ] {
            assert!(!contains_key(&other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn property_a_key_is_read_back(owner in any::<[u8; 32]>(), random in any::<[u8; 20]>(), env in "[a-z0-9]{1,16}") {
            let owner: String = owner.iter().map(|byte| format!("{byte:02x}")).collect();
            let made = ApiKey::new(&env, &owner.as_str().into(), random).unwrap();
            let read = ApiKey::parse(&text(&made)).unwrap();
            prop_assert_eq!(read.owner().as_str(), owner);
            prop_assert_eq!(read.environment(), env);
            prop_assert_eq!(read.mac(), made.mac());
            prop_assert_eq!(text(&read), text(&made));
        }

        /// CRC-32 finds every change of up to 32 bits in a row, so every change of one character.
        #[test]
        fn property_no_other_text_of_one_changed_character_is_a_key(at in 0_usize..84, with in "[ -~]") {
            let good = text(&key("live", 9));
            let changed: String =
                good.chars().enumerate().flat_map(|(i, c)| if i == at { with.clone() } else { c.to_string() }.chars().collect::<Vec<_>>()).collect();
            if changed != good {
                prop_assert!(ApiKey::parse(&changed).is_err());
            }
        }

        #[test]
        fn property_what_is_accepted_is_canonical(digits in "[0-9A-Za-z]{70}") {
            let content = format!("lk_live_{digits}");
            let candidate = format!("{content}{}", checksum(&content));
            if let Ok(key) = ApiKey::parse(&candidate) {
                prop_assert_eq!(text(&key), candidate);
            }
        }

        #[test]
        fn property_nothing_panics(candidate in "(lk_)?.{0,100}") {
            prop_assert!(ApiKey::parse(&candidate).is_err());
            prop_assert!(!contains_key(&candidate));
        }
    }
}
