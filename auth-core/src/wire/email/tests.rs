//! Every spelling of a mailbox has one normal form, and what has none is rejected.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::{Email, InvalidEmail};

fn normal(text: &str) -> String {
    Email::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}")).as_str().to_owned()
}

#[test]
fn mail_protocols_get_the_domain_in_ascii_and_no_address_that_is_invalid() {
    for (email, ascii) in [
        (Email::parse("Ada@D\u{f6}m.example").unwrap(), Some("ada@xn--dm-fka.example")),
        (Email::parse("zo\u{eb}@example.com").unwrap(), Some("zo\u{eb}@example.com")),
        (Email::stored("ada@example.com"), Some("ada@example.com")),
        (Email::stored("a\r\nbcc: b@example.com"), None),
        (Email::stored("a, b@example.com"), None),
        (Email::stored("<a@b.example>@example.com"), None),
    ] {
        assert_eq!(email.with_ascii_domain().as_deref(), ascii, "{email:?}");
    }
}

#[test]
fn every_spelling_of_a_mailbox_is_one_account() {
    for (account, spellings) in [
        ("ada@example.com", &[" Ada@Example.COM ", "\tADA@EXAMPLE.COM\r\n"][..]),
        (
            "zo\u{eb}@d\u{f6}m\u{e4}in.com",
            &[
                // Decomposed, in capital letters, and both.
                "zoe\u{308}@do\u{308}ma\u{308}in.com",
                "ZO\u{cb}@D\u{d6}M\u{c4}IN.COM",
                "ZOE\u{308}@DO\u{308}MA\u{308}IN.COM",
                // Punycode in any case.
                "zo\u{eb}@xn--dmin-moa0i.com",
                "zoe\u{308}@XN--DMIN-MOA0I.COM",
                "zoe\u{308}@Xn--DmIn-mOa0I.CoM",
                // What UTS 46 maps in a domain: full-width letters, other full stops, soft hyphens.
                "zo\u{eb}@\u{ff44}\u{f6}m\u{e4}in.\u{ff43}om",
                "zo\u{eb}@d\u{f6}m\u{e4}in\u{3002}com",
                "zo\u{eb}@d\u{f6}m\u{e4}in\u{ff0e}com",
                "zo\u{eb}@d\u{f6}m\u{e4}in\u{ff61}com",
                "zo\u{eb}@d\u{f6}\u{ad}m\u{e4}in.com",
                "zo\u{eb}@d\u{f6}\u{200b}m\u{e4}in.com",
            ],
        ),
        (
            "ada@\u{4f8b}\u{3048}.jp",
            &["ada@xn--r8jz45g.jp", "ADA@XN--R8JZ45G.JP", "ada@\u{4f8b}\u{3048}\u{3002}jp"],
        ),
        // Marks in another order, and a letter whose composed form is excluded from NFC.
        ("a\u{323}\u{307}@example.com", &["a\u{307}\u{323}@example.com", "\u{1ea1}\u{307}@example.com"]),
        ("\u{915}\u{93c}@example.com", &["\u{958}@example.com"]),
        // Kelvin and Angstrom signs.
        ("k@k.example", &["\u{212a}@\u{212a}.example"]),
        ("\u{e5}@\u{e5}.example", &["\u{212b}@\u{212b}.example", "A\u{30a}@A\u{30a}.example"]),
        ("\u{ac00}@example.com", &["\u{1100}\u{1161}@example.com"]),
        ("ada@localhost", &["Ada@LOCALHOST", "ada@\u{ff2c}ocalhost"]),
    ] {
        let account = normal(account);
        for spelling in spellings {
            assert_eq!(normal(spelling), account, "{spelling:?}");
        }
    }
    assert_eq!(normal("ZOE\u{308}@XN--DMIN-MOA0I.com"), "zo\u{eb}@d\u{f6}m\u{e4}in.com");
    assert_eq!(normal("a.b+tag@sub.example.com"), "a.b+tag@sub.example.com");
    assert_eq!(normal("a@r3---sn-x.example"), "a@r3---sn-x.example");
}

