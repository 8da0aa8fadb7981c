//! What the deployer chose, checked as a whole.

use auth_core::session::ClientErrorCode::InvalidOptions;
use auth_core::session::{Config, Failure, Targets};
use serde::Deserialize;
use wasm_bindgen::JsValue;

use crate::platform::whole;

/// Also the default.
const MOST_TIMEOUT_SECONDS: f64 = 20.0;
/// A token that is renewed a day early is a mistake.
const MOST_REFRESH_AHEAD_SECONDS: f64 = 86_400.0;

/// `ClientOptions` of `types.ts`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Given {
    service: String,
    api_origins: Option<Vec<String>>,
    vault: String,
    refresh_ahead_seconds: Option<f64>,
    timeout_seconds: Option<f64>,
}

pub(crate) struct Options {
    pub(crate) targets: Targets,
    pub(crate) config: Config,
    pub(crate) timeout_ms: u64,
}

impl Options {
    pub(crate) fn read(given: JsValue) -> Result<Self, Failure> {
        let given: Given =
            serde_wasm_bindgen::from_value(given).map_err(|error| invalid(error.to_string()))?;
        if given.vault != "page" {
            return Err(invalid("vault: expected \"page\"".to_owned()));
        }
        let targets = Targets::new(&given.service, given.api_origins).map_err(|bad| {
            invalid(
                [
                    "expected an https origin without a path, like \"https://api.example.com\"; got \"",
                    &bad,
                    "\"",
                ]
                .concat(),
            )
        })?;
        let mut config = Config::default();
        if let Some(seconds) = given.refresh_ahead_seconds {
            config.refresh_ahead_ms = milliseconds(
                seconds,
                0.0,
                MOST_REFRESH_AHEAD_SECONDS,
                "refreshAheadSeconds: expected 0 to 86400",
            )?;
        }
        let timeout = given.timeout_seconds.unwrap_or(MOST_TIMEOUT_SECONDS);
        let timeout_ms = milliseconds(
            timeout,
            0.001,
            MOST_TIMEOUT_SECONDS,
            "timeoutSeconds: expected more than 0, at most 20",
        )?;
        Ok(Self { targets, config, timeout_ms })
    }
}

fn milliseconds(seconds: f64, least: f64, most: f64, expected: &str) -> Result<u64, Failure> {
    if (least..=most).contains(&seconds) {
        Ok(whole(seconds * 1_000.0))
    } else {
        Err(invalid(expected.to_owned()))
    }
}

fn invalid(detail: String) -> Failure {
    Failure { detail: Some(detail), ..Failure::client(InvalidOptions) }
}
