//! The relying party.

use auth_core::webauthn::RelyingParty;
use auth_core::wire::Origin;
use serde_json::{Value, json};

use super::{good, parse, with};

fn read(passkeys: Value, more: &[(&str, Value)]) -> Result<(RelyingParty, String), Vec<String>> {
    let mut config = with("/passkeys", passkeys);
    for (name, value) in more {
        config[name] = value.clone();
    }
    let parsed = parse(&config);
    parsed
        .map(|config| config.passkeys.unwrap())
        .map(|passkeys| (passkeys.relying_party, passkeys.name))
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn origins(texts: &[&str]) -> Vec<Origin> {
    texts.iter().map(|text| Origin::parse(text).unwrap()).collect()
}

#[test]
fn without_the_table_there_are_no_passkeys() {
    assert!(parse(&good()).unwrap().passkeys.is_none());
}

#[test]
fn the_defaults_are_those_of_the_service() {
    let id = "auth.latchkey.test".to_owned();
    let own = "https://auth.latchkey.test";
    assert_eq!(
        read(json!({}), &[("allowed_origins", json!(["https://www.latchkey.test"]))]),
        Ok((RelyingParty::new(id.clone(), origins(&[own, "https://www.latchkey.test"])), id.clone()))
    );
    let given = json!({"rp_id": "latchkey.test", "rp_name": "Latchkey", "origins": ["https://other.test"]});
    assert_eq!(
        read(given, &[]),
        Ok((RelyingParty::new("latchkey.test".into(), origins(&["https://other.test"])), "Latchkey".into()))
    );
    let local = [("issuer", json!("http://localhost:8787"))];
    assert_eq!(
        read(json!({}), &local),
        Ok((RelyingParty::on_this_machine("localhost".into()), "localhost".into()))
    );
}

#[test]
fn mistakes_name_their_key() {
    for (passkeys, key) in [
        (json!({"rp_id": "other.test"}), "passkeys.rp_id"),
        (json!({"rp_id": "www.auth.latchkey.test"}), "passkeys.rp_id"),
        (json!({"rp_id": "key.test"}), "passkeys.rp_id"),
        (json!({"rp_id": "test"}), "passkeys.rp_id"),
        (json!({"rp_id": ""}), "passkeys.rp_id"),
        (json!({"rp_id": "https://latchkey.test"}), "passkeys.rp_id"),
        (json!({"rp_name": ""}), "passkeys.rp_name"),
        (json!({"rp_name": "a\nb"}), "passkeys.rp_name"),
        (json!({"origins": []}), "passkeys.origins"),
        (json!({"origins": ["https://a.example/"]}), "passkeys.origins"),
        (json!({"origins": ["http://a.example"]}), "passkeys.origins"),
        (json!({"rpid": "latchkey.test"}), "passkeys.rpid"),
    ] {
        let errors = read(passkeys.clone(), &[]).unwrap_err();
        assert!(errors.len() == 1 && errors[0].starts_with(&format!("{key}: ")), "{passkeys}: {errors:?}");
    }
    for issuer in ["http://127.0.0.1:8787", "http://[::1]:8787"] {
        let errors = read(json!({}), &[("issuer", json!(issuer))]).unwrap_err();
        assert!(errors[0].starts_with("passkeys.rp_id: "), "{errors:?}");
    }
    let elsewhere = json!({"elsewhere": {"service": "USERS", "path": "/"}});
    let mut config = with("/passkeys", json!({}));
    config["sign_in"] = elsewhere;
    assert!(parse(&config).unwrap().passkeys.is_none(), "the external system decides who may sign in");
}
