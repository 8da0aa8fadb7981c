//! One shard of the Limiter.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use auth_core::limits::{LastSignIns, Past, Rate, Recent, Recognised, UnderWay, Verdict, Wait};
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::super::atomic::atomically;
use super::super::serve;
use super::store::{Kind, Known, SCHEMA, Store};
use super::{AttemptEnd, Client, LimiterCall, LimiterReply};
use crate::config::{self, Limits};

/// How often expired rows are deleted.
const SWEEP_AFTER: Duration = Duration::from_secs(3600);

/// The age from which the record of a sign-in is written again, in milliseconds.
const REMEMBER_AGAIN_MS: u64 = 86_400_000;

/// How often a reached limit is recorded per account or address. The record is stored in the account's audit
/// trail, where it displaces another event.
const RECORD_AGAIN: Rate = Rate { most: 1, window_ms: 900_000 };

/// The reply of an address's shard when it allows an attempt; such a shard recognises no clients.
const GO: LimiterReply = LimiterReply::Go { recognised: Recognised::No, exempt: false };

/// One shard.
#[durable_object(alarm)]
pub struct Limiter {
    state: State,
    env: Env,
    under_way: RefCell<UnderWay>,
    /// The accounts and addresses for which a reached limit was recorded recently.
    recorded: RefCell<Recent>,
    /// Whether the storage contains tables, of the present schema. Determined once per start.
    holds: Cell<bool>,
}

impl DurableObject for Limiter {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            under_way: RefCell::default(),
            recorded: RefCell::default(),
            holds: Cell::new(false),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let storage = self.state.storage();
        let mut wrote = false;
        let served = serve::serve(&storage, request, |call| {
            self.find_out()?;
            self.answer(call, &mut wrote)
        });
        let served = served.await;
        self.holds.set(self.holds.get() && served.is_ok());
        let response = served?;
        if wrote && storage.get_alarm().await?.is_none() {
            storage.set_alarm(SWEEP_AFTER).await?;
        }
        Ok(response)
    }

    /// Deletes expired rows. If none are left, deletes the shard's whole storage.
    async fn alarm(&self) -> Result<Response> {
        let storage = self.state.storage();
        let left = atomically(&storage, || {
            self.find_out()?;
            Ok(self.holds.get() && self.store().sweep(now_ms())?)
        })?;
        if left {
            storage.set_alarm(SWEEP_AFTER).await?;
        } else {
            self.holds.set(false);
            storage.delete_all().await?;
        }
        Response::ok("")
    }
}

impl Limiter {
    /// Determines whether the storage contains anything, once per start, and upgrades the table.
    fn find_out(&self) -> Result<()> {
        if !self.holds.get() {
            self.holds.set(SCHEMA.upgrade(&self.state.storage().sql())?);
        }
        Ok(())
    }

    fn answer(&self, call: LimiterCall, wrote: &mut bool) -> Result<LimiterReply> {
        let config = config::of(&self.env).map_err(|_| Error::from("the configuration is invalid"))?;
        let (limits, now) = (&config.limits, now_ms());
        match call {
            LimiterCall::Begin(client) => self.begin(limits, &client, now, wrote),
            LimiterCall::BeginFrom { address, reported } => {
                self.begin_from(limits, &address, reported, now, wrote)
            }
            LimiterCall::End { client, recognised, end, new_device } => {
                *wrote = self.end(limits, &client, recognised, (end, new_device), now)?;
                Ok(LimiterReply::Done)
            }
            LimiterCall::EndFrom { address, under_way, end } => {
                if under_way {
                    self.under_way.borrow_mut().give_back(&address, now);
                }
                *wrote = self.end_from(limits, &address, end, now)?;
                Ok(LimiterReply::Done)
            }
            LimiterCall::Remember(Client { account, address, device }) => {
                *wrote = true;
                let store = self.store();
                let known_ms = limits.sign_in.known_address_ms;
                store.remember(Known::Address, (&account, &address), now, known_ms)?;
                if let Some(device) = device {
                    let known_ms = limits.sign_in.known_browser_ms;
                    store.remember(Known::Browser, (&account, &device), now, known_ms)?;
                }
                Ok(LimiterReply::Done)
            }
            LimiterCall::Forget { account } => {
                self.store().forget_clients(&account)?;
                Ok(LimiterReply::Done)
            }
            LimiterCall::WrongCredential { address } => self.wrong_credential(limits, &address, now, wrote),
            LimiterCall::SignUp { address, reported } => {
                let (store, address) = (self.store(), (address.as_str(), ""));
                let spent = store.spent(Kind::SignUps, address)?;
                let attempts = store.spent(Kind::Attempts, address)?;
                let by_attempts = limits.sign_in.attempts.wait(attempts, 0, now).filter(|_| reported);
                if let Some(wait) = limits.sign_up.wait(spent, 0, now).max(by_attempts) {
                    return Ok(LimiterReply::Wait(wait.0));
                }
                *wrote = true;
                store.spend(Kind::SignUps, address, limits.sign_up.take(spent, now))?;
                if reported {
                    store.spend(Kind::Attempts, address, limits.sign_in.attempts.take(attempts, now))?;
                }
                Ok(GO)
            }
        }
    }

