//! The vault: the shell around [`auth_core::session::Machine`] that does its IO in a browser.
//!
//! The exports of this crate are private to the npm package, whose public interface is `js/`. No function
//! returns the access token. The crate needs `fetch`, timers and a [`host::Host`], which both a page and a
//! worker have.
//!
//! - [`vault`]: the one exported class.
//! - [`shell`]: the machine, its inbox, and carrying out its effects.
//! - [`call`], [`draft`], [`upload`]: `auth.fetch`.
//! - [`service`]: requests to the token service.
//! - [`token`]: the access token's bytes.
//! - [`options`], [`views`], [`json`]: what comes from and goes to JavaScript as objects.
//! - [`host`], [`platform`], [`timers`], [`waiting`]: the platform beneath the shell.

mod call;
mod draft;
mod host;
mod json;
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
