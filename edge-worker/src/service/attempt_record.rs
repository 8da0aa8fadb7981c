//! Records failed and limited attempts to sign in.

use auth_core::id::AccountId;
use auth_core::wire::Email;
use worker::Env;

use crate::audit::Event;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::Record;

/// Records an event in the account's audit trail, or in the log if there is no account. For an unknown
/// address the record is sent to an empty account, so that it takes the same steps.
pub(super) async fn record(env: &Env, account: Option<&AccountId>, email: &Email, event: Event) {
    let record = Record { event: Box::new(event.clone()) };
    let recorded = match account {
        None => client::no_account(env, email, &record).await,
        Some(account) => client::account(env, account, &record).await,
    };
    if !matches!(recorded, Ok(Some(Done {}))) {
        Event { account: account.cloned(), ..event }.log();
    }
}
