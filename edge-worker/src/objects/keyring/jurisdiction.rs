//! In which jurisdiction the accounts are.
//!
//! Objects of the same name in two jurisdictions are two objects. If the configured jurisdiction changes, the service
//! would therefore find no accounts, no keys and no sessions, and tell each user that the password is wrong. So the
//! Keyring without a jurisdiction remembers in which one the first account was created, which is no user's datum, and a
//! Keyring in another jurisdiction gives out no keys.

use serde::Deserialize;
use worker::{Error, Result};

use super::Keyring;
use crate::config::Config;
use crate::log;
use crate::objects::call::{Done, HandleLater};
use crate::objects::protocol::keyring::{OtherJurisdiction, SettleJurisdiction};
use crate::objects::{client, sql};

#[derive(Deserialize)]
struct Settled {
    name: String,
}

impl HandleLater<SettleJurisdiction> for Keyring {
    async fn handle(
        &self,
        SettleJurisdiction { jurisdiction, for_account }: SettleJurisdiction,
    ) -> Result<core::result::Result<Done, OtherJurisdiction>> {
        self.object.decide(|| self.settle(&jurisdiction, for_account))
    }
}

impl Keyring {
    /// Once per start: the accounts must be in the configured jurisdiction, or there must be none.
    pub(super) async fn require_jurisdiction(&self) -> Result<()> {
        if self.in_jurisdiction.get() {
            return Ok(());
        }
        let config = self.config()?;
        let settled = match config.jurisdiction {
            // This is the Keyring that remembers it.
            None => self.object.decide(|| self.settle("", false))?,
            Some(_) => {
                client::settle_jurisdiction(&self.object.env, &config, false).await.map_err(super::failed)?
            }
        };
        if let Err(OtherJurisdiction { settled }) = settled {
            let mistake = mistake(&config, &settled);
            log::mistake(!config.is_https(), "unavailable", "", Some(("part", "keyring")), &mistake);
            return Err(Error::from(mistake));
        }
        self.in_jurisdiction.set(true);
        Ok(())
    }

    fn settle(
        &self,
        jurisdiction: &str,
        for_account: bool,
    ) -> Result<core::result::Result<Done, OtherJurisdiction>> {
        if let Some(settled) = self.settled()? {
            let is_same = settled == jurisdiction;
            return Ok(if is_same { Ok(Done {}) } else { Err(OtherJurisdiction { settled }) });
        }
        if for_account {
            self.object.create_tables()?;
            let insert = "INSERT INTO jurisdiction (id, name) VALUES (1, ?)";
            sql::run(&self.object.sql(), insert, vec![jurisdiction.into()])?;
            // The next call is checked against it.
            self.in_jurisdiction.set(false);
        }
        Ok(Ok(Done {}))
    }

    fn settled(&self) -> Result<Option<String>> {
        if !self.object.has_tables() {
            return Ok(None);
        }
        let query = "SELECT name FROM jurisdiction";
        Ok(sql::row::<Settled>(&self.object.sql(), query, vec![])?.map(|row| row.name))
    }
}

/// What the deployer has to correct.
pub(in crate::objects) fn mistake(config: &Config, settled: &str) -> String {
    let shown = |name: &str| if name.is_empty() { "none".to_owned() } else { format!("\"{name}\"") };
    let found = config.jurisdiction.map_or("", crate::config::Jurisdiction::as_str);
    format!(
        "jurisdiction: found {}, expected {}, in which the first account was created; objects can't be moved, so the \
         accounts, sessions and keys are only there",
        shown(found),
        shown(settled)
    )
}
