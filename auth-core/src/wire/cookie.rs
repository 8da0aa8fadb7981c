//! The refresh cookie: its name, its value, and finding it in an untrusted `Cookie` header. Also the list of
//! Latchkey's cookie names.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};

use super::challenge_cookie::CHALLENGE_COOKIE_NAME;
use super::cookie_header::{is_id, pairs, parse_secret, values};
use super::device::DEVICE_COOKIE_NAME;
use super::provider_cookie::PROVIDER_COOKIE_NAME;
use crate::id::{AccountId, SessionId};
use crate::secret::SecretBytes;

/// `__Host-` makes browsers require `Secure`, `Path=/` and no `Domain`; `Http-` prevents script from setting
/// it.
pub const COOKIE_NAME: &str = "__Host-Http-latchkey";

/// The names of all cookies that the service sets. The gate removes them from requests to an upstream and
/// from an upstream's responses. A request to a path for programs that carries one of them is rejected,
/// because a browser sent it.
pub const COOKIE_NAMES: [&str; 4] =
    [COOKIE_NAME, DEVICE_COOKIE_NAME, CHALLENGE_COOKIE_NAME, PROVIDER_COOKIE_NAME];

/// The format's version, the first part of the value.
const VERSION: &str = "1";

/// The content of the cookie: a generation of a family of an account, and the secret that proves it.
#[derive(Clone, Debug)]
pub struct RefreshCookie {
    /// The account's id: the Durable Object's own id.
    pub account: AccountId,
    /// The family's id, which is the session's id.
    pub family: SessionId,
    /// Counts from 1.
    pub generation: u64,
    /// 32 bytes, derived (see [`crate::rotation`]).
    pub secret: SecretBytes,
}

/// The value was never written by the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedCookie;

/// The refresh cookie in a `Cookie` header.
#[derive(Clone, Debug)]
pub enum CookieLookup {
    /// There is none: an anonymous visitor.
    Absent,
    /// There is a cookie with the name whose value was never written by the service, or there is more than
    /// one. If there are two, it is unknown which is meant, so both are rejected.
    Malformed,
    /// There is one, well-formed. Whether it is valid is for the account to decide.
    Found(RefreshCookie),
}

impl RefreshCookie {
    /// Parses a value. Accepts only the exact bytes that [`RefreshCookie::value`] writes.
    ///
    /// # Errors
    /// [`MalformedCookie`].
    pub fn parse(value: &str) -> Result<Self, MalformedCookie> {
        let mut parts = value.split('.');
        let mut next = || parts.next().ok_or(MalformedCookie);
        let (version, account, family, generation, secret) = (next()?, next()?, next()?, next()?, next()?);
        if parts.next().is_some() || version != VERSION || !is_id(account) || !is_id(family) {
            return Err(MalformedCookie);
        }
        Ok(Self {
            account: account.into(),
            family: family.into(),
            generation: parse_generation(generation)?,
            secret: parse_secret(secret).ok_or(MalformedCookie)?,
        })
    }

    /// The cookie's value: `1.<account>.<family>.<generation>.<secret>`.
    #[must_use]
    pub fn value(&self) -> String {
        // 32 bytes always encode; the empty fallback would be refused by `parse`.
        let secret = Base64UrlSafeNoPadding::encode_to_string(self.secret.expose()).unwrap_or_default();
        format!("{VERSION}.{}.{}.{}.{secret}", self.account, self.family, self.generation)
    }
}

fn parse_generation(text: &str) -> Result<u64, MalformedCookie> {
    let canonical = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    if canonical { text.parse().map_err(|_| MalformedCookie) } else { Err(MalformedCookie) }
}

/// Whether a `Cookie` header has a cookie with one of [`COOKIE_NAMES`].
#[must_use]
pub fn has_our_cookie(header: Option<&str>) -> bool {
    pairs(header).any(|(name, _)| COOKIE_NAMES.contains(&name))
}

/// Finds the refresh cookie in a `Cookie` header.
#[must_use]
pub fn find_cookie(header: Option<&str>) -> CookieLookup {
    let mut values = values(header, COOKIE_NAME);
    match (values.next(), values.next()) {
        (None, _) => CookieLookup::Absent,
        (Some(value), None) => {
            RefreshCookie::parse(value).map_or(CookieLookup::Malformed, CookieLookup::Found)
        }
        (Some(_), Some(_)) => CookieLookup::Malformed,
    }
}

/// The value of the cookie with exactly this name, which belongs to other software; `None` when there is
/// none.
///
/// # Errors
/// [`MalformedCookie`] when there are several, because either could be meant.
pub fn find_foreign_cookie<'h>(
    header: Option<&'h str>,
    name: &str,
) -> Result<Option<&'h str>, MalformedCookie> {
    let mut values = values(header, name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(MalformedCookie),
    }
}

/// The `Set-Cookie` value that stores the cookie for `max_age` seconds.
#[must_use]
pub fn set_cookie(cookie: &RefreshCookie, max_age: u64) -> String {
    format!("{COOKIE_NAME}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={max_age}", cookie.value())
}

