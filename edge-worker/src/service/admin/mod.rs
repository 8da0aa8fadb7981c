//! `/admin`: operations of administrators on accounts, on OAuth clients and on the service's keys, authorised by an
//! administrator's credential. Off unless the configuration has such a credential.
//!
//! Every call can be repeated: a call whose work is already done gets the same response as the first one.
//! Every call is recorded in the audit trail.

pub(super) mod accounts;
pub(super) mod api_keys;
pub(super) mod clients;
pub(super) mod grants;
mod idempotency;
pub(super) mod keys;
mod listing;
pub(super) mod one_account;
mod one_time;
