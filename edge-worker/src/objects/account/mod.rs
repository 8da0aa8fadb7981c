//! One user's account: credentials and session families.
//!
//! Every call is one synchronous decision: read, ask `auth-core`, write, reply. [`schema`] defines the
//! tables.

mod admin;
mod challenges;
mod creation;
mod credentials;
mod elsewhere;
mod events;
mod leaving;
mod outbox;
mod presenting;
mod revoked_tokens;
mod schema;
mod sessions;
mod store;
mod tickets;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use auth_core::id::AccountId;
use auth_core::limits::Recent;
use auth_core::revocation::{Kind, TokenFacts};
use auth_core::rotation::{Family, RefreshKeys};
use auth_core::time::UnixTime;
use auth_core::wire::{RefreshCookie, SessionEndReason};
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::call::{Call, Handle};
use super::client;
use super::protocol::account::AccountCalls;
use super::protocol::keys::KeysMessage;
use super::protocol::session::{Bearing, LivingSession};
use super::sql_object::SqlObject;
use crate::config::{self, Config};
use schema::SCHEMA;
use store::{AccountRow, Standing as AccountStanding, Store};

/// The time after which an unconfirmed account asks the Directory whether its address was claimed.
const ORPHAN_AFTER: Duration = Duration::from_secs(600);

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
    /// The account is being deleted.
    leave: bool,
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
        let served = self.object.serve(request, |message| AccountCalls::decide(self, message)).await;
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
        Ok(response)
    }

    /// Delivers pending revocations, deletes old sessions, tickets and revoked tokens, and sets the next
    /// alarm. It also completes a sign-up that was interrupted: if the address was not claimed, the account
    /// is an orphan and is deleted; if it was claimed, the account is confirmed.
    async fn alarm(&self) -> Result<Response> {
        let storage = self.object.storage();
        // The platform stops repeating a failing alarm after some attempts, so the next alarm is set first.
        storage.set_alarm(DELIVER_AGAIN_AFTER).await?;
        let account = self.object.decide(|| self.read())?;
        let is_unused = match account {
            None => true,
            Some(account) if account.standing == AccountStanding::Leaving => {
                self.finish_leaving().await?;
                return Response::ok("");
            }
            Some(account) => {
                self.deliver().await?;
                !account.confirmed && !self.confirm_if_claimed().await?
            }
        };
        if is_unused {
            self.forget_everything().await?;
            return Response::ok("");
        }
        self.store().forget_families(now())?;
        self.store().forget_tickets_before(now())?;
        self.store().forget_creation_before(now())?;
        self.store().forget_revoked_tokens_before(now())?;
        self.store().forget_challenges_before(now())?;
        match self.store().next_to_forget()? {
            Some(at) => storage.set_alarm(Duration::from_secs(at.since(now()).max(1))).await?,
            None => storage.delete_alarm().await?,
        }
        Response::ok("")
    }
}

impl Account {
    /// The account, if it exists.
    fn read(&self) -> Result<Option<AccountRow>> {
        if self.object.has_tables() { self.store().read() } else { Ok(None) }
    }

    /// Deletes the whole storage.
    async fn forget_everything(&self) -> Result<()> {
        self.object.delete_everything().await?;
        self.object.storage().delete_alarm().await
    }

    /// Asks the Directory whether it has assigned the account's address or id to the account, and if so
    /// confirms the account.
    async fn confirm_if_claimed(&self) -> Result<bool> {
        for key in self.store().directory_keys()? {
            let owner = client::find_account(&self.object.env, &key).await;
            if owner.map_err(|error| Error::from(error.cause))? == Some(self.id()) {
                self.store().confirm()?;
                return Ok(true);
            }
        }
        Ok(false)
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

    /// The session of an access token; `None` if the token is not valid any more.
    fn session_of(&self, account: &AccountRow, bearing: &Bearing) -> Result<Option<Family>> {
        let family = self.store().family(&bearing.session)?.filter(|family| family.ended(now()).is_none());
        let facts = TokenFacts {
            account_open: account.standing == AccountStanding::Open,
            account_epoch: account.epoch,
            session_active: family.is_some(),
            token_revoked: self.store().is_token_revoked(&bearing.token_id)?,
        };
        Ok(family.filter(|_| facts.accept(bearing.epoch)))
    }

    /// Ends a session. Returns whether it was active.
    fn finish(&self, family: &mut Family) -> Result<bool> {
        let lived = family.finish(SessionEndReason::Revoked, now());
        if lived {
            self.announce(Kind::Session, family.id.as_str(), 0)?;
            self.store().update(family)?;
        }
        Ok(lived)
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

fn living(account: &AccountRow, family: &Family, cookie: Option<(RefreshCookie, u64)>) -> Box<LivingSession> {
    Box::new(LivingSession {
        id: family.id.clone(),
        account: family.account.clone(),
        email: account.email.clone(),
        roles: account.roles.clone(),
        epoch: account.epoch,
        created_at: family.created_at,
        authenticated_at: family.authenticated_at,
        expires_at: family.expires_at,
        idle_expires_at: family.idle_expires_at,
        cookie: cookie.map(|(cookie, max_age)| auth_core::wire::set_cookie(&cookie, max_age)),
    })
}
