//! WebCrypto: the platform's implementation, about ten times as fast as one compiled to WebAssembly.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::thread::LocalKey;

use auth_core::token::{
    Algorithm, BackendFault, KeyMaterial, SignatureVerifier, VerificationKey, public_jwk,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use worker::js_sys::{self, Array, ArrayBuffer, JSON, Object, Reflect, Uint8Array};

use super::fault::fault;
use super::signing_key::SigningKey;

/// The maximum number of cached keys. There are few in practice; if there are more, the cache is cleared.
const MAX_KEYS: usize = 64;

/// An imported key, with the parameters for its use.
pub(crate) struct Imported {
    pub(crate) key: CryptoKey,
    pub(crate) parameters: Object,
}

type ImportedKeys = RefCell<Vec<(VerificationKey, Rc<Imported>)>>;

thread_local! {
    /// Keys of issuers. Keyed by the key's material, so that a changed key can't be confused with its predecessor.
    static VERIFYING: ImportedKeys = const { RefCell::new(vec![]) };
    /// Keys that clients present. Separate, so that a client with many keys can't displace those of issuers.
    static PRESENTED: ImportedKeys = const { RefCell::new(vec![]) };
    /// Keyed by private JWK.
    static SIGNING: RefCell<HashMap<String, Rc<Imported>>> = RefCell::new(HashMap::new());
    static SUBTLE: OnceCell<SubtleCrypto> = const { OnceCell::new() };
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
        verify(&*verification_key(key, &VERIFYING).await?, signing_input, signature).await
    }
}

/// Verifies with WebCrypto by a key that a client presents or has registered.
#[derive(Clone, Copy, Debug)]
pub struct ClientKeys;

impl SignatureVerifier for ClientKeys {
    /// A key that the platform can't import, because its point is not on its curve, verifies nothing. That is the
    /// client's fault, not the platform's.
    async fn verify(
        &self,
        key: &VerificationKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        match verification_key(key, &PRESENTED).await {
            Ok(known) => verify(&known, signing_input, signature).await,
            Err(_) => Ok(false),
        }
    }
}

async fn verify(known: &Imported, signing_input: &[u8], signature: &[u8]) -> Result<bool, BackendFault> {
    // Both are views of the WebAssembly memory. The platform copies them before it returns (Web
    // Cryptography API, section 14.3.4).
    let promise = subtle()?
        .verify_with_object_and_u8_array_and_u8_array(&known.parameters, &known.key, signature, signing_input)
        .map_err(|error| fault("verify", &error))?;
    let verdict = JsFuture::from(promise).await.map_err(|error| fault("verify", &error))?;
    verdict.as_bool().ok_or_else(|| fault("verify", &"no verdict"))
}

/// Whether the platform can import the key. It rejects a point that is not on its curve and malformed
/// numbers.
pub async fn can_import(key: &VerificationKey) -> bool {
    verification_key(key, &VERIFYING).await.is_ok()
}

/// Signs with WebCrypto.
pub(super) async fn sign(key: &SigningKey, signing_input: &[u8]) -> Result<Vec<u8>, BackendFault> {
    let subtle = subtle()?;
    let known = match SIGNING.with_borrow(|keys| keys.get(key.expose_jwk()).map(Rc::clone)) {
        Some(known) => known,
        None => {
            let imported = import(Algorithm::Es256, |parameters| {
                let jwk: Object = JSON::parse(key.expose_jwk())?.unchecked_into();
                // The usages below state what the key may do; a narrower `key_ops` would have to agree with
                // them.
                Reflect::delete_property(&jwk, &JsValue::from_str("key_ops"))?;
                subtle.import_key_with_object("jwk", &jwk, parameters, false, &usages("sign"))
            });
            let imported = Rc::new(imported.await?);
            SIGNING.with_borrow_mut(|keys| {
                if keys.len() >= MAX_KEYS {
                    keys.clear();
                }
                keys.insert(key.expose_jwk().to_owned(), Rc::clone(&imported));
            });
            imported
        }
    };
    let promise = subtle
        .sign_with_object_and_js_u8_array(&known.parameters, &known.key, &Uint8Array::from(signing_input))
        .map_err(|error| fault("sign", &error))?;
    let signature = JsFuture::from(promise).await.map_err(|error| fault("sign", &error))?;
    Ok(Uint8Array::new(&signature.unchecked_into::<ArrayBuffer>()).to_vec())
}

