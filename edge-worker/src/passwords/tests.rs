use auth_core::secret::SecretText;
use auth_core::wire::Password;

use super::{Cost, ImportedKind, Step, Stored, hash_now, steps};
use crate::config::PasswordRules;

/// Made by other implementations: libxcrypt, and Python's `hashlib.pbkdf2_hmac`.
const BCRYPT: &str = "$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC";
const BCRYPT_LONG: &str = "$2b$06$abcdefghijklmnopqrstuuKyhsu98gKP/jtW.DjVbhD5X3/oBiaJu";
const PBKDF2_SHA256: &str =
    "$pbkdf2-sha256$i=10000,l=32$c2FsdCBvZiAxNiBieXRlcw$7ibzhBWBrxOSHcgrHa2BC50JzEE7bBjk95I76otk+FI";
const PBKDF2_SHA512: &str = "$pbkdf2-sha512$i=10000,l=64$c2FsdCBvZiAxNiBieXRlcw$JUXukA9yfNt52Yy56Fswvz4QmTH6jcht3ijAs3q8HA568azXZNp3fW4iHIqhBT1WS6S7sDZM+t50wcUwlXJRXQ";

const RIGHT: &str = "correct horse";

fn password(text: &str) -> Password {
    Password::new(SecretText::new(text.into())).unwrap()
}

fn verify(stored: &str, text: &str) -> bool {
    Stored::parse(stored).unwrap().verify(&password(text)).unwrap()
}

#[test]
fn check_41_argon2id_with_19_mib_and_two_passes() {
    let stored = hash_now(Cost::default(), &password(RIGHT), b"0123456789abcdef").unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_ne!(stored, hash_now(Cost::default(), &password(RIGHT), b"fedcba9876543210").unwrap(), "salted");
    assert!(verify(&stored, RIGHT));
    assert!(!verify(&stored, "correct horsE"));
    assert!(!verify(&stored, "correct horse "));
}

#[test]
fn imported_hashes_verify() {
    for stored in [BCRYPT, PBKDF2_SHA256, PBKDF2_SHA512] {
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let stored = stored.replace("$2b$", prefix);
            assert!(verify(&stored, RIGHT), "{stored}");
            assert!(!verify(&stored, "correct horsE"), "{stored}");
            assert!(Stored::parse(&stored).unwrap().is_cheaper_than(Cost::default()), "to be hashed anew");
        }
    }
    let long = "p".repeat(100);
    assert!(verify(BCRYPT_LONG, &long), "cut at 72 bytes, as the one who made it did");
}

#[test]
fn a_hash_is_replaced_when_the_cost_has_grown_and_not_when_it_has_shrunk() {
    let today = Cost { memory_kib: 32 * 1024, passes: 3 };
    let parse = |m: u32, t: u32| {
        let cost = Cost { memory_kib: m, passes: t };
        Stored::parse(&hash_now(cost, &password(RIGHT), b"0123456789abcdef").unwrap()).unwrap()
    };
    assert!(parse(19 * 1024, 3).is_cheaper_than(today));
    assert!(parse(32 * 1024, 2).is_cheaper_than(today));
    assert!(!parse(32 * 1024, 3).is_cheaper_than(today));
    assert!(!parse(33 * 1024, 3).is_cheaper_than(today));
}

#[test]
fn what_cannot_be_verified_in_bearable_time_is_no_hash() {
    for text in [
        "",
        "plain",
        "$argon2id$v=19$m=65537,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=11,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw",
        "$argon2i$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        "$2b$03$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        "$2b$15$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        "$2b$10$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3",
        "$2b$10$\u{e4}OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3",
        "$pbkdf2-sha256$i=999,l=32$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$pbkdf2-sha256$i=1000001,l=32$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$pbkdf2-sha1$i=10000,l=20$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=16,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert!(Stored::parse(text).is_err(), "{text}");
    }
}

#[test]
fn nobody_has_no_password() {
    let steps = steps(&PasswordRules::default(), None);
    assert_eq!(steps.len(), 1);
    for step in steps {
        assert_eq!(step.run(&password(RIGHT)), Ok(false));
    }
}

#[test]
fn check_39_a_password_that_no_account_can_have_has_a_stand_in_to_hash() {
    assert!(super::stand_in().is_some());
}

/// What a list of steps costs: Argon2id's work in KiB, and which kinds of imported hashes.
fn cost(rules: &PasswordRules, stored: Option<&str>) -> (u64, usize) {
    let stored = stored.map(|text| Stored::parse(text).unwrap());
    let work = |cost: &Cost| u64::from(cost.memory_kib) * u64::from(cost.passes);
    steps(rules, stored.as_ref()).iter().fold((0, 0), |(argon2, imported), step| match step {
        Step::Real(Stored::Argon2 { cost, .. }) | Step::Argon2(cost) => (argon2 + work(cost), imported),
        Step::Real(_) | Step::Imported(_) => (argon2, imported + 1),
    })
}

#[test]
fn check_39_every_attempt_computes_as_much() {
    let hashed = |memory_kib, passes| {
        hash_now(Cost { memory_kib, passes }, &password(RIGHT), b"0123456789abcdef").unwrap()
    };
    let today = Cost { memory_kib: 24 * 1024, passes: 3 };
    let plain = PasswordRules { cost: today, ..PasswordRules::default() };
    let moving = PasswordRules { imported: ImportedKind::parse("bcrypt:10"), ..plain.clone() };
    let nobody = cost(&plain, None);
    for (memory_kib, passes) in [(24 * 1024, 3), (24 * 1024, 2), (19 * 1024, 2), (8, 1), (19 * 1024, 3)] {
        let stored = hashed(memory_kib, passes);
        let (argon2, imported) = cost(&plain, Some(&stored));
        assert!(argon2.abs_diff(nobody.0) <= 8 * 3, "m={memory_kib} t={passes}: {argon2}, {}", nobody.0);
        assert_eq!(imported, 0);
        assert_eq!(cost(&moving, Some(&stored)), (argon2, 1));
    }
    assert_eq!(cost(&moving, None), (nobody.0, 1));
    assert_eq!(cost(&moving, Some(BCRYPT)), (nobody.0, 1));
}

#[test]
fn a_kind_of_imported_hash_is_written_with_its_cost() {
    assert_eq!(ImportedKind::parse("bcrypt:12"), Some(ImportedKind::Bcrypt { cost: 12 }));
    assert!(ImportedKind::parse("pbkdf2-sha512:210000").is_some());
    for text in
        ["", "bcrypt", "bcrypt:", "bcrypt:3", "bcrypt:15", "pbkdf2-sha1:1000", "pbkdf2-sha256:999", "md5:1"]
    {
        assert_eq!(ImportedKind::parse(text), None, "{text}");
    }
    for kind in ["bcrypt:4", "pbkdf2-sha256:1000", "pbkdf2-sha512:1000"] {
        assert!(ImportedKind::parse(kind).unwrap().spend(&password(RIGHT)), "{kind}");
    }
}
