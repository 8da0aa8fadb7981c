//! Stored hashes: the service's own, and those of other systems as they were imported.

use aes::Aes256;
use argon2::{Algorithm, Version};
use auth_core::wire::Password;
use ct_codecs::{Base64, Encoder as _, Hex};
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256, Sha384};

use super::derive::derive;
use super::{Cost, Kind};
use crate::objects::Unavailable;

/// A stored hash, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The kind of hash, and what it costs.
    pub kind: Kind,
    pub(super) form: Form,
}

/// What a kind's output is compared with, and what happens before or after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The output itself, of Argon2, PBKDF2 or scrypt.
    Raw { salt: Vec<u8>, expected: Vec<u8> },
    /// A bcrypt hash in bcrypt's own format.
    Bcrypt { hash: String, prehash: Prehash },
    /// Firebase's variant of scrypt: the project's signer key, encrypted with AES-256 in counter mode under
    /// the first half of the output.
    Firebase { salt: Vec<u8>, signer_key: Vec<u8>, expected: Vec<u8> },
}

/// What is given to bcrypt, which reads only 72 bytes, in place of the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prehash {
    /// The password itself.
    None,
    /// Django: SHA-256 in hex.
    Sha256Hex,
    /// passlib, version 1: SHA-256 in base64.
    Sha256Base64,
    /// passlib, version 2: HMAC-SHA-256 under the salt's text, in base64.
    HmacSha256 { salt: String },
    /// WordPress 6.8: HMAC-SHA-384 in base64.
    WordPress,
}

impl Prehash {
    fn apply(&self, password: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let failed = |error: ct_codecs::Error| Unavailable::because("password hash", error);
        let no_key = |error| Unavailable::because("password hash", error);
        let text = match self {
            Self::None => return Ok(password.to_vec()),
            Self::Sha256Hex => Hex::encode_to_string(Sha256::digest(password)),
            Self::Sha256Base64 => Base64::encode_to_string(Sha256::digest(password)),
            Self::HmacSha256 { salt } => {
                let mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes()).map_err(no_key)?;
                Base64::encode_to_string(mac.chain_update(password).finalize().into_bytes())
            }
            Self::WordPress => {
                let mac = Hmac::<Sha384>::new_from_slice(b"wp-sha384").map_err(no_key)?;
                Base64::encode_to_string(mac.chain_update(password).finalize().into_bytes())
            }
        };
        text.map(String::into_bytes).map_err(failed)
    }
}

impl Stored {
    /// Whether the password matches the hash, compared in constant time.
    pub(super) fn verify(&self, password: &Password) -> Result<bool, Unavailable> {
        let password = password.expose_bytes();
        match &self.form {
            Form::Raw { salt, expected } => {
                let length = self.kind.compared_length(expected.len());
                let mut computed = vec![0; length];
                derive(self.kind, password, salt, &mut computed)?;
                Ok(ct_codecs::verify(&computed, expected.get(..length).unwrap_or_default()))
            }
            Form::Bcrypt { hash, prehash } => bcrypt::verify(prehash.apply(password)?, hash)
                .map_err(|error| Unavailable::because("bcrypt", error)),
            Form::Firebase { salt, signer_key, expected } => {
                let mut key = [0; 32];
                derive(self.kind, password, salt, &mut key)?;
                let mut computed = signer_key.clone();
                let mut cipher = ctr::Ctr128BE::<Aes256>::new(&key.into(), &[0; 16].into());
                cipher.apply_keystream(&mut computed);
                Ok(ct_codecs::verify(&computed, expected))
            }
        }
    }

    /// The cost, if this service could have made the hash: Argon2id with one lane, within what may be
    /// configured.
    pub(super) fn own_cost(&self) -> Option<Cost> {
        match self.kind {
            Kind::Argon2 {
                variant: Algorithm::Argon2id,
                version: Version::V0x13,
                memory_kib,
                passes,
                lanes: 1,
            } if memory_kib <= Cost::MAX.memory_kib && passes <= Cost::MAX.passes => {
                Some(Cost { memory_kib, passes })
            }
            Kind::Argon2 { .. } | Kind::Bcrypt { .. } | Kind::Pbkdf2 { .. } | Kind::Scrypt { .. } => None,
        }
    }

    /// Whether a new hash should replace this one: it is of another kind, or cheaper.
    pub(super) fn is_outdated(&self, cost: Cost) -> bool {
        self.own_cost().is_none_or(|own| own.memory_kib < cost.memory_kib || own.passes < cost.passes)
    }
}
