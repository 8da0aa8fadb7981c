//! `limits` and `passwords`.

use auth_core::limits::{Pace, QueueBounds, Rate, SignInLimits};

use super::values::{DAY, text};
use crate::limits::{Limits, PasswordRules};
use crate::password_hash::{Cost, Kind};
use crate::reader::{Errors, Table};

/// The maximum of every count. A larger number has no effect in practice; the deployer should notice that.
const MAX_COUNT: u64 = 1_000_000;

pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<Limits> {
    let Limits { sign_in, sign_up, refresh } = Limits::default();
    let mut table = table.table("limits", errors)?;
    let seconds = |ms: u64| ms / 1000;
    let free = table.count("free_failures", (1, MAX_COUNT), sign_in.pair.free.into(), errors);
    let first = table.seconds("first_delay", (1, DAY), seconds(sign_in.pair.first_ms), errors);
    let most = table.seconds("most_delay", (1, DAY), seconds(sign_in.pair.most_ms), errors);
    let account = read_rate(&mut table, ("account_failures", "account_window"), sign_in.account, errors);
    let address = read_rate(&mut table, ("address_failures", "address_window"), sign_in.address, errors);
    let attempts = read_rate(&mut table, ("attempts", "attempt_window"), sign_in.attempts, errors);
    let known = table.seconds("known_address", (0, 400 * DAY), seconds(sign_in.known_address_ms), errors);
    let sign_up = read_rate(&mut table, ("sign_ups", "sign_up_window"), sign_up, errors);
    let refresh = read_rate(&mut table, ("refreshes", "refresh_window"), refresh, errors);
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
        forget_ms: sign_in.pair.forget_ms,
    };
    let sign_in = SignInLimits {
        pair,
        account: account?,
        address: address?,
        attempts: attempts?,
        known_address_ms: known? * 1000,
        known_browser_ms: sign_in.known_browser_ms,
    };
    Some(Limits { sign_in, sign_up: sign_up?, refresh: refresh? })
}

fn read_rate(
    table: &mut Table,
    (most, window): (&str, &str),
    default: Rate,
    errors: &mut Errors,
) -> Option<Rate> {
    let most = table.count(most, (1, MAX_COUNT), default.most, errors);
    let window = table.seconds(window, (1, DAY), default.window_ms / 1000, errors);
    Some(Rate { most: most?, window_ms: window? * 1000 })
}

pub(super) fn read_passwords(table: &mut Table, errors: &mut Errors) -> Option<PasswordRules> {
    let default = PasswordRules::default();
    let mut table = table.table("passwords", errors)?;
    let memory = table.count(
        "memory",
        (Cost::MIN.memory_kib.into(), Cost::MAX.memory_kib.into()),
        default.cost.memory_kib.into(),
        errors,
    );
    let passes = table.count(
        "passes",
        (Cost::MIN.passes.into(), Cost::MAX.passes.into()),
        default.cost.passes.into(),
        errors,
    );
    let places = table.count("queue", (1, 1000), default.queue.places as u64, errors);
    let per_address = table.count("queue_per_address", (1, 1000), default.queue.per_address as u64, errors);
    let imported = table
        .get("imported", Kind::EXPECTED, Some(None), errors, |value| Kind::parse(value.as_str()?).map(Some));
    let failure = table.count("failure_ms", (0, 5000), default.failure_ms, errors);
    let refuse_common = table.get(
        "refuse_common",
        "true or false",
        Some(default.refuse_common),
        errors,
        serde_json::Value::as_bool,
    );
    let expected = "the name of a KV namespace's binding";
    let common = table.get("common", expected, Some(None), errors, |value| text(value).map(Some));
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
