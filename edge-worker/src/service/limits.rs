//! How often somebody may try: the Worker's side of the Limiter.

use auth_core::limits::{AddressBucket, NoPlace, Recognised, SignInLimits, Verdict, Wait};
use auth_core::wire::{DeviceCookie, Email, ErrorCode, find_device_cookie};
use futures_util::future::join;

use super::Context;
use super::session::now;
use super::sign_in;
use crate::audit::{Actor, Kind};
use crate::http::Refusal;
use crate::objects::limiter::client::{By, Subject};
use crate::objects::limiter::{AttemptEnd, Client, LimiterCall, LimiterReply};
use crate::objects::protocol::DirectoryReply;
use crate::objects::{Unavailable, client};
use crate::passwords::queue::{self, Place};
use crate::random;

/// The header in which the platform says who the client is. It replaces what a client claims; `X-Forwarded-For` and its like
/// are anybody's claim, and count for nothing.
const CLIENT_ADDRESS: &str = "cf-connecting-ip";

/// Why somebody has to wait: the account's limits, and not those of his address.
const BY_ACCOUNT: &str = "account";

/// When a client may come again whose address has its share of the password queue. Hashes take fractions of a second.
const SHARE_AGAIN_MS: u64 = 1000;

/// One attempt to sign in, or to prove a password. It counts as under way until its end is reported, or until its lease is over.
pub(super) struct Attempt {
    account: Subject,
    address: Subject,
    client: Client,
    /// What the account's shard said; `None` when it didn't let it through.
    by_account: Option<Recognised>,
    /// Whether the address's shard let it through.
    by_address: bool,
}

impl Attempt {
    /// May it be made?
    ///
    /// # Errors
    /// `rate_limited`, and `unavailable` when nobody knows: who could make the Limiter fail could else guess at will.
    pub(super) async fn begin(context: &Context, email: &Email) -> Result<Self, Refusal> {
        let bucket = bucket(context);
        let account = Subject::of(By::Account, email.as_str())?;
        let address = Subject::of(By::Address, bucket.as_str())?;
        let device = find_device_cookie(context.incoming.header("cookie")).map(|cookie| cookie.hash());
        let client = Client { account: account.hash(), address: address.hash(), device };
        let begin = LimiterCall::Begin(client.clone());
        let reported = bucket.reported().is_some();
        let begin_from = LimiterCall::BeginFrom { address: address.hash(), reported };
        // Side by side: two objects, and neither of them needs to know what the other says.
        let (by_account, by_address) =
            join(account.ask(&context.env, &begin), address.ask(&context.env, &begin_from)).await;
        let (by_account, by_address) = (by_account?, by_address?);
        let news = match (&by_account, &by_address) {
            (LimiterReply::Wait(_), _) => Some(BY_ACCOUNT),
            (_, LimiterReply::Wait(_)) => Some("address"),
            (_, _) => None,
        };
        let (by_account, by_address) = (verdict(&by_account)?, wait(&by_address)?);
        let recognised = match by_account {
            Verdict::Go { recognised, .. } => Some(recognised),
            Verdict::Wait(_) => None,
        };
        let attempt =
            Self { account, address, client, by_account: recognised, by_address: by_address.is_none() };
        match SignInLimits::together(by_account, by_address) {
            Verdict::Go { .. } => Ok(attempt),
            Verdict::Wait(wait) => {
                attempt.tell(context, AttemptEnd::Refused, None).await.ok();
                if let Some(reason) = news {
                    tell(context, email, reason);
                }
                Err(limited(wait))
            }
        }
    }

    /// How it ended. A failure must be counted before anybody is told of it.
    ///
    /// # Errors
    /// `unavailable`.
    pub(super) async fn end(self, context: &Context, end: AttemptEnd) -> Result<(), Refusal> {
        match (end, self.tell(context, end, None).await) {
            (_, Ok(())) => Ok(()),
            (AttemptEnd::Failed, Err(error)) => Err(error.into()),
            // A place that is not given back expires; a right password need not wait for that.
            (AttemptEnd::Succeeded | AttemptEnd::Open | AttemptEnd::Refused, Err(_)) => Ok(()),
        }
    }

    /// It was a sign-in, and it succeeded. Returns the cookie by which the account knows the browser from now on; `None` where that
    /// could not be stored, in which case the browser keeps the one it has.
    pub(super) async fn signed_in(self, context: &Context) -> Option<DeviceCookie> {
        let device = random::bytes().ok().map(DeviceCookie::new);
        let hash = device.as_ref().map(DeviceCookie::hash);
        self.tell(context, AttemptEnd::Succeeded, hash).await.ok()?;
        device
    }

    /// Tells both shards, as far as they are concerned: the account's if it let the attempt through, the address's if it did or
    /// if there is a failure to be counted.
    async fn tell(
        &self,
        context: &Context,
        end: AttemptEnd,
        new_device: Option<String>,
    ) -> Result<(), Unavailable> {
        let account = async {
            let Some(recognised) = self.by_account else { return Ok(()) };
            let told = LimiterCall::End { client: self.client.clone(), recognised, end, new_device };
            self.account.ask(&context.env, &told).await.map(|_| ())
        };
        let address = async {
            if !self.by_address && end != AttemptEnd::Failed {
                return Ok(());
            }
            let told = LimiterCall::EndFrom { address: self.address.hash(), under_way: self.by_address, end };
            self.address.ask(&context.env, &told).await.map(|_| ())
        };
        let (one, other) = join(account, address).await;
        one.and(other)
    }
}

