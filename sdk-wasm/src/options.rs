//! What the deployer chose. Types and ranges are checked by `js/options.ts`, where a message costs nothing; where a
//! token may go is decided here.

use auth_core::session::ClientErrorCode::InvalidOptions;
use auth_core::session::{Config, Failure, Targets};

use crate::platform::whole;

pub(crate) struct Options {
    pub(crate) targets: Targets,
    pub(crate) config: Config,
    pub(crate) timeout_ms: i32,
}

impl Options {
    /// # Errors
    /// `invalid_options`, naming the text that is no origin.
    pub(crate) fn read(
        service: &str,
        api_origins: Option<Vec<String>>,
        refresh_ahead_seconds: f64,
        timeout_seconds: f64,
    ) -> Result<Self, Failure> {
        let targets = Targets::new(service, api_origins).map_err(|bad| Failure {
            detail: Some(
                ["Expected an https origin without a path (http only on localhost), got \"", &bad, "\"."]
                    .concat(),
            ),
            ..Failure::client(InvalidOptions)
        })?;
        Ok(Self {
            targets,
            config: Config { refresh_ahead_ms: whole(refresh_ahead_seconds * 1_000.0) },
            timeout_ms: i32::try_from(whole(timeout_seconds * 1_000.0)).unwrap_or(i32::MAX),
        })
    }
}
