//! What a page passes to the browser (WebAuthn section 5.1.8 and 5.1.9: the forms in JSON that
//! `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` take).

use ct_codecs::{Base64UrlSafeNoPadding, Encoder as _};
use serde::Serialize;

use super::challenge::user_handle;
use super::cose::ALGORITHMS;
use crate::credential::Passkey;
use crate::id::AccountId;

/// For how long the browser lets the user respond, in milliseconds: half of the challenge's lifetime.
const TIMEOUT_MS: u32 = 300_000;

const PUBLIC_KEY: &str = "public-key";
const REQUIRED: &str = "required";

/// `PublicKeyCredentialCreationOptionsJSON`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions<'a> {
    rp: RelyingPartyEntity<'a>,
    user: UserEntity,
    challenge: String,
    pub_key_cred_params: [Parameters; 3],
    timeout: u32,
    exclude_credentials: Vec<Descriptor<'a>>,
    authenticator_selection: Selection,
    attestation: &'static str,
}

#[derive(Debug, Serialize)]
struct RelyingPartyEntity<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserEntity {
    id: String,
    name: String,
    display_name: String,
}

#[derive(Debug, Serialize)]
struct Parameters {
    r#type: &'static str,
    alg: i64,
}

#[derive(Debug, Serialize)]
struct Descriptor<'a> {
    r#type: &'static str,
    id: &'a str,
    transports: &'a [String],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    require_resident_key: bool,
    user_verification: &'static str,
}

/// `PublicKeyCredentialRequestOptionsJSON`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions<'a> {
    challenge: String,
    timeout: u32,
    rp_id: &'a str,
    allow_credentials: Vec<Descriptor<'a>>,
    user_verification: &'static str,
}

impl<'a> CreationOptions<'a> {
    /// The options for a new passkey of an account. `name` is what the browser shows to distinguish accounts: the
    /// e-mail address, if the account has one. An authenticator that has one of `present` already refuses to make
    /// another one.
    #[must_use]
    pub fn new(
        (rp_id, rp_name): (&'a str, &'a str),
        account: &AccountId,
        name: String,
        challenge: String,
        present: impl Iterator<Item = &'a Passkey>,
    ) -> Self {
        let handle = user_handle(account).unwrap_or_default();
        Self {
            rp: RelyingPartyEntity { id: rp_id, name: rp_name },
            user: UserEntity {
                id: Base64UrlSafeNoPadding::encode_to_string(handle).unwrap_or_default(),
                display_name: name.clone(),
                name,
            },
            challenge,
            pub_key_cred_params: ALGORITHMS.map(|alg| Parameters { r#type: PUBLIC_KEY, alg }),
            timeout: TIMEOUT_MS,
            exclude_credentials: present.map(Descriptor::of).collect(),
            authenticator_selection: Selection {
                resident_key: REQUIRED,
                require_resident_key: true,
                user_verification: REQUIRED,
            },
            attestation: "none",
        }
    }
}

impl<'a> RequestOptions<'a> {
    /// The options for the use of one of these passkeys. Without any, the browser offers all that it has for the
    /// RP ID.
    #[must_use]
    pub fn new(rp_id: &'a str, challenge: String, allowed: impl Iterator<Item = &'a Passkey>) -> Self {
        Self {
            challenge,
            timeout: TIMEOUT_MS,
            rp_id,
            allow_credentials: allowed.map(Descriptor::of).collect(),
            user_verification: REQUIRED,
        }
    }
}

impl<'a> Descriptor<'a> {
    fn of(passkey: &'a Passkey) -> Self {
        Self { r#type: PUBLIC_KEY, id: &passkey.id, transports: &passkey.transports }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::{CreationOptions, RequestOptions};
    use crate::credential::Passkey;
    use crate::time::UnixTime;

    fn passkey() -> Passkey {
        Passkey {
            id: "aWQ".into(),
            public_key: String::new(),
            counter: 0,
            backup_eligible: true,
            backed_up: true,
            transports: vec!["usb".into()],
            name: "Key".into(),
            created_at: UnixTime(1),
            last_used_at: None,
        }
    }

    #[test]
    fn the_options_have_the_members_of_the_specification() {
        let present = [passkey()];
        let rp = ("example.com", "Example");
        let account = "00".repeat(32).into();
        let name = "ada@example.com".to_owned();
        let creation = CreationOptions::new(rp, &account, name, "Y2g".into(), present.iter());
        assert_eq!(
            to_value(creation).unwrap(),
            json!({
                "rp": {"id": "example.com", "name": "Example"},
                "user": {"id": "A".repeat(43), "name": "ada@example.com", "displayName": "ada@example.com"},
                "challenge": "Y2g",
                "pubKeyCredParams": [
                    {"type": "public-key", "alg": -7},
                    {"type": "public-key", "alg": -8},
                    {"type": "public-key", "alg": -257},
                ],
                "timeout": 300_000,
                "excludeCredentials": [{"type": "public-key", "id": "aWQ", "transports": ["usb"]}],
                "authenticatorSelection":
                    {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
                "attestation": "none",
            })
        );
        assert_eq!(
            to_value(RequestOptions::new("example.com", "Y2g".into(), [].iter())).unwrap(),
            json!({
                "challenge": "Y2g", "timeout": 300_000, "rpId": "example.com", "allowCredentials": [],
                "userVerification": "required",
            })
        );
    }
}
