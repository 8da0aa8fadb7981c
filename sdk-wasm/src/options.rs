//! The options of the client, in the form that the machine takes. They decide where a token may be sent.

use auth_core::session::ClientErrorCode::InvalidOptions;
use auth_core::session::{Config, Failure, Targets};

use crate::platform::whole;
use crate::views::VaultOptions;

pub(crate) struct Options {
    pub(crate) targets: Targets,
    pub(crate) config: Config,
    pub(crate) timeout_ms: u64,
    /// Whether the service is on another origin than the page.
    pub(crate) cross_origin: bool,
    /// Whether the page lets the user step up.
    pub(crate) steps_up: bool,
}

impl Options {
    /// # Errors
    /// `invalid_options`, naming the text that is not an origin.
    pub(crate) fn read(options: VaultOptions) -> Result<Self, Failure> {
        let targets = Targets::new(&options.service, options.api_origins).map_err(|bad| {
            let detail =
                ["Expected an https origin without a path (http only on localhost), got \"", &bad, "\"."]
                    .concat();
            Failure::client(InvalidOptions).with_detail(detail)
        })?;
        let milliseconds = |seconds: f64| whole(seconds * 1_000.0);
        Ok(Self {
            targets,
            config: Config {
                refresh_ahead_ms: milliseconds(options.refresh_ahead_seconds),
                cookie_may_be_blocked: options.cross_origin || options.cookie_uncertain,
            },
            timeout_ms: milliseconds(options.timeout_seconds),
            cross_origin: options.cross_origin,
            steps_up: options.steps_up,
        })
    }
}
