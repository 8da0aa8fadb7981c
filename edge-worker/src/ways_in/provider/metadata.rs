//! This isolate's copies of the providers' discovery documents, by the same rules as key sets of other issuers.
//!
//! Requests share no future, so requests that need a document at the same time may each fetch it. They are
//! few: a document is fetched every ten minutes, and only if a user signs in.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use auth_core::cached::{Cached, Dated, Need};
use auth_core::provider::Metadata;
use auth_core::token::FOREIGN_KEYS;

use super::exchange::{Failed, ask};
use crate::config::OpenIdProvider;

struct Copy {
    metadata: Rc<Metadata>,
    at_ms: u64,
}

impl Dated for Copy {
    fn taken_at_ms(&self) -> u64 {
        self.at_ms
    }
}

thread_local! {
    /// By the name of the provider's issuer. As many as the configuration has.
    static COPIES: RefCell<HashMap<String, Cached<Copy>>> = RefCell::new(HashMap::new());
}

/// The provider's metadata. While the provider can't be reached, a copy is used for a day.
///
/// # Errors
/// [`Failed`].
pub(super) async fn of(provider: &OpenIdProvider, now_ms: u64) -> Result<Rc<Metadata>, Failed> {
    let name = &provider.issuer.name;
    let copy = COPIES.with_borrow(|copies| {
        let cached = copies.get(name)?;
        let copy = Rc::clone(&cached.copy()?.metadata);
        Some((copy, cached.need(&FOREIGN_KEYS, now_ms)))
    });
    match copy {
        Some((copy, Need::Nothing)) => Ok(copy),
        Some((copy, Need::RenewAside | Need::RenewFirst)) => fetch(provider, now_ms).await.or(Ok(copy)),
        Some((_, Need::Fetch)) | None => fetch(provider, now_ms).await,
    }
}

async fn fetch(provider: &OpenIdProvider, now_ms: u64) -> Result<Rc<Metadata>, Failed> {
    let (issuer, url) = (provider.issuer.policy.issuer(), &provider.discovery_url);
    let reply = ask("metadata", url, "GET", &[("Accept", "application/json")], None).await?;
    if reply.status != 200 {
        return Err(Failed::at("metadata", ["status ", &reply.status.to_string()].concat()));
    }
    let metadata = Metadata::parse(reply.body.as_bytes(), issuer, url);
    let metadata = Rc::new(metadata.map_err(|invalid| Failed::at("metadata", invalid.as_str()))?);
    COPIES.with_borrow_mut(|copies| {
        let copy = Copy { metadata: Rc::clone(&metadata), at_ms: now_ms };
        *copies.entry(provider.issuer.name.clone()).or_default().copy_mut() = Some(copy);
    });
    Ok(metadata)
}
