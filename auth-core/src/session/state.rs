//! Where a tab stands. Each state owns its data, so that there is no token without a session.

use super::token::Token;
use super::{Failure, Generation, Now};
use crate::wire::SessionView;

#[derive(Debug)]
pub(super) enum State {
    /// Not started.
    New,
    /// The service hasn't yet said whether there is a session.
    Restoring,
    /// There is one.
    SignedIn(Box<SignedIn>),
    /// There is none.
    SignedOut(SignedOut),
    /// The page has let go of the client.
    Disposed,
}

#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) session: SessionView,
    /// `None` after a refusal, until the refresh.
    pub(super) token: Option<Token>,
    /// The first token of this user here: calls made with an older one were another user's.
    pub(super) first: Generation,
    /// Whether the cookie has been seen to work in this session.
    pub(super) cookie_works: bool,
}

#[derive(Debug)]
pub(super) struct SignedOut {
    /// `None`: the user wanted it so, or there never was a session.
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

    /// The token, if there is one that still lives.
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
