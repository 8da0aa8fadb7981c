//! One user: credentials and session families.
//!
//! Every call is one synchronous decision: read, ask `auth-core`, write, reply. The schema is in [`store`].

mod admin;
mod elsewhere;
mod events;
mod leaving;
mod store;
mod tickets;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use auth_core::limits::{Rate, Recent};
use auth_core::one_time::OneTimePassword;
use auth_core::revocation::{Entry, Kind};
use auth_core::rotation::{
    Answer, Event, Family, Lifetimes, Opening, Outcome, RefreshKeys, Standing, UnknownKey,
};
use auth_core::secret::SecretBytes;
use auth_core::time::UnixTime;
use auth_core::wire::{RefreshCookie, SessionEndReason, SessionRow, SignOutScope};
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::atomic::atomically;
use super::protocol::{
    AccountCall, AccountReply, Bearing, DirectoryReply, KeysMessage, LivingSession, Presented,
    RevocationsCall,
};
use super::{client, serve};
use crate::audit::{Asker, Kind as What, Source};
use crate::config::{self, Config};
use crate::random;
use store::{AccountRow, SCHEMA, Standing as AccountStanding, Store};

/// After how long an account that was never confirmed asks the Directory whether it exists.
const ORPHAN_AFTER: Duration = Duration::from_secs(600);

/// After how long an account tries again to deliver its revocations. A failing alarm is repeated by the platform.
const DELIVER_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What a decision leaves to be done that has to wait for something.
#[derive(Clone, Copy, Default)]
struct Aftermath {
    /// The account was created; should nobody confirm it, it asks the Directory.
    confirm_later: bool,
    /// The outbox holds revocations.
    deliver: bool,
    /// The account is leaving.
    leave: bool,
    /// A session was opened, or a ticket made, that is to be forgotten then.
    forget_at: Option<UnixTime>,
}

/// One user's account.
#[durable_object(alarm)]
pub struct Account {
    state: State,
    env: Env,
    aftermath: Cell<Aftermath>,
    /// Whether the storage holds anything, of the present schema; found out once.
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

    /// What was decided is stored, and an alarm set, before anything waits. Revocations are delivered before the answer leaves; where
    /// they can't be, there is no answer, and the alarm goes on delivering.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let storage = self.state.storage();
        let served = serve::serve(&storage, request, |call| {
            self.find_out()?;
            self.answer(call)
        });
        let served = served.await;
        // What a decision that failed would have left to be done hasn't happened either, and nothing it found out counts.
        let aftermath = self.aftermath.take();
        self.holds.set(self.holds.get() && served.is_ok());
        let response = served?;
        // An alarm that is set already comes to all of this by itself.
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

    /// Delivers revocations that could not be delivered, forgets sessions and tickets that have expired, and says when to come
    /// again. And: a sign-up that broke off between writing the account and claiming its address left an orphan; one that
    /// broke off right after left an account that only needs confirming.
    async fn alarm(&self) -> Result<Response> {
        let storage = self.state.storage();
        // The platform gives a failing alarm up after some tries; this one comes again whatever happens.
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
        self.store().forget_families_before(now())?;
        self.store().forget_tickets_before(now())?;
        match self.store().next_to_forget()? {
            Some(at) => storage.set_alarm(Duration::from_secs(at.since(now()).max(1))).await?,
            None => storage.delete_alarm().await?,
        }
        Response::ok("")
    }
}

impl Account {
    /// Whether there is anything; once after every start, and with the tables of this version. It belongs to the decision: what
    /// another call stores while this one is still being read must not be overlooked.
    fn find_out(&self) -> Result<()> {
        if !self.holds.get() {
            self.holds.set(SCHEMA.upgrade(&self.state.storage().sql())?);
        }
        Ok(())
    }

