//! Numbers in base 62 with a fixed number of digits: digits, upper-case letters, lower-case letters. Each
//! number has exactly one form.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Writes a big-endian number with so many digits, which must be enough for it.
pub(super) fn encode(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text = Vec::with_capacity(digits);
    for _ in 0..digits {
        let mut rest: u16 = 0;
        for byte in &mut number {
            let value = (rest << 8) | u16::from(*byte);
            // The rest is below 62, so the quotient is below 256.
            *byte = u8::try_from(value / 62).unwrap_or_default();
            rest = value % 62;
        }
        text.push(char::from(DIGITS.get(usize::from(rest)).copied().unwrap_or_default()));
    }
    zeroize::Zeroize::zeroize(&mut number);
    text.iter().rev().collect()
}

/// Reads a number of exactly `N` bytes. `None` for other characters, and for a number that needs more bytes.
pub(super) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut number = [0_u8; N];
    for digit in text.bytes() {
        let mut carry = value(digit)?;
        for byte in number.iter_mut().rev() {
            let [high, low] = (u16::from(*byte) * 62 + carry).to_be_bytes();
            *byte = low;
            carry = u16::from(high);
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

fn value(digit: u8) -> Option<u16> {
    let (first, before) = match digit {
        b'0'..=b'9' => (b'0', 0),
        b'A'..=b'Z' => (b'A', 10),
        b'a'..=b'z' => (b'a', 36),
        _ => return None,
    };
    Some(u16::from(digit - first) + before)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode, encode};

    #[test]
    fn a_number_has_one_form() {
        assert_eq!(encode(&[0; 4], 6), "000000");
        assert_eq!(encode(&[0, 0, 0, 61], 6), "00000z");
        assert_eq!(encode(&[0, 0, 0, 62], 6), "000010");
        assert_eq!(encode(&u32::MAX.to_be_bytes(), 6), "4gfFC3");
        assert_eq!(decode::<4>("4gfFC3"), Some([255; 4]));
        for text in ["4gfFC4", "zzzzzz", "00000-", "00000é", "0000 0"] {
            assert_eq!(decode::<4>(text), None, "{text}");
        }
        assert_eq!(encode(&[255; 32], 43).len(), 43);
        assert_eq!(decode::<32>(&encode(&[255; 32], 43)), Some([255; 32]));
    }

    proptest! {
        #[test]
        fn property_what_is_written_is_read(bytes in any::<[u8; 20]>()) {
            prop_assert_eq!(decode::<20>(&encode(&bytes, 27)), Some(bytes));
        }

        #[test]
        fn property_what_is_read_is_written_the_same(text in "[0-9A-Za-z]{27}") {
            if let Some(bytes) = decode::<20>(&text) {
                prop_assert_eq!(encode(&bytes, 27), text);
            }
        }
    }
}
