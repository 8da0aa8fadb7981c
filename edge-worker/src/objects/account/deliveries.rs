//! Messages to other systems, which the account delivers by alarm, so that no response waits for them.
//!
//! A message is stored in the transaction that causes it, and deleted when the other system has confirmed it: it
//! arrives at least once. The messages of one channel are sent one after the other, in their order. If one fails,
//! the later ones wait for it. `auth_core::delivery` decides when a message is sent again, and for how long.

use auth_core::delivery::{AfterFailure, KEPT_FOR, KEPT_FOR_USERS, MAX_PENDING, after_failure};
use auth_core::time::UnixTime;
use serde::Deserialize;
use serde_json::json;
use worker::{Error, Result};

use super::super::sql;
use super::store::{Next, Store};
use super::{Account, now};
use crate::hooks;
use crate::log;
use crate::objects::Unavailable;
use crate::random;

/// How many messages of a channel one alarm delivers at most, so that it ends in time.
const MAX_PER_ALARM: usize = 20;

/// The system to which a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    /// The deployer's hook.
    Hook,
    /// A mail to the account's user.
    Mail,
}

impl Channel {
    const ALL: [Self; 2] = [Self::Hook, Self::Mail];

    /// The name in storage.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Hook => "hook",
            Self::Mail => "mail",
        }
    }

    /// How long a message is kept, in seconds.
    const fn kept_for(self) -> u64 {
        match self {
            Self::Hook => KEPT_FOR,
            Self::Mail => KEPT_FOR_USERS,
        }
    }
}

/// A message that has not been confirmed yet.
#[derive(Deserialize)]
pub(super) struct Delivery {
    number: u64,
    /// The id that the other system sees, by which it recognises a repetition.
    pub(super) id: String,
    pub(super) body: String,
    created_at: UnixTime,
    attempts: u64,
    due_at: UnixTime,
}

#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

impl Account {
    /// Stores a message, to be sent as soon as the decision is stored. If too many messages of the channel are
    /// pending, the oldest that `may_be_lost` is deleted.
    pub(super) fn send(&self, channel: Channel, body: &str, may_be_lost: bool) -> Result<()> {
        let id = random::id().map_err(|error| Error::from(error.cause))?;
        self.store().put_delivery(channel, &id, body, may_be_lost, now())?;
        if let Some(number) = self.store().delete_surplus_delivery(channel)? {
            self.log_delivery("delivery_displaced", channel, &json!({"number": number}));
        }
        self.later(|aftermath| aftermath.send = true);
        Ok(())
    }

