//! `limits` and `passwords`.

use auth_core::limits::{Pace, QueueBounds, Rate, SignInLimits};

use super::values::text;
use crate::error::Errors;
use crate::limits::{Limits, PasswordRules};
use crate::password_hash::{Cost, Kind};
use crate::reader::Table;

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<Limits> {
    let default = SignInLimits::default();
    let mut table = table.table("limits", errors)?;
    let free = table.number("free_failures", errors);
    let first = table.number("first_delay", errors);
    let most = table.number("most_delay", errors);
    let account = read_rate(&mut table, ("account_failures", "account_window"), errors);
    let address = read_rate(&mut table, ("address_failures", "address_window"), errors);
    let attempts = read_rate(&mut table, ("attempts", "attempt_window"), errors);
    let known = table.number("known_address", errors);
    let sign_up = read_rate(&mut table, ("sign_ups", "sign_up_window"), errors);
    let mail = read_rate(&mut table, ("mails", "mail_window"), errors);
    let address_mail = read_rate(&mut table, ("address_mails", "address_mail_window"), errors);
    let refresh = read_rate(&mut table, ("refreshes", "refresh_window"), errors);
    if let (Some(first), Some(most)) = (first, most)
        && most < first
    {
        errors.add(table.key("most_delay"), Some(&most.into()), "at least first_delay");
    }
    table.finish(errors);
    let pair = Pace {
        free: u32::try_from(free?).ok()?,
        first_ms: first? * 1000,
        most_ms: most? * 1000,
        forget_ms: default.pair.forget_ms,
    };
    let sign_in = SignInLimits {
        pair,
        account: account?,
        address: address?,
        attempts: attempts?,
        known_address_ms: known? * 1000,
        known_browser_ms: default.known_browser_ms,
    };
    Some(Limits { sign_in, sign_up: sign_up?, mail: mail?, address_mail: address_mail?, refresh: refresh? })
}

fn read_rate(table: &mut Table, (most, window): (&str, &str), errors: &mut Errors) -> Option<Rate> {
    let most = table.number(most, errors);
    let window = table.number(window, errors);
    Some(Rate { most: most?, window_ms: window? * 1000 })
}

pub(super) fn read_passwords(table: &mut Table, errors: &mut Errors) -> Option<PasswordRules> {
    let mut table = table.table("passwords", errors)?;
    let memory = table.number("memory", errors);
    let passes = table.number("passes", errors);
    let places = table.number("queue", errors);
    let per_address = table.number("queue_per_address", errors);
    let imported = table.optional("imported", errors, |value| Kind::parse(value.as_str()?));
    let failure = table.number("failure_ms", errors);
    let refuse_common = table.flag("refuse_common", errors);
    let common = table.optional("common", errors, text);
    table.finish(errors);
    let narrow = |number: u64| u32::try_from(number).ok();
    let size = |number: u64| usize::try_from(number).ok();
    Some(PasswordRules {
        cost: Cost { memory_kib: narrow(memory?)?, passes: narrow(passes?)? },
        queue: QueueBounds { places: size(places?)?, per_address: size(per_address?)? },
        imported: imported?,
        failure_ms: failure?,
        refuse_common: refuse_common?,
        common: common?,
    })
}
