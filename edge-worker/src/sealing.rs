//! Private keys at rest are sealed with a secret of the Worker, if the deployer configured one.
//!
//! A sealed text is `sealed.1.<secret>.<iv>.<ciphertext>`, the last three in base64url: AES-256-GCM with a
//! key that WebCrypto derives from the secret by HKDF-SHA-256, with a random IV of 96 bits, bound to the
//! purpose and id of the key (`what`). `<secret>` identifies the secret and is also derived from it, so that
//! several can be distinguished while one replaces another. Texts without this prefix are not sealed; a table
//! can contain both kinds while it is upgraded.

use auth_core::secret::SecretText;
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};
use worker::Env;
use worker::js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};

use crate::config::MIN_SECRET_BYTES;
use crate::objects::Unavailable;
use crate::random;
use crate::signatures::subtle;

const KEY_INFO: &str = "latchkey keyring seal v1: key";
const NAME_INFO: &str = "latchkey keyring seal v1: name";

/// The configured secrets.
pub(crate) struct Seals(Vec<Seal>);

struct Seal {
    name: String,
    key: CryptoKey,
}

/// The parts of a sealed text.
#[derive(Debug, PartialEq, Eq)]
struct Sealed<'a> {
    secret: &'a str,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Seals {
    /// The secrets of these bindings: the first one seals, all of them open.
    ///
    /// # Errors
    /// [`Unavailable`] if one of them is not set or is too short.
    pub(crate) async fn of(env: &Env, bindings: &[String]) -> Result<Self, Unavailable> {
        let mut seals = Vec::new();
        for binding in bindings {
            let secret = env
                .secret(binding)
                .map_err(|_| failed(&format!("the secret {binding} is not set")))?
                .to_string();
            if secret.len() < MIN_SECRET_BYTES {
                return Err(failed(&format!("the secret {binding} has fewer than {MIN_SECRET_BYTES} bytes")));
            }
            seals.push(Seal::derive(&SecretText::new(secret)).await?);
        }
        Ok(Self(seals))
    }

    /// Whether a text is in the form in which it would be stored now: sealed with the first secret, or not
    /// sealed if there is no secret.
    pub(crate) fn is_current(&self, text: &str) -> bool {
        match (self.0.first(), Sealed::parse(text)) {
            (Some(first), Some(Ok(sealed))) => sealed.secret == first.name,
            // Without a secret a sealed text can't be opened. It is kept, so that it works again when the
            // secret is restored.
            (None, _) => true,
            (Some(_), None | Some(Err(_))) => false,
        }
    }

    /// Seals the text, bound to `what`.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub(crate) async fn seal(&self, what: &str, text: &SecretText) -> Result<String, Unavailable> {
        let Some(seal) = self.0.first() else { return Ok(text.expose().to_owned()) };
        let iv = random::bytes::<12>()?;
        let plain = Uint8Array::from(text.expose().as_bytes());
        let parameters = gcm(&iv, what).map_err(|error| js_failed(&error))?;
        let subtle = subtle().map_err(|fault| failed(&fault.0))?;
        let sealed =
            bytes(subtle.encrypt_with_object_and_js_u8_array(&parameters, &seal.key, &plain)).await?;
        Ok(format!("sealed.1.{}.{}.{}", seal.name, encode(&iv)?, encode(&sealed)?))
    }

    /// Opens a stored text that is bound to `what`.
    ///
    /// # Errors
    /// [`Unavailable`] if no secret opens it, or if it is bound to something else.
    pub(crate) async fn open(&self, what: &str, text: &str) -> Result<SecretText, Unavailable> {
        let Some(sealed) = Sealed::parse(text) else { return Ok(SecretText::new(text.to_owned())) };
        let sealed = sealed.map_err(|NoSeal| failed("malformed sealed value"))?;
        let seal = self.0.iter().find(|seal| seal.name == sealed.secret);
        let seal = seal.ok_or_else(|| failed(OTHER_SECRET))?;
        let parameters = gcm(&sealed.iv, what).map_err(|error| js_failed(&error))?;
        let subtle = subtle().map_err(|fault| failed(&fault.0))?;
        let ciphertext = Uint8Array::from(sealed.ciphertext.as_slice());
        let plain =
            bytes(subtle.decrypt_with_object_and_js_u8_array(&parameters, &seal.key, &ciphertext)).await?;
        String::from_utf8(plain).map(SecretText::new).map_err(|_| failed("the opened value is not UTF-8"))
    }
}

