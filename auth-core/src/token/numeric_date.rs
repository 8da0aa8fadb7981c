//! The dates in a token (RFC 7519 section 2, `NumericDate`): seconds since the Unix epoch.
//!
//! Our own tokens have whole seconds. RFC 7519 allows fractions, which other issuers send; they are compared
//! in milliseconds, the resolution of the clock.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::time::{UnixMillis, UnixTime};

/// The largest integer every JSON reader agrees on (RFC 8259 section 6).
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Which numbers are dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dates {
    /// Whole seconds, written as an integer.
    Whole,
    /// Any number that isn't negative.
    Fractional,
}

/// A date in whole seconds; `None` when it is absent.
pub(super) fn whole_seconds(payload: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, Refusal> {
    payload.get(name).map(|value| whole(value).ok_or(Refusal::Claims)).transpose()
}

/// A date, a fraction of a millisecond rounded up; `None` when it is absent.
///
/// Rounding up is exact for a clock that counts whole milliseconds: `now >= date` and `now < date` give the
/// same answer for the date and for the next whole millisecond.
pub(crate) fn date(
    payload: &Map<String, Value>,
    name: &str,
    dates: Dates,
) -> Result<Option<UnixMillis>, Refusal> {
    let Some(value) = payload.get(name) else { return Ok(None) };
    let millis = match (whole(value), dates) {
        (Some(seconds), _) => Some(UnixMillis::from(seconds)),
        (None, Dates::Whole) => None,
        (None, Dates::Fractional) => fractional(value),
    };
    millis.map(Some).ok_or(Refusal::Claims)
}

fn whole(value: &Value) -> Option<UnixTime> {
    value.as_u64().filter(|seconds| *seconds <= MAX_INTEGER).map(UnixTime)
}

/// A number with a fraction or an exponent, as the double that every JSON reader makes of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the range is checked, and a last bit that is lost is found by comparing again"
)]
fn fractional(value: &Value) -> Option<UnixMillis> {
    let seconds = value.as_f64()?;
    // Beyond, a double has no milliseconds: the year 143,000.
    const MAX: f64 = 4_500_000_000_000.0;
    if value.is_i64() || !(0.0..=MAX_INTEGER as f64).contains(&seconds) {
        return None;
    }
    if seconds > MAX {
        return Some(UnixMillis::from(UnixTime(seconds as u64)));
    }
    // The product may be off by one bit; the quotient is the double that a date with as many milliseconds is
    // read as.
    let estimate = ((seconds * 1000.0) as u64).saturating_sub(1);
    (estimate..=estimate.saturating_add(2)).find(|millis| *millis as f64 / 1000.0 >= seconds).map(UnixMillis)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Dates, date, whole_seconds};
    use crate::time::{UnixMillis, UnixTime};
    use crate::token::Refusal;

    fn read(text: &str, dates: Dates) -> Result<Option<UnixMillis>, Refusal> {
        let value: Value = serde_json::from_str(text).unwrap();
        let Value::Object(payload) = json!({ "exp": value }) else { panic!() };
        date(&payload, "exp", dates)
    }

    #[test]
    fn check_08_fractions_are_read_to_the_millisecond_where_they_are_allowed() {
        for (text, millis) in [
            ("1800000000.5", 1_800_000_000_500),
            ("1800000000.123", 1_800_000_000_123),
            ("1800000000.001", 1_800_000_000_001),
            ("1800000000.999", 1_800_000_000_999),
            ("1800000000.0001", 1_800_000_000_001),
            ("1800000000.0", 1_800_000_000_000),
            ("1.8e9", 1_800_000_000_000),
            ("0.5", 500),
            ("0.0", 0),
            ("1e15", 1_000_000_000_000_000_000),
        ] {
            assert_eq!(read(text, Dates::Fractional), Ok(Some(UnixMillis(millis))), "{text}");
            assert_eq!(read(text, Dates::Whole), Err(Refusal::Claims), "{text}");
        }
        for millis in (0..1_000).map(|ms| 1_790_000_000_000 + ms) {
            let text = format!("{}.{:03}", millis / 1000, millis % 1000);
            assert_eq!(read(&text, Dates::Fractional), Ok(Some(UnixMillis(millis))), "{text}");
        }
    }

    #[test]
    fn check_08_rejects_invalid_times_everywhere() {
        for text in
            ["-1", "-0.5", "-1e300", "1e300", "9007199254740992", "18446744073709551616", "null", "true"]
        {
            assert_eq!(read(text, Dates::Fractional), Err(Refusal::Claims), "{text}");
        }
        for text in [r#""1800000000""#, "[1]", "{}"] {
            assert_eq!(read(text, Dates::Fractional), Err(Refusal::Claims), "{text}");
        }
        let Value::Object(payload) = json!({"iat": 7}) else { panic!() };
        assert_eq!(whole_seconds(&payload, "iat"), Ok(Some(UnixTime(7))));
        assert_eq!(whole_seconds(&payload, "exp"), Ok(None));
    }
}
