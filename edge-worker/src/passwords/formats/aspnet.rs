//! ASP.NET Identity and ASP.NET Core Identity: one base64 text, whose first byte is the version.

use worker_config::password_hash::{Digest, Kind, Unsupported};

use super::super::stored::{Form, Stored};
use super::fields::{MAX_BYTES, MIN_OUTPUT, bytes};

/// Version 2: the byte 0, 16 bytes of salt, 32 bytes of PBKDF2-SHA1 with 1,000 rounds.
const V2_ROUNDS: u32 = 1000;

/// Version 3: the byte 1; the function, the rounds and the length of the salt, each as four bytes, the most
/// significant first; the salt; the output.
pub(super) fn read(text: &str) -> Result<Stored, Unsupported> {
    let bytes = bytes(text).map_err(|_| Unsupported::Format)?;
    match bytes.split_first() {
        Some((0, rest)) if rest.len() == 16 + 32 => {
            let (salt, expected) = rest.split_at_checked(16).ok_or(Unsupported::Malformed)?;
            Ok(stored(Digest::Sha1, V2_ROUNDS, salt, expected))
        }
        Some((1, rest)) => {
            let (function, rest) = number(rest)?;
            let (rounds, rest) = number(rest)?;
            let (length, rest) = number(rest)?;
            let digest = match function {
                0 => Digest::Sha1,
                1 => Digest::Sha256,
                2 => Digest::Sha512,
                _ => return Err(Unsupported::Malformed),
            };
            let length = usize::try_from(length).map_err(|_| Unsupported::Malformed)?;
            let (salt, expected) = rest.split_at_checked(length).ok_or(Unsupported::Malformed)?;
            if expected.len() < MIN_OUTPUT || salt.len() > MAX_BYTES {
                return Err(Unsupported::Malformed);
            }
            Ok(stored(digest, rounds, salt, expected))
        }
        Some(_) | None => Err(Unsupported::Format),
    }
}

fn stored(digest: Digest, rounds: u32, salt: &[u8], expected: &[u8]) -> Stored {
    let form = Form::Raw { salt: salt.to_vec(), expected: expected.to_vec() };
    Stored { kind: Kind::Pbkdf2 { digest, rounds }, form }
}

fn number(bytes: &[u8]) -> Result<(u32, &[u8]), Unsupported> {
    let (number, rest) = bytes.split_first_chunk().ok_or(Unsupported::Malformed)?;
    Ok((u32::from_be_bytes(*number), rest))
}
