//! E-mail addresses, in the one form in which they are compared, hashed and stored.
//!
//! One mailbox has several spellings: composed and decomposed letters (a Mac's file names, a pasted text),
//! capital letters, a domain in Unicode or in punycode. The form of this module is the same for all of them:
//!
//! - The domain is processed by UTS 46 (non-transitional, with the STD3 rules and DNS lengths), as browsers
//!   and mail programs do before they ask the DNS, and kept in Unicode.
//! - The local part is made lower case and put into NFC. Nothing else is made equal: only the mailbox's own
//!   server knows whether dots, `+tags` or compatibility characters matter, and a wrong guess would merge two
//!   users' accounts.
//!
//! What has no such form is rejected.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::iter;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::uts46::Uts46MapperBorrowed;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// The maximum length of an address in bytes (RFC 5321 section 4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;

/// The maximum length of a local part in bytes (RFC 5321 section 4.5.3.1.1, RFC 6531 section 3.3).
const MAX_LOCAL_BYTES: usize = 64;

/// The length beyond which a text is rejected unread. No spelling of a valid address is longer: a decomposed
/// letter has at most a few times the bytes of its composed form.
const MAX_TEXT_BYTES: usize = 2048;

/// An e-mail address in normal form: two addresses belong to the same account if they are equal in this form.
#[derive(Clone, Debug)]
pub struct Email {
    address: String,
    earlier: Option<String>,
}

/// Why a text is not an e-mail address that has a normal form. Contains nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidEmail {
    /// There is no `@`, or nothing before it.
    Form,
    /// The address has more than 254 bytes, or its local part more than 64.
    TooLong,
    /// The local part contains a character that is not permitted: white space, controls, quotes, invisible
    /// characters, characters that Unicode has not assigned, and compatibility characters such as full-width
    /// letters, which some systems take for the plain ones.
    LocalPart,
    /// The domain is not a valid internationalised domain name (UTS 46), has no dot, or is an IP address.
    Domain,
}

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "The e-mail address is not valid.",
            Self::TooLong => "The e-mail address is not valid: it is too long.",
            Self::LocalPart => {
                "The e-mail address is not valid: the part before the @ contains a character that is not permitted."
            }
            Self::Domain => "The e-mail address is not valid: the part after the @ is not a valid domain name.",
        })
    }
}

impl Email {
    /// Parses `local@domain` and normalises it. Surrounding ASCII white space is removed.
    ///
    /// # Errors
    /// [`InvalidEmail`].
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim_ascii();
        if text.len() > MAX_TEXT_BYTES {
            return Err(InvalidEmail::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail::Form)?;
        let local = normal_local(local)?;
        let (domain, ascii_bytes) = normal_domain(domain)?;
        let bytes = local.len() + 1 + ascii_bytes.max(domain.len());
        if bytes > MAX_BYTES || local.len() > MAX_LOCAL_BYTES {
            return Err(InvalidEmail::TooLong);
        }
        let address = [&local, "@", &domain].concat();
        let earlier = Some(text.to_lowercase()).filter(|earlier| *earlier != address);
        Ok(Self { address, earlier })
    }

    /// An address that an account stores. The account may be older than a rule of [`Self::parse`]; then its
    /// address stays as it is.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self { address: text.to_owned(), earlier: None })
    }

    /// The address in normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The form that versions before this normalisation gave the same text (lower case, otherwise as typed),
    /// if it differs. An account that such a version created has its address in this form.
    #[must_use]
    pub fn earlier_form(&self) -> Option<&str> {
        self.earlier.as_deref()
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl Eq for Email {}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address.hash(state);
    }
}

/// The local part in lower case and NFC: a dot-atom of RFC 5322 with the characters that RFC 6531 adds.
fn normal_local(local: &str) -> Result<String, InvalidEmail> {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    // Lower case may decompose again: a capital letter may have a composed form that the small one lacks.
    let local = nfc.normalize(&nfc.normalize(local).to_lowercase()).into_owned();
    if local.is_empty() {
        return Err(InvalidEmail::Form);
    }
    if local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)) {
        Ok(local)
    } else {
        Err(InvalidEmail::LocalPart)
    }
}

/// `atext` of RFC 5322 and, beyond ASCII, the characters that UTS 46 permits unchanged in a domain. Those it
/// changes, ignores or disallows have no form on which all systems agree. The joiners U+200C and U+200D are
/// invisible, and their rules need the context of a label.
fn is_atext(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    }
    !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fffd}')
        && Uts46MapperBorrowed::new().map_normalize(iter::once(c)).eq(iter::once(c))
}

/// The domain in Unicode, and its length in ASCII in bytes.
fn normal_domain(domain: &str) -> Result<(String, usize), InvalidEmail> {
    let uts46 = Uts46::new();
    let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let ascii = uts46
        .to_ascii(domain.as_bytes(), deny, hyphens, DnsLength::Verify)
        .map_err(|_| InvalidEmail::Domain)?;
    let (unicode, valid) = uts46.to_unicode(ascii.as_bytes(), deny, hyphens);
    // A name that ends in a number is an IP address, which an e-mail address has in brackets (RFC 5321
    // section 4.1.3), and no server of its own to which a user's address could belong.
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let named = ascii == "localhost" || ascii.contains('.') && !last.bytes().all(|b| b.is_ascii_digit());
    if named && valid.is_ok() { Ok((unicode.into_owned(), ascii.len())) } else { Err(InvalidEmail::Domain) }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};
    use proptest::sample::select;

    use super::{Email, InvalidEmail};

    fn normal(text: &str) -> String {
        Email::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}")).as_str().to_owned()
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
            (
                "a@\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c2}.example",
                "a@\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c3}.example",
            ),
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
}
