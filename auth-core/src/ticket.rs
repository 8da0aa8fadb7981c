//! One-time tickets: what they authorise, and for how long.
//!
//! The ticket's account stores its *name*: a MAC, with the ticket's secret as key, of everything that the
//! ticket is bound to. A ticket presented with another URL or from another origin therefore has another name
//! and is not found. The store contains no URL and nothing that can be presented. The ticket's session is
//! stored with the name and checked when the ticket is used.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use hmac_sha256::HMAC;
use serde::Deserialize;

use crate::id::SessionId;
use crate::time::UnixTime;
use crate::wire::Ticket;

/// How long a ticket is valid, in seconds.
pub const TICKET_LIFETIME: u64 = 30;

/// How many tickets a session may request per [`TICKET_LIFETIME`], and so how many are stored at most.
pub const MOST_TICKETS: u64 = 100;

/// Separates these MACs from any other use.
const CONTEXT: &[u8] = b"latchkey ticket v1";

impl Ticket {
    /// The name under which the account stores the ticket. `origin` is that of the page that opens the
    /// connection, `target` is path and query.
    ///
    /// Names are looked up, not compared in constant time, because a name can't be computed without the
    /// secret.
    #[must_use]
    pub fn name(&self, origin: &str, target: &str) -> String {
        let mut mac = HMAC::new(self.secret.expose());
        mac.update(CONTEXT);
        // Each part is preceded by its length, so that no two inputs share one encoding.
        for part in [self.account.as_str(), self.token_id.as_str(), origin, target] {
            mac.update((part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        // 32 bytes always encode.
        Base64UrlSafeNoPadding::encode_to_string(mac.finalize()).unwrap_or_default()
    }
}

/// A ticket as stored by its account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct MintedTicket {
    /// The ticket's session.
    pub session: SessionId,
    /// The account's epoch when it was issued: whatever invalidates access tokens invalidates tickets too.
    pub epoch: u64,
    /// It expires at this time.
    pub expires_at: UnixTime,
    /// How often it was presented; counted up to two.
    pub presented: u8,
}

/// The result of presenting a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketVerdict {
    /// The ticket is now spent, and valid if its session is.
    Spent,
    /// It was spent before. This is recorded for the user, once.
    Replayed,
    /// It is not valid.
    Refused,
}

impl MintedTicket {
    /// Presents the ticket. The change must be stored before the verdict is disclosed.
    pub fn present(&mut self, now: UnixTime) -> TicketVerdict {
        if now >= self.expires_at {
            return TicketVerdict::Refused;
        }
        let verdict = match self.presented {
            0 => TicketVerdict::Spent,
            1 => TicketVerdict::Replayed,
            _ => return TicketVerdict::Refused,
        };
        self.presented += 1;
        verdict
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{MintedTicket, TICKET_LIFETIME, TicketVerdict};
    use crate::secret::SecretBytes;
    use crate::time::UnixTime;
    use crate::wire::Ticket;

    fn minted() -> MintedTicket {
        let expires_at = UnixTime(1_000).plus(TICKET_LIFETIME);
        MintedTicket { session: "s".into(), epoch: 0, expires_at, presented: 0 }
    }

    #[test]
    fn a_ticket_is_valid_once_and_its_replay_is_reported_once() {
        let mut ticket = minted();
        assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Spent);
        assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Replayed);
        for _ in 0..300 {
            assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Refused);
        }
    }

    #[test]
    fn a_ticket_expires_at_its_thirtieth_second() {
        let mut ticket = minted();
        assert_eq!(ticket.present(UnixTime(1_030)), TicketVerdict::Refused);
        assert_eq!(ticket, minted(), "presenting an expired ticket does not change it");
        assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Spent);
        assert_eq!(
            ticket.present(UnixTime(1_030)),
            TicketVerdict::Refused,
            "an expired ticket is not reported"
        );
    }

    #[test]
    fn a_name_depends_on_everything_a_ticket_is_bound_to() {
        let ticket = |account: &str, byte| Ticket {
            account: account.into(),
            token_id: "j".into(),
            secret: SecretBytes::new([byte; 32]),
        };
        let names = [
            ticket("a", 1).name("https://o", "/x"),
            ticket("a", 2).name("https://o", "/x"),
            ticket("b", 1).name("https://o", "/x"),
            Ticket { token_id: "k".into(), ..ticket("a", 1) }.name("https://o", "/x"),
            ticket("a", 1).name("https://p", "/x"),
            ticket("a", 1).name("", "https://o/x"),
            ticket("a", 1).name("https://o", "/x?"),
            ticket("a", 1).name("https://o", "/x?a&b"),
            ticket("a", 1).name("https://o", "/x?b&a"),
            ticket("a", 1).name("https://o/", "x"),
        ];
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| name.len() == 43));
        assert_eq!(names[0], ticket("a", 1).name("https://o", "/x"));
    }
}
