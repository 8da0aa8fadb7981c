//! Limits on attempts: the Worker's client of the Limiter.

use auth_core::id::AccountId;
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
use crate::objects::protocol::account::Record;
use crate::objects::protocol::limiter::{
    Allowed, AttemptEnd, Begin, BeginFrom, Client, CountMail, End, EndFrom, Forget, Limited, Remember,
    ReturnMail, SignUp, WrongCredential as CountWrongCredential,
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
pub(crate) struct Attempt {
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
        let account = Subject::of(By::Account, email.as_str())?;
        Self::begin_as(context, account, |reason| tell(context, email, reason)).await
    }

    /// The same for an attempt to prove the second factor of an account. A client comes here only after it has
    /// proved the first factor, so no other client can use up the account's attempts.
    ///
    /// # Errors
    /// As for [`Self::begin`].
    pub(super) async fn begin_second_factor(context: &Context, id: &AccountId) -> Result<Self, Refusal> {
        Self::begin_of_user(context, id, Subject::of_second_factor(id)?, "second_factor").await
    }

    /// The same for an attempt of an account's user to enter the code of a device.
    ///
    /// # Errors
    /// As for [`Self::begin`].
    pub(crate) async fn begin_user_code(context: &Context, id: &AccountId) -> Result<Self, Refusal> {
        Self::begin_of_user(context, id, Subject::of_user_code(id)?, "user_code").await
    }

    async fn begin_of_user(
        context: &Context,
        id: &AccountId,
        account: Subject,
        reason: &'static str,
    ) -> Result<Self, Refusal> {
        let told = |_| {
            let event = context.asker(Actor::User).event(Kind::SignInLimited, now()).reason(reason);
            let (env, id) = (context.env.clone(), id.clone());
            context.platform.wait_until(async move {
                let call = Record { event: Box::new(event.clone()) };
                if !matches!(client::account(&env, &id, &call).await, Ok(Some(Done {}))) {
                    event.account(&id).log();
                }
            });
        };
        Self::begin_as(context, account, told).await
    }

    /// `told` is called with the limit that was reached, if this is to be recorded.
    async fn begin_as(
        context: &Context,
        account: Subject,
        told: impl Fn(&'static str),
    ) -> Result<Self, Refusal> {
        let bucket = bucket(context);
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
                    told(reason);
                }
                Err(limited(wait))
            }
        }
    }

    /// Reports the attempt's end. A failure must be counted before the client learns of it.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn end(self, context: &Context, end: AttemptEnd) -> Result<(), Refusal> {
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
        self.tell(context, AttemptEnd::Succeeded, hash.clone()).await.ok()?;
        context.given_device.set(hash);
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

/// One attempt that no account's limits concern, because what it proves can't be guessed. It counts against the limits
/// of the client's address.
pub(crate) struct FromAddress(Subject);

impl FromAddress {
    /// Asks the Limiter whether the attempt may be made.
    ///
    /// # Errors
    /// `rate_limited`, and `unavailable` if the Limiter can't be asked.
    pub(crate) async fn begin(context: &Context) -> Result<Self, Refusal> {
        let bucket = bucket(context);
        let address = Subject::of(By::Address, bucket.as_str())?;
        let begin = BeginFrom { address: address.hash(), reported: bucket.reported().is_some() };
        match address.ask(&context.env, &begin).await? {
            Ok(Done {}) => Ok(Self(address)),
            Err(reached) => Err(limited(wait(reached))),
        }
    }

    /// Reports the attempt's end. A failure must be counted before the client learns of it.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn end(self, context: &Context, end: AttemptEnd) -> Result<(), Refusal> {
        let report = EndFrom { address: self.0.hash(), under_way: true, end };
        match self.0.ask(&context.env, &report).await {
            Err(error) if end == AttemptEnd::Failed => Err(error.into()),
            // If the report fails, the place in use expires by itself.
            Ok(Done {}) | Err(_) => Ok(()),
        }
    }
}

/// What the limiter counts attempts on an account by: its address, or its id, which is no address, if it has none.
pub(super) fn subject(account: &AccountId, email: &str) -> Email {
    Email::stored(if email.is_empty() { account.as_str() } else { email })
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

/// Asks whether a client at this address may sign up, or register an OAuth client. If so, the attempt counts, whatever its result: the
/// result `email_taken` is also worth something to an attacker who asks often.
///
/// # Errors
/// `rate_limited`, `unavailable`.
pub(crate) async fn sign_up(context: &Context) -> Result<(), Refusal> {
    let bucket = bucket(context);
    let address = Subject::of(By::Address, bucket.as_str())?;
    let call = SignUp { address: address.hash(), reported: bucket.reported().is_some() };
    match address.ask(&context.env, &call).await? {
        Ok(Done {}) => Ok(()),
        Err(reached) => Err(limited(wait(reached))),
    }
}

/// A mail with a code, which counts against the limits of its recipient, of the account that requests it and of
/// the client.
pub(super) struct CountedMail(Vec<(Subject, bool)>);

impl CountedMail {
    /// Counts a mail before it is sent. `account` is the account whose user requests it, if the user has a
    /// session.
    ///
    /// # Errors
    /// `rate_limited`, and `unavailable` if the Limiter can't be asked.
    pub(super) async fn count(
        context: &Context,
        to: &Email,
        account: Option<&AccountId>,
    ) -> Result<Self, Refusal> {
        let bucket = bucket(context);
        let mut subjects = Vec::new();
        if bucket.reported().is_some() {
            subjects.push((Subject::of(By::Address, bucket.as_str())?, true));
        }
        // An account's id is not an address, so the two never have the same subject.
        for text in account.map(AccountId::as_str).into_iter().chain([to.as_str()]) {
            subjects.push((Subject::of(By::Account, text)?, false));
        }
        let mut counted = Self(Vec::new());
        for (subject, is_client) in subjects {
            let call = CountMail { subject: subject.hash(), is_client };
            match subject.ask(&context.env, &call).await {
                Ok(Ok(Done {})) => counted.0.push((subject, is_client)),
                Ok(Err(reached)) => {
                    counted.give_back(context).await;
                    return Err(limited(wait(reached)));
                }
                Err(error) => {
                    counted.give_back(context).await;
                    return Err(error.into());
                }
            }
        }
        Ok(counted)
    }

    /// The mail was not sent. If this can't be reported, it counts until its window has passed.
    pub(super) async fn give_back(self, context: &Context) {
        for (subject, is_client) in self.0 {
            let call = ReturnMail { subject: subject.hash(), is_client };
            subject.ask(&context.env, &call).await.ok();
        }
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
    context.given_device.set(Some(device.hash()));
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

/// The same for the attempts to prove its second factor.
///
/// # Errors
/// [`Unavailable`].
pub(super) async fn forget_second_factor(context: &Context, id: &AccountId) -> Result<(), Unavailable> {
    let account = Subject::of_second_factor(id)?;
    let call = Forget { account: account.hash() };
    account.ask(&context.env, &call).await.map(|_| ())
}

/// `rate_limited`, with the time after which the client may retry.
pub(crate) fn limited(wait: Wait) -> Refusal {
    Refusal::new(ErrorCode::RateLimited).with("Retry-After", wait.seconds().to_string())
}

/// The result of a program's call without a correct credential.
pub(crate) enum WrongCredential {
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
pub(crate) async fn wrong_credential(context: &Context) -> Result<WrongCredential, Refusal> {
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