    fn wrong_credential(
        &self,
        limits: &Limits,
        address: &str,
        now: u64,
        wrote: &mut bool,
    ) -> Result<LimiterReply> {
        let (store, subject) = (self.store(), (address, ""));
        let spent = store.spent(Kind::Credentials, subject)?;
        if let Some(wait) = limits.sign_in.address.wait(spent, 0, now) {
            return Ok(self.wait(&["credential", address].concat(), wait, now));
        }
        *wrote = true;
        store.spend(Kind::Credentials, subject, limits.sign_in.address.take(spent, now))?;
        Ok(GO)
    }

    fn begin(&self, limits: &Limits, client: &Client, now: u64, wrote: &mut bool) -> Result<LimiterReply> {
        let (account, store) = (client.account.as_str(), self.store());
        let with_browser = match &client.device {
            Some(device) => store.signed_in(Known::Browser, (account, device))?,
            None => None,
        };
        let from_address = store.signed_in(Known::Address, (account, &client.address))?;
        let recognised = limits.sign_in.recognise(LastSignIns { from_address, with_browser }, now);
        let counted = counted(client, recognised);
        let past = self.past(account, counted)?;
        let pair = pair(account, counted);
        let mut under_way = self.under_way.borrow_mut();
        Ok(match limits.sign_in.of_account(recognised, &past, &under_way, (&pair, account), now) {
            Verdict::Wait(wait) => self.wait(account, wait, now),
            Verdict::Go { recognised, exempt } => {
                under_way.take(&pair, now);
                if !recognised.is_known() {
                    under_way.take(account, now);
                }
                if exempt {
                    *wrote = true;
                    let spent = limits.sign_in.exempt_attempts().take(past.attempts, now);
                    store.spend(Kind::Attempts, (account, counted), spent)?;
                }
                LimiterReply::Go { recognised, exempt }
            }
        })
    }

    /// Rejects an attempt. A client may repeat rejected attempts as often as it likes, so only some are
    /// recorded. Only subjects with failures reach a limit, so this needs little memory.
    fn wait(&self, subject: &str, wait: Wait, now: u64) -> LimiterReply {
        match self.recorded.borrow_mut().take(subject, RECORD_AGAIN, now) {
            None => LimiterReply::Wait(wait.0),
            Some(_) => LimiterReply::StillWait(wait.0),
        }
    }

