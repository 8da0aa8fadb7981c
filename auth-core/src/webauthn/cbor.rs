//! As much CBOR (RFC 8949) as authenticator data contain. They are in CTAP2's canonical form: all lengths are
//! definite and written in the shortest way. Any other form is malformed.

/// The deepest nesting of arrays, maps and tags. CTAP2 allows 4 levels (section 8 of CTAP 2.1).
const MAX_DEPTH: u8 = 4;

/// Reads items one after the other.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

/// The first part of an item: its major type, and the argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Unsigned(u64),
    /// The number is -1 minus this.
    Negative(u64),
    /// The number of bytes that follow.
    Bytes(u64),
    /// The number of bytes that follow.
    Text(u64),
    /// The number of items that follow.
    Array(u64),
    /// The number of pairs that follow.
    Map(u64),
    /// One item follows.
    Tag,
    /// A simple value or a floating-point number. Nothing follows.
    Simple,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Takes the next bytes as they are.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The number of pairs of a map.
    pub(super) fn map(&mut self) -> Option<u64> {
        if let Head::Map(pairs) = self.head()? { Some(pairs) } else { None }
    }

    /// An integer of at most 64 bits with its sign.
    pub(super) fn integer(&mut self) -> Option<i64> {
        match self.head()? {
            Head::Unsigned(number) => i64::try_from(number).ok(),
            Head::Negative(number) => i64::try_from(number).ok().map(|number| -1 - number),
            Head::Bytes(_) | Head::Text(_) | Head::Array(_) | Head::Map(_) | Head::Tag | Head::Simple => None,
        }
    }

    /// A byte string.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        if let Head::Bytes(count) = self.head()? { self.take(usize::try_from(count).ok()?) } else { None }
    }

    /// Skips one item, whatever it contains.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_within(MAX_DEPTH)
    }

    fn skip_within(&mut self, depth: u8) -> Option<()> {
        let items = match self.head()? {
            Head::Unsigned(_) | Head::Negative(_) | Head::Simple => 0,
            Head::Bytes(count) | Head::Text(count) => {
                self.take(usize::try_from(count).ok()?)?;
                0
            }
            Head::Array(items) => items,
            Head::Map(pairs) => pairs.checked_mul(2)?,
            Head::Tag => 1,
        };
        // Each item has at least one byte, so the input ends before a count that is too large does.
        for _ in 0..items {
            self.skip_within(depth.checked_sub(1)?)?;
        }
        Some(())
    }

    fn head(&mut self) -> Option<Head> {
        let [first] = *self.take(1)? else { return None };
        let (major, short) = (first >> 5, first & 31);
        let (argument, least) = match short {
            0..=23 => (u64::from(short), 0),
            24 => (self.number(1)?, 24),
            25 => (self.number(2)?, 1 << 8),
            26 => (self.number(4)?, 1 << 16),
            27 => (self.number(8)?, 1 << 32),
            _ => return None,
        };
        if major == 7 {
            // Simple values below 32 have one byte (RFC 8949 section 3.3); floating-point numbers have any bits.
            return (short != 24 || argument >= 32).then_some(Head::Simple);
        }
        if argument < least {
            return None;
        }
        Some(match major {
            0 => Head::Unsigned(argument),
            1 => Head::Negative(argument),
            2 => Head::Bytes(argument),
            3 => Head::Text(argument),
            4 => Head::Array(argument),
            5 => Head::Map(argument),
            _ => Head::Tag,
        })
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Decoder as _, Hex};

    use super::Reader;

    fn bytes(hex: &str) -> Vec<u8> {
        Hex::decode_to_vec(hex, None).unwrap()
    }

    #[test]
    fn skips_one_item_whatever_it_contains() {
        // Of RFC 8949 appendix A, those in the canonical form.
        for item in [
            "00",
            "17",
            "1818",
            "18ff",
            "190100",
            "1a00010000",
            "1b0000000100000000",
            "1bffffffffffffffff",
            "20",
            "3bffffffffffffffff",
            "f90000",
            "fb3ff199999999999a",
            "f4",
            "f6",
            "f7",
            "f0",
            "f8ff",
            "c11a514b67b0",
            "40",
            "4401020304",
            "60",
            "62c3bc",
            "80",
            "83010203",
            "8301820203820405",
            "a0",
            "a201020304",
            "a26161016162820203",
            "826161a161626163",
        ] {
            let input = bytes(&[item, "ff"].concat());
            let mut reader = Reader::new(&input);
            assert_eq!((reader.skip(), reader.rest()), (Some(()), &[0xff][..]), "{item}");
        }
    }

    #[test]
    fn rejects_what_is_cut_or_not_canonical() {
        for (what, item) in [
            ("nothing", ""),
            ("a number in two bytes that fits into one", "1817"),
            ("in three", "1900ff"),
            ("in five", "1a0000ffff"),
            ("in nine", "1b00000000ffffffff"),
            ("a simple value in two bytes that fits into one", "f81f"),
            ("an unused head", "1c"),
            ("an indefinite byte string", "5f4101ff"),
            ("an indefinite text", "7f6161ff"),
            ("an indefinite array", "9fff"),
            ("an indefinite map", "bfff"),
            ("a break", "ff"),
            ("a cut number", "1901"),
            ("a cut byte string", "4401"),
            ("a cut array", "8201"),
            ("a map without its last value", "a101"),
            ("a tag without an item", "c1"),
            ("an array that states more items than there can be", "9bffffffffffffffff"),
            ("a map that states more pairs than there can be", "bbffffffffffffffff"),
            ("a byte string that states more bytes than there can be", "5bffffffffffffffff"),
            ("five levels", "818181818101"),
        ] {
            assert_eq!(Reader::new(&bytes(item)).skip(), None, "{what}");
        }
        assert_eq!(Reader::new(&bytes("8181818101")).skip(), Some(()), "four levels");
    }

    #[test]
    fn reads_integers_byte_strings_and_maps_only_as_such() {
        let integer = |hex: &str| Reader::new(&bytes(hex)).integer();
        assert_eq!(integer("26"), Some(-7));
        assert_eq!(integer("390100"), Some(-257));
        assert_eq!(integer("1b7fffffffffffffff"), Some(i64::MAX));
        assert_eq!(integer("3b7fffffffffffffff"), Some(i64::MIN));
        for other in
            ["1b8000000000000000", "3b8000000000000000", "40", "60", "80", "a0", "c100", "f4", "f90000"]
        {
            assert_eq!(integer(other), None, "{other}");
        }
        assert_eq!(Reader::new(&[0x41, 7]).bytes(), Some(&[7][..]));
        assert_eq!(Reader::new(&[0x61, 0x61]).bytes(), None);
        assert_eq!(Reader::new(&[0xa2]).map(), Some(2));
        assert_eq!(Reader::new(&[0x82]).map(), None);
    }
}
