//! Limits on attempts: the Worker's client of the Limiter.

use auth_core::limits::{AddressBucket, NoPlace, Recognised, SignInLimits, Verdict, Wait};
use auth_core::wire::{DeviceCookie, Email, ErrorCode, find_device_cookie};
use futures_util::future::join;

use super::Context;
use super::attempt_record::record;
use super::session::now;
use crate::audit::{Actor, Kind};
use crate::http::Refusal;
use crate::objects::call::Done;
use crate::objects::limiter::{By, Subject};
use crate::objects::protocol::limiter::{
    Allowed, AttemptEnd, Begin, BeginFrom, Client, End, EndFrom, Forget, Limited, Remember, SignUp,
    WrongCredential as CountWrongCredential,
};
use crate::objects::{Unavailable, client};
use crate::passwords::queue::{self, Place};
use crate::random;

/// The header in which the platform reports the client address. The platform replaces a value that the client
/// sent. `X-Forwarded-For` and similar headers are not used, because a client can set them.
const CLIENT_ADDRESS: &str = "cf-connecting-ip";

/// Why the user has to wait: the account's limits, not those of the client address.
const BY_ACCOUNT: &str = "account";

/// When a client may retry whose address has its share of the password queue, in milliseconds. Hashes take
/// fractions of a second.
const SHARE_AGAIN_MS: u64 = 1000;

/// One attempt to sign in or to prove a password. It counts as in progress until its end is reported or its
/// lease expires.
pub(super) struct Attempt {
    account: Subject,
    address: Subject,
    client: Client,
    /// How the account's shard recognises the client; `None` if it did not allow the attempt.
    by_account: Option<Recognised>,
    /// Whether the address's shard allowed the attempt.
    by_address: bool,
}