#[test]
fn different_mailboxes_are_different_accounts() {
    for (one, other) in [
        ("ada@example.com", "a.da@example.com"),
        ("ada@example.com", "ada+x@example.com"),
        ("ada@example.com", "ada@mail.example.com"),
        ("zoe@example.com", "zo\u{eb}@example.com"),
        // Cyrillic a. Confusable characters are not made equal.
        ("ada@example.com", "\u{430}da@example.com"),
        ("ada@example.com", "ada@ex\u{430}mple.com"),
        // IDNA 2008 distinguishes these, and so do registries.
        ("a@fa\u{df}.example", "a@fass.example"),
        ("a@\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c2}.example", "a@\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c3}.example"),
        ("stra\u{df}e@example.com", "strasse@example.com"),
        // The Turkish dotless i.
        ("i@example.com", "\u{131}@example.com"),
    ] {
        assert_ne!(Email::parse(one).unwrap(), Email::parse(other).unwrap(), "{one:?} {other:?}");
    }
}

#[test]
fn rejects_non_addresses_and_addresses_without_a_normal_form() {
    use InvalidEmail::{Domain, Form, LocalPart, TooLong};
    let a = |count: usize| "a".repeat(count);
    for (text, error) in [
        ("", Form),
        (" ", Form),
        ("a", Form),
        ("@", Form),
        ("@b.c", Form),
        // A full-width @ separates nothing.
        ("ada\u{ff20}example.com", Form),
        ("a@", Domain),
        ("a@b", Domain),
        ("a@b c.d", Domain),
        ("a@b..c", Domain),
        ("a@-b.c", Domain),
        ("a@b-.c", Domain),
        ("a@.b", Domain),
        ("a@b.", Domain),
        ("a@example.com.", Domain),
        ("a@example.com\u{3002}", Domain),
        ("a@b_c.d", Domain),
        ("a@b%2ec.d", Domain),
        ("a@b/c.d", Domain),
        ("<a@b.c>", LocalPart),
        // IP addresses.
        ("a@[::1]", Domain),
        ("a@[127.0.0.1]", Domain),
        ("a@127.0.0.1", Domain),
        ("a@\u{ff11}27.0.0.1", Domain),
        // Punycode that decodes to nothing, to ASCII, to capital letters, to a decomposed letter.
        ("a@xn--.com", Domain),
        ("a@xn--example-.com", Domain),
        ("a@xn--example.com", Domain),
        ("a@xn--u-ccb.com", Domain),
        ("a@xn--0.com", Domain),
        ("a@xn--\u{e4}.com", Domain),
        ("a@xn--99999999999.com", Domain),
        // A joiner without a context that permits it, a mark at the beginning, a direction that is mixed.
        ("a@b\u{200d}c.com", Domain),
        ("a@b\u{200c}c.com", Domain),
        ("a@\u{308}b.com", Domain),
        ("a@\u{5d0}1a.com", Domain),
        ("a@b\u{202e}c.com", Domain),
        ("a@b\u{e000}c.com", Domain),
        ("a@b\u{378}c.com", Domain),
        ("a@\u{2488}com", Domain),
        (".a@b.c", LocalPart),
        ("a.@b.c", LocalPart),
        ("a..b@c.d", LocalPart),
        ("a@@b.c", LocalPart),
        ("a b@c.d", LocalPart),
        ("\"a\"@b.c", LocalPart),
        ("a\n@b.c", LocalPart),
        ("a\0@b.c", LocalPart),
        ("a\u{a0}b@c.d", LocalPart),
        ("a\u{85}b@c.d", LocalPart),
        // Invisible, full-width, ligature, private, unassigned, not a character.
        ("a\u{200d}da@example.com", LocalPart),
        ("a\u{200c}da@example.com", LocalPart),
        ("a\u{200b}da@example.com", LocalPart),
        ("a\u{ad}da@example.com", LocalPart),
        ("a\u{202e}da@example.com", LocalPart),
        ("a\u{feff}da@example.com", LocalPart),
        ("ada\u{fe0f}@example.com", LocalPart),
        ("\u{ff41}da@example.com", LocalPart),
        ("ada\u{ff20}x@example.com", LocalPart),
        ("ada\u{ff0e}x@example.com", LocalPart),
        ("\u{fb01}sh@example.com", LocalPart),
        ("\u{3000}ada@example.com", LocalPart),
        ("\u{a0}ada@example.com", LocalPart),
        ("a\u{e000}@example.com", LocalPart),
        ("a\u{378}@example.com", LocalPart),
        ("a\u{fffd}@example.com", LocalPart),
        ("a\u{ffff}@example.com", LocalPart),
        (&format!("{}@example.com", a(65)), TooLong),
        (&format!("{}@example.com", "\u{eb}".repeat(33)), TooLong),
        (&format!("a@{}.com", a(64)), Domain),
        (&format!("a@{}.com", "\u{e4}".repeat(60)), Domain),
        (&format!("a@{}com", "a.".repeat(126)), Domain),
        (&format!("{}@{}.com", a(64), [a(63), a(63), a(63)].join(".")), TooLong),
        (&format!("a@{}", a(3000)), TooLong),
    ] {
        assert_eq!(Email::parse(text).map(|email| email.address), Err(error), "{text:?}");
    }
    assert!(Email::parse(&format!("{}@example.com", a(64))).is_ok());
    assert!(
        Email::parse(&format!("{}@example.com", "e\u{308}".repeat(32))).is_ok(),
        "the normal form counts"
    );
    assert!(Email::parse(&format!("a@{}.com", a(63))).is_ok());
}

