//! One-time tickets: what one is good for, and for how long.
//!
//! The account that a ticket belongs to remembers its *name*: a MAC, under the ticket's secret, of all that it was made for. So a ticket
//! that comes with another URL or from another origin has another name and is simply not known; the store learns no URL, and nothing in
//! it can be presented. What session it speaks for is beside the name, and is asked when the ticket is used.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use hmac_sha256::HMAC;
use serde::Deserialize;

use crate::time::UnixTime;
use crate::wire::Ticket;

/// How long a ticket may be used, in seconds.
pub const TICKET_LIFETIME: u64 = 30;

/// How many tickets a session may ask for within [`TICKET_LIFETIME`]: so many are remembered at once.
pub const MOST_TICKETS: u64 = 100;

/// Separates these MACs from anything else.
const CONTEXT: &[u8] = b"latchkey ticket v1";

impl Ticket {
    /// The name under which the account remembers it. `origin` is that of the page which opens the connection, `target` path and query.
    ///
    /// Names are looked up, not compared in constant time: who doesn't know the secret can't come near one.
    #[must_use]
    pub fn name(&self, origin: &str, target: &str) -> String {
        let mut mac = HMAC::new(self.secret.expose());
        mac.update(CONTEXT);
        // Each part is preceded by its length, so that no two inputs share one encoding.
        for part in [&self.account, &self.token_id, origin, target] {
            mac.update((part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        // 32 bytes always encode.
        Base64UrlSafeNoPadding::encode_to_string(mac.finalize()).unwrap_or_default()
    }
}

/// A ticket as its account remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MintedTicket {
    /// The session it speaks for.
    pub session: String,
    /// The account's epoch when it was made: whatever ends access tokens ends tickets too.
    pub epoch: u64,
    /// From then on it is worth nothing.
    pub expires_at: UnixTime,
    /// How often it was presented; counted to two.
    pub presented: u8,
}

/// What presenting a ticket means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketVerdict {
    /// It is spent now, and good if its session is.
    Spent,
    /// It had been spent before, which is worth telling its owner, once.
    Replayed,
    /// It is worth nothing.
    Refused,
}

impl MintedTicket {
    /// Presents the ticket. What has changed must be stored before anybody hears the verdict.
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
    fn a_ticket_is_good_once_and_its_replay_is_told_once() {
        let mut ticket = minted();
        assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Spent);
        assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Replayed);
        for _ in 0..300 {
            assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Refused);
        }
    }

    #[test]
    fn a_ticket_is_worth_nothing_from_its_thirtieth_second_on() {
        let mut ticket = minted();
        assert_eq!(ticket.present(UnixTime(1_030)), TicketVerdict::Refused);
        assert_eq!(ticket, minted(), "nor is that a use of it");
        assert_eq!(ticket.present(UnixTime(1_029)), TicketVerdict::Spent);
        assert_eq!(ticket.present(UnixTime(1_030)), TicketVerdict::Refused, "nor told");
    }

    #[test]
    fn a_name_is_of_everything_a_ticket_was_made_for() {
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
