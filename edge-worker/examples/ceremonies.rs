//! Judges ceremonies of passkeys natively: lines of JSON in, a word a line out. For comparing the verifier with
//! others.
//!
//! A line is `{"rp_id", "origins", "account", "created": {"challenge", "response"}, "used": null or the same}`.
//! A use is verified with the passkey that was created. The word is `accepted`, the refusal, `counter`,
//! `malformed` if the response is not of the expected shape, or `fault`.

use std::io::{self, BufRead, BufWriter, Write};

use auth_core::credential::CounterDidNotRise;
use auth_core::time::UnixTime;
use auth_core::webauthn::{Assertion, AssertionError, Refusal, Registration, RelyingParty};
use auth_core::wire::{Origin, read_value};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder as _};
use edge_worker::signatures::{JwtSimple, is_valid_key};
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Ceremonies {
    rp_id: String,
    origins: Vec<String>,
    /// Base64url.
    account: String,
    created: Ceremony,
    used: Option<Ceremony>,
}

#[derive(Deserialize)]
struct Ceremony {
    /// Base64url.
    challenge: String,
    response: Value,
}

/// Why there is no verdict.
enum Rejection {
    Refused(Refusal),
    Counter,
    Malformed,
    Fault,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn judge(Ceremonies { rp_id, origins, account, created, used }: Ceremonies) -> Result<(), Rejection> {
    let origins = origins.iter().map(|origin| Origin::parse(origin).map_err(|_| Rejection::Malformed));
    let relying_party = RelyingParty::new(rp_id, origins.collect::<Result<_, _>>()?);
    let sent = read_value(created.response).map_err(|_| Rejection::Malformed)?;
    let passkey = Registration::parse(sent)?.verify(&relying_party, &bytes(&created.challenge)?)?;
    if !is_valid_key(passkey.key()) {
        return Err(Refusal::PublicKey.into());
    }
    let Some(used) = used else { return Ok(()) };
    let mut passkey = passkey.named(String::new(), UnixTime(1));
    let assertion = Assertion::parse(&read_value(used.response).map_err(|_| Rejection::Malformed)?)?;
    let (account, challenge) = (bytes(&account)?, bytes(&used.challenge)?);
    let verdict = assertion.verify(&relying_party, &challenge, &account, &passkey, &JwtSimple).now_or_never();
    match verdict.ok_or(Rejection::Fault)? {
        Ok(used) => passkey.accept(&used, UnixTime(2)).map_err(|CounterDidNotRise| Rejection::Counter),
        Err(AssertionError::Refused(refusal)) => Err(refusal.into()),
        Err(AssertionError::Fault(_)) => Err(Rejection::Fault),
    }
}

fn bytes(base64: &str) -> Result<Vec<u8>, Rejection> {
    Base64UrlSafeNoPadding::decode_to_vec(base64, None).map_err(|_| Rejection::Malformed)
}

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let word = match judge(serde_json::from_str(&line?)?) {
            Ok(()) => "accepted",
            Err(Rejection::Refused(refusal)) => refusal.as_str(),
            Err(Rejection::Counter) => "counter",
            Err(Rejection::Malformed) => "malformed",
            Err(Rejection::Fault) => "fault",
        };
        writeln!(out, "{word}")?;
    }
    out.flush()
}
