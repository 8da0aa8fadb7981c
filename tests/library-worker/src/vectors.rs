//! Signatures judged by both backends, as they run inside a Worker.

use auth_core::token::{Algorithm, BackendFault, KeyMaterial, SignatureVerifier, VerificationKey};
use ct_codecs::{Decoder, Hex};
use edge_worker::signatures::{JwtSimple, WebCrypto};
use serde::{Deserialize, Serialize};
use worker::{Request, Response, Result};

/// Bytes are hex.
#[derive(Deserialize)]
struct Vector {
    algorithm: String,
    key: String,
    message: String,
    signature: String,
}

/// `accepted`, `refused` or `fault`.
#[derive(Serialize)]
struct Verdict {
    webcrypto: &'static str,
    jwt_simple: &'static str,
}

/// An array of vectors in, an array of verdicts out.
pub(crate) async fn judge(mut request: Request) -> Result<Response> {
    let mut verdicts = Vec::new();
    for vector in request.json::<Vec<Vector>>().await? {
        let bytes = |hex: &str| Hex::decode_to_vec(hex, None).map_err(|error| error.to_string());
        let key = key(&vector.algorithm, bytes(&vector.key)?).ok_or("a key that is none")?;
        let (message, signature) = (bytes(&vector.message)?, bytes(&vector.signature)?);
        // A backend may take a signature that can't be one for a fault of its own; a token's never gets that
        // far.
        let can_be = signature.len() == key.signature_bytes();
        let word = |verdict: core::result::Result<bool, BackendFault>| match verdict {
            Ok(true) => "accepted",
            Ok(false) => "refused",
            Err(_) if !can_be => "refused",
            Err(_) => "fault",
        };
        verdicts.push(Verdict {
            webcrypto: word(WebCrypto.verify(&key, &message, &signature).await),
            jwt_simple: word(JwtSimple.verify(&key, &message, &signature).await),
        });
    }
    Response::from_json(&verdicts)
}

fn key(algorithm: &str, bytes: Vec<u8>) -> Option<VerificationKey> {
    let algorithm = Algorithm::from_name(algorithm)?;
    let material = match algorithm {
        Algorithm::EdDsa => KeyMaterial::Ed25519(bytes.try_into().ok()?),
        _ => KeyMaterial::Point(bytes),
    };
    Some(VerificationKey { kid: "k".to_owned(), algorithm, material })
}
