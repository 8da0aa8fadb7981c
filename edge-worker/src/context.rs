//! What the service and the gate need to handle one request, and what they add to its response.

use std::cell::Cell;
use std::rc::Rc;

use auth_core::wire::find_device_cookie;
use worker::Env;

use crate::audit::{Actor, Asker, BrowserMark, Source};
use crate::config::Config;
use crate::http::Incoming;

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
    /// SHA-256 of the device cookie that the response sets, in hex.
    pub given_device: Cell<Option<String>>,
    /// Whether pages of any origin may read the response: no credentials of a browser are read for it.
    pub any_origin: Cell<bool>,
}

impl Context {
    /// Creates the context of a request.
    #[must_use]
    pub fn new(env: Env, platform: worker::Context, config: Rc<Config>, incoming: Incoming) -> Self {
        Self {
            env,
            platform,
            config,
            incoming,
            new_cookie: Cell::default(),
            given_device: Cell::default(),
            any_origin: Cell::default(),
        }
    }

    /// The client, for the audit trail. The client address is the one that the platform reports, never one
    /// from a header that the client can set.
    #[must_use]
    pub fn asker(&self, actor: Actor) -> Asker {
        let header = |name| self.incoming.header(name).unwrap_or_default();
        let mut user_agent = header("user-agent").to_owned();
        let end = (0..=256).rev().find(|end| user_agent.is_char_boundary(*end)).unwrap_or(0);
        user_agent.truncate(end);
        let presented = find_device_cookie(self.incoming.header("cookie")).map(|cookie| cookie.hash());
        let given = self.given_device.take();
        self.given_device.set(given.clone());
        Asker {
            browser: BrowserMark { presented, given },
            actor,
            credential: None,
            request_id: self.incoming.id.clone(),
            source: Source { client_address: header("cf-connecting-ip").to_owned(), user_agent },
        }
    }
}
