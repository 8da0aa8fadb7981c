//! Public keys of passkeys: COSE keys (RFC 9052 section 7, RFC 9053, RFC 8230).

use super::cbor::Reader;
use super::refusal::Refusal;
use crate::token::{Algorithm, KeyMaterial, VerificationKey};

/// The algorithms that are requested, the preferred first, by their numbers in the COSE registry. Every
/// authenticator supports one of them: WebAuthn recommends exactly these three (section 5.4, `pubKeyCredParams`).
pub(super) const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Reads the key at the beginning. It has the members that its type requires and `alg`, and no others (WebAuthn
/// section 6.5.1.1).
pub(super) fn read_key(reader: &mut Reader<'_>) -> Result<VerificationKey, Refusal> {
    let members = Members::read(reader).ok_or(Refusal::PublicKey)?;
    let algorithm = match members.alg {
        Some(-7) => Algorithm::Es256,
        Some(-8) => Algorithm::EdDsa,
        Some(-257) => Algorithm::Rs256,
        Some(_) => return Err(Refusal::Algorithm),
        None => return Err(Refusal::PublicKey),
    };
    let material = members.material(algorithm).ok_or(Refusal::PublicKey)?;
    Ok(VerificationKey { kid: String::new(), algorithm, material })
}

/// The member -1, whose meaning depends on the key's type.
enum First<'a> {
    /// `crv` of elliptic curves.
    Curve(i64),
    /// `n` of RSA.
    Modulus(&'a [u8]),
}

/// The members, by their labels.
#[derive(Default)]
struct Members<'a> {
    /// 1.
    kty: Option<i64>,
    /// 3.
    alg: Option<i64>,
    /// -1.
    first: Option<First<'a>>,
    /// -2: `x`, or RSA's `e`.
    second: Option<&'a [u8]>,
    /// -3: `y`.
    third: Option<&'a [u8]>,
}

impl<'a> Members<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let mut members = Self::default();
        for _ in 0..reader.map()? {
            let is_new = match reader.integer()? {
                1 => members.kty.replace(reader.integer()?).is_none(),
                3 => members.alg.replace(reader.integer()?).is_none(),
                -1 => {
                    let first = match reader.clone().integer() {
                        Some(_) => First::Curve(reader.integer()?),
                        None => First::Modulus(reader.bytes()?),
                    };
                    members.first.replace(first).is_none()
                }
                -2 => members.second.replace(reader.bytes()?).is_none(),
                -3 => members.third.replace(reader.bytes()?).is_none(),
                _ => false,
            };
            if !is_new {
                return None;
            }
        }
        Some(members)
    }

    /// The key, if its type and curve are those of the algorithm (WebAuthn section 5.8.5).
    fn material(&self, algorithm: Algorithm) -> Option<KeyMaterial> {
        match (algorithm, self.kty?, self.first.as_ref()?, self.second?, self.third) {
            (Algorithm::Es256, 2, First::Curve(1), x, Some(y)) => KeyMaterial::point(x, y, 32),
            (Algorithm::EdDsa, 1, First::Curve(6), x, None) => x.try_into().ok().map(KeyMaterial::Ed25519),
            (Algorithm::Rs256, 3, First::Modulus(n), e, None) => KeyMaterial::rsa(n.to_vec(), e.to_vec()),
            _ => None,
        }
    }
}