impl Seal {
    async fn derive(secret: &SecretText) -> Result<Self, Unavailable> {
        let subtle = subtle().map_err(|fault| failed(&fault.0))?;
        let base = import(&subtle, secret).await?;
        let name =
            hkdf(NAME_INFO).and_then(|parameters| subtle.derive_bits_with_object(&parameters, &base, 64));
        let name = encode(&bytes(name).await?)?;
        let key = hkdf(KEY_INFO).and_then(|parameters| {
            let kind = object(&[("name", "AES-GCM".into()), ("length", 256.into())])?;
            let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
            subtle.derive_key_with_object_and_object(&parameters, &base, &kind, false, &usages)
        });
        Ok(Self { name, key: value(key).await?.unchecked_into() })
    }
}

/// The text has the prefix of sealed texts but is malformed.
#[derive(Debug, PartialEq, Eq)]
struct NoSeal;

impl<'a> Sealed<'a> {
    /// `None` for a text without the prefix.
    fn parse(text: &'a str) -> Option<Result<Self, NoSeal>> {
        let rest = text.strip_prefix("sealed.")?;
        Some(Self::parts(rest).ok_or(NoSeal))
    }

    fn parts(rest: &'a str) -> Option<Self> {
        let mut parts = rest.strip_prefix("1.")?.split('.');
        let (secret, iv, ciphertext) = (parts.next()?, decode(parts.next()?)?, decode(parts.next()?)?);
        (parts.next().is_none() && !secret.is_empty() && iv.len() == 12).then_some(Self {
            secret,
            iv,
            ciphertext,
        })
    }
}

async fn import(subtle: &SubtleCrypto, secret: &SecretText) -> Result<CryptoKey, Unavailable> {
    let material = Uint8Array::from(secret.expose().as_bytes());
    let usages = Array::of2(&"deriveKey".into(), &"deriveBits".into());
    let imported = object(&[("name", "HKDF".into())])
        .and_then(|kind| subtle.import_key_with_object("raw", &material, &kind, false, &usages));
    Ok(value(imported).await?.unchecked_into())
}

fn hkdf(info: &str) -> Result<Object, JsValue> {
    object(&[
        ("name", "HKDF".into()),
        ("hash", "SHA-256".into()),
        ("salt", Uint8Array::new_with_length(0).into()),
        ("info", Uint8Array::from(info.as_bytes()).into()),
    ])
}

fn gcm(iv: &[u8], what: &str) -> Result<Object, JsValue> {
    object(&[
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(what.as_bytes()).into()),
    ])
}

fn object(members: &[(&str, JsValue)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &JsValue::from_str(name), value)?;
    }
    Ok(object)
}

async fn value(promise: Result<Promise, JsValue>) -> Result<JsValue, Unavailable> {
    let promise = promise.map_err(|error| js_failed(&error))?;
    JsFuture::from(promise).await.map_err(|error| js_failed(&error))
}

async fn bytes(promise: Result<Promise, JsValue>) -> Result<Vec<u8>, Unavailable> {
    Ok(Uint8Array::new(&value(promise).await?.unchecked_into::<ArrayBuffer>()).to_vec())
}

fn encode(bytes: &[u8]) -> Result<String, Unavailable> {
    Base64UrlSafeNoPadding::encode_to_string(bytes).map_err(|error| failed(&error.to_string()))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlSafeNoPadding::decode_to_vec(text, None).ok()
}

/// The secret was replaced, or the storage is that of another secret.
const OTHER_SECRET: &str = "keys.secret_bindings: found no secret that opens the stored signing keys, expected the secret \
     that sealed them; set it again (on localhost, in .dev.vars), or delete the storage (on localhost, .wrangler/state)";

fn failed(cause: &str) -> Unavailable {
    Unavailable::because("seal", cause)
}

/// WebCrypto's error messages contain nothing of its input.
fn js_failed(error: &JsValue) -> Unavailable {
    failed(&format!("{error:?}"))
}

#[cfg(test)]
mod tests {
    use super::{NoSeal, Sealed};

    #[test]
    fn a_sealed_text_has_the_prefix_and_all_parts() {
        let sealed = Sealed { secret: "s", iv: vec![0; 12], ciphertext: vec![255] };
        assert_eq!(Sealed::parse("sealed.1.s.AAAAAAAAAAAAAAAA._w"), Some(Ok(sealed)));
        for text in [r#"{"kty":"EC"}"#, "AAAA", "", "Sealed.1.s.AAAAAAAAAAAAAAAA._w"] {
            assert_eq!(Sealed::parse(text), None, "{text}");
        }
        for text in [
            "sealed.",
            "sealed.2.s.AAAAAAAAAAAAAAAA._w",
            "sealed.1..AAAAAAAAAAAAAAAA._w",
            "sealed.1.s.AAAA._w",
            "sealed.1.s.AAAAAAAAAAAAAAAA",
            "sealed.1.s.AAAAAAAAAAAAAAAA._w.x",
            "sealed.1.s.AAAAAAAAAAAAAAA=._w",
        ] {
            assert_eq!(Sealed::parse(text), Some(Err(NoSeal)), "{text}");
        }
    }
}