    /// Deletes all there is. Whatever asks meanwhile, or later, finds nothing.
    async fn forget_everything(&self) -> Result<()> {
        let storage = self.state.storage();
        self.holds.set(false);
        storage.delete_all().await?;
        self.holds.set(false);
        storage.delete_alarm().await
    }

    /// Whether the Directory has the account, which makes it one that is there for good.
    async fn confirm_if_claimed(&self, key: &str) -> Result<bool> {
        let owner = client::find_account(&self.env, key).await.map_err(|error| Error::from(error.cause))?;
        let claimed = owner == DirectoryReply::Account(self.id());
        if claimed {
            self.store().confirm()?;
        }
        Ok(claimed)
    }

    /// Changes what is left to be done after the decision.
    fn later(&self, change: impl FnOnce(&mut Aftermath)) {
        let mut aftermath = self.aftermath.get();
        change(&mut aftermath);
        self.aftermath.set(aftermath);
    }

    fn answer(&self, call: AccountCall) -> Result<AccountReply> {
        let store = self.store();
        if let AccountCall::Create { email, password_hash, roles, one_time_until } = call {
            store.create(&email, &password_hash, &roles, now())?;
            if let Some(until) = one_time_until {
                store.set_one_time(&OneTimePassword::new(until))?;
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
        // Whoever ends something is told so only when nothing that was ended before is still undelivered: a sign-out that got no
        // answer and is repeated must not find the session over and take that for the whole of it.
        let ends = matches!(
            call,
            AccountCall::SignOut { .. }
                | AccountCall::RevokeSession { .. }
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
            AccountCall::Admit(presented) => self.admit(&account, &presented),
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
                self.bearing(&account, &bearing, |family| {
                    if account.password_hash != proved_hash {
                        return Ok(AccountReply::Conflict);
                    }
                    let keys = read_keys(&keys)?;
                    self.replace_password(&account, family, &password_hash, &keys, lifetimes, &asker)
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
            AccountCall::SpendTicket { ticket, asker } => self.spend_ticket(&account, &ticket, &asker),
            AccountCall::Record(event) => self.record(*event).map(|()| AccountReply::Done),
            AccountCall::Admin { call, asker } => self.administer(&account, call, &asker),
        }
    }

    /// Opens a session for whoever has proved the password, once or as often as he likes, depending on whose choice it was.
    fn sign_in(
        &self,
        account: &AccountRow,
        asker: &Asker,
        what: What,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
    ) -> Result<AccountReply> {
        let one_time = self.store().one_time()?;
        if one_time.as_ref().is_some_and(|password| !password.opens_session(now())) {
            return Ok(AccountReply::Conflict);
        }
        self.make_room(lifetimes.access_token, asker)?;
        let lifetimes = if one_time.is_some() { OneTimePassword::lifetimes(lifetimes) } else { lifetimes };
        let (family, reply) = match self.open_session(account, &asker.source, keys, lifetimes)? {
            Ok(opened) => opened,
            Err(UnknownKey { .. }) => return Ok(AccountReply::UnknownKey),
        };
        let mut event = asker.event(what, now()).session(&family.id);
        if let Some(password) = one_time {
            let session = Some(family.id);
            self.store().set_one_time(&OneTimePassword { session, ..password })?;
            event = event.reason("one_time_password");
        }
        self.record(event)?;
        Ok(reply)
    }

    fn open_session(
        &self,
        account: &AccountRow,
        source: &Source,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
    ) -> Result<core::result::Result<(Family, AccountReply), UnknownKey>> {
        let failed = |error: super::Unavailable| Error::from(error.cause);
        let opening = Opening {
            account: self.id(),
            id: random::id().map_err(failed)?,
            nonce: SecretBytes::new(random::bytes::<32>().map_err(failed)?),
            user_agent: source.user_agent.clone(),
            address: source.client_address.clone(),
        };
        let family = Family::open(opening, keys, lifetimes, now());
        let cookie = match family.cookie(keys) {
            Ok(cookie) => cookie,
            Err(unknown) => return Ok(Err(unknown)),
        };
        self.store().forget_families_before(now())?;
        self.store().insert(&family)?;
        self.later(|aftermath| aftermath.forget_at = Some(family.expires_at));
        let living = living(account, &family, Some((cookie, lifetimes.absolute_expiry)));
        Ok(Ok((family, AccountReply::Session(Box::new(living)))))
    }

    /// Every other session ends, and every token that was made before. Whoever signed in with a one-time password has a session
    /// that ends soon; now that he has chosen a password of his own, he gets one of the usual length in its place.
    fn replace_password(
        &self,
        account: &AccountRow,
        family: &Family,
        password_hash: &str,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let store = self.store();
        let was_one_time = store.one_time()?.is_some();
        self.announce(Kind::Epoch, self.id(), account.epoch + 1, lifetimes.access_token)?;
        let mut ended = 0;
        for mut other in store.families()?.into_iter().filter(|other| was_one_time || other.id != family.id) {
            ended += usize::from(self.finish(&mut other, lifetimes.access_token)?);
        }
        store.replace_password(password_hash)?;
        store.forget_one_time()?;
        let account = AccountRow { epoch: account.epoch + 1, ..account.clone() };
        let event = asker.event(What::PasswordChanged, now()).sessions(ended);
        if was_one_time {
            let (family, reply) = match self.open_session(&account, &asker.source, keys, lifetimes)? {
                Ok(opened) => opened,
                Err(UnknownKey { .. }) => return Err(Error::from("the active refresh key is missing")),
            };
            self.record(event.session(&family.id))?;
            return Ok(reply);
        }
        self.record(event.session(&family.id))?;
        let Ok(cookie) = family.cookie(keys) else { return Ok(AccountReply::UnknownKey) };
        let max_age = family.expires_at.since(now());
        let cookie = family.may_set_cookie(lifetimes, now()).then_some((cookie, max_age));
        Ok(AccountReply::Session(Box::new(living(&account, family, cookie))))
    }

    /// An account has so many living sessions at the most: one more ends those that have been idle longest.
    fn make_room(&self, access_token: u64, asker: &Asker) -> Result<()> {
        let most = self.config()?.sessions_per_account;
        for mut family in self.store().idle_beyond(most.saturating_sub(1), now())? {
            self.finish(&mut family, access_token)?;
            let event = asker.event(What::SessionReplaced, now()).session(&family.id);
            self.record(event.sessions(1).reason("too_many_sessions"))?;
        }
        Ok(())
    }

    fn refresh(&self, account: &AccountRow, presented: &Presented, asker: &Asker) -> Result<AccountReply> {
        let (Some((mut family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?)
        else {
            return Ok(AccountReply::Ended(SessionEndReason::None));
        };
        let outcome = family.present(cookie.generation, &cookie.secret, &keys, presented.lifetimes, now());
        let Outcome { answer, changed, event } = match outcome {
            Ok(outcome) => outcome,
            Err(unknown) => return Ok(without_key(&unknown, &family, presented)),
        };
        // Only what would be renewed counts: whoever knows a session's id but not its secret can't use up its share.
        if matches!(answer, Answer::Current { .. }) {
            let wait = self.refreshes.borrow_mut().take(&family.id, self.refresh_rate()?, now_ms());
            if let Some(wait) = wait {
                return Ok(AccountReply::Wait(wait.0));
            }
        }
        if matches!(event, Some(Event::Reused { .. })) {
            self.announce(Kind::Session, family.id.clone(), 0, presented.lifetimes.access_token)?;
        }
        let last_renewed_from = events::source_of(&family);
        if matches!(event, Some(Event::Rotated | Event::MovedOn { .. })) {
            family.user_agent.clone_from(&asker.source.user_agent);
            family.address.clone_from(&asker.source.client_address);
        }
        if changed {
            self.store().update(&family)?;
        }
        if let Some(event) = event {
            self.record_refresh(&family, event, last_renewed_from, asker)?;
        }
        Ok(match answer {
            Answer::Ended(reason) => AccountReply::Ended(reason),
            Answer::Current { cookie, set } => {
                let cookie = set.then(|| (cookie, family.expires_at.since(now())));
                AccountReply::Session(Box::new(living(account, &family, cookie)))
            }
        })
    }

    fn admit(&self, account: &AccountRow, presented: &Presented) -> Result<AccountReply> {
        let (Some((family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?) else {
            return Ok(AccountReply::Ended(SessionEndReason::None));
        };
        Ok(match family.admits(cookie.generation, &cookie.secret, &keys, presented.lifetimes, now()) {
            Err(unknown) => without_key(&unknown, &family, presented),
            Ok(Err(reason)) => AccountReply::Ended(reason),
            Ok(Ok(())) => AccountReply::Session(Box::new(living(account, &family, None))),
        })
    }

    /// Ends this session for any generation that was ever real: whoever holds an old one may not use the session, but
    /// nobody is harmed when he ends it. The other scopes need a cookie that could be used.
    fn sign_out(
        &self,
        presented: &Presented,
        scope: SignOutScope,
        asker: &Asker,
        why: What,
    ) -> Result<AccountReply> {
        let (Some((mut family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?)
        else {
            return Ok(AccountReply::Ended(SessionEndReason::None));
        };
        if scope == SignOutScope::Local {
            return Ok(match family.standing(cookie.generation, &cookie.secret, &keys, now()) {
                Err(unknown) => without_key(&unknown, &family, presented),
                Ok(Standing::Unknown) => AccountReply::Ended(SessionEndReason::None),
                Ok(Standing::Ended(reason)) => AccountReply::Ended(reason),
                Ok(Standing::Current | Standing::Predecessor | Standing::Old) => {
                    self.finish(&mut family, presented.lifetimes.access_token)?;
                    self.record(asker.event(why, now()).session(&family.id).sessions(1).reason("local"))?;
                    AccountReply::Done
                }
            });
        }
        match family.admits(cookie.generation, &cookie.secret, &keys, presented.lifetimes, now()) {
            Err(unknown) => return Ok(without_key(&unknown, &family, presented)),
            Ok(Err(reason)) => return Ok(AccountReply::Ended(reason)),
            Ok(Ok(())) => {}
        }
        let mut ended = 0;
        for mut other in self.store().families()? {
            if scope == SignOutScope::Global || other.id != family.id {
                ended += usize::from(self.finish(&mut other, presented.lifetimes.access_token)?);
            }
        }
        let which = if scope == SignOutScope::Global { "global" } else { "others" };
        self.record(asker.event(why, now()).session(&family.id).sessions(ended).reason(which))?;
        Ok(AccountReply::Done)
    }

    fn list(&self, current: &str) -> Result<AccountReply> {
        let mut families = self.store().families()?;
        families.retain(|family| family.ended(now()).is_none());
        // The store gives the newest first, and sorting leaves alone what is equal.
        families.sort_by_key(|family| family.id != current);
        let row = |family: Family| SessionRow {
            current: family.id == current,
            id: family.id,
            created_at: family.created_at,
            last_used_at: family.last_used_at,
            expires_at: family.expires_at,
            user_agent: family.user_agent,
        };
        Ok(AccountReply::Sessions(families.into_iter().map(row).collect()))
    }

    fn revoke(&self, session: &str, access_token: u64, asker: &Asker) -> Result<AccountReply> {
        match self.store().family(session)?.filter(|family| family.ended(now()).is_none()) {
            Some(mut family) => {
                self.finish(&mut family, access_token)?;
                self.record(asker.event(What::SessionRevoked, now()).session(session))?;
                Ok(AccountReply::Done)
            }
            None => Ok(AccountReply::NoSession),
        }
    }

    /// Goes on only for an access token whose session lives and whose epoch is the account's.
    fn bearing(
        &self,
        account: &AccountRow,
        bearing: &Bearing,
        then: impl FnOnce(&Family) -> Result<AccountReply>,
    ) -> Result<AccountReply> {
        let family = self.store().family(&bearing.session)?.filter(|family| family.ended(now()).is_none());
        match family {
            Some(family) if account.standing == AccountStanding::Open && account.epoch == bearing.epoch => {
                then(&family)
            }
            Some(_) | None => Ok(AccountReply::TokenDead),
        }
    }

    fn family_of(&self, presented: &Presented) -> Result<Option<(Family, RefreshCookie)>> {
        let Some(cookie) = presented.cookie().filter(|cookie| cookie.account == self.id()) else {
            return Ok(None);
        };
        Ok(self.store().family(&cookie.family)?.map(|family| (family, cookie)))
    }

    /// Ends a session. Says whether it lived.
    fn finish(&self, family: &mut Family, access_token: u64) -> Result<bool> {
        let lived = family.finish(SessionEndReason::Revoked, now());
        if lived {
            self.announce(Kind::Session, family.id.clone(), 0, access_token)?;
            self.store().update(family)?;
        }
        Ok(lived)
    }

    /// Puts a revocation into the outbox, in the same transaction as what it follows from.
    fn announce(&self, kind: Kind, id: String, least_epoch: u64, access_token: u64) -> Result<()> {
        let issuer = self.config()?.issuer.to_string();
        let entry = Entry { issuer, kind, id, least_epoch, until: now().plus(access_token) };
        self.later(|aftermath| aftermath.deliver = true);
        self.store().put_into_outbox(&entry)
    }

    /// Empties the outbox. What came into it while this one was waiting stays for the next.
    async fn deliver(&self) -> Result<()> {
        let (entries, last) = self.store().outbox()?;
        if entries.is_empty() {
            return Ok(());
        }
        let delivered = client::revocations(&self.env, &RevocationsCall::Add(entries)).await;
        delivered.map_err(|error| Error::from(error.cause))?;
        self.store().empty_outbox(last)
    }

    fn refresh_rate(&self) -> Result<Rate> {
        Ok(self.config()?.limits.refresh)
    }

    fn config(&self) -> Result<Rc<Config>> {
        config::of(&self.env).map_err(|_| Error::from("the configuration is wrong"))
    }

    fn store(&self) -> Store {
        Store::new(self.state.storage().sql(), self.id())
    }

    fn id(&self) -> String {
        self.state.id().to_string()
    }
}

/// What a cookie means whose key didn't come along: a key that was removed before its time takes its sessions with it, a session
/// that has expired is over whatever made it, and otherwise the Worker's copy of the keys is too old.
fn without_key(unknown: &UnknownKey, family: &Family, presented: &Presented) -> AccountReply {
    if presented.removed.contains(&unknown.id) {
        AccountReply::Ended(SessionEndReason::Revoked)
    } else if now() >= family.expires_at {
        AccountReply::Ended(SessionEndReason::Expired)
    } else {
        AccountReply::UnknownKey
    }
}

/// The object's own clock.
fn now() -> UnixTime {
    UnixTime(now_ms() / 1000)
}

fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}

fn read_keys(keys: &KeysMessage) -> Result<RefreshKeys> {
    keys.keys().ok_or_else(|| Error::from("refresh keys that are none"))
}

fn living(account: &AccountRow, family: &Family, cookie: Option<(RefreshCookie, u64)>) -> LivingSession {
    LivingSession {
        id: family.id.clone(),
        account: family.account.clone(),
        email: account.email.clone(),
        roles: account.roles.clone(),
        epoch: account.epoch,
        created_at: family.created_at,
        expires_at: family.expires_at,
        idle_expires_at: family.idle_expires_at,
        cookie: cookie.map(|(cookie, max_age)| auth_core::wire::set_cookie(&cookie, max_age)),
    }
}
