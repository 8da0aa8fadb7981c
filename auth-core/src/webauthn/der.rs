//! The encoding of ECDSA signatures in WebAuthn (section 6.5.5), converted to that of JWS.

/// Converts an `Ecdsa-Sig-Value` (RFC 3279 section 2.2.3) on P-256 to R and S of 32 bytes each; `None` unless it
/// is DER.
pub(super) fn es256_signature(der: &[u8]) -> Option<[u8; 64]> {
    // 72 bytes at most, so every length has one byte.
    let (content, rest) = value(0x30, der)?;
    let (r, content) = value(0x02, content)?;
    let (s, content) = value(0x02, content)?;
    if !rest.is_empty() || !content.is_empty() {
        return None;
    }
    let mut signature = [0; 64];
    let (first, second) = signature.split_at_mut(32);
    copy_number(r, first)?;
    copy_number(s, second)?;
    Some(signature)
}

/// The content of the value at the beginning, which has this tag, and what follows it.
fn value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = der.split_first_chunk::<2>()?;
    let length = (head[0] == tag && head[1] < 0x80).then_some(head[1])?;
    rest.split_at_checked(length.into())
}

/// Copies a non-negative INTEGER in its shortest form.
fn copy_number(number: &[u8], to: &mut [u8]) -> Option<()> {
    let digits = match number {
        [0] => &[],
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
        [1..=0x7f, ..] => number,
        _ => return None,
    };
    let start = to.len().checked_sub(digits.len())?;
    to.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Decoder as _, Hex};

    use super::es256_signature;

    fn converted(hex: &str) -> Option<[u8; 64]> {
        es256_signature(&Hex::decode_to_vec(hex, None).unwrap())
    }

    #[test]
    fn numbers_are_padded_to_32_bytes() {
        let mut expected = [0; 64];
        (expected[31], expected[62], expected[63]) = (1, 0x80, 2);
        assert_eq!(converted("300802010102030080 02".replace(' ', "").as_str()), Some(expected));
        let largest = format!("3046022100{0}022100{0}", "ff".repeat(32));
        assert_eq!(converted(&largest), Some([0xff; 64]));
        assert_eq!(converted("3006020100020100"), Some([0; 64]));
    }

    #[test]
    fn rejects_anything_but_der() {
        for (what, hex) in [
            ("nothing", String::new()),
            ("R and S as in JWS", "01".repeat(64)),
            ("a cut sequence", "30060201010201".into()),
            ("a byte after the sequence", "300602010102010100".into()),
            ("a byte in the sequence after S", "3007020101020101 00".replace(' ', "")),
            ("one number", "3003020101".into()),
            ("a length in two bytes", "308106020101020101".into()),
            ("an indefinite length", "30800201010201010000".into()),
            ("a set", "3106020101020101".into()),
            ("a negative number", "3006020181020101".into()),
            ("a number without digits", "30050200020101".into()),
            ("a superfluous zero", "300702020001020101".into()),
            ("33 digits", format!("3026022101{}020101", "00".repeat(32))),
            ("an octet string", "3006040101020101".into()),
        ] {
            assert_eq!(converted(&hex), None, "{what}");
        }
    }
}
