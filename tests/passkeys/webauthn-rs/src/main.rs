//! Judges ceremonies of passkeys as webauthn-rs does: lines of JSON in, a word a line out. The lines are those of
//! `edge-worker/examples/ceremonies.rs`; the word is `accepted` or webauthn-rs' error.

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::proto::{AuthenticationState, RegistrationState};
use webauthn_rs_proto::{COSEAlgorithm, UserVerificationPolicy};

#[derive(Deserialize)]
struct Ceremonies {
    rp_id: String,
    origins: Vec<Url>,
    created: Ceremony,
    used: Option<Ceremony>,
}

#[derive(Deserialize)]
struct Ceremony {
    /// Base64url.
    challenge: Value,
    response: Value,
}

fn judge(line: &str) -> Result<(), Box<dyn Error>> {
    let Ceremonies { rp_id, origins, created, used } = serde_json::from_str(line)?;
    let (subdomains, any_port) = (Some(false), Some(false));
    let core =
        WebauthnCore::new_unsafe_experts_only("RP", &rp_id, origins, Duration::from_secs(60), subdomains, any_port);

    let builder = core
        .new_challenge_register_builder(&[7; 32], "user", "user")?
        .user_verification_policy(UserVerificationPolicy::Required)
        .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::EDDSA, COSEAlgorithm::RS256]);
    let (_, state) = core.generate_challenge_register(builder)?;
    let state: RegistrationState = with_challenge(serde_json::to_value(state)?, created.challenge)?;
    let credential = core.register_credential(&serde_json::from_value(created.response)?, &state, None)?;

    let Some(used) = used else { return Ok(()) };
    let credentials = vec![credential];
    let builder = core.new_challenge_authenticate_builder(credentials, Some(UserVerificationPolicy::Required))?;
    let (_, state) = core.generate_challenge_authenticate(builder)?;
    let state: AuthenticationState = with_challenge(serde_json::to_value(state)?, used.challenge)?;
    core.authenticate_credential(&serde_json::from_value(used.response)?, &state)?;
    Ok(())
}

/// The library generates challenges itself, so the state is given the one that the ceremony has.
fn with_challenge<T: for<'de> Deserialize<'de>>(mut state: Value, challenge: Value) -> Result<T, Box<dyn Error>> {
    state["challenge"] = challenge;
    Ok(serde_json::from_value(state)?)
}

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        match judge(&line?) {
            Ok(()) => writeln!(out, "accepted")?,
            Err(error) => writeln!(out, "{}", error.to_string().replace('\n', " "))?,
        }
    }
    out.flush()
}
