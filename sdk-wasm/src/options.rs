//! What the deployer chose. Types and ranges are checked by `js/options.ts`, where a message costs nothing; where a
//! token may go is decided here.

use alloc::string::String;
use alloc::vec::Vec;

use auth_core::session::ClientErrorCode::InvalidOptions;
use auth_core::session::{Config, Failure, Targets};
use js_sys::Array;

use crate::platform::whole;
use crate::views::joined;

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
        api_origins: Option<Array>,
        refresh_ahead_seconds: f64,
        timeout_seconds: f64,
        elsewhere: bool,
    ) -> Result<Self, Failure> {
        let targets = Targets::new(service, api_origins.map(texts)).map_err(|bad| Failure {
            detail: Some(joined(&[
                "Expected an https origin without a path (http only on localhost), got \"",
                &bad,
                "\".",
            ])),
            ..Failure::client(InvalidOptions)
        })?;
        Ok(Self {
            targets,
            config: Config { refresh_ahead_ms: whole(refresh_ahead_seconds * 1_000.0), elsewhere },
            timeout_ms: i32::try_from(whole(timeout_seconds * 1_000.0)).unwrap_or(i32::MAX),
        })
    }
}

/// What isn't text becomes an empty one, which is no origin.
fn texts(array: Array) -> Vec<String> {
    let mut texts = Vec::new();
    for at in 0..array.length() {
        texts.push(array.get(at).as_string().unwrap_or_default());
    }
    texts
}
