//! Codes of authenticator apps (TOTP, RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds, which is what all
//! apps support.

use core::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};

use crate::secret::SecretText;
use crate::time::UnixTime;

/// The length of a secret, in bytes: that of the hash, which RFC 4226 section 4 recommends.
pub const SECRET_BYTES: usize = 20;

/// How many steps the app's clock may differ from the service's (RFC 6238 section 5.2).
const SKEW: u16 = 1;

/// The number of a time step of 30 seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeStep(pub u64);

/// The secret that an authenticator app shares with the service.
pub struct TotpSecret(Totp);

impl TotpSecret {
    /// Takes 20 random bytes.
    #[must_use]
    pub fn new(random: [u8; SECRET_BYTES]) -> Self {
        let builder = Builder::new().with_secret(Secret::new_stack(random)).with_skew(SKEW);
        // The other parameters have the values of the RFC: SHA-1, six digits, 30 seconds.
        Self(builder.build_noncompliant())
    }

    /// Reads what [`Self::base32`] wrote.
    #[must_use]
    pub fn from_base32(text: &str) -> Option<Self> {
        let secret = Secret::try_from_base32(text).ok()?;
        <[u8; SECRET_BYTES]>::try_from(secret.as_bytes()).ok().map(Self::new)
    }

    /// The secret as users type it into an app (RFC 4648 section 6), and as it is sealed for storage.
    #[must_use]
    pub fn base32(&self) -> SecretText {
        SecretText::new(self.0.secret().to_base32())
    }

    /// The address that apps read from a QR code. `service` and `account` are names for the user. Apps take the
    /// text before the first colon of the label for the service.
    #[must_use]
    pub fn uri(&self, service: &str, account: &str) -> SecretText {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (service, account) = (encoded(service), encoded(account));
        let secret = self.base32();
        let secret = secret.expose();
        SecretText::new(format!(
            "otpauth://totp/{service}:{account}?secret={secret}&issuer={service}&algorithm=SHA1&digits=6&period=30"
        ))
    }

    /// The time step whose code this is, if it is the present step or one beside it. `code` may contain spaces,
    /// as apps show it.
    #[must_use]
    pub fn step_of(&self, code: &str, now: UnixTime) -> Option<TimeStep> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        self.0.check(&digits, now.0).map(TimeStep)
    }

    /// The code that the app shows at this time.
    #[cfg(test)]
    pub(super) fn code_at(&self, time: UnixTime) -> String {
        self.0.generate(time.0).to_string()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{TimeStep, TotpSecret};
    use crate::time::UnixTime;

    /// RFC 6238 appendix B.
    const SECRET: &[u8; 20] = b"12345678901234567890";

    /// RFC 6238 appendix B, SHA-1. It has eight digits, of which these are the last six (RFC 4226 section 5.3).
    const VECTORS: [(u64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let secret = TotpSecret::new(*SECRET);
        for (time, code) in VECTORS {
            assert_eq!(secret.step_of(code, UnixTime(time)), Some(TimeStep(time / 30)), "{time}");
        }
    }

    #[test]
    fn a_code_counts_in_its_step_and_the_ones_beside_it() {
        let secret = TotpSecret::new(*SECRET);
        // 1,111,111,111 is in step 37,037,037, which begins at 1,111,111,110.
        for (now, counts) in [
            (1_111_111_079, false),
            (1_111_111_080, true),
            (1_111_111_110, true),
            (1_111_111_139, true),
            (1_111_111_169, true),
            (1_111_111_170, false),
        ] {
            let step = secret.step_of("050471", UnixTime(now));
            assert_eq!(step, counts.then_some(TimeStep(37_037_037)), "{now}");
        }
        assert_eq!(secret.step_of("287082", UnixTime(0)), Some(TimeStep(1)), "the first seconds of 1970");
    }

    #[test]
    fn only_six_digits_are_a_code() {
        let secret = TotpSecret::new(*SECRET);
        let read = |code: &str| secret.step_of(code, UnixTime(1_111_111_111)).is_some();
        for code in ["050471", "050 471", " 050471\n", "0 5 0 4 7 1"] {
            assert!(read(code), "{code:?}");
        }
        for code in [
            "",
            "50471",
            "0504710",
            "14050471",
            "+50471",
            "050471 0",
            "05047a",
            "050.471",
            "٠٥٠٤٧١",
            "050472",
            "000000",
        ] {
            assert!(!read(code), "{code:?}");
        }
        assert!(!read(&"0".repeat(100_000)));
    }

    #[test]
    fn a_secret_is_written_for_apps_and_read_back() {
        let secret = TotpSecret::new(*SECRET);
        assert_eq!(secret.base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let again = TotpSecret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        assert!(again.step_of("287082", UnixTime(59)).is_some());
        assert_eq!(
            secret.uri("Notes & Co: dev", "ada+x@example.com").expose(),
            "otpauth://totp/Notes%20%26%20Co%3A%20dev:ada%2Bx%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Notes%20%26%20Co%3A%20dev&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(format!("{secret:?}"), "[redacted]");
        for text in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", &"A".repeat(40), "sealed.1.x"] {
            assert!(TotpSecret::from_base32(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn property_any_text_is_read_or_rejected(secret in any::<[u8; 20]>(), code in any::<String>(), now in 0..u64::MAX / 2) {
            let secret = TotpSecret::new(secret);
            let near = |step: TimeStep| step.0.abs_diff(now / 30) <= 1;
            prop_assert!(secret.step_of(&code, UnixTime(now)).is_none_or(near));
            prop_assert_eq!(TotpSecret::from_base32(secret.base32().expose()).unwrap().base32(), secret.base32());
        }
    }
}
