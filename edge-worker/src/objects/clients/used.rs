//! What a client has presented and counts once: its assertions (RFC 7523 section 3, `jti`), and the DPoP proofs of requests
//! on which no account decides.

use auth_core::credential::Once;
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::Result;

use super::Clients;
use crate::objects::call::Handle;
use crate::objects::protocol::clients::UseOnce;
use crate::objects::sql;
use crate::platform::now;

#[derive(Deserialize)]
struct Inserted {
    #[allow(dead_code, reason = "only whether there is a row matters")]
    id: String,
}

impl Handle<UseOnce> for Clients {
    fn handle(&self, UseOnce { once: Once { id, until } }: UseOnce) -> Result<bool> {
        let now = now();
        if now >= until {
            return Ok(false);
        }
        self.object.create_tables()?;
        self.forget_used(now)?;
        self.temporary.set(true);
        let insert = "INSERT INTO used_proof (id, until) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id";
        let values = vec![id.into(), sql::time(until)?];
        Ok(sql::row::<Inserted>(&self.object.sql(), insert, values)?.is_some())
    }
}

impl Clients {
    /// Deletes what is not accepted any more, whether it was used or not.
    pub(super) fn forget_used(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.object.sql(), "DELETE FROM used_proof WHERE until <= ?", vec![sql::time(now)?])
    }
}
