//! Mails to the account's user about what has happened in the account.

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::wire::{Email, read_json};
use serde::{Deserialize, Serialize};
use worker::Result;

use super::super::sql;
use super::deliveries::{Channel, Delivery};
use super::store::{AccountRow, Store};
use super::{Account, now};
use crate::audit::{Actor, Asker, BrowserMark};
use crate::mail::{self, GrantedClient, Kind, Mail};
use crate::objects::Unavailable;

/// A mail in the outbox. Its text is written when it is sent.
#[derive(Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
struct Pending {
    kind: String,
    to: String,
    /// The user's language.
    locale: Option<String>,
    /// The code that undoes a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    user_agent: String,
    /// The client that was given access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<GrantedClient>,
    at: UnixTime,
}

impl Account {
    /// Stores a mail about a change, in the transaction of the change, if the deployer wants it. It goes to the
    /// address that the account had before, and only if the user has proved that address: another one may be a
    /// stranger's, unless an administrator has assigned it. Returns whether the mail was stored.
    pub(super) fn notify(
        &self,
        kind: Kind,
        before: &AccountRow,
        asker: &Asker,
        code: Option<&SecretText>,
    ) -> Result<bool> {
        self.notify_about(kind, before, asker, (code, None))
    }

    /// The same about an OAuth client that was given access.
    pub(super) fn notify_of_access(
        &self,
        client: GrantedClient,
        account: &AccountRow,
        asker: &Asker,
    ) -> Result<bool> {
        self.notify_about(Kind::AccessGranted, account, asker, (None, Some(client)))
    }

    fn notify_about(
        &self,
        kind: Kind,
        before: &AccountRow,
        asker: &Asker,
        (code, client): (Option<&SecretText>, Option<GrantedClient>),
    ) -> Result<bool> {
        let config = self.config()?;
        let wanted = config.mail.as_ref().is_some_and(|mail| mail::is_wanted(kind, mail));
        if !wanted || !(before.email_verified || self.store().is_vouched(&before.email)?) {
            return Ok(false);
        }
        let pending = Pending {
            kind: kind.as_str().to_owned(),
            to: before.email.clone(),
            locale: before.profile.locale.clone(),
            code: code.map(|code| code.expose().to_owned()),
            user_agent: asker.source.user_agent.clone(),
            client,
            at: now(),
        };
        // The code is the only way to undo a change.
        let may_be_lost = code.is_none();
        self.send(Channel::Mail, &serde_json::to_string(&pending)?, may_be_lost)?;
        Ok(true)
    }

    /// Tells the user of a sign-in from a browser in which they have not signed in before, and remembers the
    /// browser. The first browser of an account is not new.
    pub(super) fn recognise_browser(&self, account: &AccountRow, asker: &Asker) -> Result<()> {
        if asker.actor != Actor::User {
            return Ok(());
        }
        let store = self.store();
        let known = store.known_browsers()?;
        let BrowserMark { presented, given } = &asker.browser;
        let is_known = presented.as_ref().is_some_and(|hash| known.contains(hash));
        if !is_known && !known.is_empty() {
            self.notify(Kind::NewBrowser, account, asker, None)?;
        }
        match given.as_ref().or(presented.as_ref()) {
            Some(hash) => store.know_browser(presented.as_deref(), hash),
            None => Ok(()),
        }
    }

    /// A browser that the account knows has got another device cookie.
    pub(super) fn keep_browser(&self, asker: &Asker) -> Result<()> {
        let BrowserMark { presented: Some(presented), given: Some(given) } = &asker.browser else {
            return Ok(());
        };
        if self.store().known_browsers()?.contains(presented) {
            self.store().know_browser(Some(presented), given)?;
        }
        Ok(())
    }

    /// Without mail in the configuration, the outbox's mails are given up.
    pub(super) async fn send_mail(&self, delivery: &Delivery) -> core::result::Result<(), Unavailable> {
        let failed = |error: String| Unavailable::because("mail", error);
        let config = self.config().map_err(|error| failed(error.to_string()))?;
        let pending: Pending = read_json(delivery.body.as_bytes())
            .map_err(|_| failed("malformed mail in the outbox".to_owned()))?;
        let (Some(kind), Some(_)) = (Kind::parse(&pending.kind), &config.mail) else { return Ok(()) };
        let locale = mail::locale(&config, pending.locale.as_deref(), None);
        let code = pending.code.map(SecretText::new);
        let mail = Mail {
            to: &Email::stored(&pending.to),
            kind,
            locale: &locale,
            code: code.as_ref(),
            user_agent: Some(pending.user_agent.as_str()),
            client: pending.client.as_ref(),
            at: pending.at,
            id: &delivery.id,
        };
        mail::send(&self.object.env, &config, &mail).await
    }
}

/// How many browsers an account remembers: as many as the limiter does.
const MAX_BROWSERS: u64 = 32;

#[derive(Deserialize)]
struct Known {
    hash: String,
}

impl Store {
    fn known_browsers(&self) -> Result<Vec<String>> {
        let rows = sql::rows::<Known>(&self.sql, "SELECT hash FROM known_browser", vec![])?;
        Ok(rows.into_iter().map(|Known { hash }| hash).collect())
    }

    /// Remembers a browser, in place of its earlier device cookie.
    fn know_browser(&self, earlier: Option<&str>, hash: &str) -> Result<()> {
        let delete = "DELETE FROM known_browser WHERE hash = ?1 OR number <= (SELECT max(number) FROM known_browser) - ?2";
        sql::run(&self.sql, delete, vec![earlier.into(), sql::integer(MAX_BROWSERS - 1)?])?;
        sql::run(&self.sql, "INSERT OR REPLACE INTO known_browser (hash) VALUES (?)", vec![hash.into()])
    }
}
