//! The spellings of stored hashes: PHC strings, bcrypt's own, and those of the systems from which users are
//! imported. docs/imports.md lists them. [`keycloak`] and [`aspnet`] are the ones that are not separated by
//! `$`.

mod aspnet;
mod fields;
mod keycloak;

use argon2::{Algorithm, Version};
use worker_config::password_hash::{Digest, Kind, Unsupported};

use self::fields::{Parameters, bytes, fields, log_n, number, output, raw, raw_argon2};
use super::stored::{Form, Prehash, Stored};
use crate::objects::Unavailable;

impl Stored {
    /// Parses a stored hash.
    ///
    /// # Errors
    /// [`Unavailable`], because only hashes that [`read`] accepts are stored.
    pub fn parse(text: &str) -> Result<Self, Unavailable> {
        read(text).map_err(|error| Unavailable::because("password hash", error))
    }
}

/// Parses a hash in any of the supported spellings and checks that it can be verified within the bounds.
///
/// # Errors
/// [`Unsupported`].
pub(super) fn read(text: &str) -> Result<Stored, Unsupported> {
    let stored = spelling(text)?;
    stored.kind.check()?;
    Ok(stored)
}

fn spelling(text: &str) -> Result<Stored, Unsupported> {
    if text.starts_with('{') {
        return keycloak::read(text);
    }
    let Some((prefix, rest)) = text.split_once('$') else { return aspnet::read(text) };
    if prefix.is_empty() { modular(text, rest) } else { django(prefix, rest) }
}

/// `$<name>$<fields>`.
fn modular(text: &str, rest: &str) -> Result<Stored, Unsupported> {
    let (name, fields) = rest.split_once('$').ok_or(Unsupported::Malformed)?;
    match name {
        "2a" | "2b" | "2y" => bcrypt(text, Prehash::None),
        "2x" => Err(Unsupported::Scheme("bcrypt of an implementation with a known fault ($2x$)")),
        "wp" => bcrypt(text.strip_prefix("$wp").unwrap_or_default(), Prehash::WordPress),
        "bcrypt-sha256" => passlib_bcrypt_sha256(fields),
        "argon2id" => argon2(Algorithm::Argon2id, fields),
        "argon2i" => argon2(Algorithm::Argon2i, fields),
        "argon2d" => argon2(Algorithm::Argon2d, fields),
        "pbkdf2" | "pbkdf2-sha1" => pbkdf2(Digest::Sha1, fields),
        "pbkdf2-sha256" => pbkdf2(Digest::Sha256, fields),
        "pbkdf2-sha512" => pbkdf2(Digest::Sha512, fields),
        "scrypt" => scrypt(fields),
        "fbscrypt" => firebase(fields),
        "firescrypt" => kratos_firebase(fields),
        "P" | "H" => Err(Unsupported::Scheme("phpass, which iterates MD5,")),
        "1" | "apr1" => Err(Unsupported::Scheme("md5-crypt")),
        _ => Err(Unsupported::Format),
    }
}

/// Django's `<hasher>$<fields>`.
fn django(hasher: &str, rest: &str) -> Result<Stored, Unsupported> {
    match hasher {
        "pbkdf2_sha256" => django_pbkdf2(Digest::Sha256, rest),
        "pbkdf2_sha1" => django_pbkdf2(Digest::Sha1, rest),
        // The rest is a PHC string without its first `$`.
        "argon2" => match rest.split_once('$') {
            Some(("argon2id", fields)) => argon2(Algorithm::Argon2id, fields),
            Some(("argon2i", fields)) => argon2(Algorithm::Argon2i, fields),
            Some(("argon2d", fields)) => argon2(Algorithm::Argon2d, fields),
            Some(_) | None => Err(Unsupported::Malformed),
        },
        "bcrypt" => bcrypt(rest, Prehash::None),
        "bcrypt_sha256" => bcrypt(rest, Prehash::Sha256Hex),
        "scrypt" => {
            let [n, salt, r, p, hash] = fields(rest)?;
            let kind = Kind::Scrypt { log_n: log_n(number(n)?)?, r: number(r)?, p: number(p)? };
            raw(kind, salt.as_bytes().to_vec(), hash)
        }
        "md5" | "unsalted_md5" | "sha1" | "unsalted_sha1" | "crypt" => {
            Err(Unsupported::Scheme("a hash without iterations"))
        }
        _ => Err(Unsupported::Format),
    }
}

/// `<rounds>$<salt>$<hash>`; the salt is the text itself.
fn django_pbkdf2(digest: Digest, rest: &str) -> Result<Stored, Unsupported> {
    let [rounds, salt, hash] = fields(rest)?;
    raw(Kind::Pbkdf2 { digest, rounds: number(rounds)? }, salt.as_bytes().to_vec(), hash)
}

/// `[v=19$]m=…,t=…,p=…$<salt>$<hash>`. Without a version it is the first one.
fn argon2(variant: Algorithm, text: &str) -> Result<Stored, Unsupported> {
    let (version, text) = match text.split_once('$') {
        Some(("v=19", rest)) => (Version::V0x13, rest),
        Some(("v=16", rest)) => (Version::V0x10, rest),
        Some(_) | None => (Version::V0x10, text),
    };
    let [parameters, salt, hash] = fields(text)?;
    let parameters = Parameters::read(parameters, &["m", "t", "p"])?;
    let kind = Kind::Argon2 {
        variant,
        version,
        memory_kib: parameters.number("m")?,
        passes: parameters.number("t")?,
        lanes: parameters.number("p")?,
    };
    raw_argon2(kind, bytes(salt)?, hash)
}

