//! One shard of the Limiter.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use auth_core::limits::{LastSignIns, Past, Rate, Recent, Recognised, UnderWay, Verdict, Wait};
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::super::call::{Done, Handle};
use super::super::protocol::limiter::{
    Allowed, AttemptEnd, Begin, BeginFrom, Client, CountMail, End, EndFrom, Forget, Limited, LimiterCalls,
    Remember, ReturnMail, SignUp, WrongCredential,
};
use super::super::sql_object::SqlObject;
use super::store::{Kind, Known, SCHEMA, Store};
use crate::config::{self, Config};

/// How often expired rows are deleted.
const SWEEP_AFTER: Duration = Duration::from_secs(3600);

/// The age from which the record of a sign-in is written again, in milliseconds.
const REMEMBER_AGAIN_MS: u64 = 86_400_000;

/// How often a reached limit is recorded per account or address. The record is stored in the account's audit
/// trail, where it displaces another event.
const RECORD_AGAIN: Rate = Rate { most: 1, window_ms: 900_000 };

/// Whether a client may go on.
type Permission<T> = Result<core::result::Result<T, Limited>>;

/// One shard.
#[durable_object(alarm)]
pub struct Limiter {
    object: SqlObject,
    under_way: RefCell<UnderWay>,
    /// The accounts and addresses for which a reached limit was recorded recently.
    recorded: RefCell<Recent>,
    /// Whether a row was added since the alarm was last checked.
    wrote: Cell<bool>,
}

