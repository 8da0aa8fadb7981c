//! Judges tokens natively, as the gate does: lines of JSON in, a word a line out. For holding the verifier
//! against others.
//!
//! The first line is `{"config": <the table LATCHKEY>, "secrets": {"BINDING": "…"}}`; every further one
//! `[issuer, now, token]`, the issuer by its name in the configuration. The word is `accepted`, the check
//! that failed, or `fault`.

use std::collections::HashMap;
use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::token::{Algorithm, Caller, KeyMaterial, KeySet, Unverified, VerificationKey, VerifyError};
use edge_worker::config::{self, Issuer, KeySource};
use edge_worker::signatures::JwtSimple;
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Setting {
    config: Value,
    secrets: HashMap<String, String>,
}

struct Judge {
    issuers: HashMap<String, (Issuer, KeySet)>,
}

impl Judge {
    fn new(line: &str) -> Result<Self, String> {
        let setting: Setting = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let config = config::parse(&setting.config).map_err(|errors| format!("{errors:?}"))?;
        let with_keys = |issuer: Issuer| {
            let keys = keys_of(&issuer, &setting.secrets)?;
            Some((issuer.name.clone(), (issuer, keys)))
        };
        Ok(Self { issuers: config.issuers.into_iter().filter_map(with_keys).collect() })
    }

    fn judge(&self, line: &str) -> Result<&'static str, String> {
        let (issuer, now, token): (String, u64, String) =
            serde_json::from_str(line).map_err(|error| error.to_string())?;
        let (issuer, keys) = self.issuers.get(&issuer).ok_or("an issuer without keys")?;
        let unverified = match Unverified::parse(&token) {
            Ok(unverified) => unverified,
            Err(refusal) => return Ok(refusal.as_str()),
        };
        let verdict =
            unverified.verify::<Caller>(&issuer.policy, &issuer.names, keys, &JwtSimple, UnixTime(now));
        match verdict.now_or_never() {
            Some(Ok(_)) => Ok("accepted"),
            Some(Err(VerifyError::Refused(refusal))) => Ok(refusal.as_str()),
            Some(Err(VerifyError::Fault(_))) => Ok("fault"),
            None => Err("the native backend waits for nothing".to_owned()),
        }
    }
}

/// `None` for an issuer whose keys are somewhere else.
fn keys_of(issuer: &Issuer, secrets: &HashMap<String, String>) -> Option<KeySet> {
    match &issuer.keys {
        KeySource::Static(keys) => Some(KeySet::clone(keys)),
        KeySource::Secret(binding) => {
            let material = KeyMaterial::Secret(SecretText::new(secrets.get(binding)?.clone()));
            let key = VerificationKey { kid: String::new(), algorithm: Algorithm::Hs256, material };
            KeySet::new(vec![key]).ok()
        }
        KeySource::Own | KeySource::Jwks(_) | KeySource::Discovery(_) => None,
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let broken = |error: io::Error| error.to_string();
    let mut lines = io::stdin().lock().lines();
    let setting = lines.next().ok_or("no settings")?.map_err(broken)?;
    let judge = Judge::new(&setting)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(out, "{}", judge.judge(&line.map_err(broken)?)?).map_err(broken)?;
    }
    out.flush().map_err(broken)
}
