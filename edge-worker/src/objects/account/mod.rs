//! One user's account: credentials and session families.
//!
//! Every call is one synchronous decision: read, ask `auth-core`, write, reply. [`schema`] defines the
//! tables.

mod active_session;
mod address_change;
mod admin;
mod alarm;
mod api_keys;
mod by_code;
mod challenges;
mod creation;
mod credentials;
mod deliveries;
mod elsewhere;
mod events;
mod families;
mod hook_events;
mod leaving;
mod notifications;
mod oauth;
mod outbox;
mod passkeys;
mod presenting;
mod profile;
mod providers;
mod revoked_tokens;
mod schema;
mod second_factor;
mod second_factor_store;
mod sessions;
mod store;
mod tickets;
mod usable;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use auth_core::id::AccountId;
use auth_core::limits::Recent;
use auth_core::rotation::RefreshKeys;
use auth_core::time::UnixTime;
use auth_core::wire::CHALLENGE_LIFETIME;
use serde_json::json;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::call::{Call, Handle, Message};
use super::protocol::account::{
    AccountCalls, AddressCalls, AdministrationCalls, ApiKeyCalls, ChangeCalls, MailCodeCalls, PasskeyCalls,
    ProviderCalls, SecondFactorCalls, SessionCalls,
};
use super::protocol::keys::KeysMessage;
use super::protocol::oauth::OAuthCalls;
use super::sql_object::SqlObject;
use crate::config::{self, Config};
use crate::log;
use schema::SCHEMA;
use store::{AccountRow, Standing as AccountStanding, Store};

/// The time after which an unconfirmed account asks the Directory whether its address was claimed: twice as
/// long as a user may take to type the code with which the account begins.
const ORPHAN_AFTER: Duration = Duration::from_secs(2 * CHALLENGE_LIFETIME);

/// The time after which an account retries the delivery of its revocations. The platform repeats a failing
/// alarm.
const DELIVER_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Work that a decision leaves for after its transaction, because it has to await something.
#[derive(Clone, Copy, Default)]
struct Aftermath {
    /// The account was created. If it is not confirmed in time, it asks the Directory.
    confirm_later: bool,
    /// The outbox contains revocations.
    deliver: bool,
    /// A message to another system was stored.
    send: bool,
    /// The Directory is to be told of addresses.
    sync: bool,
    /// The account is being deleted.
    leave: bool,
    /// There are keys of the Directory to release.
    release: bool,
    /// A session was opened, a ticket made or a token revoked; its record expires at this time.
    forget_at: Option<UnixTime>,
}

/// One user's account.
#[durable_object(alarm)]
pub struct Account {
    object: SqlObject,
    aftermath: Cell<Aftermath>,
    refreshes: RefCell<Recent>,
}

/// A call to an account that exists. The default of its reply states that the account does not exist.
trait Decide: Call<Object = AccountCalls, Reply: Default> {
    /// Carries out the call.
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply>;

    /// Whether the call ends something. Such a call succeeds only once all earlier revocations are delivered.
    /// Otherwise a repeated sign-out, whose first response was lost, would find the session ended and report
    /// success while the revocation is still pending.
    fn ends_something(&self) -> bool {
        false
    }

    /// The reply of an account that is being deleted: by default, that it does not exist.
    fn decide_while_leaving(&self, _: &Account) -> Self::Reply {
        Self::Reply::default()
    }
}

impl<C: Decide> Handle<C> for Account {
    fn handle(&self, call: C) -> Result<C::Reply> {
        match self.read()? {
            None => Ok(C::Reply::default()),
            Some(account) if account.standing == AccountStanding::Leaving => {
                Ok(call.decide_while_leaving(self))
            }
            Some(account) => {
                if call.ends_something() {
                    self.deliver_pending()?;
                }
                call.decide(self, account)
            }
        }
    }
}

impl DurableObject for Account {
    fn new(state: State, env: Env) -> Self {
        Self {
            object: SqlObject::new(state, env, &SCHEMA),
            aftermath: Cell::default(),
            refreshes: RefCell::default(),
        }
    }

