//! An authenticator and a browser for the tests: ceremonies that are valid, to be changed in one place each, and a backend
//! that knows one signature.

use std::cell::RefCell;

use ct_codecs::{Base64UrlSafeNoPadding, Encoder as _};
use futures_util::FutureExt;
use hmac_sha256::Hash;
use serde_json::{Value, json};

use crate::credential::{Passkey, PasskeyUse};
use crate::time::UnixTime;
use crate::token::{BackendFault, SignatureVerifier, VerificationKey};
use crate::webauthn::{Assertion, AssertionError, NewPasskey, Refusal, Registration, RelyingParty};
use crate::wire::{Origin, read_value};

pub(super) const CHALLENGE: &[u8] = b"the challenge that was issued";
pub(super) const ACCOUNT: &[u8] = &[7; 32];
pub(super) const ID: &[u8] = b"a credential id";

pub(super) const UP: u8 = 0x01;
pub(super) const UV: u8 = 0x04;
pub(super) const BE: u8 = 0x08;
pub(super) const BS: u8 = 0x10;
pub(super) const AT: u8 = 0x40;
pub(super) const ED: u8 = 0x80;

pub(super) fn relying_party() -> RelyingParty {
    let origins = ["https://a.example", "https://login.a.example:8443", "https://b.example"];
    RelyingParty::new("a.example".into(), origins.map(|origin| Origin::parse(origin).unwrap()).into())
}

pub(super) fn base64(bytes: &[u8]) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap()
}

/// `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
pub(super) fn es256_key() -> Vec<u8> {
    let (x, y) = ([1; 32], [2; 32]);
    [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &x, &[0x22, 0x58, 32], &y].concat()
}

/// `{1: 1, 3: -8, -1: 6, -2: x}`.
pub(super) fn ed25519_key() -> Vec<u8> {
    [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32][..], &[3; 32]].concat()
}

/// `{1: 3, 3: -257, -1: n, -2: e}`.
pub(super) fn rs256_key(n: &[u8]) -> Vec<u8> {
    let length = u16::try_from(n.len()).unwrap().to_be_bytes();
    [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59][..], &length, n, &[0x21, 0x43, 1, 0, 1]].concat()
}

pub(super) fn attested(id: &[u8], key: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap().to_be_bytes();
    [&[0; 16][..], &length, id, key].concat()
}

pub(super) fn authenticator_data(rp_id: &str, flags: u8, counter: u32, rest: &[u8]) -> Vec<u8> {
    [&Hash::hash(rp_id.as_bytes())[..], &[flags], &counter.to_be_bytes(), rest].concat()
}

pub(super) fn client_data(ceremony: &str) -> Value {
    json!({
        "type": ceremony, "challenge": base64(CHALLENGE), "origin": "https://a.example", "crossOrigin": false,
    })
}

/// A registration, to be changed in one place.
pub(super) struct Creation {
    pub(super) json: Value,
    pub(super) client_data: Value,
    pub(super) authenticator_data: Vec<u8>,
}

impl Creation {
    pub(super) fn new() -> Self {
        Self::with(UP | UV | BE | BS | AT, &attested(ID, &es256_key()))
    }

    pub(super) fn with(flags: u8, rest: &[u8]) -> Self {
        Self {
            json: json!({
                "id": base64(ID), "rawId": base64(ID), "type": "public-key", "authenticatorAttachment": "platform",
                "clientExtensionResults": {}, "response": {"transports": ["internal", "hybrid"]},
            }),
            client_data: client_data("webauthn.create"),
            authenticator_data: authenticator_data("a.example", flags, 0, rest),
        }
    }

    pub(super) fn verify(mut self) -> Result<NewPasskey, Refusal> {
        for (name, value) in [
            ("clientDataJSON", base64(self.client_data.to_string().as_bytes())),
            ("authenticatorData", base64(&self.authenticator_data)),
        ] {
            let response = self.json["response"].as_object_mut().unwrap();
            response.entry(name).or_insert(value.into());
        }
        Registration::parse(read_value(self.json).unwrap())?.verify(&relying_party(), CHALLENGE)
    }
}

/// A use, to be changed in one place.
pub(super) struct Use {
    pub(super) json: Value,
    pub(super) client_data: Value,
    pub(super) authenticator_data: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

pub(super) const SIGNATURE: &[u8] = &[0x30, 6, 2, 1, 5, 2, 1, 6];

impl Use {
    pub(super) fn new() -> Self {
        Self::with(UP | UV | BE | BS, 9, &[])
    }

    pub(super) fn with(flags: u8, counter: u32, rest: &[u8]) -> Self {
        Self {
            json: json!({
                "id": base64(ID), "rawId": base64(ID), "type": "public-key",
                "response": {"userHandle": base64(ACCOUNT)},
            }),
            client_data: client_data("webauthn.get"),
            authenticator_data: authenticator_data("a.example", flags, counter, rest),
            signature: SIGNATURE.into(),
        }
    }

    pub(super) fn verify(mut self, backend: &Backend) -> Result<PasskeyUse, AssertionError> {
        for (name, value) in [
            ("clientDataJSON", base64(self.client_data.to_string().as_bytes())),
            ("authenticatorData", base64(&self.authenticator_data)),
            ("signature", base64(&self.signature)),
        ] {
            let response = self.json["response"].as_object_mut().unwrap();
            response.entry(name).or_insert(value.into());
        }
        let assertion = Assertion::parse(&read_value(self.json).unwrap())?;
        assert_eq!(assertion.credential_id(), base64(ID));
        let (relying_party, stored) = (relying_party(), stored());
        let verdict = assertion.verify(&relying_party, CHALLENGE, ACCOUNT, &stored, backend);
        verdict.now_or_never().unwrap()
    }
}

pub(super) fn stored() -> Passkey {
    Passkey { counter: 5, ..Creation::new().verify().unwrap().named("Laptop".into(), UnixTime(1_000)) }
}

/// Gives the verdict that it was made with, and notes what it was asked.
pub(super) struct Backend(Result<bool, BackendFault>, pub(super) RefCell<Vec<Question>>);

/// Key, input and signature.
pub(super) type Question = (VerificationKey, Vec<u8>, Vec<u8>);

impl Backend {
    pub(super) fn saying(verdict: Result<bool, BackendFault>) -> Self {
        Self(verdict, RefCell::default())
    }
}

impl SignatureVerifier for Backend {
    async fn verify(
        &self,
        key: &VerificationKey,
        input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        self.1.borrow_mut().push((key.clone(), input.into(), signature.into()));
        self.0.clone()
    }
}
