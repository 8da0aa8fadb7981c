//! The vault: the shell around [`auth_core::session::Machine`] that does its IO in a browser.
//!
//! What leaves this crate is private to the npm package; its public face is `js/`. Nothing here gives the access token
//! out, and nothing assumes that it runs in the page: it needs `fetch`, timers and a [`host::Host`] to talk to, all of
//! which a worker has too.
//!
//! - [`vault`]: the one exported class.
//! - [`shell`]: the machine, its inbox, and carrying out its effects.
//! - [`call`], [`draft`], [`upload`]: `auth.fetch`.
//! - [`service`]: requests to the token service.
//! - [`token`]: the access token's bytes.
//! - [`options`], [`views`]: what comes from and goes to JavaScript as objects.
//! - [`host`], [`platform`], [`timers`], [`waiting`]: what the shell stands on.

mod call;
mod draft;
mod host;
mod options;
mod platform;
mod service;
mod shell;
mod timers;
mod token;
mod upload;
mod vault;
mod views;
mod waiting;

pub use host::Host;
pub use vault::Vault;

/// A quarter of the size of the standard library's allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