    /// Sends the messages that are due. A message that can't be delivered is no error of the alarm: it has a time
    /// of its own at which it is sent again.
    pub(super) async fn send_pending(&self) -> Result<()> {
        for channel in Channel::ALL {
            for _ in 0..MAX_PER_ALARM {
                let Some(delivery) = self.store().first_delivery(channel)? else { break };
                if delivery.due_at > now() || !self.send_one(channel, delivery).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Returns whether the next message can be sent.
    async fn send_one(&self, channel: Channel, delivery: Delivery) -> Result<bool> {
        let sent = match channel {
            Channel::Hook => self.send_to_hook(&delivery).await,
            Channel::Mail => self.send_mail(&delivery).await,
        };
        let Err(Unavailable { cause, .. }) = sent else {
            self.store().delete_delivery(delivery.number)?;
            return Ok(true);
        };
        let attempts = delivery.attempts + 1;
        let chance = random::bytes::<2>().map_err(|error| Error::from(error.cause))?;
        let after = after_failure(
            attempts,
            delivery.created_at,
            channel.kept_for(),
            now(),
            u16::from_be_bytes(chance),
        );
        let particulars = json!({"id": delivery.id, "attempts": attempts, "cause": cause});
        match after {
            AfterFailure::SendAgain(at) => {
                self.log_delivery("delivery_failed", channel, &particulars);
                self.store().postpone_delivery(delivery.number, attempts, at)?;
                Ok(false)
            }
            AfterFailure::GiveUp => {
                self.log_delivery("delivery_given_up", channel, &particulars);
                self.store().delete_delivery(delivery.number)?;
                Ok(true)
            }
        }
    }

    /// Without a hook in the configuration, nothing is left to be told to it.
    async fn send_to_hook(&self, delivery: &Delivery) -> core::result::Result<(), Unavailable> {
        let config = self.config().map_err(|error| Unavailable::because("hook", error))?;
        let Some(hook) = &config.hooks else { return Ok(()) };
        let message = hooks::Message { id: &delivery.id, body: &delivery.body };
        let reply = hooks::send(&self.object.env, hook, message, now()).await?;
        match reply.status {
            200..=299 => Ok(()),
            status => Err(Unavailable::because("hook", ["status ", &status.to_string()].concat())),
        }
    }

    fn log_delivery(&self, event: &str, channel: Channel, particulars: &serde_json::Value) {
        let mut line = json!({"account": self.id(), "channel": channel.as_str()});
        if let (Some(line), Some(more)) = (line.as_object_mut(), particulars.as_object()) {
            line.extend(more.clone());
        }
        log::line(event, "", line);
    }
}

impl Store {
    fn put_delivery(
        &self,
        channel: Channel,
        id: &str,
        body: &str,
        may_be_lost: bool,
        now: UnixTime,
    ) -> Result<()> {
        let insert = "INSERT INTO delivery (channel, id, body, may_be_lost, created_at, attempts, due_at)
            VALUES (?, ?, ?, ?, ?, 0, ?)";
        let values = vec![
            channel.as_str().into(),
            id.into(),
            body.into(),
            sql::integer(may_be_lost.into())?,
            sql::time(now)?,
            sql::time(now)?,
        ];
        sql::run(&self.sql, insert, values)
    }

    /// Deletes one message if there are too many and one may be lost. Returns its number.
    fn delete_surplus_delivery(&self, channel: Channel) -> Result<Option<u64>> {
        let delete = "DELETE FROM delivery WHERE number =
            (SELECT min(number) FROM delivery WHERE channel = ?1 AND may_be_lost = 1)
            AND (SELECT count(*) FROM delivery WHERE channel = ?1) > ?2 RETURNING number";
        let values = vec![channel.as_str().into(), sql::integer(MAX_PENDING)?];
        Ok(sql::row::<Numbered>(&self.sql, delete, values)?.map(|row| row.number))
    }

    /// `None` also if the account's storage was deleted in the meantime.
    fn first_delivery(&self, channel: Channel) -> Result<Option<Delivery>> {
        if !self.is_there()? {
            return Ok(None);
        }
        let query = "SELECT number, id, body, created_at, attempts, due_at FROM delivery
            WHERE channel = ? ORDER BY number LIMIT 1";
        sql::row(&self.sql, query, vec![channel.as_str().into()])
    }

    fn delete_delivery(&self, number: u64) -> Result<()> {
        if !self.is_there()? {
            return Ok(());
        }
        sql::run(&self.sql, "DELETE FROM delivery WHERE number = ?", vec![sql::integer(number)?])
    }

    fn postpone_delivery(&self, number: u64, attempts: u64, due_at: UnixTime) -> Result<()> {
        if !self.is_there()? {
            return Ok(());
        }
        let update = "UPDATE delivery SET attempts = ?, due_at = ? WHERE number = ?";
        let values = vec![sql::integer(attempts)?, sql::time(due_at)?, sql::integer(number)?];
        sql::run(&self.sql, update, values)
    }

    /// When the next message is due. In each channel it is the first one, for which the others wait.
    pub(super) fn next_delivery(&self) -> Result<Option<UnixTime>> {
        let query = "SELECT min(due_at) AS at FROM delivery WHERE number IN
            (SELECT min(number) FROM delivery GROUP BY channel)";
        Ok(sql::row::<Next>(&self.sql, query, vec![])?.and_then(|row| row.at))
    }

    /// Deletes everything of the account except its messages, which have not been delivered yet.
    pub(super) fn forget_all_but_deliveries(&self) -> Result<()> {
        #[derive(Deserialize)]
        struct Table {
            name: String,
        }
        // The tables whose names begin with `_cf_` are the platform's.
        let query = "SELECT name FROM sqlite_master WHERE type = 'table'
            AND name NOT IN ('delivery', 'schema_version') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'";
        for Table { name } in sql::rows(&self.sql, query, vec![])? {
            sql::run(&self.sql, &["DELETE FROM ", &name].concat(), vec![])?;
        }
        Ok(())
    }
}
