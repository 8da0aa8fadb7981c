//! One user's account: credentials and session families.
//!
//! Every call is one synchronous decision: read, ask `auth-core`, write, reply. [`schema`] defines the
//! tables.

mod admin;
mod creation;
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
use auth_core::one_time::OneTimePassword;
use auth_core::revocation::{Kind, TokenFacts};
use auth_core::rotation::{Family, RefreshKeys};
use auth_core::time::UnixTime;
use auth_core::wire::{RefreshCookie, SessionEndReason};
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::atomic::atomically;
use super::protocol::{AccountCall, AccountReply, Bearing, DirectoryReply, KeysMessage, LivingSession};
use super::{client, serve};
use crate::audit::Kind as What;
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
    state: State,
    env: Env,
    aftermath: Cell<Aftermath>,
    /// Whether the storage contains tables, of the present schema. Determined once per start.
    holds: Cell<bool>,
    refreshes: RefCell<Recent>,
}

impl DurableObject for Account {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            aftermath: Cell::default(),
            holds: Cell::new(false),
            refreshes: RefCell::default(),
        }
    }

    /// The decision is stored and an alarm is set before the first await. Revocations are delivered before
    /// the response leaves; if that fails, the response is an error, and the alarm retries the delivery.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let storage = self.state.storage();
        let served = serve::serve(&storage, request, |call| {
            self.find_out()?;
            self.answer(call)
        });
        let served = served.await;
        // The transaction of a failed decision was rolled back, so its follow-up work and its knowledge about
        // the tables are discarded too.
        let aftermath = self.aftermath.take();
        self.holds.set(self.holds.get() && served.is_ok());
        let response = served?;
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
        let storage = self.state.storage();
        // The platform stops repeating a failing alarm after some attempts, so the next alarm is set first.
        storage.set_alarm(DELIVER_AGAIN_AFTER).await?;
        atomically(&storage, || self.find_out())?;
        let account = if self.holds.get() { self.store().read()? } else { None };
        let belongs_to_nobody = match account {
            None => true,
            Some(account) if account.standing == AccountStanding::Leaving => {
                self.finish_leaving().await?;
                return Response::ok("");
            }
            Some(account) => {
                self.deliver().await?;
                !account.confirmed && !self.confirm_if_claimed(account.directory_key()).await?
            }
        };
        if belongs_to_nobody {
            self.forget_everything().await?;
            return Response::ok("");
        }
        self.store().forget_families(now())?;
        self.store().forget_tickets_before(now())?;
        self.store().forget_creation_before(now())?;
        self.store().forget_revoked_tokens_before(now())?;
        match self.store().next_to_forget()? {
            Some(at) => storage.set_alarm(Duration::from_secs(at.since(now()).max(1))).await?,
            None => storage.delete_alarm().await?,
        }
        Response::ok("")
    }
}

impl Account {
    /// Determines whether the object's storage contains anything, once per start, and upgrades its tables.
    /// Part of the decision, because another call may store something while this one's body is being read.
    fn find_out(&self) -> Result<()> {
        if !self.holds.get() {
            self.holds.set(SCHEMA.upgrade(&self.state.storage().sql())?);
        }
        Ok(())
    }

    /// Deletes the whole storage. Calls that arrive during or after this find nothing.
    async fn forget_everything(&self) -> Result<()> {
        let storage = self.state.storage();
        self.holds.set(false);
        storage.delete_all().await?;
        self.holds.set(false);
        storage.delete_alarm().await
    }

    /// Asks the Directory whether the account's address was claimed, and if so confirms the account.
    async fn confirm_if_claimed(&self, key: &str) -> Result<bool> {
        let owner = client::find_account(&self.env, key).await.map_err(|error| Error::from(error.cause))?;
        let claimed = owner == DirectoryReply::Account(self.id());
        if claimed {
            self.store().confirm()?;
        }
        Ok(claimed)
    }

    /// Adds to the work that follows the decision.
    fn later(&self, change: impl FnOnce(&mut Aftermath)) {
        let mut aftermath = self.aftermath.get();
        change(&mut aftermath);
        self.aftermath.set(aftermath);
    }