#[test]
fn the_form_of_earlier_versions_is_known_where_it_differs() {
    let earlier = |text| Email::parse(text).unwrap().earlier_form().map(ToOwned::to_owned);
    assert_eq!(earlier(" Ada@Example.com"), None);
    assert_eq!(earlier("Zo\u{eb}@d\u{f6}m\u{e4}in.com"), None);
    assert_eq!(earlier("Zoe\u{308}@example.com").as_deref(), Some("zoe\u{308}@example.com"));
    assert_eq!(earlier("a@XN--DMIN-MOA0I.com").as_deref(), Some("a@xn--dmin-moa0i.com"));
    assert_eq!(Email::stored("a\u{200d}@b.c").as_str(), "a\u{200d}@b.c");
    assert_eq!(Email::stored("zoe\u{308}@b.c").as_str(), "zo\u{eb}@b.c");
}

/// Texts of these characters, up to eight.
fn text_of(characters: &str) -> impl Strategy<Value = String> + use<> {
    let characters: Vec<char> = characters.chars().collect();
    vec(select(characters), 1..9).prop_map(String::from_iter)
}

fn near_addresses() -> impl Strategy<Value = String> {
    let part = || {
        text_of(
            "aZ0.-\u{308}\u{e4}\u{c4}\u{212b}\u{3a3}\u{130}\u{df}\u{1e9e}\u{ac00}\u{1100}\u{1161}\u{5d0}\u{3002}",
        )
    };
    let label = prop_oneof![3 => part(), 1 => text_of("abz-129").prop_map(|rest| format!("xn--{rest}"))];
    (part(), label).prop_map(|(local, label)| format!("{local}@{label}.com"))
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(5000))]

    #[test]
    fn a_normal_form_is_its_own_and_that_of_its_other_spellings(text in near_addresses()) {
        if let Ok(email) = Email::parse(&text) {
            let nfd = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd();
            let (local, domain) = email.as_str().rsplit_once('@').unwrap();
            let punycode = idna::domain_to_ascii(domain).unwrap();
            for spelling in [
                email.as_str().to_owned(),
                nfd.normalize(email.as_str()).into_owned(),
                nfd.normalize(&text).into_owned(),
                format!("{local}@{punycode}"),
                format!("{local}@{}", punycode.to_uppercase()),
                format!(" {text}\n"),
            ] {
                let again = Email::parse(&spelling);
                prop_assert_eq!(again.as_ref().map(Email::as_str), Ok(email.as_str()), "{:?}", spelling);
            }
        }
    }

    #[test]
    fn any_text_is_parsed_or_rejected(text in any::<String>()) {
        for text in [text.clone(), format!("a@{text}.com"), format!("{text}@b.com")] {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }
    }
}