/// The `Set-Cookie` value that removes the cookie. Only the response to a sign-out carries it.
#[must_use]
pub fn clear_cookie() -> String {
    format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::{
        COOKIE_NAME, COOKIE_NAMES, CookieLookup, RefreshCookie, clear_cookie, find_cookie, has_our_cookie,
        set_cookie,
    };
    use crate::secret::SecretBytes;

    fn cookie() -> RefreshCookie {
        RefreshCookie {
            account: "acc1".into(),
            family: "fam-1_x".into(),
            generation: 12,
            secret: SecretBytes::new([0xfb; 32]),
        }
    }

    fn value() -> String {
        format!("1.acc1.fam-1_x.12.{}-_s", "-_v7".repeat(10))
    }

    #[test]
    fn parses_what_it_wrote() {
        let text = cookie().value();
        let read = RefreshCookie::parse(&text).unwrap();
        assert_eq!((read.account.as_str(), read.family.as_str(), read.generation), ("acc1", "fam-1_x", 12));
        assert_eq!(read.secret.expose(), &[0xfb; 32]);
        assert_eq!(read.value(), text);
        assert_eq!(text, value());
    }

    #[test]
    fn check_32_the_cookie_has_the_attributes_of_the_contract() {
        assert_eq!(
            set_cookie(&cookie(), 2_592_000),
            format!(
                "__Host-Http-latchkey={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000",
                cookie().value()
            )
        );
        assert_eq!(
            clear_cookie(),
            "__Host-Http-latchkey=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
        );
    }

    #[test]
    fn rejects_values_that_it_never_writes() {
        let good = cookie().value();
        let secret = good.rsplit('.').next().unwrap().to_owned();
        let with = |from: &str, to: &str| good.replacen(from, to, 1);
        let bad = [
            String::new(),
            "1".into(),
            "....".into(),
            with("1.", "2."),
            with("1.", "01."),
            with("acc1", ""),
            with("acc1", "ac/c1"),
            with("acc1", "ac%63"),
            with("acc1", &"a".repeat(129)),
            with("fam-1_x", "fäm"),
            with(".12.", ".012."),
            with(".12.", ".+12."),
            with(".12.", ".-1."),
            with(".12.", ".0."),
            with(".12.", ".18446744073709551616."),
            with(".12.", ".1e3."),
            with(&secret, ""),
            with(&secret, &format!("{secret}=")),
            with(&secret, secret.get(1..).unwrap()),
            with(&secret, &format!("{secret}A")),
            // The last character carries two bits that must be zero. A lenient decoder would decode another
            // character to the same bytes.
            with(&secret, &format!("{}t", secret.get(..42).unwrap())),
            with(&secret, &secret.replace('-', "+")),
            format!("{good}.x"),
            format!("\"{good}\""),
            format!("{good}, a=b"),
        ];
        for value in bad {
            assert!(RefreshCookie::parse(&value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn check_33_recognises_each_of_the_cookie_names() {
        for name in COOKIE_NAMES {
            assert!(has_our_cookie(Some(&format!("a=b; {name}=anything"))), "{name}");
            assert!(!has_our_cookie(Some(&format!("x{name}=a; {name}x=b; a={name}; {name}"))), "{name}");
        }
        assert!(!has_our_cookie(None));
    }

    #[test]
    fn check_33_recognises_only_the_exact_name() {
        let good = cookie().value();
        let found = |header: &str| matches!(find_cookie(Some(header)), CookieLookup::Found(_));
        assert!(found(&format!("{COOKIE_NAME}={good}")));
        assert!(found(&format!("a=b; {COOKIE_NAME}={good}; c=d")));
        assert!(found(&format!("a=b;{COOKIE_NAME}={good}")));
        assert!(matches!(find_cookie(None), CookieLookup::Absent));
        for header in [
            String::new(),
            "a=b".into(),
            good.clone(),
            format!("__host-http-latchkey={good}"),
            format!("__Host-latchkey={good}"),
            format!("={COOKIE_NAME}={good}"),
            format!("{COOKIE_NAME} ={good}"),
            format!("\t{COOKIE_NAME}={good}"),
            format!("\u{a0}{COOKIE_NAME}={good}"),
            format!("a=b;\u{2003}{COOKIE_NAME}={good}"),
            format!("$Version=1 {COOKIE_NAME}={good}"),
            format!("a=\"b; c\", {COOKIE_NAME}={good}"),
            format!("x{COOKIE_NAME}={good}"),
            format!("{COOKIE_NAME}x={good}"),
        ] {
            assert!(matches!(find_cookie(Some(&header)), CookieLookup::Absent), "{header:?}");
        }
        for header in [
            format!("{COOKIE_NAME}="),
            format!("{COOKIE_NAME}=\"{good}\""),
            format!("{COOKIE_NAME}= {good}"),
            format!("{COOKIE_NAME}={good}; {COOKIE_NAME}={good}"),
            format!("{COOKIE_NAME}=x; {COOKIE_NAME}={good}"),
            format!("{COOKIE_NAME}={good}, {COOKIE_NAME}={good}"),
        ] {
            assert!(matches!(find_cookie(Some(&header)), CookieLookup::Malformed), "{header:?}");
        }
    }
}
