//! Argon2id, in the stateless Worker and never in an object, where it would queue.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use auth_core::wire::Password;

use crate::objects::Unavailable;
use crate::random;

/// Memory in KiB, passes and lanes: the first recommendation of the OWASP password storage guidance for one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What is verified when there is no account, so that it takes as long: a hash of these parameters that nothing matches.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password with a salt of 128 random bits, as a PHC string.
///
/// # Errors
/// [`Unavailable`] when there is no randomness or the hash can't be computed.
pub fn hash(password: &Password) -> Result<String, Unavailable> {
    let salt = random::bytes::<16>()?;
    let hashed = hasher()?.hash_password_with_salt(password.expose_bytes(), &salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| Unavailable::because("argon2", error))
}

/// Whether the password is the one that was hashed; with no hash at all, no, in the same time.
///
/// # Errors
/// [`Unavailable`] when the stored hash can't be read. That is a fault of ours, not a wrong password.
pub fn verify(password: &Password, stored: Option<&str>) -> Result<bool, Unavailable> {
    let parsed =
        PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(|error| Unavailable::because("argon2", error))?;
    match hasher()?.verify_password(password.expose_bytes(), &parsed) {
        Ok(()) => Ok(stored.is_some()),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(Unavailable::because("argon2", error)),
    }
}

/// The most an imported hash may ask for: beyond it one sign-in would take more memory or time than an isolate has.
const MOST_MEMORY_KIB: u32 = 64 * 1024;
const MOST_PASSES: u32 = 10;

/// Whether a PHC string, from wherever it was imported, is one that [`verify`] can hold a password against.
#[must_use]
pub fn is_known_hash(text: &str) -> bool {
    let Ok(hash) = PasswordHash::new(text) else { return false };
    let affordable = |params: Params| params.m_cost() <= MOST_MEMORY_KIB && params.t_cost() <= MOST_PASSES;
    hash.algorithm.as_str() == "argon2id"
        && hash.salt.is_some()
        && hash.hash.is_some()
        && Params::try_from(&hash).is_ok_and(affordable)
}

fn hasher() -> Result<Argon2<'static>, Unavailable> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| Unavailable::because("argon2", error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use auth_core::secret::SecretText;
    use auth_core::wire::Password;

    use super::{hash, is_known_hash, verify};

    fn password(text: &str) -> Password {
        Password::new(SecretText::new(text.into())).unwrap()
    }

    #[test]
    fn check_41_argon2id_with_19_mib_and_two_passes() {
        let stored = hash(&password("correct horse")).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hash(&password("correct horse")).unwrap(), "salted");
        assert_eq!(verify(&password("correct horse"), Some(&stored)), Ok(true));
        assert_eq!(verify(&password("correct horsE"), Some(&stored)), Ok(false));
        assert_eq!(verify(&password("correct horse "), Some(&stored)), Ok(false));
    }

    #[test]
    fn an_imported_hash_is_one_that_can_be_verified_and_afforded() {
        assert!(is_known_hash(&hash(&password("correct horse")).unwrap()));
        assert!(is_known_hash("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"));
        for text in [
            "",
            "correct horse",
            "$argon2id$",
            "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ",
            "$argon2id$v=19$m=65537,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$argon2id$v=19$m=65536,t=11,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$unknown$v=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        ] {
            assert!(!is_known_hash(text), "{text}");
        }
    }

    #[test]
    fn nobody_has_no_password() {
        assert_eq!(verify(&password("correct horse"), None), Ok(false));
        assert!(verify(&password("correct horse"), Some("plain")).is_err());
    }
}