    /// The decision is stored and an alarm is set before the first await. Revocations are delivered before
    /// the response leaves; if that fails, the response is an error, and the alarm retries the delivery.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let served = self.object.serve(request, |message| self.decide(message)).await;
        // The transaction of a failed decision was rolled back, so its follow-up work is discarded too.
        let aftermath = self.aftermath.take();
        let response = served?;
        let storage = self.object.storage();
        // An alarm that is already set does all of this.
        if aftermath.leave {
            storage.set_alarm(DELIVER_AGAIN_AFTER).await?;
            self.finish_leaving().await?;
        } else if aftermath.deliver {
            storage.set_alarm(DELIVER_AGAIN_AFTER).await?;
            self.deliver().await?;
        } else if aftermath.release {
            storage.set_alarm(DELIVER_AGAIN_AFTER).await?;
            self.release_reserved().await?;
        } else if aftermath.confirm_later {
            storage.set_alarm(ORPHAN_AFTER).await?;
        } else if let Some(at) = aftermath.forget_at
            && storage
                .get_alarm()
                .await?
                .is_none_or(|set| u64::try_from(set).is_ok_and(|set| set / 1000 > at.0))
        {
            storage.set_alarm(Duration::from_secs(at.since(now()))).await?;
        }
        if aftermath.sync && !aftermath.leave {
            storage.set_alarm(DELIVER_AGAIN_AFTER).await?;
            // If this fails, the alarm repeats it. The change itself is stored.
            if let Err(error) = self.sync_addresses().await {
                log::line(
                    "address_not_synced",
                    "",
                    json!({"account": self.id(), "cause": error.to_string()}),
                );
            }
        }
        if aftermath.send && !aftermath.leave {
            storage.set_alarm(Duration::ZERO).await?;
        }
        Ok(response)
    }

    /// Delivers pending revocations, deletes old sessions, tickets and revoked tokens, and sets the next
    /// alarm. It also completes a sign-up that was interrupted: if the address was not claimed, the account
    /// is an orphan and is deleted; if it was claimed, the account is confirmed.
    async fn alarm(&self) -> Result<Response> {
        let storage = self.object.storage();
        // The platform stops repeating a failing alarm after some attempts, so the next alarm is set first.
        storage.set_alarm(DELIVER_AGAIN_AFTER).await?;
        match self.object.decide(|| self.read())? {
            None => {}
            Some(account) if account.standing == AccountStanding::Leaving => self.finish_leaving().await?,
            Some(account) => {
                self.deliver().await?;
                self.release_reserved().await?;
                self.sync_addresses().await?;
                if !account.confirmed && !self.confirm_if_claimed().await? {
                    self.forget_everything().await?;
                    return Response::ok("");
                }
            }
        }
        self.send_pending().await?;
        self.set_next_alarm().await?;
        Response::ok("")
    }
}

/// A set of calls: whether a message is one of them, and the decision about it.
type Calls = (fn(&Message) -> bool, fn(&Account, Message) -> Result<String>);

/// The calls that the account decides.
const CALLS: &[Calls] = &[
    (SessionCalls::includes, SessionCalls::decide),
    (AccountCalls::includes, AccountCalls::decide),
    (ChangeCalls::includes, ChangeCalls::decide),
    (SecondFactorCalls::includes, SecondFactorCalls::decide),
    (MailCodeCalls::includes, MailCodeCalls::decide),
    (AddressCalls::includes, AddressCalls::decide),
    (PasskeyCalls::includes, PasskeyCalls::decide),
    (ApiKeyCalls::includes, ApiKeyCalls::decide),
    (ProviderCalls::includes, ProviderCalls::decide),
    (AdministrationCalls::includes, AdministrationCalls::decide),
    (OAuthCalls::includes, OAuthCalls::decide),
];

impl Account {
    fn decide(&self, message: Message) -> Result<String> {
        let calls = CALLS.iter().find(|(includes, _)| includes(&message));
        calls.map_or_else(|| Err("unknown call".into()), |(_, decide)| decide(self, message))
    }

    /// The account, if it exists.
    fn read(&self) -> Result<Option<AccountRow>> {
        if self.object.has_tables() { self.store().read() } else { Ok(None) }
    }

    /// Adds to the work that follows the decision.
    fn later(&self, change: impl FnOnce(&mut Aftermath)) {
        let mut aftermath = self.aftermath.get();
        change(&mut aftermath);
        self.aftermath.set(aftermath);
    }

    /// Has the revocations of earlier calls delivered before the reply leaves.
    fn deliver_pending(&self) -> Result<()> {
        if !self.store().outbox()?.0.is_empty() {
            self.later(|aftermath| aftermath.deliver = true);
        }
        Ok(())
    }

    fn config(&self) -> Result<Rc<Config>> {
        config::of(&self.object.env).map_err(|_| Error::from("the configuration is invalid"))
    }

    fn store(&self) -> Store {
        Store::new(self.object.sql(), self.id())
    }

    fn id(&self) -> AccountId {
        self.object.id().into()
    }
}

/// The object's clock.
fn now() -> UnixTime {
    UnixTime(now_ms() / 1000)
}

fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}

fn read_keys(keys: &KeysMessage) -> Result<RefreshKeys> {
    keys.keys().ok_or_else(|| Error::from("malformed refresh keys"))
}
