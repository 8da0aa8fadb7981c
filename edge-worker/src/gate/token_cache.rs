//! A cache of verified tokens, so that the next request with the same token needs no signature check.
//!
//! The key is the whole token, so a request gets the claims of exactly the token that it presents. What can change after the
//! verification (time, keys, revocations, the route's requirements) is checked again with every request.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use auth_core::time::UnixMillis;
use auth_core::token::{Caller, Verified};
use worker::js_sys::Array;

use super::forward::lines_for_js;

/// How many tokens one generation holds; there are two. With tokens of about 700 bytes that is some 8 MB.
const GENERATION: usize = 4096;

/// How many bytes of tokens one generation holds, so that tokens of 16 KiB don't fill the isolate's memory.
const GENERATION_BYTES: usize = 6 * 1024 * 1024;

/// A verified token and what follows from it.
pub struct Known {
    /// Who is calling.
    pub verified: Verified<Caller>,
    /// Index of the issuer in the configuration.
    pub issuer: usize,
    /// Which keys it was verified with: the [`super::issuer_keys::IssuerKeys::stamp`].
    pub keys_stamp: u64,
    /// The identity headers, as lines, ready to be sent.
    pub identity: String,
    for_js: OnceCell<Array>,
}

impl Known {
    /// A token that was just verified.
    #[must_use]
    pub fn new(verified: Verified<Caller>, issuer: usize, keys_stamp: u64, identity: String) -> Self {
        Self { verified, issuer, keys_stamp, identity, for_js: OnceCell::new() }
    }

    /// The identity headers as JavaScript's strings, which are made once.
    #[must_use]
    pub fn identity_for_js(&self) -> &Array {
        self.for_js.get_or_init(|| lines_for_js(&self.identity))
    }
}

/// Two generations: what is used moves to the young one; when that is full, the old one is dropped as a whole. So the cache is bounded,
/// what is in use stays, and nothing has to be searched for to make room.
#[derive(Default)]
struct Generations {
    young: HashMap<Box<str>, Rc<Known>>,
    /// The size of all tokens that were put into `young`, those removed since included.
    young_bytes: usize,
    old: HashMap<Box<str>, Rc<Known>>,
}

thread_local! {
    static CACHE: RefCell<Generations> = RefCell::default();
}

/// What is known about exactly this token, unless it has expired.
#[must_use]
pub fn find(token: &str, now: UnixMillis) -> Option<Rc<Known>> {
    CACHE.with_borrow_mut(|cache| cache.find(token, now))
}

/// Remembers a verified token.
pub fn remember(token: &str, known: Rc<Known>) {
    CACHE.with_borrow_mut(|cache| cache.insert(token.into(), known));
}

/// Forgets a token.
pub fn forget(token: &str) {
    CACHE.with_borrow_mut(|cache| {
        cache.young.remove(token);
        cache.old.remove(token);
    });
}

impl Generations {
    fn find(&mut self, token: &str, now: UnixMillis) -> Option<Rc<Known>> {
        let living = |known: &Rc<Known>| now < known.verified.expires_at();
        if let Some(known) = self.young.get(token) {
            let known = Rc::clone(known);
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
        self.insert(token, Rc::clone(&known));
        Some(known)
    }

    fn insert(&mut self, token: Box<str>, known: Rc<Known>) {
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