/// Tells the log and, of its own limits, the account if there is one: what an address does elsewhere is none of its business.
/// After the answer has left, so that it takes no longer than others.
fn tell(context: &Context, email: &Email, reason: &'static str) {
    let event = context.asker(Actor::Anybody).event(Kind::SignInLimited, now()).reason(reason);
    if reason != BY_ACCOUNT {
        return event.log();
    }
    let (env, email) = (context.env.clone(), email.clone());
    context.platform.wait_until(async move {
        let account = match client::find_account(&env, email.as_str()).await {
            Ok(DirectoryReply::Account(account)) => account,
            _ => String::new(),
        };
        sign_in::record(&env, &account, &email, event).await;
    });
}

/// May somebody at this address sign up? If so, it counts, whatever comes of it: also that an address is taken is worth
/// something to whoever asks often enough.
///
/// # Errors
/// `rate_limited`, `unavailable`.
pub(super) async fn sign_up(context: &Context) -> Result<(), Refusal> {
    let bucket = bucket(context);
    let address = Subject::of(By::Address, bucket.as_str())?;
    let call = LimiterCall::SignUp { address: address.hash(), reported: bucket.reported().is_some() };
    match wait(&address.ask(&context.env, &call).await?)? {
        None => Ok(()),
        Some(wait) => Err(limited(wait)),
    }
}

/// A sign-up is a sign-in: its address and its browser are known from now on. Returns the browser's cookie; `None` where this could
/// not be stored, in which case they are not known until the user signs in.
pub(super) async fn signed_up(context: &Context, email: &Email) -> Option<DeviceCookie> {
    let account = Subject::of(By::Account, email.as_str()).ok()?;
    let address = Subject::of(By::Address, bucket(context).as_str()).ok()?;
    let device = DeviceCookie::new(random::bytes().ok()?);
    let client = Client { account: account.hash(), address: address.hash(), device: Some(device.hash()) };
    account.ask(&context.env, &LimiterCall::Remember(client)).await.ok()?;
    Some(device)
}

/// The account has been deleted: nothing about its clients stays.
///
/// # Errors
/// [`Unavailable`].
pub(super) async fn forget(context: &Context, email: &Email) -> Result<(), Unavailable> {
    let account = Subject::of(By::Account, email.as_str())?;
    let call = LimiterCall::Forget { account: account.hash() };
    account.ask(&context.env, &call).await.map(|_| ())
}

/// `rate_limited`, saying when to come again.
pub(super) fn limited(wait: Wait) -> Refusal {
    Refusal::new(ErrorCode::RateLimited).with("Retry-After", wait.seconds().to_string())
}

/// What becomes of a program's call without a right credential.
pub(super) enum WrongCredential {
    /// It is rejected as such.
    Counted,
    /// There were too many from its address. With whether this is to be recorded.
    Limited(Refusal, bool),
}

/// A program presented no credential or a wrong one. A right one is never held up, because it is compared first.
///
/// # Errors
/// `unavailable`.
pub(super) async fn wrong_credential(context: &Context) -> Result<WrongCredential, Refusal> {
    let address = Subject::of(By::Address, bucket(context).as_str())?;
    let reply = address.ask(&context.env, &LimiterCall::WrongCredential { address: address.hash() }).await?;
    let is_news = matches!(reply, LimiterReply::Wait(_));
    Ok(match wait(&reply)? {
        None => WrongCredential::Counted,
        Some(wait) => WrongCredential::Limited(limited(wait), is_news),
    })
}

/// A place in the queue for password hashes.
///
/// # Errors
/// `unavailable` when the queue is full, `rate_limited` when the client's address has its share of it.
pub(super) fn place(context: &Context) -> Result<Place, Refusal> {
    queue::enter(context.config.passwords.queue, Some(&bucket(context))).map_err(|refused| match refused {
        NoPlace::Full => Unavailable::because("password queue", "full").into(),
        NoPlace::AddressShare => limited(Wait(SHARE_AGAIN_MS)),
    })
}

/// The client's address, as it is counted.
fn bucket(context: &Context) -> AddressBucket {
    AddressBucket::of(context.incoming.header(CLIENT_ADDRESS))
}

fn verdict(reply: &LimiterReply) -> Result<Verdict, Unavailable> {
    match reply {
        LimiterReply::Go { recognised, exempt } => {
            Ok(Verdict::Go { recognised: *recognised, exempt: *exempt })
        }
        LimiterReply::Wait(ms) | LimiterReply::StillWait(ms) => Ok(Verdict::Wait(Wait(*ms))),
        LimiterReply::Done => Err(Unavailable::because("limiter", "an answer to another question")),
    }
}

fn wait(reply: &LimiterReply) -> Result<Option<Wait>, Unavailable> {
    match verdict(reply)? {
        Verdict::Go { .. } => Ok(None),
        Verdict::Wait(wait) => Ok(Some(wait)),
    }
}
