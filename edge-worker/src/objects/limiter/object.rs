//! One shard of the Limiter.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use auth_core::limits::{Past, Rate, Recent, UnderWay, Verdict, Wait};
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::super::atomic::atomically;
use super::super::serve;
use super::store::{Kind, SCHEMA, Store};
use super::{AttemptEnd, LimiterCall, LimiterReply};
use crate::config::{self, Limits};

/// How often what has been forgotten is thrown out.
const SWEEP_AFTER: Duration = Duration::from_secs(3600);

/// How old the memory of a sign-in may grow before it is written anew, in milliseconds.
const REMEMBER_AGAIN_MS: u64 = 86_400_000;

/// How often it is told of one account, or one address, that somebody has to wait: what is told is stored with the account, where it
/// takes the place of something else.
const TELL_AGAIN: Rate = Rate { most: 1, window_ms: 900_000 };

/// One shard.
#[durable_object(alarm)]
pub struct Limiter {
    state: State,
    env: Env,
    under_way: RefCell<UnderWay>,
    /// About which accounts and addresses it was told lately that somebody has to wait.
    told: RefCell<Recent>,
    /// Whether the storage holds anything, of the present schema; found out once.
    holds: Cell<bool>,
}

impl DurableObject for Limiter {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, under_way: RefCell::default(), told: RefCell::default(), holds: Cell::new(false) }
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

    /// Throws out what is forgotten; a shard that holds nothing any more is emptied altogether.
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
    /// Whether there is anything; once after every start, and with the table of this version.
    fn find_out(&self) -> Result<()> {
        if !self.holds.get() {
            self.holds.set(SCHEMA.upgrade(&self.state.storage().sql())?);
        }
        Ok(())
    }

    fn answer(&self, call: LimiterCall, wrote: &mut bool) -> Result<LimiterReply> {
        let config = config::of(&self.env).map_err(|_| Error::from("the configuration is wrong"))?;
        let (limits, now) = (&config.limits, now_ms());
        match call {
            LimiterCall::Begin { account, address } => self.begin(limits, &account, &address, now),
            LimiterCall::BeginFrom { address } => self.begin_from(limits, &address, now),
            LimiterCall::End { account, address, known, end } => {
                *wrote = self.end(limits, (&account, &address), known, end, now)?;
                Ok(LimiterReply::Done)
            }
            LimiterCall::EndFrom { address, under_way, end } => {
                if under_way {
                    self.under_way.borrow_mut().give_back(&address, now);
                }
                *wrote = self.end_from(limits, &address, end, now)?;
                Ok(LimiterReply::Done)
            }
            LimiterCall::Remember { account, address } => {
                *wrote = true;
                self.store().remember(&account, &address, now, limits.sign_in.known_ms)?;
                Ok(LimiterReply::Done)
            }
            LimiterCall::Forget { account } => {
                self.store().forget_addresses(&account)?;
                Ok(LimiterReply::Done)
            }
            LimiterCall::SignUp { address } => {
                let spent = self.store().spent(Kind::SignUps, &address)?;
                if let Some(wait) = limits.sign_up.wait(spent, 0, now) {
                    return Ok(LimiterReply::Wait(wait.0));
                }
                *wrote = true;
                self.store().spend(Kind::SignUps, &address, limits.sign_up.take(spent, now))?;
                Ok(LimiterReply::Go { known: false })
            }
        }
    }

    fn begin(&self, limits: &Limits, account: &str, address: &str, now: u64) -> Result<LimiterReply> {
        let past = self.past(account, address)?;
        let pair = pair(account, address);
        let mut under_way = self.under_way.borrow_mut();
        Ok(match limits.sign_in.of_account(&past, &under_way, (&pair, account), now) {
            Verdict::Wait(wait) => self.wait(account, wait, now),
            Verdict::Go { known } => {
                under_way.take(&pair, now);
                if !known {
                    under_way.take(account, now);
                }
                LimiterReply::Go { known }
            }
        })
    }

    /// Whoever has to wait may ask as often as he likes; that he does is told now and then. Only what has failed before has to
    /// wait, so that what is remembered of it is little.
    fn wait(&self, subject: &str, wait: Wait, now: u64) -> LimiterReply {
        match self.told.borrow_mut().take(subject, TELL_AGAIN, now) {
            None => LimiterReply::Wait(wait.0),
            Some(_) => LimiterReply::StillWait(wait.0),
        }
    }

    /// Whether what was written is new.
    fn end(
        &self,
        limits: &Limits,
        (account, address): (&str, &str),
        known: bool,
        end: AttemptEnd,
        now: u64,
    ) -> Result<bool> {
        self.under_way.borrow_mut().give_back(&pair(account, address), now);
        if !known {
            self.under_way.borrow_mut().give_back(account, now);
        }
        let (store, rules) = (self.store(), &limits.sign_in);
        match end {
            AttemptEnd::Open => Ok(false),
            AttemptEnd::Failed => {
                let past = self.past(account, address)?;
                let failures = rules.pair.failed(past.pair, now);
                store.put_failures(account, address, failures, rules.pair.forget_ms)?;
                if !known {
                    store.spend(Kind::Account, account, rules.account.take(past.account, now))?;
                }
                Ok(true)
            }
            AttemptEnd::Succeeded => {
                let past = self.past(account, address)?;
                if past.pair.is_some() {
                    store.forget_failures(account, address)?;
                }
                let written = past.signed_in_ms.is_some_and(|at| now.saturating_sub(at) < REMEMBER_AGAIN_MS);
                if !written {
                    store.remember(account, address, now, rules.known_ms)?;
                }
                Ok(!written)
            }
        }
    }

    fn begin_from(&self, limits: &Limits, address: &str, now: u64) -> Result<LimiterReply> {
        let spent = self.store().spent(Kind::Failures, address)?;
        let mut under_way = self.under_way.borrow_mut();
        Ok(match limits.sign_in.of_address(spent, &under_way, address, now) {
            Some(wait) => self.wait(address, wait, now),
            None => {
                under_way.take(address, now);
                LimiterReply::Go { known: false }
            }
        })
    }

    fn end_from(&self, limits: &Limits, address: &str, end: AttemptEnd, now: u64) -> Result<bool> {
        if end != AttemptEnd::Failed {
            return Ok(false);
        }
        let spent = self.store().spent(Kind::Failures, address)?;
        self.store().spend(Kind::Failures, address, limits.sign_in.address.take(spent, now))?;
        Ok(true)
    }

    fn past(&self, account: &str, address: &str) -> Result<Past> {
        let store = self.store();
        Ok(Past {
            pair: store.failures(account, address)?,
            account: store.spent(Kind::Account, account)?,
            signed_in_ms: store.signed_in(account, address)?,
        })
    }

    fn store(&self) -> Store {
        Store::new(self.state.storage().sql(), self.holds.get())
    }
}

fn pair(account: &str, address: &str) -> String {
    format!("{account} {address}")
}

/// The object's own clock.
fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}
