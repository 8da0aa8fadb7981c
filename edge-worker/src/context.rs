//! What the service and the gate need to handle one request, and what they add to its response.

use std::cell::Cell;
use std::rc::Rc;

use auth_core::wire::ErrorCode;
use worker::Env;

use crate::audit::{Actor, Asker, Source};
use crate::config::Config;
use crate::http::{Incoming, Refusal};

/// The state of one request.
pub struct Context {
    /// Bindings.
    pub env: Env,
    /// The platform's context, for work that continues after the response.
    pub platform: worker::Context,
    /// The configuration.
    pub config: Rc<Config>,
    /// The request.
    pub incoming: Incoming,
    /// The `Set-Cookie` of a session that rotated for a navigation. It is added to whichever response the
    /// client gets.
    pub new_cookie: Cell<Option<String>>,
}

impl Context {
    /// Creates the context of a request.
    #[must_use]
    pub fn new(env: Env, platform: worker::Context, config: Rc<Config>, incoming: Incoming) -> Self {
        Self { env, platform, config, incoming, new_cookie: Cell::default() }
    }

    /// The client, for the audit trail. The client address is the one that the platform reports, never one
    /// from a header that the client can set.
    #[must_use]
    pub fn asker(&self, actor: Actor) -> Asker {
        let header = |name| self.incoming.header(name).unwrap_or_default();
        let mut user_agent = header("user-agent").to_owned();
        let end = (0..=256).rev().find(|end| user_agent.is_char_boundary(*end)).unwrap_or(0);
        user_agent.truncate(end);
        Asker {
            actor,
            credential: None,
            request_id: self.incoming.id.clone(),
            source: Source { client_address: header("cf-connecting-ip").to_owned(), user_agent },
        }
    }

    /// `invalid_token` with the challenge of RFC 6750 section 3. The challenge has no parameters if the
    /// request had no credentials, and otherwise the error. It never names the check that failed.
    #[must_use]
    pub fn challenge(&self, error: Option<&str>) -> Refusal {
        let error = error.map_or_else(String::new, |error| format!(r#", error="{error}""#));
        Refusal::new(ErrorCode::InvalidToken).with("WWW-Authenticate", self.challenge_header(&error))
    }

    /// A challenge with the address of the resource metadata (RFC 9728 section 5.1), followed by the given
    /// parameters.
    #[must_use]
    pub fn challenge_header(&self, more: &str) -> String {
        let issuer = &self.config.issuer;
        let metadata = auth_core::wire::paths::RESOURCE_METADATA;
        format!(r#"Bearer realm="{issuer}"{more}, resource_metadata="{issuer}{metadata}""#)
    }
}
