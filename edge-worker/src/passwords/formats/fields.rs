//! What several spellings of hashes have in common: fields, parameters, numbers, base64, and hashes that are the
//! output itself.

use ct_codecs::{Base64NoPadding, Decoder as _};
use worker_config::password_hash::{Kind, Unsupported};

use crate::passwords::stored::{Form, Stored};

/// The minimum length of the compared output in bytes.
pub(super) const MIN_OUTPUT: usize = 16;

/// The maximum length of a salt and of an output in bytes.
pub(super) const MAX_BYTES: usize = 1024;

/// Argon2 needs a salt of at least 8 bytes.
pub(super) fn raw_argon2(kind: Kind, salt: Vec<u8>, hash: &str) -> Result<Stored, Unsupported> {
    if salt.len() < argon2::MIN_SALT_LEN {
        return Err(Unsupported::Malformed);
    }
    raw(kind, salt, hash)
}

/// A hash that is the output itself, in base64.
pub(super) fn raw(kind: Kind, salt: Vec<u8>, hash: &str) -> Result<Stored, Unsupported> {
    if salt.len() > MAX_BYTES {
        return Err(Unsupported::Malformed);
    }
    Ok(Stored { kind, form: Form::Raw { salt, expected: output(hash)? } })
}

pub(super) fn output(hash: &str) -> Result<Vec<u8>, Unsupported> {
    Some(bytes(hash)?).filter(|hash| hash.len() >= MIN_OUTPUT).ok_or(Unsupported::Malformed)
}

/// Base64, with or without padding. passlib writes `.` in place of `+`.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, Unsupported> {
    let text = text.trim_end_matches('=').replace('.', "+");
    let decoded = Base64NoPadding::decode_to_vec(text, None).map_err(|_| Unsupported::Malformed)?;
    Some(decoded).filter(|bytes| bytes.len() <= MAX_BYTES).ok_or(Unsupported::Malformed)
}

pub(super) fn fields<const N: usize>(text: &str) -> Result<[&str; N], Unsupported> {
    text.split('$').collect::<Vec<_>>().try_into().map_err(|_| Unsupported::Malformed)
}

/// A number without sign and leading zeros.
pub(super) fn number(text: &str) -> Result<u32, Unsupported> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| canonical).ok_or(Unsupported::Malformed)
}

pub(super) fn log_n(n: u32) -> Result<u8, Unsupported> {
    if n.is_power_of_two() {
        u8::try_from(n.trailing_zeros()).map_err(|_| Unsupported::Malformed)
    } else {
        Err(Unsupported::Malformed)
    }
}

/// `name=value` pairs, separated by commas.
pub(super) struct Parameters<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Parameters<'t> {
    /// Reads pairs with these names, each at most once.
    pub(super) fn read(text: &'t str, names: &[&str]) -> Result<Self, Unsupported> {
        let pairs = text.split(',').map(|pair| pair.split_once('=').ok_or(Unsupported::Malformed));
        let pairs: Vec<_> = pairs.collect::<Result<_, _>>()?;
        let known = pairs.iter().all(|(name, _)| names.contains(name));
        let once = names.iter().all(|name| pairs.iter().filter(|(found, _)| found == name).count() <= 1);
        if known && once { Ok(Self(pairs)) } else { Err(Unsupported::Malformed) }
    }

    pub(super) fn text(&self, name: &str) -> Option<&'t str> {
        self.0.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }

    pub(super) fn optional(&self, name: &str) -> Result<Option<u32>, Unsupported> {
        self.text(name).map(number).transpose()
    }

    pub(super) fn number(&self, name: &str) -> Result<u32, Unsupported> {
        self.optional(name)?.ok_or(Unsupported::Malformed)
    }
}