    fn answer(&self, call: AccountCall) -> Result<AccountReply> {
        let store = self.store();
        if let AccountCall::Create { email, password_hash, roles, one_time_until, creation } = call {
            store.create(&email, &password_hash, &roles, now())?;
            if let Some(until) = one_time_until {
                store.set_one_time(&OneTimePassword::new(until))?;
            }
            if let Some(creation) = creation {
                store.put_creation(&creation)?;
            }
            self.later(|aftermath| aftermath.confirm_later = true);
            return Ok(AccountReply::Done);
        }
        let account = if self.holds.get() { store.read()? } else { None };
        let account = match account {
            None => return Ok(AccountReply::NoAccount),
            Some(account) if account.standing == AccountStanding::Leaving => return Ok(self.left(&call)),
            Some(account) => account,
        };
        // A call that ends something succeeds only once all earlier revocations are delivered. Otherwise a
        // repeated sign-out, whose first response was lost, would find the session ended and report success
        // while the revocation is still pending.
        let ends = matches!(
            call,
            AccountCall::SignOut { .. }
                | AccountCall::RevokeSession { .. }
                | AccountCall::RevokeToken { .. }
                | AccountCall::ReplacePassword { .. }
                | AccountCall::Admin { .. }
                | AccountCall::OpenSession { profile: Some(_), .. }
        );
        if ends && !store.outbox()?.0.is_empty() {
            self.later(|aftermath| aftermath.deliver = true);
        }
        match call {
            AccountCall::Create { .. } => Ok(AccountReply::Conflict),
            AccountCall::Rehash { proved_hash, .. } if account.password_hash != proved_hash => {
                Ok(AccountReply::Conflict)
            }
            AccountCall::Rehash { password_hash, .. } => {
                store.set_password(&password_hash).map(|()| AccountReply::Done)
            }
            AccountCall::Creation { key_hash } => {
                Ok(store.creation(&key_hash, now())?.map_or(AccountReply::Conflict, AccountReply::Creation))
            }
            AccountCall::Confirm => store.confirm().map(|()| AccountReply::Done),
            AccountCall::Discard if account.confirmed => Ok(AccountReply::Conflict),
            AccountCall::Discard => store.discard().map(|()| AccountReply::Done),
            AccountCall::Credentials => {
                let spent = store.one_time()?.is_some_and(|password| !password.opens_session(now()));
                Ok(AccountReply::Credentials {
                    password_hash: account.password_hash,
                    disabled: account.standing == AccountStanding::Disabled,
                    spent,
                })
            }
            AccountCall::OpenSession { asker, proved_hash, signed_up, keys, lifetimes, profile } => {
                let disabled = account.standing == AccountStanding::Disabled;
                if disabled || account.password_hash != proved_hash {
                    return Ok(AccountReply::Conflict);
                }
                let account = match profile {
                    Some(profile) => self.take_over(account, profile, &asker)?,
                    None => account,
                };
                let what = if signed_up { What::SignedUp } else { What::SignedIn };
                self.sign_in(&account, &asker, what, &read_keys(&keys)?, lifetimes)
            }
            AccountCall::Refresh { presented, asker } => self.refresh(&account, &presented, &asker),
            AccountCall::Admit { presented, navigates, asker } => {
                self.admit(&account, &presented, navigates, &asker)
            }
            AccountCall::SignOut { presented, scope, asker, why } => {
                self.sign_out(&presented, scope, &asker, why)
            }
            AccountCall::Check(bearing) => self.bearing(&account, &bearing, |family| {
                Ok(AccountReply::Session(Box::new(living(&account, family, None))))
            }),
            AccountCall::ListSessions(bearing) => {
                self.bearing(&account, &bearing, |_| self.list(&bearing.session))
            }
            AccountCall::RevokeSession { bearing, session, access_token, asker } => {
                self.bearing(&account, &bearing, |_| self.revoke(&session, access_token, &asker))
            }
            AccountCall::ReplacePassword { bearing, proved_hash, password_hash, keys, lifetimes, asker } => {
                self.bearing(&account, &bearing, |_| {
                    if account.password_hash != proved_hash {
                        return Ok(AccountReply::Conflict);
                    }
                    let keys = read_keys(&keys)?;
                    self.replace_password(&account, &password_hash, &keys, lifetimes, &asker)
                })
            }
            AccountCall::Reauthenticate { bearing, proved_hash, asker } => {
                self.bearing(&account, &bearing, |family| {
                    if account.password_hash != proved_hash {
                        return Ok(AccountReply::Conflict);
                    }
                    self.reauthenticate(&account, family, &asker)
                })
            }
            AccountCall::Leave { bearing, proved_hash, asker } => self.bearing(&account, &bearing, |_| {
                if account.password_hash != proved_hash {
                    return Ok(AccountReply::Conflict);
                }
                self.begin_to_leave(&account, &asker)
            }),
            AccountCall::MintTicket { bearing, ticket } => {
                self.bearing(&account, &bearing, |_| self.mint_ticket(&bearing, &ticket))
            }
            AccountCall::SpendTicket { name, token_id, asker } => {
                self.spend_ticket(&account, &name, token_id, &asker)
            }
            AccountCall::RevokeToken { token, expires_at, asker } => {
                self.revoke_token(&token, expires_at, &asker)
            }
            AccountCall::Record(event) => self.record(*event).map(|()| AccountReply::Done),
            AccountCall::Admin { call, asker } => self.administer(&account, call, &asker),
        }
    }

    /// Calls `then` with the session of a valid access token.
    fn bearing(
        &self,
        account: &AccountRow,
        bearing: &Bearing,
        then: impl FnOnce(&Family) -> Result<AccountReply>,
    ) -> Result<AccountReply> {
        let family = self.store().family(&bearing.session)?.filter(|family| family.ended(now()).is_none());
        let facts = TokenFacts {
            account_open: account.standing == AccountStanding::Open,
            account_epoch: account.epoch,
            session_active: family.is_some(),
            token_revoked: self.store().is_token_revoked(&bearing.token_id)?,
        };
        match family {
            Some(family) if facts.accept(bearing.epoch) => then(&family),
            Some(_) | None => Ok(AccountReply::TokenDead),
        }
    }

    /// Ends a session. Returns whether it was active.
    fn finish(&self, family: &mut Family, access_token: u64) -> Result<bool> {
        let lived = family.finish(SessionEndReason::Revoked, now());
        if lived {
            self.announce(Kind::Session, family.id.as_str(), 0, access_token)?;
            self.store().update(family)?;
        }
        Ok(lived)
    }

    fn config(&self) -> Result<Rc<Config>> {
        config::of(&self.env).map_err(|_| Error::from("the configuration is invalid"))
    }

    fn store(&self) -> Store {
        Store::new(self.state.storage().sql(), self.id())
    }

    fn id(&self) -> AccountId {
        self.state.id().to_string().into()
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

fn living(account: &AccountRow, family: &Family, cookie: Option<(RefreshCookie, u64)>) -> LivingSession {
    LivingSession {
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
    }
}
