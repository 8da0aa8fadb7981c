//! Finds clients, wherever they are registered.
//!
//! An object stores the registered ones. An isolate uses its copy of one for [`REGISTERED_CLIENT_AGE`], except where the
//! present state decides: [`find_present`].

use std::cell::RefCell;
use std::rc::Rc;

use auth_core::id::ClientId;
use auth_core::oauth::{
    Client, ClientCache, ClientMetadata, ClientOrigin, ClientSource, MetadataOrigin, OAuthPolicy,
    REGISTERED_CLIENT_AGE,
};
use serde_json::json;
use worker_config::is_valid_key;

use super::{metadata_document, policy};
use crate::context::Context;
use crate::http::Refusal;
use crate::log;
use crate::objects::client;
use crate::objects::protocol::clients::{FindClient, StoredClient};

thread_local! {
    /// The isolate's copies of registered clients.
    static REGISTERED: RefCell<ClientCache> = RefCell::default();
}

/// The client with this id; `None` if there is none. A registered client may be as it was [`REGISTERED_CLIENT_AGE`] ago.
///
/// # Errors
/// [`Refusal`] if that can't be found out.
pub(crate) async fn find(context: &Context, id: &ClientId) -> Result<Option<Rc<Client>>, Refusal> {
    match copy(context, id) {
        Some(client) => Ok(Some(client)),
        None => find_present(context, id).await,
    }
}

/// The isolate's copy of a registered client, if it may be used.
pub(super) fn copy(context: &Context, id: &ClientId) -> Option<Rc<Client>> {
    REGISTERED.with_borrow(|copies| copies.find(id, context.incoming.now_ms))
}

/// Drops the isolate's copy of a client that this request may have changed or deleted.
pub(crate) fn forget(id: &ClientId) {
    REGISTERED.with_borrow_mut(|copies| copies.forget(id));
}

/// The client with this id, as it is now; `None` if there is none.
///
/// # Errors
/// [`Refusal`] if that can't be found out.
pub(super) async fn find_present(context: &Context, id: &ClientId) -> Result<Option<Rc<Client>>, Refusal> {
    let policy = policy(context)?;
    match ClientSource::of(id) {
        Some(ClientSource::Configuration) => Ok(policy.client(id).cloned()),
        Some(ClientSource::Registered) => {
            let stored = client::clients(&context.env, &FindClient { id: id.clone() }).await?;
            let client = stored.and_then(|stored| registered(context, policy, stored)).map(Rc::new);
            REGISTERED.with_borrow_mut(|copies| match &client {
                // The object has answered after this request began.
                Some(client) => {
                    copies.keep(Rc::clone(client), REGISTERED_CLIENT_AGE, context.incoming.now_ms)
                }
                None => copies.forget(id),
            });
            Ok(client)
        }
        Some(ClientSource::MetadataDocument) if policy.metadata_documents => {
            metadata_document::find(context, policy, id).await
        }
        Some(ClientSource::MetadataDocument) | None => Ok(None),
    }
}

/// A stored client, as the present configuration permits it: it has only the scopes that still exist. One that can't be
/// read any more is not a client.
fn registered(context: &Context, policy: &OAuthPolicy, stored: StoredClient) -> Option<Client> {
    let (written_by, origin) = match stored.dynamic {
        true => (MetadataOrigin::Registration, ClientOrigin::Dynamic),
        false => (MetadataOrigin::Administrator, ClientOrigin::Registered),
    };
    match ClientMetadata::read(&stored.metadata, policy, &written_by, is_valid_key) {
        Ok(metadata) => Some(metadata.client(stored.id, origin, stored.secrets, stored.epoch)),
        Err(failure) => {
            let particulars = json!({"client": stored.id.as_str(), "cause": failure.description});
            log::line("client_unreadable", &context.incoming.id, particulars);
            None
        }
    }
}