    /// Returns whether it wrote to storage.
    fn end(
        &self,
        limits: &Limits,
        client: &Client,
        recognised: Recognised,
        (end, new_device): (AttemptEnd, Option<String>),
        now: u64,
    ) -> Result<bool> {
        let (account, counted) = (client.account.as_str(), counted(client, recognised));
        self.under_way.borrow_mut().give_back(&pair(account, counted), now);
        if !recognised.is_known() {
            self.under_way.borrow_mut().give_back(account, now);
        }
        let (store, rules) = (self.store(), &limits.sign_in);
        match end {
            AttemptEnd::Open | AttemptEnd::Refused => Ok(false),
            AttemptEnd::Failed => {
                let past = self.past(account, counted)?;
                let failures = rules.pair.failed(past.pair, now);
                store.put_failures(account, counted, failures, rules.pair.forget_ms)?;
                if !recognised.is_known() {
                    store.spend(Kind::Account, (account, ""), rules.account.take(past.account, now))?;
                }
                Ok(true)
            }
            AttemptEnd::Succeeded => {
                if self.past(account, counted)?.pair.is_some() {
                    store.forget_failures(account, counted)?;
                }
                // Only a sign-in makes a client known. If the account is deleted in the meantime, no session
                // is opened, and the client is forgotten.
                let Some(new_device) = new_device else { return Ok(false) };
                let seen = store.signed_in(Known::Address, (account, &client.address))?;
                if seen.is_none_or(|at| now.saturating_sub(at) >= REMEMBER_AGAIN_MS) {
                    let pair = (account, client.address.as_str());
                    store.remember(Known::Address, pair, now, rules.known_address_ms)?;
                }
                // The browser's new cookie replaces the presented one. If the response is lost, the browser
                // is still at an address that is now known.
                if let Some(device) = &client.device {
                    store.forget(Known::Browser, (account, device))?;
                }
                store.remember(Known::Browser, (account, &new_device), now, rules.known_browser_ms)?;
                Ok(true)
            }
        }
    }

    fn begin_from(
        &self,
        limits: &Limits,
        address: &str,
        reported: bool,
        now: u64,
        wrote: &mut bool,
    ) -> Result<LimiterReply> {
        let store = self.store();
        let failures = store.spent(Kind::Failures, (address, ""))?;
        let attempts = if reported { store.spent(Kind::Attempts, (address, ""))? } else { None };
        let mut under_way = self.under_way.borrow_mut();
        Ok(match limits.sign_in.of_address((failures, attempts), &under_way, address, now) {
            Some(wait) => self.wait(address, wait, now),
            None => {
                under_way.take(address, now);
                if reported {
                    *wrote = true;
                    let spent = limits.sign_in.attempts.take(attempts, now);
                    store.spend(Kind::Attempts, (address, ""), spent)?;
                }
                GO
            }
        })
    }

    fn end_from(&self, limits: &Limits, address: &str, end: AttemptEnd, now: u64) -> Result<bool> {
        let (store, subject) = (self.store(), (address, ""));
        match end {
            AttemptEnd::Succeeded | AttemptEnd::Open => Ok(false),
            AttemptEnd::Failed => {
                let spent = store.spent(Kind::Failures, subject)?;
                store.spend(Kind::Failures, subject, limits.sign_in.address.take(spent, now))?;
                Ok(true)
            }
            AttemptEnd::Refused => {
                let spent = store.spent(Kind::Attempts, subject)?;
                let Some(spent) = spent else { return Ok(false) };
                let left = limits.sign_in.attempts.give_back(Some(spent), now);
                store.spend(Kind::Attempts, subject, left)?;
                Ok(true)
            }
        }
    }

    fn past(&self, account: &str, counted: &str) -> Result<Past> {
        let store = self.store();
        Ok(Past {
            pair: store.failures(account, counted)?,
            account: store.spent(Kind::Account, (account, ""))?,
            attempts: store.spent(Kind::Attempts, (account, counted))?,
        })
    }

    fn store(&self) -> Store {
        Store::new(self.state.storage().sql(), self.holds.get())
    }
}

/// The key of a client's failures: its cookie for a known browser, its address for every other client.
fn counted(client: &Client, recognised: Recognised) -> &str {
    match (recognised, &client.device) {
        (Recognised::Browser, Some(device)) => device,
        (Recognised::Browser | Recognised::Address | Recognised::No, _) => &client.address,
    }
}

fn pair(account: &str, counted: &str) -> String {
    format!("{account} {counted}")
}

/// The object's clock.
fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}
