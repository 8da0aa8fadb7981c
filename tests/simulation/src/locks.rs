//! The browser's locks, in every condition they can be in.

use std::collections::VecDeque;

use auth_core::session::LockNumber;

/// How it stands with the lock that the tabs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// One tab holds it at a time.
    Sound,
    /// The browser has none.
    Absent,
    /// A holder never releases it.
    Frozen,
    /// It is stolen from its holder again and again.
    Stolen,
}

pub(crate) const CONDITIONS: [Condition; 4] =
    [Condition::Sound, Condition::Absent, Condition::Frozen, Condition::Stolen];

/// A tab's request.
pub(crate) type Request = (usize, LockNumber);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Tab(Request),
    Stranger,
}

pub(crate) struct Locks {
    pub(crate) condition: Condition,
    holder: Option<Holder>,
    queue: VecDeque<Request>,
}

impl Locks {
    pub(crate) fn new(condition: Condition) -> Self {
        let holder = (condition == Condition::Frozen).then_some(Holder::Stranger);
        Self { condition, holder, queue: VecDeque::new() }
    }

    pub(crate) fn ask(&mut self, request: Request) {
        self.queue.push_back(request);
    }

    /// The next waiter, if the lock is free.
    pub(crate) fn grant(&mut self) -> Option<Request> {
        if self.holder.is_some() {
            return None;
        }
        let next = self.queue.pop_front()?;
        self.holder = Some(Holder::Tab(next));
        Some(next)
    }

    pub(crate) fn release(&mut self, request: Request) {
        self.queue.retain(|waiting| *waiting != request);
        self.holder.take_if(|holder| *holder == Holder::Tab(request));
    }

    pub(crate) fn crash(&mut self, tab: usize) {
        self.queue.retain(|(waiting, _)| *waiting != tab);
        self.holder.take_if(|holder| matches!(holder, Holder::Tab((held_by, _)) if *held_by == tab));
    }

    /// Gives whom it was taken from.
    pub(crate) fn steal(&mut self) -> Option<Request> {
        match self.holder.replace(Holder::Stranger) {
            Some(Holder::Tab(request)) => Some(request),
            Some(Holder::Stranger) | None => None,
        }
    }

    /// The tab that stole the lock releases it.
    pub(crate) fn give_back(&mut self) {
        self.holder.take_if(|holder| *holder == Holder::Stranger);
    }
}
