//! While a deployment is under way, a Worker of one version asks objects of the other. These are the messages of version 1,
//! as its code wrote and read them. What one of the two doesn't understand is no call, and answered as unavailable.

use auth_core::rotation::Lifetimes;
use auth_core::wire::{SessionEndReason, read_value};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::protocol::{
    AccountCall, AccountReply, KeyMessage, KeyringCall, KeyringReply, KeysMessage, Presented, Purpose,
    RefreshKeyMessage, RevocationsCall, RevocationsReply, RingMessage, RingReply,
};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn lifetimes() -> Value {
    json!({"replay_window": 60, "idle_expiry": 604_800, "absolute_expiry": 2_592_000, "access_token": 300})
}

fn keys() -> KeysMessage {
    read_value(json!([{"id": "k", "bytes": KEY}])).unwrap()
}

fn written(message: &impl Serialize) -> Value {
    serde_json::to_value(message).unwrap()
}

#[test]
fn calls_of_version_1_are_understood_or_refused_whole() {
    let presented =
        json!({"cookie": "1.a.f.1.s", "keys": [{"id": "k", "bytes": KEY}], "lifetimes": lifetimes()});
    let read: Presented = read_value(presented.clone()).unwrap();
    assert!(read.removed.is_empty() && read.keys.keys().is_some());
    for call in [
        json!({ "Admit": presented }),
        json!({"Check": {"session": "s", "epoch": 0}}),
        json!({"ListSessions": {"session": "s", "epoch": 0}}),
        json!("Confirm"),
        json!("Discard"),
        json!("Credentials"),
    ] {
        assert!(read_value::<AccountCall>(call.clone()).is_ok(), "{call}");
    }
    // Since then these say who asks. Without it they are no calls, which is answered as unavailable until the deployment is
    // through.
    for call in [
        json!({ "Refresh": presented }),
        json!({"SignOut": {"presented": presented, "scope": "local"}}),
        json!({"RevokeSession": {"bearing": {"session": "s", "epoch": 0}, "session": "t", "access_token": 300}}),
    ] {
        assert!(read_value::<AccountCall>(call.clone()).is_err(), "{call}");
    }
    // Before credentials could be elsewhere, nothing was said of a profile.
    let asker = json!({"actor": "user", "credential": null, "request_id": "r", "source": {}});
    let open = json!({"OpenSession": {
        "asker": asker, "proved_hash": "h", "signed_up": false, "keys": [], "lifetimes": lifetimes(),
    }});
    assert!(matches!(read_value(open), Ok(AccountCall::OpenSession { profile: None, .. })));
    assert!(matches!(read_value(json!("Keys")), Ok(KeyringCall::Keys)));
    assert!(matches!(read_value(json!("Copy")), Ok(RevocationsCall::Copy)));
    assert!(matches!(read_value(json!({"Add": []})), Ok(RevocationsCall::Add(_))));
}

#[test]
fn replies_of_version_1_are_understood() {
    let copy = json!({"Copy": {"taken_at_ms": 1, "entries": []}});
    assert!(matches!(read_value(copy), Ok(RevocationsReply::Copy { taken_at_ms: 1, keys_version: 0, .. })));
    let keyring = json!({"signing": ["{}"], "refresh": [{"id": "k", "bytes": KEY}]});
    let KeyringReply { signing, refresh } = read_value(keyring).unwrap();
    assert_eq!((signing.len(), refresh.len()), (1, 1));
    let session = json!({"Session": {
        "id": "s", "account": "a", "email": "e", "roles": [], "epoch": 0,
        "created_at": 1, "expires_at": 2, "idle_expires_at": 2, "cookie": null,
    }});
    assert!(matches!(read_value(session), Ok(AccountReply::Session(_))));
    assert!(matches!(
        read_value(json!({"Ended": "revoked"})),
        Ok(AccountReply::Ended(SessionEndReason::Revoked))
    ));
}

/// What version 1 reads a reply into; what it doesn't know it leaves out.
#[derive(Deserialize)]
struct CopyOf1 {
    taken_at_ms: u64,
    entries: Vec<Value>,
}

#[test]
fn version_1_understands_replies_to_its_calls() {
    let reply = written(&RevocationsReply::Copy { taken_at_ms: 7, entries: vec![], keys_version: 3 });
    let copy: CopyOf1 = read_value(reply["Copy"].clone()).unwrap();
    assert_eq!((copy.taken_at_ms, copy.entries.len()), (7, 0));
    let reply = KeyringReply {
        signing: vec!["{}".into()],
        refresh: vec![RefreshKeyMessage { id: "k".into(), bytes: KEY.into() }],
    };
    assert_eq!(written(&reply), json!({"signing": ["{}"], "refresh": [{"id": "k", "bytes": KEY}]}));
}

#[test]
fn version_1_understands_what_it_is_asked() {
    let presented = Presented {
        cookie: "c".into(),
        keys: keys(),
        lifetimes: Lifetimes::default(),
        removed: vec!["gone".into()],
    };
    let call = written(&AccountCall::Admit(presented));
    assert_eq!(call["Admit"]["cookie"], "c");
    assert_eq!(call["Admit"]["keys"], json!([{"id": "k", "bytes": KEY}]));
    assert_eq!(call["Admit"]["lifetimes"], lifetimes());
    assert_eq!(written(&KeyringCall::Keys), json!("Keys"), "what is asked of a Keyring of version 1");
}

#[test]
fn messages_of_the_ring_are_written_in_one_way() {
    let ring = RingMessage {
        version: 2,
        signing: vec![KeyMessage { id: "k".into(), material: "m".into() }],
        refresh: vec![],
        removed: vec!["r".into()],
    };
    let expected = json!({"Ring": {
        "version": 2, "signing": [{"id": "k", "material": "m"}], "refresh": [], "removed": ["r"],
    }});
    assert_eq!(written(&RingReply::Ring(ring)), expected);
    assert_eq!(written(&KeyringCall::Ring { known: None }), json!({"Ring": {"known": null}}));
    assert_eq!(
        written(&KeyringCall::Rotate { purpose: Purpose::Refresh }),
        json!({"Rotate": {"purpose": "refresh"}})
    );
}