impl Attempt {
    /// Asks the Limiter whether the attempt may be made.
    ///
    /// # Errors
    /// `rate_limited`, and `unavailable` if the Limiter can't be asked: otherwise an attacker who makes it
    /// fail could guess without limit.
    pub(super) async fn begin(context: &Context, email: &Email) -> Result<Self, Refusal> {
        let bucket = bucket(context);
        let account = Subject::of(By::Account, email.as_str())?;
        let address = Subject::of(By::Address, bucket.as_str())?;
        let device = find_device_cookie(context.incoming.header("cookie")).map(|cookie| cookie.hash());
        let client = Client { account: account.hash(), address: address.hash(), device };
        let begin = Begin { client: client.clone() };
        let reported = bucket.reported().is_some();
        let begin_from = BeginFrom { address: address.hash(), reported };
        // Ask both objects at the same time; neither depends on the other's reply.
        let (by_account, by_address) =
            join(account.ask(&context.env, &begin), address.ask(&context.env, &begin_from)).await;
        let (by_account, by_address) = (by_account?, by_address?);
        let news = match (&by_account, &by_address) {
            (Err(Limited { is_news: true, .. }), _) => Some(BY_ACCOUNT),
            (_, Err(Limited { is_news: true, .. })) => Some("address"),
            (_, _) => None,
        };
        let recognised = by_account.as_ref().ok().map(|allowed| allowed.recognised);
        let attempt =
            Self { account, address, client, by_account: recognised, by_address: by_address.is_ok() };
        let by_account = match by_account {
            Ok(Allowed { recognised, exempt }) => Verdict::Go { recognised, exempt },
            Err(limited) => Verdict::Wait(wait(limited)),
        };
        match SignInLimits::together(by_account, by_address.err().map(wait)) {
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

    /// Reports the attempt's end. A failure must be counted before the client learns of it.
    ///
    /// # Errors
    /// `unavailable`.
    pub(super) async fn end(self, context: &Context, end: AttemptEnd) -> Result<(), Refusal> {
        match (end, self.tell(context, end, None).await) {
            (_, Ok(())) => Ok(()),
            (AttemptEnd::Failed, Err(error)) => Err(error.into()),
            // If the report fails, the place in use expires by itself; a user with the correct password need
            // not wait for that.
            (AttemptEnd::Succeeded | AttemptEnd::Open | AttemptEnd::Refused, Err(_)) => Ok(()),
        }
    }

    /// Reports a successful sign-in. Returns the cookie by which the account recognises the browser from now
    /// on; `None` if that could not be stored, in which case the browser keeps its cookie.
    pub(super) async fn signed_in(self, context: &Context) -> Option<DeviceCookie> {
        let device = random::bytes().ok().map(DeviceCookie::new);
        let hash = device.as_ref().map(DeviceCookie::hash);
        self.tell(context, AttemptEnd::Succeeded, hash).await.ok()?;
        device
    }

    /// Reports the end to each shard that needs it: to the account's if it allowed the attempt, to the
    /// address's if it allowed the attempt or if there is a failure to count.
    async fn tell(
        &self,
        context: &Context,
        end: AttemptEnd,
        new_device: Option<String>,
    ) -> Result<(), Unavailable> {
        let account = async {
            let Some(recognised) = self.by_account else { return Ok(()) };
            let report = End { client: self.client.clone(), recognised, end, new_device };
            self.account.ask(&context.env, &report).await.map(|_| ())
        };
        let address = async {
            if !self.by_address && end != AttemptEnd::Failed {
                return Ok(());
            }
            let report = EndFrom { address: self.address.hash(), under_way: self.by_address, end };
            self.address.ask(&context.env, &report).await.map(|_| ())
        };
        let (one, other) = join(account, address).await;
        one.and(other)
    }
}

/// Records that an attempt was limited: in the account's audit trail if the account's limits were reached,
/// otherwise only in the log, because attempts on other accounts from the same address do not concern this
/// one. Runs after the response has left, so that the response takes no longer than others.
fn tell(context: &Context, email: &Email, reason: &'static str) {
    let event = context.asker(Actor::Anybody).event(Kind::SignInLimited, now()).reason(reason);
    if reason != BY_ACCOUNT {
        return event.log();
    }
    let (env, email) = (context.env.clone(), email.clone());
    context.platform.wait_until(async move {
        let account = client::find_address(&env, &email).await.ok().flatten();
        record(&env, account.as_ref(), &email, event).await;
    });
}

/// Asks whether a client at this address may sign up. If so, the attempt counts, whatever its result: the
/// result `email_taken` is also worth something to an attacker who asks often.
///
/// # Errors
/// `rate_limited`, `unavailable`.
pub(super) async fn sign_up(context: &Context) -> Result<(), Refusal> {
    let bucket = bucket(context);
    let address = Subject::of(By::Address, bucket.as_str())?;
    let call = SignUp { address: address.hash(), reported: bucket.reported().is_some() };
    match address.ask(&context.env, &call).await? {
        Ok(Done {}) => Ok(()),
        Err(reached) => Err(limited(wait(reached))),
    }
}

/// Records a sign-up as a sign-in, so that the account recognises the client address and the browser from now
/// on. Returns the browser's cookie; `None` if this could not be stored, in which case both are unknown until
/// the user signs in.
pub(super) async fn signed_up(context: &Context, email: &Email) -> Option<DeviceCookie> {
    let account = Subject::of(By::Account, email.as_str()).ok()?;
    let address = Subject::of(By::Address, bucket(context).as_str()).ok()?;
    let device = DeviceCookie::new(random::bytes().ok()?);
    let client = Client { account: account.hash(), address: address.hash(), device: Some(device.hash()) };
    account.ask(&context.env, &Remember { client }).await.ok()?;
    Some(device)
}

/// Forgets all clients of an account that has been deleted.
///
/// # Errors
/// [`Unavailable`].
pub(super) async fn forget(context: &Context, email: &Email) -> Result<(), Unavailable> {
    let account = Subject::of(By::Account, email.as_str())?;
    let call = Forget { account: account.hash() };
    account.ask(&context.env, &call).await.map(|_| ())
}

/// `rate_limited`, with the time after which the client may retry.
pub(super) fn limited(wait: Wait) -> Refusal {
    Refusal::new(ErrorCode::RateLimited).with("Retry-After", wait.seconds().to_string())
}

/// The result of a program's call without a correct credential.
pub(super) enum WrongCredential {
    /// The call is rejected because of its credential.
    Counted,
    /// The address has sent too many. The flag says whether to record this.
    Limited(Refusal, bool),
}

/// Counts a call without a credential or with a wrong one. A correct credential is never limited, because it
/// is compared first.
///
/// # Errors
/// `unavailable`.
pub(super) async fn wrong_credential(context: &Context) -> Result<WrongCredential, Refusal> {
    let address = Subject::of(By::Address, bucket(context).as_str())?;
    let call = CountWrongCredential { address: address.hash() };
    Ok(match address.ask(&context.env, &call).await? {
        Ok(Done {}) => WrongCredential::Counted,
        Err(reached) => WrongCredential::Limited(limited(wait(reached)), reached.is_news),
    })
}

/// Takes a place in the queue for password hashes.
///
/// # Errors
/// `unavailable` if the queue is full; `rate_limited` if the client's address already has its share.
pub(super) fn place(context: &Context) -> Result<Place, Refusal> {
    queue::enter(context.config.passwords.queue, Some(&bucket(context))).map_err(|refused| match refused {
        NoPlace::Full => Unavailable::because("password queue", "full").into(),
        NoPlace::AddressShare => limited(Wait(SHARE_AGAIN_MS)),
    })
}

/// The client address in the form in which it is counted.
fn bucket(context: &Context) -> AddressBucket {
    AddressBucket::of(context.incoming.header(CLIENT_ADDRESS))
}

const fn wait(limited: Limited) -> Wait {
    Wait(limited.retry_after_ms)
}
