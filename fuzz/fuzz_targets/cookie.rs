//! Finding our cookie in a hostile header, and reading its value.
#![no_main]

use auth_core::wire::{COOKIE_NAME, CookieLookup, RefreshCookie, find_cookie};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else { return };
    if let Ok(cookie) = RefreshCookie::parse(text) {
        assert_eq!(cookie.value(), text, "one value, one spelling");
    }
    if let CookieLookup::Found(cookie) = find_cookie(Some(text)) {
        let value = cookie.value();
        let pair = format!("{COOKIE_NAME}={value}");
        let ours = |part: &&str| part.trim_matches(' ') == pair;
        assert_eq!(text.split(';').filter(ours).count(), 1, "it stands there, once");
        // Alone it is found again; beside itself it is refused.
        assert!(matches!(find_cookie(Some(&pair)), CookieLookup::Found(again) if again.value() == value));
        assert!(!matches!(find_cookie(Some(&format!("{pair}; {pair}"))), CookieLookup::Found(_)));
    }
});
