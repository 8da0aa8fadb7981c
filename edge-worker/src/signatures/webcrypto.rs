//! WebCrypto: the platform's own ECDSA, about ten times as fast as any that is compiled to WebAssembly.

use std::cell::RefCell;
use std::collections::HashMap;

use auth_core::token::{BackendFault, PublicKey, SignatureVerifier};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use worker::js_sys::{self, Array, ArrayBuffer, JSON, Object, Reflect, Uint8Array};

use super::fault;
use super::signing_key::SigningKey;

/// Imported keys are kept by what they are made of, so that a changed key can't be mistaken for its predecessor.
/// There are few; should a caller ever bring many, the memory is dropped and begun anew.
const MOST_KEYS: usize = 256;

thread_local! {
    static IMPORTED: RefCell<HashMap<Vec<u8>, CryptoKey>> = RefCell::new(HashMap::new());
}

/// Verifies with WebCrypto.
#[derive(Clone, Copy, Debug)]
pub struct WebCrypto;

impl SignatureVerifier for WebCrypto {
    async fn verify(
        &self,
        key: &PublicKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        let subtle = subtle()?;
        let key = imported(&key.material, || {
            subtle.import_key_with_object(
                "raw",
                &Uint8Array::from(key.material.as_slice()),
                &p256()?,
                false,
                &usages("verify"),
            )
        })
        .await?;
        let (signature, input) = (Uint8Array::from(signature), Uint8Array::from(signing_input));
        let promise = ecdsa_sha256()
            .and_then(|algorithm| {
                subtle
                    .verify_with_object_and_js_u8_array_and_js_u8_array(&algorithm, &key, &signature, &input)
            })
            .map_err(|error| fault("verify", &error))?;
        let verdict = JsFuture::from(promise).await.map_err(|error| fault("verify", &error))?;
        verdict.as_bool().ok_or_else(|| fault("verify", &"no verdict"))
    }
}

/// Signs with WebCrypto.
pub(super) async fn sign(key: &SigningKey, signing_input: &[u8]) -> Result<Vec<u8>, BackendFault> {
    let subtle = subtle()?;
    let key = imported(key.expose_jwk().as_bytes(), || {
        let jwk: Object = JSON::parse(key.expose_jwk())?.unchecked_into();
        // What the key may do is said by the usages below; a narrower `key_ops` would have to agree with them.
        Reflect::delete_property(&jwk, &JsValue::from_str("key_ops"))?;
        subtle.import_key_with_object("jwk", &jwk, &p256()?, false, &usages("sign"))
    })
    .await?;
    let promise = ecdsa_sha256()
        .and_then(|algorithm| {
            subtle.sign_with_object_and_js_u8_array(&algorithm, &key, &Uint8Array::from(signing_input))
        })
        .map_err(|error| fault("sign", &error))?;
    let signature = JsFuture::from(promise).await.map_err(|error| fault("sign", &error))?;
    Ok(Uint8Array::new(&signature.unchecked_into::<ArrayBuffer>()).to_vec())
}

/// The key from memory, or imported now. Two requests may import the same key at once; neither waits for the other.
async fn imported(
    material: &[u8],
    import: impl FnOnce() -> Result<js_sys::Promise, JsValue>,
) -> Result<CryptoKey, BackendFault> {
    if let Some(key) = IMPORTED.with_borrow(|keys| keys.get(material).cloned()) {
        return Ok(key);
    }
    let promise = import().map_err(|error| fault("import", &error))?;
    let key: CryptoKey =
        JsFuture::from(promise).await.map_err(|error| fault("import", &error))?.unchecked_into();
    IMPORTED.with_borrow_mut(|keys| {
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        keys.insert(material.to_vec(), key.clone());
    });
    Ok(key)
}

fn subtle() -> Result<SubtleCrypto, BackendFault> {
    let crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"))
        .map_err(|error| fault("crypto", &error))?;
    Ok(crypto.unchecked_into::<Crypto>().subtle())
}

fn p256() -> Result<Object, JsValue> {
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"ECDSA".into())?;
    Reflect::set(&algorithm, &"namedCurve".into(), &"P-256".into())?;
    Ok(algorithm)
}

fn ecdsa_sha256() -> Result<Object, JsValue> {
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"ECDSA".into())?;
    Reflect::set(&algorithm, &"hash".into(), &"SHA-256".into())?;
    Ok(algorithm)
}

fn usages(usage: &str) -> JsValue {
    Array::of1(&usage.into()).into()
}
