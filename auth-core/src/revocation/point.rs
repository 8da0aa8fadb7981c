//! Whether one access token is still valid, according to its account.

/// What an account has stored about one of its access tokens, at the time when the token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// Whether the account is open: neither disabled nor being deleted.
    pub account_open: bool,
    /// The account's epoch.
    pub account_epoch: u64,
    /// Whether the session that the token names (`sid`) is active.
    pub session_active: bool,
    /// Whether the token itself (`jti`) was revoked.
    pub token_revoked: bool,
}

impl TokenFacts {
    /// Whether a token with this `epoch` is still valid.
    #[must_use]
    pub const fn accept(self, token_epoch: u64) -> bool {
        self.account_open && self.session_active && !self.token_revoked && self.account_epoch == token_epoch
    }
}

#[cfg(test)]
mod tests {
    use super::TokenFacts;

    const GOOD: TokenFacts =
        TokenFacts { account_open: true, account_epoch: 3, session_active: true, token_revoked: false };

    #[test]
    fn check_21_a_token_is_valid_while_neither_it_nor_its_session_nor_its_account_is_revoked() {
        assert!(GOOD.accept(3));
        for (facts, epoch) in [
            (TokenFacts { account_open: false, ..GOOD }, 3),
            (TokenFacts { session_active: false, ..GOOD }, 3),
            (TokenFacts { token_revoked: true, ..GOOD }, 3),
            (GOOD, 2),
            (GOOD, 4),
        ] {
            assert!(!facts.accept(epoch), "{facts:?} {epoch}");
        }
    }
}
