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

    /// The address as mail protocols take it, with its domain in ASCII; `None` if the address was stored by an
    /// older version and is not valid by the present rules.
    #[must_use]
    pub fn with_ascii_domain(&self) -> Option<String> {
        let valid = Self::parse(&self.address).ok()?;
        let (local, domain) = valid.address.rsplit_once('@')?;
        let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let domain = Uts46::new().to_ascii(domain.as_bytes(), deny, hyphens, DnsLength::Verify).ok()?;
        Some([local, "@", &domain].concat())
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
mod tests;
