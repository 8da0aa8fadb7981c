//! The states of a tab. Each state owns its data, so that there is no token without a session.

use super::clock::Deadline;
use super::token::Token;
use super::{Failure, Generation, Now, SeenSession};
use crate::id::SessionId;

#[derive(Debug)]
pub(super) enum State {
    /// Not started.
    New,
    /// It is not known yet whether there is a session.
    Restoring,
    /// There is a session.
    SignedIn(Box<SignedIn>),
    /// There is no session.
    SignedOut(SignedOut),
    /// The page has disposed of the client.
    Disposed,
}

#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) session: SeenSession,
    /// `None` after a rejection, until the refresh.
    pub(super) token: Option<Token>,
    /// The first token of this user in this tab: calls made with an older one were another user's.
    pub(super) first: Generation,
    pub(super) cookie: Cookie,
}

/// What is known of a session's cookie.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cookie {
    /// A refresh has shown that the browser keeps it.
    Works,
    /// The session began in this tab, and no refresh has shown it yet.
    Unproved {
        /// When the browser deletes it, because the session expires.
        expires: Deadline,
    },
}

#[derive(Debug)]
pub(super) struct SignedOut {
    /// `None`: the user signed out, or there never was a session.
    pub(super) why: Option<Failure>,
}

impl State {
    pub(super) const fn signed_out(why: Option<Failure>) -> Self {
        Self::SignedOut(SignedOut { why })
    }

    /// Whether there is a session whose token should be renewed.
    pub(super) fn is_ripe(&self, now: Now) -> bool {
        matches!(self, Self::SignedIn(signed_in) if signed_in.is_ripe(now))
    }

    /// The token, if there is one that has not expired.
    pub(super) fn usable_token(&self, now: Now) -> Option<Generation> {
        match self {
            Self::SignedIn(signed_in) => {
                signed_in.token.filter(|token| token.is_usable(now)).map(|token| token.generation)
            }
            Self::New | Self::Restoring | Self::SignedOut(_) | Self::Disposed => None,
        }
    }
}

impl SignedIn {
    pub(super) const fn look_at_clocks(&mut self, now: Now) {
        if let Some(token) = &mut self.token {
            token.look_at_clocks(now);
        }
        if let Cookie::Unproved { expires } = &mut self.cookie {
            *expires = expires.seen_at(now);
        }
    }

    pub(super) fn is_ripe(&self, now: Now) -> bool {
        self.token.is_none_or(|token| token.is_ripe(now))
    }

    /// Whether the token is renewed now although other tabs ask to wait.
    pub(super) fn is_at_last_chance(&self, now: Now) -> bool {
        self.token.is_none_or(|token| token.is_at_last_chance(now))
    }

    /// When the token is renewed by timer; [`Token::renew_at`].
    pub(super) fn renew_at(&self, not_before_ms: u64) -> Option<u64> {
        self.token.map(|token| token.renew_at(not_before_ms))
    }
}

/// A sign-in that may wait for its second factor.
#[derive(Debug, Default)]
pub(super) struct SecondFactor {
    /// The session beside which a sign-in waits for its second factor. It matters only while that session
    /// continues: without a session a second factor can only be one of a sign-in, and a session that began later
    /// has replaced the sign-in.
    pub(super) beside: Option<SessionId>,
}