impl DurableObject for Limiter {
    fn new(state: State, env: Env) -> Self {
        Self {
            object: SqlObject::new(state, env, &SCHEMA),
            under_way: RefCell::default(),
            recorded: RefCell::default(),
            wrote: Cell::new(false),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let served = self.object.serve(request, |message| LimiterCalls::decide(self, message)).await;
        let wrote = self.wrote.take();
        let response = served?;
        let storage = self.object.storage();
        if wrote && storage.get_alarm().await?.is_none() {
            storage.set_alarm(SWEEP_AFTER).await?;
        }
        Ok(response)
    }

    /// Deletes expired rows. If none are left, deletes the shard's whole storage.
    async fn alarm(&self) -> Result<Response> {
        let left = self.object.decide(|| Ok(self.object.has_tables() && self.store().sweep(now_ms())?))?;
        if left {
            self.object.storage().set_alarm(SWEEP_AFTER).await?;
        } else {
            self.object.delete_everything().await?;
        }
        Response::ok("")
    }
}

impl Handle<Begin> for Limiter {
    fn handle(&self, Begin { client }: Begin) -> Permission<Allowed> {
        let (config, now) = (self.config()?, now_ms());
        let rules = &config.limits.sign_in;
        let (account, store) = (client.account.as_str(), self.store());
        let with_browser = match &client.device {
            Some(device) => store.signed_in(Known::Browser, (account, device))?,
            None => None,
        };
        let from_address = store.signed_in(Known::Address, (account, &client.address))?;
        let recognised = rules.recognise(LastSignIns { from_address, with_browser }, now);
        let counted = counted(&client, recognised);
        let past = self.past(account, counted)?;
        let pair = pair(account, counted);
        let mut under_way = self.under_way.borrow_mut();
        Ok(match rules.of_account(recognised, &past, &under_way, (&pair, account), now) {
            Verdict::Wait(wait) => Err(self.limited(account, wait, now)),
            Verdict::Go { recognised, exempt } => {
                under_way.take(&pair, now);
                if !recognised.is_known() {
                    under_way.take(account, now);
                }
                if exempt {
                    let spent = rules.exempt_attempts().take(past.attempts, now);
                    store.spend(Kind::Attempts, (account, counted), spent)?;
                    self.wrote.set(true);
                }
                Ok(Allowed { recognised, exempt })
            }
        })
    }
}

impl Handle<BeginFrom> for Limiter {
    fn handle(&self, BeginFrom { address, reported }: BeginFrom) -> Permission<Done> {
        let (config, now) = (self.config()?, now_ms());
        let (rules, store, subject) = (&config.limits.sign_in, self.store(), (address.as_str(), ""));
        let failures = store.spent(Kind::Failures, subject)?;
        let attempts = if reported { store.spent(Kind::Attempts, subject)? } else { None };
        let mut under_way = self.under_way.borrow_mut();
        if let Some(wait) = rules.of_address((failures, attempts), &under_way, &address, now) {
            return Ok(Err(self.limited(&address, wait, now)));
        }
        under_way.take(&address, now);
        if reported {
            store.spend(Kind::Attempts, subject, rules.attempts.take(attempts, now))?;
            self.wrote.set(true);
        }
        Ok(Ok(Done {}))
    }
}

impl Handle<End> for Limiter {
    fn handle(&self, End { client, recognised, end, new_device }: End) -> Result<Done> {
        let (config, now) = (self.config()?, now_ms());
        let (account, counted) = (client.account.as_str(), counted(&client, recognised));
        self.under_way.borrow_mut().give_back(&pair(account, counted), now);
        if !recognised.is_known() {
            self.under_way.borrow_mut().give_back(account, now);
        }
        let (store, rules) = (self.store(), &config.limits.sign_in);
        match end {
            AttemptEnd::Open | AttemptEnd::Refused => {}
            AttemptEnd::Failed => {
                let past = self.past(account, counted)?;
                let failures = rules.pair.failed(past.pair, now);
                store.put_failures(account, counted, failures, rules.pair.forget_ms)?;
                if !recognised.is_known() {
                    store.spend(Kind::Account, (account, ""), rules.account.take(past.account, now))?;
                }
                self.wrote.set(true);
            }
            AttemptEnd::Succeeded => {
                if self.past(account, counted)?.pair.is_some() {
                    store.forget_failures(account, counted)?;
                }
                // Only a sign-in makes a client known. If the account is deleted in the meantime, no session
                // is opened, and the client is forgotten.
                let Some(new_device) = new_device else { return Ok(Done {}) };
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
                self.wrote.set(true);
            }
        }
        Ok(Done {})
    }
}

impl Handle<EndFrom> for Limiter {
    fn handle(&self, EndFrom { address, under_way, end }: EndFrom) -> Result<Done> {
        let (config, now) = (self.config()?, now_ms());
        let (rules, store, subject) = (&config.limits.sign_in, self.store(), (address.as_str(), ""));
        if under_way {
            self.under_way.borrow_mut().give_back(&address, now);
        }
        match end {
            AttemptEnd::Succeeded | AttemptEnd::Open => {}
            AttemptEnd::Failed => {
                let spent = store.spent(Kind::Failures, subject)?;
                store.spend(Kind::Failures, subject, rules.address.take(spent, now))?;
                self.wrote.set(true);
            }
            AttemptEnd::Refused => {
                if let Some(spent) = store.spent(Kind::Attempts, subject)? {
                    let left = rules.attempts.give_back(Some(spent), now);
                    store.spend(Kind::Attempts, subject, left)?;
                    self.wrote.set(true);
                }
            }
        }
        Ok(Done {})
    }
}

impl Handle<Remember> for Limiter {
    fn handle(&self, Remember { client: Client { account, address, device } }: Remember) -> Result<Done> {
        let (config, now, store) = (self.config()?, now_ms(), self.store());
        let rules = &config.limits.sign_in;
        store.remember(Known::Address, (&account, &address), now, rules.known_address_ms)?;
        if let Some(device) = device {
            store.remember(Known::Browser, (&account, &device), now, rules.known_browser_ms)?;
        }
        self.wrote.set(true);
        Ok(Done {})
    }
}

impl Handle<Forget> for Limiter {
    fn handle(&self, Forget { account }: Forget) -> Result<Done> {
        self.store().forget_clients(&account)?;
        Ok(Done {})
    }
}

impl Handle<SignUp> for Limiter {
    fn handle(&self, SignUp { address, reported }: SignUp) -> Permission<Done> {
        let (config, now) = (self.config()?, now_ms());
        let (limits, store, subject) = (&config.limits, self.store(), (address.as_str(), ""));
        let spent = store.spent(Kind::SignUps, subject)?;
        let attempts = store.spent(Kind::Attempts, subject)?;
        let by_attempts = limits.sign_in.attempts.wait(attempts, 0, now).filter(|_| reported);
        if let Some(wait) = limits.sign_up.wait(spent, 0, now).max(by_attempts) {
            return Ok(Err(Limited { retry_after_ms: wait.0, is_news: true }));
        }
        store.spend(Kind::SignUps, subject, limits.sign_up.take(spent, now))?;
        if reported {
            store.spend(Kind::Attempts, subject, limits.sign_in.attempts.take(attempts, now))?;
        }
        self.wrote.set(true);
        Ok(Ok(Done {}))
    }
}

impl Handle<CountMail> for Limiter {
    fn handle(&self, CountMail { subject, is_client }: CountMail) -> Permission<Done> {
        let (rate, now, store) = (self.mail_rate(is_client)?, now_ms(), self.store());
        let spent = store.spent(Kind::Mails, (&subject, ""))?;
        if let Some(wait) = rate.wait(spent, 0, now) {
            return Ok(Err(self.limited(&["mail", &subject].concat(), wait, now)));
        }
        store.spend(Kind::Mails, (&subject, ""), rate.take(spent, now))?;
        self.wrote.set(true);
        Ok(Ok(Done {}))
    }
}

impl Handle<ReturnMail> for Limiter {
    fn handle(&self, ReturnMail { subject, is_client }: ReturnMail) -> Result<Done> {
        let (rate, now, store) = (self.mail_rate(is_client)?, now_ms(), self.store());
        if let Some(spent) = store.spent(Kind::Mails, (&subject, ""))? {
            store.spend(Kind::Mails, (&subject, ""), rate.give_back(Some(spent), now))?;
            self.wrote.set(true);
        }
        Ok(Done {})
    }
}

impl Handle<WrongCredential> for Limiter {
    fn handle(&self, WrongCredential { address }: WrongCredential) -> Permission<Done> {
        let (config, now) = (self.config()?, now_ms());
        let (rate, store, subject) = (&config.limits.sign_in.address, self.store(), (address.as_str(), ""));
        let spent = store.spent(Kind::Credentials, subject)?;
        if let Some(wait) = rate.wait(spent, 0, now) {
            return Ok(Err(self.limited(&["credential", &address].concat(), wait, now)));
        }
        store.spend(Kind::Credentials, subject, rate.take(spent, now))?;
        self.wrote.set(true);
        Ok(Ok(Done {}))
    }
}

impl Limiter {
    /// Rejects an attempt. A client may repeat rejected attempts as often as it likes, so only some are
    /// recorded. Only subjects with failures reach a limit, so this needs little memory.
    fn limited(&self, subject: &str, wait: Wait, now: u64) -> Limited {
        let recorded = self.recorded.borrow_mut().take(subject, RECORD_AGAIN, now);
        Limited { retry_after_ms: wait.0, is_news: recorded.is_none() }
    }

    fn mail_rate(&self, is_client: bool) -> Result<Rate> {
        let limits = &self.config()?.limits;
        Ok(if is_client { limits.address_mail } else { limits.mail })
    }

    fn past(&self, account: &str, counted: &str) -> Result<Past> {
        let store = self.store();
        Ok(Past {
            pair: store.failures(account, counted)?,
            account: store.spent(Kind::Account, (account, ""))?,
            attempts: store.spent(Kind::Attempts, (account, counted))?,
        })
    }

    fn store(&self) -> Store<'_> {
        Store::new(&self.object)
    }

    fn config(&self) -> Result<Rc<Config>> {
        config::of(&self.object.env).map_err(|_| Error::from("the configuration is invalid"))
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
