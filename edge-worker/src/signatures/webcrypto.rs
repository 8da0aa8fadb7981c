//! WebCrypto: the platform's own, about ten times as fast as any that is compiled to WebAssembly.

use std::cell::RefCell;
use std::collections::HashMap;

use auth_core::token::{Algorithm, BackendFault, KeyMaterial, SignatureVerifier, VerificationKey};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use worker::js_sys::{self, Array, ArrayBuffer, JSON, Object, Reflect, Uint8Array};

use super::fault;
use super::jwk::public_jwk;
use super::signing_key::SigningKey;

/// Imported keys are kept by what they are made of, so that a changed key can't be mistaken for its predecessor. There are few;
/// should a caller ever bring many, the memory is dropped and begun anew.
const MOST_KEYS: usize = 256;

thread_local! {
    static IMPORTED: RefCell<HashMap<String, CryptoKey>> = RefCell::new(HashMap::new());
}

/// Verifies with WebCrypto.
#[derive(Clone, Copy, Debug)]
pub struct WebCrypto;

impl SignatureVerifier for WebCrypto {
    async fn verify(
        &self,
        key: &VerificationKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        let subtle = subtle()?;
        let imported = verification_key(&subtle, key).await?;
        let (signature, input) = (Uint8Array::from(signature), Uint8Array::from(signing_input));
        let promise = parameters(key.algorithm)
            .and_then(|algorithm| {
                subtle.verify_with_object_and_js_u8_array_and_js_u8_array(
                    &algorithm, &imported, &signature, &input,
                )
            })
            .map_err(|error| fault("verify", &error))?;
        let verdict = JsFuture::from(promise).await.map_err(|error| fault("verify", &error))?;
        verdict.as_bool().ok_or_else(|| fault("verify", &"no verdict"))
    }
}

/// Whether the platform takes the key: a point that isn't on its curve, or a number that is none, it refuses.
pub async fn can_import(key: &VerificationKey) -> bool {
    match subtle() {
        Ok(subtle) => verification_key(&subtle, key).await.is_ok(),
        Err(_) => false,
    }
}

/// Signs with WebCrypto.
pub(super) async fn sign(key: &SigningKey, signing_input: &[u8]) -> Result<Vec<u8>, BackendFault> {
    let subtle = subtle()?;
    let imported = imported(key.expose_jwk().to_owned(), || {
        let jwk: Object = JSON::parse(key.expose_jwk())?.unchecked_into();
        // What the key may do is said by the usages below; a narrower `key_ops` would have to agree with them.
        Reflect::delete_property(&jwk, &JsValue::from_str("key_ops"))?;
        subtle.import_key_with_object("jwk", &jwk, &parameters(Algorithm::Es256)?, false, &usages("sign"))
    })
    .await?;
    let promise = parameters(Algorithm::Es256)
        .and_then(|algorithm| {
            subtle.sign_with_object_and_js_u8_array(&algorithm, &imported, &Uint8Array::from(signing_input))
        })
        .map_err(|error| fault("sign", &error))?;
    let signature = JsFuture::from(promise).await.map_err(|error| fault("sign", &error))?;
    Ok(Uint8Array::new(&signature.unchecked_into::<ArrayBuffer>()).to_vec())
}

async fn verification_key(subtle: &SubtleCrypto, key: &VerificationKey) -> Result<CryptoKey, BackendFault> {
    if let KeyMaterial::Secret(secret) = &key.material {
        return imported(secret.expose().to_owned(), || {
            let bytes = Uint8Array::from(secret.expose().as_bytes());
            subtle.import_key_with_object(
                "raw",
                &bytes,
                &parameters(key.algorithm)?,
                false,
                &usages("verify"),
            )
        })
        .await;
    }
    let jwk = public_jwk(key).ok_or_else(|| fault("key", &"material of another algorithm"))?.to_string();
    imported(jwk.clone(), || {
        let jwk: Object = JSON::parse(&jwk)?.unchecked_into();
        subtle.import_key_with_object("jwk", &jwk, &parameters(key.algorithm)?, false, &usages("verify"))
    })
    .await
}

/// The key from memory, or imported now. Two requests may import the same key at once; neither waits for the other.
async fn imported(
    material: String,
    import: impl FnOnce() -> Result<js_sys::Promise, JsValue>,
) -> Result<CryptoKey, BackendFault> {
    if let Some(key) = IMPORTED.with_borrow(|keys| keys.get(&material).cloned()) {
        return Ok(key);
    }
    let promise = import().map_err(|error| fault("import", &error))?;
    let key: CryptoKey =
        JsFuture::from(promise).await.map_err(|error| fault("import", &error))?.unchecked_into();
    IMPORTED.with_borrow_mut(|keys| {
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        keys.insert(material, key.clone());
    });
    Ok(key)
}

fn subtle() -> Result<SubtleCrypto, BackendFault> {
    let crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"))
        .map_err(|error| fault("crypto", &error))?;
    Ok(crypto.unchecked_into::<Crypto>().subtle())
}

/// What importing a key and using it are told about the algorithm; the one ignores what only the other needs.
fn parameters(algorithm: Algorithm) -> Result<Object, JsValue> {
    let members: &[(&str, JsValue)] = &match algorithm {
        Algorithm::Es256 => {
            vec![("name", "ECDSA".into()), ("namedCurve", "P-256".into()), ("hash", "SHA-256".into())]
        }
        Algorithm::Es384 => {
            vec![("name", "ECDSA".into()), ("namedCurve", "P-384".into()), ("hash", "SHA-384".into())]
        }
        Algorithm::EdDsa => vec![("name", "Ed25519".into())],
        Algorithm::Rs256 => vec![("name", "RSASSA-PKCS1-v1_5".into()), ("hash", "SHA-256".into())],
        Algorithm::Ps256 => {
            vec![("name", "RSA-PSS".into()), ("hash", "SHA-256".into()), ("saltLength", 32.into())]
        }
        Algorithm::Hs256 => vec![("name", "HMAC".into()), ("hash", "SHA-256".into())],
    };
    let parameters = Object::new();
    for (name, value) in members {
        Reflect::set(&parameters, &JsValue::from_str(name), value)?;
    }
    Ok(parameters)
}

fn usages(usage: &str) -> JsValue {
    Array::of1(&usage.into()).into()
}
