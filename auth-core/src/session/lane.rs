//! Requests that can change the cookie are sent one at a time. Two at once could overwrite each other's
//! cookie: the late response to a refresh would replace the cookie that a sign-in has just set by that of the
//! old session.

use std::collections::VecDeque;

use super::hints::Hint;
use super::{Command, Generation, Now, OpId, RequestNumber};

#[derive(Debug, Default)]
pub(super) struct Lane {
    under_way: Option<(RequestNumber, InFlight)>,
    waiting: VecDeque<QueuedCommand>,
    last: u32,
}

/// The request in progress.
#[derive(Debug)]
pub(super) enum InFlight {
    Refresh {
        sent: Now,
        /// The message that it verifies, if it was sent because of one.
        hint: Option<Hint>,
    },
    Command(QueuedCommand),
    SignOut,
    /// A command that no caller waits for any more. Its response may still set the cookie of a new session,
    /// so the next request waits for it.
    Abandoned,
}

/// A command of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueuedCommand {
    pub(super) op: OpId,
    pub(super) command: Command,
    /// When it was sent.
    pub(super) sent: Now,
    /// The token it was sent with.
    pub(super) bearer: Option<Generation>,
    /// Whether that token's predecessor was already rejected for this command.
    pub(super) repeated: bool,
    /// It has begun a session, and is resolved when a refresh has shown that the browser keeps the cookie.
    pub(super) awaits_proof: bool,
}

impl QueuedCommand {
    /// Whether it concerns the current session.
    const fn needs_session(&self) -> bool {
        self.awaits_proof || self.command.needs_session()
    }
}

impl Lane {
    pub(super) const fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    /// When the refresh in progress was sent.
    pub(super) const fn refresh_since(&self) -> Option<Now> {
        match &self.under_way {
            Some((_, InFlight::Refresh { sent, .. })) => Some(*sent),
            Some((_, InFlight::Command(_) | InFlight::SignOut | InFlight::Abandoned)) | None => None,
        }
    }

    pub(super) fn depart(&mut self, in_flight: InFlight) -> RequestNumber {
        self.last = self.last.wrapping_add(1);
        let request = RequestNumber(self.last);
        self.under_way = Some((request, in_flight));
        request
    }

    /// The request with this number; `None` if the response is stale.
    pub(super) fn arrive(&mut self, request: RequestNumber) -> Option<InFlight> {
        self.under_way.take_if(|(expected, _)| *expected == request).map(|(_, in_flight)| in_flight)
    }

    /// Frees the lane, whatever is in progress.
    pub(super) const fn abandon(&mut self) -> Option<(RequestNumber, InFlight)> {
        self.under_way.take()
    }

    /// Whether a refresh is in progress that was not sent because of a message of another tab.
    pub(super) const fn refreshes_by_itself(&self) -> bool {
        matches!(&self.under_way, Some((_, InFlight::Refresh { hint: None, .. })))
    }

    /// A refresh can be abandoned at once: the cookie that its response might still set is that of the old
    /// session.
    pub(super) fn give_up_refresh(&mut self) -> Option<RequestNumber> {
        self.under_way
            .take_if(|(_, in_flight)| matches!(in_flight, InFlight::Refresh { .. }))
            .map(|(request, _)| request)
    }

    /// No caller waits for the command in progress any more.
    pub(super) fn abandon_command(&mut self) -> Option<OpId> {
        let (_, in_flight) = self.under_way.as_mut()?;
        let InFlight::Command(order) = in_flight else { return None };
        let op = order.op;
        *in_flight = InFlight::Abandoned;
        Some(op)
    }

    pub(super) fn enqueue(&mut self, order: QueuedCommand) {
        self.waiting.push_back(order);
    }

    pub(super) fn put_back(&mut self, order: QueuedCommand) {
        self.waiting.push_front(order);
    }

    pub(super) fn front(&self) -> Option<QueuedCommand> {
        self.waiting.front().copied()
    }

    pub(super) fn replace_front(&mut self, order: QueuedCommand) {
        self.pop();
        self.put_back(order);
    }

    pub(super) fn pop(&mut self) {
        self.waiting.pop_front();
    }

    /// Whether the next refresh shows whether the browser keeps the cookie.
    pub(super) fn is_proving(&self) -> bool {
        self.waiting.front().is_some_and(|order| order.awaits_proof)
    }

    pub(super) fn waiting_ops(&mut self) -> Vec<OpId> {
        self.take_waiting(|_| true)
    }

    /// The waiting commands that need the current session.
    pub(super) fn take_waiting_for_session(&mut self) -> Vec<OpId> {
        self.take_waiting(QueuedCommand::needs_session)
    }

    /// The waiting commands that would begin a new session.
    pub(super) fn take_waiting_to_begin(&mut self) -> Vec<OpId> {
        self.take_waiting(|order| !order.needs_session())
    }

    /// The command that has begun the session.
    pub(super) fn take_begun(&mut self) -> Vec<OpId> {
        self.take_waiting(|order| order.awaits_proof)
    }

    fn take_waiting(&mut self, which: fn(&QueuedCommand) -> bool) -> Vec<OpId> {
        let mut ops = Vec::new();
        self.waiting.retain(|order| {
            let taken = which(order);
            if taken {
                ops.push(order.op);
            }
            !taken
        });
        ops
    }
}
