//! Both machines in one world: the session machines of a browser's tabs, which share one cookie jar, and the
//! service's refresh family, with a network between them that delays, reorders and loses, and a clock that
//! the world turns.
//!
//! What a tab does and what the service answers is decided by `auth-core` alone, so an hour of twenty tabs
//! takes milliseconds, and a seed plays the same hour again. `LATCHKEY_CASES` says how many seeds are played.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod event;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod network;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod service;
#[cfg(test)]
mod sign_out;
#[cfg(test)]
mod tabs;