/// A PHC string's `i=…[,l=…]`, or passlib's plain number, then `$<salt>$<hash>`.
fn pbkdf2(digest: Digest, text: &str) -> Result<Stored, Unsupported> {
    let [parameters, salt, hash] = fields(text)?;
    let rounds = if parameters.contains('=') {
        let parameters = Parameters::read(parameters, &["i", "l"])?;
        let length = parameters.optional("l")?;
        if length.is_some_and(|length| bytes(hash).is_ok_and(|hash| hash.len() != length as usize)) {
            return Err(Unsupported::Malformed);
        }
        parameters.number("i")?
    } else {
        number(parameters)?
    };
    raw(Kind::Pbkdf2 { digest, rounds }, bytes(salt)?, hash)
}

/// `ln=…,r=…,p=…$<salt>$<hash>`. Kratos writes N itself in place of its logarithm.
fn scrypt(text: &str) -> Result<Stored, Unsupported> {
    let [parameters, salt, hash] = fields(text)?;
    let parameters = Parameters::read(parameters, &["ln", "r", "p"])?;
    raw(scrypt_kind(&parameters, "ln")?, bytes(salt)?, hash)
}

fn scrypt_kind(parameters: &Parameters<'_>, n: &'static str) -> Result<Kind, Unsupported> {
    let n = parameters.number(n)?;
    // No computer has the memory for a logarithm of 64 or more.
    let log_n = if n < 64 { u8::try_from(n).map_err(|_| Unsupported::Malformed)? } else { log_n(n)? };
    Ok(Kind::Scrypt { log_n, r: parameters.number("r")?, p: parameters.number("p")? })
}

/// GoTrue's spelling: `v=1,n=14,r=8,p=1,ss=<salt separator>,sk=<signer key>$<salt>$<hash>`; Firebase has none
/// of its own.
fn firebase(text: &str) -> Result<Stored, Unsupported> {
    let [parameters, salt, hash] = fields(text)?;
    let parameters = Parameters::read(parameters, &["v", "n", "r", "p", "ss", "sk"])?;
    if parameters.number("v")? != 1 {
        return Err(Unsupported::Malformed);
    }
    let separator = parameters.text("ss").ok_or(Unsupported::FirebaseParameters)?;
    let signer_key = parameters.text("sk").ok_or(Unsupported::FirebaseParameters)?;
    firebase_parts(scrypt_kind(&parameters, "n")?, salt, separator, signer_key, hash)
}

/// Kratos' spelling: `ln=14,r=8,p=1$<salt>$<hash>$<salt separator>$<signer key>`.
fn kratos_firebase(text: &str) -> Result<Stored, Unsupported> {
    let [parameters, salt, hash, separator, signer_key] =
        fields(text).map_err(|_| Unsupported::FirebaseParameters)?;
    let parameters = Parameters::read(parameters, &["ln", "r", "p"])?;
    firebase_parts(scrypt_kind(&parameters, "ln")?, salt, separator, signer_key, hash)
}

fn firebase_parts(
    kind: Kind,
    salt: &str,
    separator: &str,
    signer_key: &str,
    hash: &str,
) -> Result<Stored, Unsupported> {
    let salt = [bytes(salt)?, bytes(separator)?].concat();
    let (signer_key, expected) = (bytes(signer_key)?, output(hash)?);
    if signer_key.is_empty() {
        return Err(Unsupported::FirebaseParameters);
    }
    if signer_key.len() != expected.len() {
        return Err(Unsupported::Malformed);
    }
    Ok(Stored { kind, form: Form::Firebase { salt, signer_key, expected } })
}

/// `$2b$12$<salt and hash>`.
fn bcrypt(text: &str, prehash: Prehash) -> Result<Stored, Unsupported> {
    let known = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix));
    let parts = text.parse::<bcrypt::HashParts>().ok().filter(|_| known).ok_or(Unsupported::Malformed)?;
    let kind = Kind::Bcrypt { cost: parts.get_cost() };
    Ok(Stored { kind, form: Form::Bcrypt { hash: text.to_owned(), prehash } })
}

/// passlib's `v=2,t=2b,r=12$<salt>$<hash>`, and version 1: `2b,12$<salt>$<hash>`.
fn passlib_bcrypt_sha256(text: &str) -> Result<Stored, Unsupported> {
    let [parameters, salt, hash] = fields(text)?;
    let (variant, cost, prehash) = if parameters.contains('=') {
        let parameters = Parameters::read(parameters, &["v", "t", "r"])?;
        if parameters.number("v")? != 2 {
            return Err(Unsupported::Malformed);
        }
        let variant = parameters.text("t").ok_or(Unsupported::Malformed)?;
        (variant, parameters.number("r")?, Prehash::HmacSha256 { salt: salt.to_owned() })
    } else {
        let (variant, cost) = parameters.split_once(',').ok_or(Unsupported::Malformed)?;
        (variant, number(cost)?, Prehash::Sha256Base64)
    };
    bcrypt(&format!("${variant}${cost:02}${salt}{hash}"), prehash)
}
