//! The bytes of an accepted token have no second form: every change, however small, is rejected.
//!
//! `LATCHKEY_CASES` sets the number of changes to try; for a long run in a release build, use a million or
//! more.

use futures_util::FutureExt;

use auth_core::credential::{Assurance, AuthenticationMethod};
use auth_core::time::UnixTime;
use auth_core::token::{
    AccessClaims, Algorithm, KeySet, Policy, TYP_ACCESS_TOKEN, TypRule, Unverified, mint,
};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{JwtSimple, KeySigner, SigningKey};
use worker_config::SignatureBackend;

const NOW: u64 = 1_800_000_000;
const CASES: u32 = 20_000;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn claims(id: usize) -> AccessClaims {
    AccessClaims {
        metadata: None,
        iss: "https://issuer.example".into(),
        sub: format!("user-{id}").into(),
        aud: "api".into(),
        client_id: "c".into(),
        iat: UnixTime(NOW - 10),
        exp: UnixTime(NOW + 290),
        auth_time: Some(UnixTime(NOW - 10)),
        acr: Some(Assurance::Aal1),
        amr: vec![AuthenticationMethod::Password],
        jti: "j".repeat(id % 5 + 1).into(),
        sid: "s".repeat(id % 7 + 1).into(),
        epoch: 0,
        roles: vec!["admin".into()],
        scope: String::new(),
        email: None,
        email_verified: None,
        cnf: None,
    }
}

struct Verifier {
    policy: Policy,
    keys: KeySet,
}

impl Verifier {
    fn accepts(&self, token: &str) -> bool {
        Unverified::parse(token).is_ok_and(|unverified| {
            let verdict =
                unverified.verify::<AccessClaims>(&self.policy, &(), &self.keys, &JwtSimple, UnixTime(NOW));
            verdict.now_or_never().unwrap().is_ok()
        })
    }
}

/// Tokens of every length modulo the encoding's groups, and a verifier that accepts them.
fn tokens() -> (Vec<String>, Verifier) {
    let key = SigningKey::generate();
    let signer = KeySigner { backend: SignatureBackend::JwtSimple, key: &key };
    let tokens = (0..32)
        .map(|id| mint(&claims(id), &signer).now_or_never().unwrap().unwrap().expose().to_owned())
        .collect();
    let typ = TypRule::exactly(TYP_ACCESS_TOKEN);
    let policy = Policy::new("https://issuer.example", "api", &[Algorithm::Es256], typ).unwrap();
    (tokens, Verifier { policy, keys: KeySet::new(vec![key.public().unwrap()]).unwrap() })
}

/// A change of one part of a token.
#[derive(Clone, Debug)]
enum Change {
    /// Flips a bit of the decoded bytes.
    Flip(usize),
    /// Replaces a character with another one of the alphabet.
    Replace(usize, usize),
    /// Inserts any character.
    Insert(usize, char),
    /// Removes a character.
    Remove(usize),
    /// Sets spare bits, if the part has any; the decoded bytes stay the same.
    Spare(u8),
    /// Appends padding.
    Pad(usize),
    /// Writes the same bytes in the other base64 alphabet.
    OtherAlphabet,
    /// Adds white space before the JSON.
    Space,
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<usize>;
    prop_oneof![
        8 => place().prop_map(Change::Flip),
        4 => (place(), 1..64_usize).prop_map(|(at, by)| Change::Replace(at, by)),
        2 => (place(), prop_oneof![any::<char>(), Just('.'), Just('\n'), Just('='), Just('A')])
            .prop_map(|(at, what)| Change::Insert(at, what)),
        2 => place().prop_map(Change::Remove),
        1 => (1..16_u8).prop_map(Change::Spare),
        1 => (1..4_usize).prop_map(Change::Pad),
        1 => Just(Change::OtherAlphabet),
        1 => Just(Change::Space),
    ]
}

/// `None` if the change makes no difference to this part.
fn changed(part: &str, change: &Change) -> Option<String> {
    let mut text: Vec<char> = part.chars().collect();
    match change {
        Change::Flip(at) => {
            let mut bytes = Base64UrlSafeNoPadding::decode_to_vec(part, None).unwrap();
            let bit = at % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            return Some(Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap());
        }
        Change::Replace(at, by) => {
            let at = at % text.len();
            let old = ALPHABET.iter().position(|c| char::from(*c) == text[at]).unwrap();
            text[at] = char::from(ALPHABET[(old + by) % 64]);
        }
        Change::Insert(at, what) => text.insert(at % (text.len() + 1), *what),
        Change::Remove(at) => {
            text.remove(at % text.len());
        }
        Change::Spare(bits) => {
            let spare = match text.len() % 4 {
                2 => bits % 16,
                3 => bits % 4,
                _ => 0,
            };
            let last = text.last_mut()?;
            let old = ALPHABET.iter().position(|c| char::from(*c) == *last).unwrap();
            *last = char::from(ALPHABET[old | usize::from(spare)]);
        }
        Change::Pad(count) => text.extend(core::iter::repeat_n('=', *count)),
        Change::OtherAlphabet => {
            for character in &mut text {
                *character = match *character {
                    '-' => '+',
                    '_' => '/',
                    other => other,
                };
            }
        }
        Change::Space => {
            let bytes = Base64UrlSafeNoPadding::decode_to_vec(part, None).unwrap();
            return Some(Base64UrlSafeNoPadding::encode_to_string([b" ", &bytes[..]].concat()).unwrap());
        }
    }
    Some(text.into_iter().collect::<String>()).filter(|changed| changed != part)
}

#[test]
fn check_06_property_rejects_every_change_of_an_accepted_token() {
    let cases = std::env::var("LATCHKEY_CASES").ok().map_or(CASES, |cases| cases.parse().unwrap());
    let (tokens, verifier) = tokens();
    assert!(tokens.iter().all(|token| verifier.accepts(token)));
    let config = ProptestConfig { cases, max_global_rejects: u32::MAX, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let strategy = (0..tokens.len(), 0..3_usize, change());
    runner
        .run(&strategy, |(which, part, change)| {
            let mut parts: Vec<String> = tokens[which].split('.').map(ToOwned::to_owned).collect();
            let Some(other) = changed(&parts[part], &change) else {
                return Err(TestCaseError::reject("no difference"));
            };
            parts[part] = other;
            prop_assert!(!verifier.accepts(&parts.join(".")), "{}", parts.join("."));
            Ok(())
        })
        .unwrap();
}

/// Flips each bit of one token, one after the other.
#[test]
fn check_06_property_rejects_every_flipped_bit() {
    let (tokens, verifier) = tokens();
    let parts: Vec<&str> = tokens[0].split('.').collect();
    let mut flipped = 0;
    for (i, part) in parts.iter().enumerate() {
        for bit in 0..Base64UrlSafeNoPadding::decode_to_vec(part, None).unwrap().len() * 8 {
            let other = changed(part, &Change::Flip(bit)).unwrap();
            let mut parts = parts.clone();
            parts[i] = &other;
            assert!(!verifier.accepts(&parts.join(".")), "part {i}, bit {bit}");
            flipped += 1;
        }
    }
    assert!(flipped > 2_500, "{flipped}");
}
