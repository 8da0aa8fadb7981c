//! The algorithms of other issuers. Native builds only.

use auth_core::token::{Algorithm, BackendFault, KeyMaterial, VerificationKey};
use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use jwt_simple::algorithms::{
    ECDSAP384PublicKeyLike, ES384PublicKey, Ed25519PublicKey, EdDSAPublicKeyLike, HS256Key, MACLike,
    PS256PublicKey, RS256PublicKey, RSAPublicKeyLike,
};
use jwt_simple::common::VerificationOptions;
use jwt_simple::prelude::UnixTimeStamp;
use serde_json::{Map, Value};
use superboring::hash::MessageDigest;
use superboring::pkey::PKey;
use superboring::rsa::Padding;
use superboring::sign::Verifier;

use crate::signatures::fault::fault;
use crate::signatures::public_jwk;

/// Every other algorithm: verifies the bytes if the library gives access to its key; otherwise passes the
/// whole token to the library with all of its other checks disabled.
pub(super) fn verify_token(
    key: &VerificationKey,
    signing_input: &[u8],
    signature: &[u8],
) -> Result<bool, BackendFault> {
    type Claims = Map<String, Value>;
    let broken = |error| fault("key", &error);
    let jwk = || {
        public_jwk(key)
            .map(|jwk| jwk.to_string())
            .ok_or_else(|| fault("key", &"the key's material belongs to another algorithm"))
    };
    if key.algorithm == Algorithm::EdDsa {
        let key = Ed25519PublicKey::from_jwk(&jwk()?).map_err(broken)?;
        let Ok(signature) = signature.try_into() else { return Ok(false) };
        return Ok(key.public_key().as_ref().verify(signing_input, &signature).is_ok());
    }
    if key.algorithm == Algorithm::Rs256 {
        let key = RS256PublicKey::from_jwk(&jwk()?).map_err(broken)?;
        let key = PKey::from_rsa(key.public_key().as_ref().clone()).map_err(|error| fault("key", &error))?;
        let mut verifier =
            Verifier::new(MessageDigest::Sha256, &key).map_err(|error| fault("key", &error))?;
        verifier.set_rsa_padding(Padding::PKCS1).map_err(|error| fault("key", &error))?;
        return verifier.verify_oneshot(signature, signing_input).map_err(|error| fault("verify", &error));
    }
    let text = core::str::from_utf8(signing_input).map_err(|error| fault("token", &error))?;
    let encoded =
        Base64UrlSafeNoPadding::encode_to_string(signature).map_err(|error| fault("token", &error))?;
    let token = format!("{text}.{encoded}");
    let options = Some(VerificationOptions {
        // With the clock at the epoch and future dates accepted, no date is rejected.
        accept_future: true,
        time_tolerance: None,
        artificial_time: Some(UnixTimeStamp::from_secs(0)),
        max_token_length: None,
        max_header_length: None,
        ..VerificationOptions::default()
    });
    Ok(match (key.algorithm, &key.material) {
        (Algorithm::Hs256, KeyMaterial::Secret(secret)) => {
            HS256Key::from_bytes(secret.expose().as_bytes()).verify_token::<Claims>(&token, options).is_ok()
        }
        (Algorithm::Es384, _) => {
            ES384PublicKey::from_jwk(&jwk()?).map_err(broken)?.verify_token::<Claims>(&token, options).is_ok()
        }
        (Algorithm::Ps256, _) => {
            PS256PublicKey::from_jwk(&jwk()?).map_err(broken)?.verify_token::<Claims>(&token, options).is_ok()
        }
        (Algorithm::Es256 | Algorithm::EdDsa | Algorithm::Rs256 | Algorithm::Hs256, _) => {
            return Err(fault("key", &"the key's material belongs to another algorithm"));
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use auth_core::secret::SecretText;
    use auth_core::token::{Algorithm, KeyMaterial, SignatureVerifier, VerificationKey, parse_jwks};
    use jwt_simple::prelude::*;
    use serde_json::json;

    use crate::signatures::{JwtSimple, is_valid_key};

    #[test]
    fn every_algorithm_verifies_its_own_tokens_and_no_others() {
        let claims = || Claims::create(Duration::from_secs(1));
        let es384 = ES384KeyPair::generate().with_key_id("a");
        let ed25519 = Ed25519KeyPair::generate().with_key_id("b");
        let rs256 = RS256KeyPair::generate(2048).unwrap().with_key_id("c");
        let ps256 = PS256KeyPair::from_der(&rs256.to_der().unwrap()).unwrap().with_key_id("d");
        let hs256 = HS256Key::from_bytes(&[b'x'; 32]);
        let jwk = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let set = json!({"keys": [
            jwk(es384.public_key().to_jwk()), jwk(ed25519.public_key().to_jwk()),
            jwk(rs256.public_key().to_jwk()), jwk(ps256.public_key().to_jwk()),
        ]});
        let allowed = [Algorithm::Es384, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Ps256];
        let keys = parse_jwks(set.to_string().as_bytes(), &allowed, is_valid_key).unwrap().0;
        let mut keys = keys.keys().to_vec();
        keys.push(VerificationKey {
            kid: "e".into(),
            algorithm: Algorithm::Hs256,
            material: KeyMaterial::Secret(SecretText::new("x".repeat(32))),
        });
        let tokens = [
            es384.sign(claims()).unwrap(),
            ed25519.sign(claims()).unwrap(),
            rs256.sign(claims()).unwrap(),
            ps256.sign(claims()).unwrap(),
            hs256.authenticate(claims()).unwrap(),
        ];
        for (i, token) in tokens.iter().enumerate() {
            let (input, signature) = token.rsplit_once('.').unwrap();
            let signature = Base64UrlSafeNoPadding::decode_to_vec(signature, None).unwrap();
            for (j, key) in keys.iter().enumerate() {
                let verdict =
                    JwtSimple.verify(key, input.as_bytes(), &signature).now_or_never().unwrap().unwrap();
                assert_eq!(verdict, i == j, "token {i}, key {j}");
            }
        }
    }
}
