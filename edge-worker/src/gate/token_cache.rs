//! A cache of verified tokens, so that the next request with the same token needs no signature check.
//!
//! The key is the whole token, so a request gets the claims of exactly the token that it presents. What can
//! change after the verification (time, keys, revocations, the route's requirements) is checked again with
//! every request.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use auth_core::gate::KnownToken;
use auth_core::time::UnixMillis;
use auth_core::token::Caller;
use worker::js_sys::Array;

use super::forward::lines_for_js;

/// How many tokens one generation holds; there are two. With tokens of about 700 bytes that is some 8 MB.
const GENERATION: usize = 4096;

/// How many bytes of tokens one generation holds, so that tokens of 16 KiB don't fill the isolate's memory.
const GENERATION_BYTES: usize = 6 * 1024 * 1024;

/// A verified token as this isolate keeps it.
#[derive(Clone)]
pub struct Token(Rc<Kept>);

struct Kept {
    known: KnownToken,
    for_js: OnceCell<Array>,
}

impl Token {
    /// A token that was just verified. It is in no cache.
    #[must_use]
    pub fn new(known: KnownToken) -> Self {
        Self(Rc::new(Kept { known, for_js: OnceCell::new() }))
    }

    /// Who is calling.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.0.known.verified.claims()
    }

    /// The identity headers as JavaScript strings, which are created once.
    #[must_use]
    pub fn identity_for_js(&self) -> &Array {
        self.0.for_js.get_or_init(|| lines_for_js(&self.0.known.identity))
    }
}

impl AsRef<KnownToken> for Token {
    fn as_ref(&self) -> &KnownToken {
        &self.0.known
    }
}

/// Two generations: what is used moves to the young one; when that is full, the old one is dropped as a
/// whole. So the cache is bounded, what is in use stays, and nothing has to be searched for to make room.
#[derive(Default)]
struct Generations {
    young: HashMap<Box<str>, Token>,
    /// The size of all tokens that were put into `young`, those removed since included.
    young_bytes: usize,
    old: HashMap<Box<str>, Token>,
}

thread_local! {
    static CACHE: RefCell<Generations> = RefCell::default();
}

/// What is known about exactly this token, unless it has expired.
#[must_use]
pub fn find(token: &str, now: UnixMillis) -> Option<Token> {
    CACHE.with_borrow_mut(|cache| cache.find(token, now))
}

/// Remembers a verified token.
pub fn remember(text: Box<str>, token: Token) {
    CACHE.with_borrow_mut(|cache| cache.insert(text, token));
}

impl Generations {
    fn find(&mut self, token: &str, now: UnixMillis) -> Option<Token> {
        let living = |token: &Token| now < token.as_ref().verified.expires_at();
        if let Some(known) = self.young.get(token) {
            let known = known.clone();
            if living(&known) {
                return Some(known);
            }
            self.young.remove(token);
            return None;
        }
        let (token, known) = self.old.remove_entry(token)?;
        if !living(&known) {
            return None;
        }
        self.insert(token, known.clone());
        Some(known)
    }

    fn insert(&mut self, token: Box<str>, known: Token) {
        if self.young.len() >= GENERATION || self.young_bytes + token.len() > GENERATION_BYTES {
            self.old = core::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += token.len();
        self.young.insert(token, known);
    }
}

#[cfg(test)]
mod tests;
