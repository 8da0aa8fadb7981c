//! A browser: tabs, one cookie jar, one lock, one channel, two clocks; and the network between it and the
//! service.

use std::collections::{BTreeMap, HashMap, HashSet};

use auth_core::session::{
    Answer, CallId, ClientErrorCode, Config, Effect, EndedScope, Failure, Generation, Input, Jitter, Machine,
    Now, OpId, RequestNumber, Status, TabMessage, Timer, Wake,
};
use auth_core::wire::RefreshCookie;

use crate::dice::Dice;
use crate::event::{Asks, Event};
use crate::locks::{Condition, Locks};
use crate::network::Network;
use crate::service::{Jar, Reply, Service};

/// The client gives up after this time.
const TIMEOUT_MS: u64 = 20_000;

pub(crate) struct Tab {
    pub(crate) machine: Machine,
    pub(crate) alive: bool,
    /// The world's time when its clock began.
    opened_ms: u64,
    timers: HashMap<Timer, u64>,
    under_way: HashSet<RequestNumber>,
    /// When its token expires in truth.
    token: Option<(Generation, u64)>,
    answer: Option<(RequestNumber, u64)>,
    waiting: HashMap<CallId, u64>,
    pub(crate) refreshes: u32,
    pub(crate) refusals: u32,
    pub(crate) failures: u32,
    /// When it first was signed in, after it was opened.
    pub(crate) ready_after_ms: Option<u64>,
}

pub(crate) struct Browser {
    pub(crate) dice: Dice,
    pub(crate) network: Network,
    pub(crate) service: Service,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) now_ms: u64,
    /// The wall clock is this far from the truth.
    pub(crate) wall_is_off_ms: i64,
    /// The longest that a call has waited for a token.
    pub(crate) longest_wait_ms: u64,
    /// The maximum number of concurrent refreshes so far.
    pub(crate) most_at_once: usize,
    pub(crate) jar: Option<RefreshCookie>,
    /// What pages find in their storage.
    sign_out_noted: bool,
    locks: Locks,
    agenda: BTreeMap<(u64, u64), Event>,
    entries: u64,
    /// For how long both the machine and its monotonic clock have stood still.
    slept_ms: u64,
    refreshing: HashSet<(usize, RequestNumber)>,
    last_id: u32,
}

impl Browser {
    /// It has had the session's cookie for an hour.
    pub(crate) fn new(seed: u64, network: Network, condition: Condition) -> Self {
        let service = Service::new();
        let jar = Some(service.cookie());
        let mut browser = Self {
            dice: Dice::new(seed),
            network,
            service,
            tabs: vec![],
            now_ms: 3_600_000,
            wall_is_off_ms: 0,
            longest_wait_ms: 0,
            most_at_once: 0,
            jar,
            sign_out_noted: false,
            locks: Locks::new(condition),
            agenda: BTreeMap::new(),
            entries: 0,
            slept_ms: 0,
            refreshing: HashSet::new(),
            last_id: 0,
        };
        if condition == Condition::Stolen {
            browser.after(1, Event::Steals);
        }
        browser
    }

    pub(crate) fn open_tab(&mut self, seen: bool) -> usize {
        self.tabs.push(Tab {
            machine: Machine::new(Config::default()),
            alive: true,
            opened_ms: self.awake_ms(),
            timers: HashMap::new(),
            under_way: HashSet::new(),
            token: None,
            answer: None,
            waiting: HashMap::new(),
            refreshes: 0,
            refusals: 0,
            failures: 0,
            ready_after_ms: None,
        });
        let tab = self.tabs.len() - 1;
        if !seen {
            self.feed(tab, Input::Wake(Wake::Hidden));
        }
        self.feed(tab, Input::Start { owed_sign_out: None });
        tab
    }

    /// It goes without a word. What it has sent may still arrive.
    pub(crate) fn crash_tab(&mut self, tab: usize) {
        self.tabs[tab].alive = false;
        self.locks.crash(tab);
        self.grant_lock();
    }

    pub(crate) fn call(&mut self, tab: usize) {
        let call = CallId(self.id());
        let now_ms = self.awake_ms();
        self.tabs[tab].waiting.insert(call, now_ms);
        self.feed(tab, Input::TokenWanted { call });
    }

    pub(crate) fn sign_out(&mut self, tab: usize) {
        let op = OpId(self.id());
        self.feed(tab, Input::SignOut { op, scope: EndedScope::Local });
    }

    pub(crate) fn living(&self) -> impl Iterator<Item = &Tab> {
        self.tabs.iter().filter(|tab| tab.alive)
    }

