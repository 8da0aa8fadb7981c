//! The access token's bytes: in WebAssembly memory, zeroed when dropped.

use std::cell::RefCell;

use auth_core::secret::SecretText;
use auth_core::session::Generation;
use web_sys::Headers;

/// The only place where a token is stored.
#[derive(Default)]
pub(crate) struct TokenCell(RefCell<Option<Held>>);

struct Held {
    generation: Generation,
    /// `Bearer <token>`, so that it is not assembled for each call.
    header: SecretText,
}

impl TokenCell {
    /// Replaces the stored token, which is zeroed.
    pub(crate) fn store(&self, generation: Generation, token: &SecretText) {
        let bearer = "Bearer ";
        // With its full capacity, because a string that grows leaves copies in memory.
        let mut header = String::with_capacity(bearer.len() + token.expose().len());
        header.push_str(bearer);
        header.push_str(token.expose());
        *self.0.borrow_mut() = Some(Held { generation, header: SecretText::new(header) });
    }

    pub(crate) fn clear(&self) {
        *self.0.borrow_mut() = None;
    }

    /// Sets the token as a request's `Authorization`. `false`: this generation is no longer stored.
    pub(crate) fn put_on(&self, headers: &Headers, generation: Generation) -> bool {
        let held = self.0.borrow();
        held.as_ref()
            .filter(|held| held.generation == generation)
            .is_some_and(|held| headers.set("Authorization", held.header.expose()).is_ok())
    }
}
