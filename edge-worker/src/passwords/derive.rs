//! Computes a hash of any kind.

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use worker_config::password_hash::{Digest, Kind};

use crate::objects::Unavailable;

/// Computes a hash as long as `out`.
///
/// # Errors
/// [`Unavailable`] if the parameters or the lengths are not valid; all of these were checked when the hash
/// was imported.
pub(super) fn derive(kind: Kind, password: &[u8], salt: &[u8], out: &mut [u8]) -> Result<(), Unavailable> {
    match kind {
        Kind::Argon2 { .. } => kind
            .argon2()
            .ok_or_else(|| Unavailable::because("argon2", "invalid parameters"))?
            .hash_password_into(password, salt, out)
            .map_err(|error| Unavailable::because("argon2", error)),
        Kind::Bcrypt { cost } => {
            let salt = salt.first_chunk().ok_or_else(|| Unavailable::because("bcrypt", "the salt"))?;
            let parts = bcrypt::hash_with_salt(password, cost, *salt);
            parts.map(drop).map_err(|error| Unavailable::because("bcrypt", error))
        }
        Kind::Pbkdf2 { digest, rounds } => {
            match digest {
                Digest::Sha1 => pbkdf2_hmac::<Sha1>(password, salt, rounds, out),
                Digest::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, rounds, out),
                Digest::Sha512 => pbkdf2_hmac::<Sha512>(password, salt, rounds, out),
            }
            Ok(())
        }
        Kind::Scrypt { log_n, r, p } => {
            let params =
                scrypt::Params::new(log_n, r, p).map_err(|error| Unavailable::because("scrypt", error))?;
            scrypt::scrypt(password, salt, &params, out)
                .map_err(|error| Unavailable::because("scrypt", error))
        }
    }
}