    pub(crate) fn all_are(&self, status: Status) -> bool {
        self.living().all(|tab| tab.machine.snapshot().status == status)
    }

    /// Plays what is due in this time.
    pub(crate) fn run_for(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= until_ms) {
            let ((at_ms, _), event) = entry.remove_entry();
            self.now_ms = self.now_ms.max(at_ms);
            self.happens(event);
        }
        self.now_ms = until_ms;
    }

    /// The computer sleeps: the monotonic clock stops, the wall clock continues, and requests in progress are
    /// lost.
    pub(crate) fn sleep(&mut self, ms: u64) {
        let agenda = core::mem::take(&mut self.agenda);
        for ((at_ms, entry), event) in agenda {
            let event = match event {
                Event::Arrives { from: (tab, request), .. } | Event::Returns { to: (tab, request), .. } => {
                    Event::TimesOut((tab, request))
                }
                Event::Shows { .. } | Event::Sets(_) => continue,
                other => other,
            };
            self.agenda.insert((at_ms + ms, entry), event);
        }
        self.now_ms += ms;
        self.slept_ms += ms;
    }

    pub(crate) fn feed(&mut self, tab: usize, input: Input) {
        if !self.tabs[tab].alive {
            return;
        }
        let now = Now {
            monotonic_ms: self.awake_ms() - self.tabs[tab].opened_ms,
            wall_ms: (1_700_000_000_000 + self.now_ms).saturating_add_signed(self.wall_is_off_ms),
        };
        let jitter = Jitter(u16::try_from(self.dice.between(0, u64::from(u16::MAX))).unwrap());
        let effects = self.tabs[tab].machine.handle(now, jitter, input);
        for effect in effects {
            self.carry_out(tab, effect);
        }
        let tab = &mut self.tabs[tab];
        if tab.ready_after_ms.is_none() && tab.machine.snapshot().status == Status::SignedIn {
            tab.ready_after_ms = Some(now.monotonic_ms);
        }
    }

    fn carry_out(&mut self, tab: usize, effect: Effect) {
        match effect {
            Effect::Refresh { request } => {
                self.tabs[tab].refreshes += 1;
                self.refreshing.insert((tab, request));
                self.most_at_once = self.most_at_once.max(self.refreshing.len());
                self.send((tab, request), Asks::Refresh);
            }
            Effect::SignOut { request, .. } => self.send((tab, request), Asks::SignOut),
            Effect::Abort { request } => {
                self.tabs[tab].under_way.remove(&request);
                self.refreshing.remove(&(tab, request));
            }
            Effect::SetTimer { timer, at_ms } => {
                let id = self.entries;
                self.tabs[tab].timers.insert(timer, id);
                let in_ms = (self.tabs[tab].opened_ms + at_ms).saturating_sub(self.awake_ms());
                self.after(in_ms, Event::Timer(tab, timer, id));
            }
            Effect::CancelTimer { timer } => {
                self.tabs[tab].timers.remove(&timer);
            }
            Effect::AskLock { lock } => {
                if self.locks.condition == Condition::Absent {
                    self.after(0, Event::Input(tab, Input::LockLost { lock }));
                } else {
                    self.locks.ask((tab, lock));
                    self.grant_lock();
                }
            }
            Effect::ReleaseLock { lock } => {
                self.locks.release((tab, lock));
                self.grant_lock();
            }
            Effect::Broadcast(message) => self.broadcast(tab, &message),
            Effect::StoreToken { request, generation } => {
                let (answered, expires_ms) = self.tabs[tab].answer.take().unwrap();
                assert_eq!(answered, request);
                self.tabs[tab].token = Some((generation, expires_ms));
            }
            Effect::DropToken => self.tabs[tab].token = None,
            Effect::Release { calls, generation } => {
                let (held, expires_ms) = self.tabs[tab].token.unwrap();
                assert_eq!(held, generation);
                for call in calls {
                    if let Some(since_ms) = self.tabs[tab].waiting.remove(&call) {
                        self.longest_wait_ms = self.longest_wait_ms.max(self.awake_ms() - since_ms);
                    }
                    if self.now_ms >= expires_ms {
                        self.tabs[tab].refusals += 1;
                        self.after(50, Event::Input(tab, Input::TokenRefused { call, generation }));
                    }
                }
            }
            Effect::Fail { calls, .. } => {
                let tab = &mut self.tabs[tab];
                tab.failures += u32::try_from(calls.len()).unwrap();
                for call in calls {
                    tab.waiting.remove(&call);
                }
            }
            // No API here requires a step-up.
            Effect::AskStepUp { .. }
            | Effect::Send { .. }
            | Effect::EndCalls
            | Effect::KeepAnswer { .. }
            | Effect::Resolve { .. }
            | Effect::Reject { .. }
            | Effect::Notify => {}
            Effect::RememberSignOut(_) => self.sign_out_noted = true,
            Effect::ForgetSignOut => self.sign_out_noted = false,
            Effect::CheckSignOutNote => {
                if self.sign_out_noted {
                    let in_ms = self.dice.between(1, 20);
                    self.after(in_ms, Event::Input(tab, Input::SignOutNoted));
                }
            }
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Input(tab, input) => self.feed(tab, input),
            Event::Timer(tab, timer, id) => {
                if self.tabs[tab].timers.get(&timer) == Some(&id) {
                    self.tabs[tab].timers.remove(&timer);
                    self.feed(tab, Input::Timer(timer));
                }
            }
            Event::Arrives { from, asks, cookie } => {
                let chance = u16::try_from(self.dice.between(0, 1_000)).unwrap();
                let reply = match asks {
                    Asks::Refresh => self.service.refresh(cookie.as_ref(), self.now_ms, chance),
                    Asks::SignOut => self.service.sign_out(self.now_ms),
                };
                if !self.is_lost() {
                    let in_ms = self.leg();
                    self.after(in_ms, Event::Returns { to: from, reply });
                }
            }
            Event::Returns { to: (tab, request), reply } => self.returns(tab, request, reply),
            Event::TimesOut((tab, request)) => {
                self.refreshing.remove(&(tab, request));
                if self.tabs[tab].under_way.remove(&request) {
                    let answer = Answer::Failed(Failure::client(ClientErrorCode::Timeout));
                    self.feed(tab, Input::Answered { request, answer });
                }
            }
            Event::Shows { by, cookie, upstream_ms } => self.show(by, &cookie, upstream_ms),
            Event::Sets(cookie) => self.jar = Some(cookie),
            Event::Steals => {
                if let Some((tab, lock)) = self.locks.steal() {
                    self.after(0, Event::Input(tab, Input::LockLost { lock }));
                }
                let (back, again) = (self.dice.between(1, 200), self.dice.between(201, 2_000));
                self.after(back, Event::GivesBack);
                self.after(again, Event::Steals);
            }
            Event::GivesBack => {
                self.locks.give_back();
                self.grant_lock();
            }
        }
    }

    fn returns(&mut self, tab: usize, request: RequestNumber, reply: Reply) {
        self.refreshing.remove(&(tab, request));
        let awaited = self.tabs[tab].alive && self.tabs[tab].under_way.remove(&request);
        // The response to a request that was abandoned, or whose tab is closed, may or may not still set its
        // cookie.
        if awaited || self.dice.one_in(2) {
            match reply.jar {
                Jar::Leave => {}
                Jar::Set(cookie) => self.jar = Some(cookie),
                Jar::Clear => self.jar = None,
            }
        }
        if awaited {
            self.tabs[tab].answer = Some((request, reply.expires_ms));
            self.feed(tab, Input::Answered { request, answer: reply.answer });
        }
    }

    fn send(&mut self, from: (usize, RequestNumber), asks: Asks) {
        let (tab, request) = from;
        self.tabs[tab].under_way.insert(request);
        self.after(TIMEOUT_MS, Event::TimesOut(from));
        if !self.is_lost() {
            let in_ms = self.leg();
            let cookie = self.jar.clone();
            self.after(in_ms, Event::Arrives { from, asks, cookie });
        }
    }

    fn broadcast(&mut self, from: usize, message: &TabMessage) {
        let others: Vec<usize> =
            (0..self.tabs.len()).filter(|tab| *tab != from && self.tabs[*tab].alive).collect();
        for tab in others {
            let in_ms = self.dice.between(1, 20);
            self.after(in_ms, Event::Input(tab, Input::Tab(message.clone())));
        }
    }

    fn grant_lock(&mut self) {
        if let Some((tab, lock)) = self.locks.grant() {
            self.after(1, Event::Input(tab, Input::LockGranted { lock }));
        }
    }

    pub(crate) fn leg(&mut self) -> u64 {
        self.dice.between(self.network.quickest_ms, self.network.slowest_ms)
    }

    pub(crate) fn is_lost(&mut self) -> bool {
        self.network.one_lost_in > 0 && self.dice.one_in(self.network.one_lost_in)
    }

    pub(crate) fn after(&mut self, ms: u64, event: Event) {
        self.agenda.insert((self.now_ms + ms, self.entries), event);
        self.entries += 1;
    }

    /// The monotonic clock, for all tabs.
    fn awake_ms(&self) -> u64 {
        self.now_ms - self.slept_ms
    }

    fn id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }
}
