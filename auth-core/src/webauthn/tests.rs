//! Both ceremonies, with the authenticator and the backend of `authenticator`. Real signatures and other
//! implementations: `tests/passkeys`.

mod authenticator;

use futures_util::FutureExt;
use hmac_sha256::Hash;
use serde_json::json;

use super::{Assertion, AssertionError, Refusal};
use crate::credential::{Passkey, PasskeyUse};
use crate::time::UnixTime;
use crate::token::{Algorithm, BackendFault};
use crate::wire::read_value;
use authenticator::{
    ACCOUNT, AT, BE, BS, Backend, CHALLENGE, Creation, ED, ID, SIGNATURE, UP, UV, Use, attested,
    authenticator_data, base64, client_data, ed25519_key, es256_key, relying_party, rs256_key, stored,
};

#[test]
fn a_registration_gives_the_passkey() {
    let passkey = Creation::new().verify().unwrap();
    assert_eq!(passkey.key().algorithm, Algorithm::Es256);
    assert_eq!(
        passkey.named("Laptop".into(), UnixTime(1_000)),
        Passkey {
            id: base64(ID),
            public_key: base64(&es256_key()),
            counter: 0,
            backup_eligible: true,
            backed_up: true,
            transports: vec!["internal".into(), "hybrid".into()],
            name: "Laptop".into(),
            created_at: UnixTime(1_000),
            last_used_at: None,
        }
    );
}

