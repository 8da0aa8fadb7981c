//! How credentials are found among others, stored and read back.

use super::{
    Credential, CredentialKind, CredentialVersion, Credentials, ExternalId, LinkedUser, Passkey,
    VersionedCredential,
};
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::wire::{Email, read_json};

fn password(hash: &str) -> Credential {
    Credential::Password(SecretText::new(hash.into()))
}

fn external(id: &str) -> Credential {
    Credential::External(ExternalId::parse(id).unwrap())
}

fn passkey(id: &str) -> Credential {
    Credential::Passkey(Box::new(Passkey {
        id: id.into(),
        public_key: "cHVibGlj".into(),
        counter: 7,
        backup_eligible: true,
        backed_up: false,
        transports: vec!["usb".into()],
        name: "\"Key\"".into(),
        created_at: UnixTime(1),
        last_used_at: Some(UnixTime(2)),
    }))
}

fn stored(version: u64, credential: Credential) -> VersionedCredential {
    VersionedCredential { version: CredentialVersion(version), credential }
}

#[test]
fn a_proof_counts_for_exactly_the_state_that_was_proved() {
    let credentials = Credentials::new(vec![stored(3, password("$argon2id$")), stored(7, external("u-1"))]);
    for (version, has) in [(0, false), (2, false), (3, true), (4, false), (7, true), (8, false)] {
        assert_eq!(credentials.has(CredentialVersion(version)), has, "{version}");
    }
    assert!(!Credentials::default().has(CredentialVersion(0)));
}

#[test]
fn each_kind_is_found_among_others() {
    let both = Credentials::new(vec![stored(7, external("u-1")), stored(3, password("$argon2id$"))]);
    let (version, hash) = both.password().unwrap();
    assert_eq!((version, hash.expose()), (CredentialVersion(3), "$argon2id$"));
    let (version, id) = both.external().unwrap();
    assert_eq!((version, id.as_str()), (CredentialVersion(7), "u-1"));
    assert!(Credentials::new(vec![stored(7, external("u-1"))]).password().is_none());
    assert!(Credentials::new(vec![stored(3, password("x"))]).external().is_none());
    let proved = Credentials::new(vec![stored(9, Credential::Email("ada@example.com".into()))]);
    assert_eq!(proved.email("ada@example.com"), Some(CredentialVersion(9)));
    assert_eq!((proved.email("eve@example.com"), both.email("u-1")), (None, None));
    let keys = Credentials::new(vec![
        stored(3, passkey("aWQ")),
        stored(7, external("u-1")),
        stored(8, passkey("aWR")),
    ]);
    assert_eq!(keys.passkey("aWR").map(|(version, _)| version), Some(CredentialVersion(8)));
    assert_eq!((keys.passkeys().count(), keys.passkey("u-1").is_none()), (2, true));
}

#[test]
fn a_stored_credential_is_read_back_and_an_invalid_one_is_rejected() {
    let proved = Credential::Email("ada@example.com".into());
    let password = password("$argon2id$v=19$m=19456,t=2,p=1$AA$AA");
    let linked = Credential::Provider(LinkedUser::parse("google https://i.example 7").unwrap());
    for credential in [password, external("u-1"), proved, linked, passkey("aWQ")] {
        let (kind, value) = (credential.kind().as_str(), credential.expose().into_owned());
        assert_eq!(Credential::from_stored(kind, value), Some(credential));
    }
    for (kind, value) in [
        ("external", ""),
        ("external", "a b"),
        ("passkey", "x"),
        ("passkey", "{}"),
        ("", "x"),
        ("Password", "x"),
    ] {
        assert_eq!(Credential::from_stored(kind, value.to_owned()), None, "{kind} {value}");
    }
    assert_eq!(CredentialKind::ALL.len(), 5);
}

#[test]
fn a_message_carries_credentials_and_a_log_does_not() {
    let credentials = Credentials::new(vec![stored(3, password("$2b$06$x")), stored(4, external("u-1"))]);
    let text = serde_json::to_string(&credentials).unwrap();
    assert_eq!(
        text,
        r#"[{"version":3,"credential":{"Password":"$2b$06$x"}},{"version":4,"credential":{"External":"u-1"}}]"#
    );
    assert_eq!(read_json::<Credentials>(text.as_bytes()).unwrap(), credentials);
    assert!(!format!("{credentials:?}").contains("$2b$"));
}

#[test]
fn an_external_id_is_no_address_in_the_directory() {
    for id in ["7", "ada@example.com", "$argon2id$v=19", "elsewhere", &"x".repeat(128)] {
        let key = external(id).directory_key().unwrap();
        assert_eq!(key.strip_prefix("elsewhere "), Some(id));
        assert!(Email::parse(&key).is_err(), "{key}");
    }
    assert_eq!(password("$2b$06$x").directory_key(), None);
    for id in ["", "a b", "\u{e4}", "a\n", &"x".repeat(129)] {
        assert_eq!(ExternalId::parse(id), None, "{id:?}");
    }
}
