//! Keycloak's credential, as a realm's export contains it: a JSON object whose members `secretData` and
//! `credentialData` are texts that contain JSON again. Members that do not matter here are ignored.

use argon2::{Algorithm, Version};
use auth_core::wire::parse_object;
use serde_json::{Map, Value};
use worker_config::password_hash::{Digest, Kind, Unsupported};

use super::super::stored::Stored;
use super::fields::{bytes, number, raw, raw_argon2};

type Object = Map<String, Value>;

pub(super) fn read(text: &str) -> Result<Stored, Unsupported> {
    // `{SSHA}…` and `{bcrypt}…` begin like this too.
    let credential = parse_object(text.as_bytes()).map_err(|_| Unsupported::Format)?;
    let (secret, data) = (inner(&credential, "secretData")?, inner(&credential, "credentialData")?);
    let (salt, value) = (bytes(member(&secret, "salt")?)?, member(&secret, "value")?);
    let iterations = data.get("hashIterations").and_then(Value::as_u64);
    let iterations =
        iterations.and_then(|number| u32::try_from(number).ok()).ok_or(Unsupported::Malformed)?;
    let pbkdf2 = |digest| Kind::Pbkdf2 { digest, rounds: iterations };
    match member(&data, "algorithm")? {
        "pbkdf2" => raw(pbkdf2(Digest::Sha1), salt, value),
        "pbkdf2-sha256" => raw(pbkdf2(Digest::Sha256), salt, value),
        "pbkdf2-sha512" => raw(pbkdf2(Digest::Sha512), salt, value),
        "argon2" => {
            let more = data.get("additionalParameters").and_then(Value::as_object);
            let more = more.ok_or(Unsupported::Malformed)?;
            let kind = Kind::Argon2 {
                variant: match first(more, "type")? {
                    "id" => Algorithm::Argon2id,
                    "i" => Algorithm::Argon2i,
                    "d" => Algorithm::Argon2d,
                    _ => return Err(Unsupported::Malformed),
                },
                version: match first(more, "version")? {
                    "1.3" => Version::V0x13,
                    "1.0" => Version::V0x10,
                    _ => return Err(Unsupported::Malformed),
                },
                memory_kib: number(first(more, "memory")?)?,
                passes: iterations,
                lanes: number(first(more, "parallelism")?)?,
            };
            raw_argon2(kind, salt, value)
        }
        _ => Err(Unsupported::Format),
    }
}

fn inner(credential: &Object, name: &str) -> Result<Object, Unsupported> {
    parse_object(member(credential, name)?.as_bytes()).map_err(|_| Unsupported::Malformed)
}

fn member<'o>(object: &'o Object, name: &str) -> Result<&'o str, Unsupported> {
    object.get(name).and_then(Value::as_str).ok_or(Unsupported::Malformed)
}

/// The first of a list of texts.
fn first<'o>(object: &'o Object, name: &str) -> Result<&'o str, Unsupported> {
    let list = object.get(name).and_then(Value::as_array);
    list.and_then(|list| list.first()).and_then(Value::as_str).ok_or(Unsupported::Malformed)
}