/// Signs by ES256 with a private key that a provider has given the deployer, in PKCS #8. The key is not cached,
/// because it is used once per sign-in.
pub(crate) async fn sign_by_pkcs8(key: &[u8], signing_input: &[u8]) -> Result<Vec<u8>, BackendFault> {
    let subtle = subtle()?;
    let key = Uint8Array::from(key);
    let imported = import(Algorithm::Es256, |parameters| {
        subtle.import_key_with_object("pkcs8", &key, parameters, false, &usages("sign"))
    });
    let Imported { key, parameters } = imported.await?;
    let promise = subtle
        .sign_with_object_and_js_u8_array(&parameters, &key, &Uint8Array::from(signing_input))
        .map_err(|error| fault("sign", &error))?;
    let signature = JsFuture::from(promise).await.map_err(|error| fault("sign", &error))?;
    Ok(Uint8Array::new(&signature.unchecked_into::<ArrayBuffer>()).to_vec())
}

/// The cached key of an issuer.
pub(crate) fn imported(key: &VerificationKey) -> Option<Rc<Imported>> {
    cached(key, &VERIFYING)
}

fn cached(key: &VerificationKey, cache: &'static LocalKey<ImportedKeys>) -> Option<Rc<Imported>> {
    let same = |(known, _): &&(VerificationKey, Rc<Imported>)| {
        known.algorithm == key.algorithm && known.material.is_same(&key.material)
    };
    cache.with_borrow(|keys| keys.iter().find(same).map(|(_, known)| Rc::clone(known)))
}

/// The cached key, or the key imported now. Two requests may import the same key at the same time; neither
/// waits for the other.
async fn verification_key(
    key: &VerificationKey,
    cache: &'static LocalKey<ImportedKeys>,
) -> Result<Rc<Imported>, BackendFault> {
    if let Some(known) = cached(key, cache) {
        return Ok(known);
    }
    let subtle = subtle()?;
    let imported = match &key.material {
        KeyMaterial::Secret(secret) => {
            import(key.algorithm, |parameters| {
                let bytes = Uint8Array::from(secret.expose().as_bytes());
                subtle.import_key_with_object("raw", &bytes, parameters, false, &usages("verify"))
            })
            .await?
        }
        _ => {
            let jwk = public_jwk(key)
                .ok_or_else(|| fault("key", &"the key's material belongs to another algorithm"))?
                .to_string();
            import(key.algorithm, |parameters| {
                let jwk: Object = JSON::parse(&jwk)?.unchecked_into();
                subtle.import_key_with_object("jwk", &jwk, parameters, false, &usages("verify"))
            })
            .await?
        }
    };
    let imported = Rc::new(imported);
    cache.with_borrow_mut(|keys| {
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.push((key.clone(), Rc::clone(&imported)));
    });
    Ok(imported)
}

async fn import(
    algorithm: Algorithm,
    begin: impl FnOnce(&Object) -> Result<js_sys::Promise, JsValue>,
) -> Result<Imported, BackendFault> {
    let failed = |error: JsValue| fault("import", &error);
    let parameters = parameters(algorithm).map_err(failed)?;
    let promise = begin(&parameters).map_err(failed)?;
    let key = JsFuture::from(promise).await.map_err(failed)?.unchecked_into();
    Ok(Imported { key, parameters })
}

/// The platform's WebCrypto.
pub(crate) fn subtle() -> Result<SubtleCrypto, BackendFault> {
    if let Some(subtle) = SUBTLE.with(|known| known.get().cloned()) {
        return Ok(subtle);
    }
    let crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"))
        .map_err(|error| fault("crypto", &error))?;
    let subtle = crypto.unchecked_into::<Crypto>().subtle();
    Ok(SUBTLE.with(|known| known.get_or_init(|| subtle).clone()))
}

/// The algorithm's parameters for importing and for using a key; each operation ignores those that only the
/// other needs.
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
