//! Fetches client ID metadata documents. `auth_core::oauth` decides what may be fetched and what a document says.

use std::cell::RefCell;
use std::rc::Rc;

use auth_core::id::ClientId;
use auth_core::oauth::{
    Client, ClientCache, DOCUMENT_TIMEOUT_MS, DocumentUrl, MAX_DOCUMENT_BYTES, OAuthPolicy, UnusableDocument,
    document_age, is_document_type,
};
use serde_json::json;
use worker_config::is_valid_key;

use crate::context::Context;
use crate::http::{Outbound, Peer, Refusal};
use crate::log;
use crate::service::limits::{self, WrongCredential};

thread_local! {
    /// The clients whose documents this isolate has read.
    static CLIENTS: RefCell<ClientCache> = RefCell::default();
}

/// The client whose document is at this URL; `None` if there is no usable document. The log says why: a page that leads
/// users here could otherwise find out what the service can reach. Failures are not cached (section 6.7 of the draft), but
/// count like wrong credentials, so that a client address causes only so many fruitless requests.
///
/// # Errors
/// `rate_limited`, `unavailable`.
pub(super) async fn find(
    context: &Context,
    policy: &OAuthPolicy,
    id: &ClientId,
) -> Result<Option<Rc<Client>>, Refusal> {
    let now_ms = context.incoming.now_ms;
    if let Some(client) = CLIENTS.with_borrow(|clients| clients.find(id, now_ms)) {
        return Ok(Some(client));
    }
    match fetch(context, policy, id).await {
        Ok((client, age)) => {
            let client = Rc::new(client);
            CLIENTS.with_borrow_mut(|clients| clients.keep(Rc::clone(&client), age, now_ms));
            Ok(Some(client))
        }
        Err((why, cause)) => {
            let mut particulars = json!({"client": id.as_str(), "cause": why.as_str()});
            if let (Some(cause), Some(members)) = (cause, particulars.as_object_mut()) {
                members.insert("detail".to_owned(), cause.into());
            }
            log::line("client_document_refused", &context.incoming.id, particulars);
            match limits::wrong_credential(context).await? {
                WrongCredential::Counted => Ok(None),
                WrongCredential::Limited(refusal, _) => Err(refusal),
            }
        }
    }
}

/// Why there is no client, and what the connection says about it.
type Unusable = (UnusableDocument, Option<String>);

async fn fetch(context: &Context, policy: &OAuthPolicy, id: &ClientId) -> Result<(Client, u64), Unusable> {
    let is_local = context.config.issuer.is_local();
    let url = DocumentUrl::parse(id, is_local).map_err(|why| (why, None))?;
    let request = Outbound {
        method: "GET",
        path: url.path(),
        headers: &[("Accept", "application/json")],
        body: None,
        timeout_ms: DOCUMENT_TIMEOUT_MS,
        max_bytes: MAX_DOCUMENT_BYTES,
    };
    let reply = Peer::url(url.origin().as_str()).exchange(request).await;
    let reply = reply.map_err(|cause| (UnusableDocument::Response, Some(cause)))?;
    if reply.status != 200 {
        return Err((UnusableDocument::Response, Some(format!("status {}", reply.status))));
    }
    if !is_document_type(&reply.content_type) {
        return Err((UnusableDocument::ContentType, None));
    }
    let client = url.read(reply.body.as_bytes(), policy, is_valid_key).map_err(|why| (why, None))?;
    Ok((client, document_age(reply.cache_control.as_deref())))
}
