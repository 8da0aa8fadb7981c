//! Dates.

use auth_core::time::UnixTime;

/// Year, month and day of a time in UTC, in the Gregorian calendar.
pub(crate) const fn civil(at: UnixTime) -> (u64, u64, u64) {
    // Days since 1 March of the year 0, in eras of 400 years, years that begin in March, and months.
    let days = at.0 / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let january_or_february = if month <= 2 { 1 } else { 0 };
    (era * 400 + year_of_era + january_or_february, month, day)
}

/// `2026-11-29 18:30 UTC`.
pub(crate) fn utc(at: UnixTime) -> String {
    let (year, month, day) = civil(at);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", at.0 / 3600 % 24, at.0 / 60 % 60)
}

#[cfg(test)]
mod tests {
    use auth_core::time::UnixTime;

    use super::civil;

    #[test]
    fn a_year_divisible_by_100_has_a_leap_day_every_400_years() {
        // Computed by `date -u -d @…`.
        for (at, date) in [
            (0, (1970, 1, 1)),
            (951_782_400, (2000, 2, 29)),
            (1_795_977_923, (2026, 11, 29)),
            (4_107_542_399, (2100, 2, 28)),
            (4_107_542_400, (2100, 3, 1)),
        ] {
            assert_eq!(civil(UnixTime(at)), date, "{at}");
        }
    }
}