#[test]
fn a_use_asks_the_backend_about_the_right_bytes() {
    let backend = Backend::saying(Ok(true));
    let json = client_data("webauthn.get").to_string();
    let data = Use::new().authenticator_data;
    let used = Use::new().verify(&backend);
    assert_eq!(used, Ok(PasskeyUse { id: base64(ID), counter: 9, backed_up: true }));
    let asked = backend.1.into_inner();
    let [(key, input, signature)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(key.algorithm, Algorithm::Es256);
    assert_eq!(input[..], [&data[..], &Hash::hash(json.as_bytes())].concat());
    assert_eq!((signature[31], signature[63], signature.len()), (5, 6, 64));
}

#[test]
fn only_the_backend_decides_about_a_signature() {
    assert_eq!(Use::new().verify(&Backend::saying(Ok(false))), Err(Refusal::Signature.into()));
    let fault = BackendFault("down".into());
    let verdict = Use::new().verify(&Backend::saying(Err(fault.clone())));
    assert_eq!(verdict, Err(AssertionError::Fault(fault)));
}

/// What is accepted although it differs from the usual.
#[test]
fn accepts_what_the_specification_allows() {
    let key = es256_key();
    type Change = fn(&mut Creation);
    let created: [(&str, Change); 6] = [
        ("an origin below the RP ID, with a port", |c| {
            c.client_data["origin"] = json!("https://login.a.example:8443")
        }),
        ("a related origin", |c| c.client_data["origin"] = json!("https://b.example")),
        ("no crossOrigin", |c| drop(c.client_data.as_object_mut().unwrap().remove("crossOrigin"))),
        ("a null topOrigin", |c| c.client_data["topOrigin"] = json!(null)),
        ("members of a later version", |c| c.client_data["other_keys_can_be_added_here"] = json!("x")),
        ("no transports", |c| drop(c.json["response"].as_object_mut().unwrap().remove("transports"))),
    ];
    for (what, change) in created {
        let mut creation = Creation::new();
        change(&mut creation);
        assert!(creation.verify().is_ok(), "{what}");
    }
    for (what, flags, rest) in [
        ("not backup eligible", UP | UV | AT, attested(ID, &key)),
        ("eligible, not backed up", UP | UV | BE | AT, attested(ID, &key)),
        ("reserved bits", UP | UV | AT | 0x22, attested(ID, &key)),
        ("extensions", UP | UV | AT | ED, [&attested(ID, &key)[..], &[0xa1, 0x61, 0x61, 0xf5]].concat()),
        ("no extensions in particular", UP | UV | AT | ED, [&attested(ID, &key)[..], &[0xa0]].concat()),
        ("Ed25519", UP | UV | AT, attested(ID, &ed25519_key())),
        ("RSA", UP | UV | AT, attested(ID, &rs256_key(&[0x81; 256]))),
        ("RSA, 4096 bits", UP | UV | AT, attested(ID, &rs256_key(&[0x81; 512]))),
    ] {
        assert!(Creation::with(flags, &rest).verify().is_ok(), "{what}");
    }
    let longest = [9; 1023];
    let mut creation = Creation::with(UP | UV | AT, &attested(&longest, &key));
    creation.json["id"] = json!(base64(&longest));
    creation.json["rawId"] = json!(base64(&longest));
    assert!(creation.verify().is_ok());

    let yes = Backend::saying(Ok(true));
    assert!(Use::with(UP | UV | BE, 9, &[]).verify(&yes).is_ok(), "no longer backed up");
    assert!(Use::with(UP | UV | BE | ED, 9, &[0xa0]).verify(&yes).is_ok(), "extensions");
    let mut without = Use::new();
    without.json["response"] = json!({});
    assert!(without.verify(&yes).is_ok(), "no user handle, where the account is known");
}

#[test]
fn a_registration_is_refused_for_one_reason() {
    type Change = fn(&mut Creation);
    let cases: [(&str, Refusal, Change); 31] = [
        ("padding", Refusal::Encoding, |c| c.json["response"]["authenticatorData"] = json!("AA==")),
        ("base64", Refusal::Encoding, |c| c.json["response"]["clientDataJSON"] = json!("+/+/")),
        ("spare bits", Refusal::Encoding, |c| c.json["id"] = json!("AB")),
        ("another type", Refusal::CredentialType, |c| c.json["type"] = json!("password")),
        ("no id", Refusal::CredentialId, |c| {
            c.json["id"] = json!("");
            c.json["rawId"] = json!("");
        }),
        ("another rawId", Refusal::CredentialId, |c| c.json["rawId"] = json!(base64(b"other"))),
        ("another id in the data", Refusal::CredentialId, |c| {
            c.authenticator_data =
                Creation::with(UP | UV | AT, &attested(b"other", &es256_key())).authenticator_data;
        }),
        ("no id in the data", Refusal::CredentialId, |c| {
            c.authenticator_data =
                Creation::with(UP | UV | AT, &attested(b"", &es256_key())).authenticator_data;
        }),
        ("an id of 1024 bytes", Refusal::CredentialId, |c| {
            c.json["id"] = json!(base64(&[9; 1024]));
            c.json["rawId"] = json!(base64(&[9; 1024]));
        }),
        ("no JSON", Refusal::ClientData, |c| c.client_data = json!("x")),
        ("no type", Refusal::ClientData, |c| drop(c.client_data.as_object_mut().unwrap().remove("type"))),
        ("a number as origin", Refusal::ClientData, |c| c.client_data["origin"] = json!(1)),
        ("a text as crossOrigin", Refusal::ClientData, |c| c.client_data["crossOrigin"] = json!("false")),
        ("a challenge with padding", Refusal::ClientData, |c| c.client_data["challenge"] = json!("AA==")),
        ("the other ceremony", Refusal::Ceremony, |c| c.client_data["type"] = json!("webauthn.get")),
        ("another challenge", Refusal::Challenge, |c| c.client_data["challenge"] = json!(base64(b"other"))),
        ("no challenge", Refusal::Challenge, |c| c.client_data["challenge"] = json!("")),
        ("another origin", Refusal::Origin, |c| {
            c.client_data["origin"] = json!("https://a.example.evil.example")
        }),
        ("an origin below", Refusal::Origin, |c| c.client_data["origin"] = json!("https://x.a.example")),
        ("another scheme", Refusal::Origin, |c| c.client_data["origin"] = json!("http://a.example")),
        ("another port", Refusal::Origin, |c| c.client_data["origin"] = json!("https://a.example:444")),
        ("a null origin", Refusal::Origin, |c| c.client_data["origin"] = json!("null")),
        ("a frame", Refusal::CrossOrigin, |c| c.client_data["crossOrigin"] = json!(true)),
        ("a page around it", Refusal::CrossOrigin, |c| {
            c.client_data["topOrigin"] = json!("https://a.example")
        }),
        ("another RP ID", Refusal::RpId, |c| c.authenticator_data[0] ^= 1),
        ("no user", Refusal::UserPresence, |c| c.authenticator_data[32] &= !UP),
        ("the user is not verified", Refusal::UserVerification, |c| c.authenticator_data[32] &= !UV),
        ("backed up without eligibility", Refusal::BackupFlags, |c| c.authenticator_data[32] &= !BE),
        ("no credential", Refusal::AuthenticatorData, |c| {
            c.authenticator_data = authenticator_data("a.example", UP | UV, 0, &[]);
        }),
        ("a byte too many", Refusal::AuthenticatorData, |c| c.authenticator_data.push(0)),
        ("extensions without the flag", Refusal::AuthenticatorData, |c| c.authenticator_data.push(0xa0)),
    ];
    for (what, refusal, change) in cases {
        let mut creation = Creation::new();
        change(&mut creation);
        assert_eq!(creation.verify().map(|_| ()), Err(refusal), "{what}");
    }
}

#[test]
fn cut_authenticator_data_are_refused_at_every_length() {
    let whole = Creation::with(
        UP | UV | AT | ED,
        &[&attested(ID, &es256_key())[..], &[0xa1, 0x61, 0x61, 0xf5]].concat(),
    );
    for length in 0..whole.authenticator_data.len() {
        let mut creation = Creation::new();
        creation.authenticator_data = whole.authenticator_data[..length].into();
        let refusal = creation.verify().map(|_| ()).unwrap_err();
        assert!(matches!(refusal, Refusal::AuthenticatorData | Refusal::PublicKey), "{length}: {refusal:?}");
    }
    for length in 0..37 {
        let mut used = Use::new();
        used.authenticator_data.truncate(length);
        let verdict = used.verify(&Backend::saying(Ok(true)));
        assert_eq!(verdict, Err(Refusal::AuthenticatorData.into()), "{length}");
    }
}

#[test]
fn extension_outputs_are_one_map_and_nothing_else() {
    for rest in [&[][..], &[0x80], &[0x01], &[0xa1], &[0xa0, 0xa0], &[0xbf, 0xff], &[0xa1, 0x61, 0x61]] {
        let verdict = Use::with(UP | UV | BE | ED, 9, rest).verify(&Backend::saying(Ok(true)));
        assert_eq!(verdict, Err(Refusal::AuthenticatorData.into()), "{rest:?}");
    }
}

#[test]
fn only_requested_keys_with_exactly_their_members_are_registered() {
    let es256 = es256_key();
    let changed = |index: usize, byte: u8| {
        let mut key = es256.clone();
        key[index] = byte;
        key
    };
    let duplicate = [&[0xa6][..], &es256[1..], &[1, 2]].concat();
    let more = [&[0xa6][..], &es256[1..], &[2, 0x41, 1]].concat();
    let named = [&[0xa6][..], &es256[1..], &[0x61, 0x61, 1]].concat();
    let without_y = [&[0xa4][..], &es256[1..42]].concat();
    for (what, refusal, key) in [
        ("ES384", Refusal::Algorithm, [&[0xa5, 1, 2, 3, 0x38, 34][..], &es256[5..]].concat()),
        ("PS256", Refusal::Algorithm, [&[0xa5, 1, 2, 3, 0x38, 36][..], &es256[5..]].concat()),
        ("no alg", Refusal::PublicKey, [&[0xa4, 1, 2][..], &es256[5..]].concat()),
        ("the type of Ed25519", Refusal::PublicKey, changed(2, 1)),
        ("the curve P-384", Refusal::PublicKey, changed(6, 2)),
        ("alg of Ed25519", Refusal::PublicKey, changed(4, 0x27)),
        ("a member twice", Refusal::PublicKey, duplicate),
        ("a key id", Refusal::PublicKey, more),
        ("a label that is a text", Refusal::PublicKey, named),
        ("no y", Refusal::PublicKey, without_y.clone()),
        ("y as a sign", Refusal::PublicKey, [&[0xa5][..], &without_y[1..], &[0x22, 0xf5]].concat()),
        ("31 bytes of Ed25519", Refusal::PublicKey, [&ed25519_key()[..9], &[31], &[3; 31]].concat()),
        ("RSA, 1024 bits", Refusal::PublicKey, rs256_key(&[0x81; 128])),
        ("RSA, 4104 bits", Refusal::PublicKey, rs256_key(&[0x81; 513])),
        ("an array", Refusal::PublicKey, vec![0x80]),
        ("nothing", Refusal::PublicKey, vec![]),
    ] {
        let verdict = Creation::with(UP | UV | AT, &attested(ID, &key)).verify();
        assert_eq!(verdict.map(|_| ()), Err(refusal), "{what}");
    }
}

#[test]
fn a_use_is_refused_for_one_reason() {
    type Change = fn(&mut Use);
    let cases: [(&str, Refusal, Change); 17] = [
        ("base64", Refusal::Encoding, |u| u.json["response"]["signature"] = json!("+/+/")),
        ("a user handle with padding", Refusal::Encoding, |u| {
            u.json["response"]["userHandle"] = json!("AA==")
        }),
        ("another type", Refusal::CredentialType, |u| u.json["type"] = json!("")),
        ("another rawId", Refusal::CredentialId, |u| u.json["rawId"] = json!(base64(b"other"))),
        ("another account", Refusal::UserHandle, |u| {
            u.json["response"]["userHandle"] = json!(base64(&[8; 32]))
        }),
        ("no account", Refusal::UserHandle, |u| u.json["response"]["userHandle"] = json!("")),
        ("the other ceremony", Refusal::Ceremony, |u| u.client_data["type"] = json!("webauthn.create")),
        ("another challenge", Refusal::Challenge, |u| u.client_data["challenge"] = json!(base64(b"other"))),
        ("another origin", Refusal::Origin, |u| u.client_data["origin"] = json!("https://evil.example")),
        ("a frame", Refusal::CrossOrigin, |u| u.client_data["crossOrigin"] = json!(true)),
        ("another RP ID", Refusal::RpId, |u| u.authenticator_data[31] ^= 1),
        ("no user", Refusal::UserPresence, |u| u.authenticator_data[32] &= !UP),
        ("the user is not verified", Refusal::UserVerification, |u| u.authenticator_data[32] &= !UV),
        ("no longer eligible", Refusal::BackupFlags, |u| u.authenticator_data[32] &= !(BE | BS)),
        ("backed up without eligibility", Refusal::BackupFlags, |u| u.authenticator_data[32] &= !BE),
        ("no signature", Refusal::Signature, |u| u.signature.clear()),
        ("the encoding of JWS", Refusal::Signature, |u| u.signature = vec![1; 64]),
    ];
    for (what, refusal, change) in cases {
        let mut used = Use::new();
        change(&mut used);
        let backend = Backend::saying(Ok(true));
        assert_eq!(used.verify(&backend), Err(refusal.into()), "{what}");
        assert!(backend.1.borrow().is_empty(), "{what}: refused before a signature is verified");
    }
}

#[test]
fn a_passkey_that_was_not_eligible_stays_so() {
    let passkey = Passkey { backup_eligible: false, backed_up: false, ..stored() };
    let mut used = Use::new();
    used.json["response"]["clientDataJSON"] = json!(base64(used.client_data.to_string().as_bytes()));
    used.json["response"]["authenticatorData"] = json!(base64(&used.authenticator_data));
    used.json["response"]["signature"] = json!(base64(SIGNATURE));
    let assertion = Assertion::parse(&read_value(used.json).unwrap()).unwrap();
    let backend = Backend::saying(Ok(true));
    let relying_party = relying_party();
    let verdict = assertion.verify(&relying_party, CHALLENGE, ACCOUNT, &passkey, &backend);
    assert_eq!(verdict.now_or_never().unwrap(), Err(Refusal::BackupFlags.into()));
}

#[test]
fn unknown_transports_are_kept_if_they_could_be_names() {
    let mut creation = Creation::new();
    creation.json["response"]["transports"] =
        json!(["usb", "smart-card", "telepathy", "", "Ble", "a\nb", "a-name-that-is-long"]);
    let passkey = creation.verify().unwrap().named(String::new(), UnixTime(0));
    assert_eq!(passkey.transports, ["usb", "smart-card", "telepathy"]);
    let mut creation = Creation::new();
    creation.json["response"]["transports"] = json!(vec!["usb"; 100]);
    assert_eq!(creation.verify().unwrap().named(String::new(), UnixTime(0)).transports.len(), 8);
}
