//! The proofs that were used, so that each counts once (RFC 9449 section 11.1).

use std::collections::{BTreeMap, HashSet};

use super::proof::VerifiedProof;
use crate::time::UnixTime;

/// How many proofs are remembered at a time: some 5 MB. The window is [`super::WINDOW`] seconds long, so one isolate
/// accepts about 1,000 proofs per second for as long as clients can keep that up.
pub const MAX_SEEN: usize = 65_536;

/// The proofs that were used and would still be accepted. A proof that is used again has the same end, so only those with
/// this end are searched, and those whose end has passed are forgotten together.
#[derive(Debug, Default)]
pub struct SeenProofs {
    by_end: BTreeMap<UnixTime, HashSet<[u8; 32]>>,
    count: usize,
}

/// Whether a proof counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofUse {
    /// It does, and is remembered.
    First,
    /// It was used before.
    Again,
    /// [`MAX_SEEN`] proofs are remembered, and none of them can be forgotten: otherwise it could be used again. So this one
    /// cannot be accepted now.
    Full,
}

impl SeenProofs {
    /// Uses a proof.
    pub fn first_use(&mut self, proof: &VerifiedProof, now: UnixTime) -> ProofUse {
        while let Some(oldest) = self.by_end.first_entry() {
            if *oldest.key() > now {
                break;
            }
            self.count -= oldest.remove().len();
        }
        let name = hmac_sha256::Hash::hash(proof.name().as_bytes());
        if self.by_end.get(&proof.until()).is_some_and(|used| used.contains(&name)) {
            return ProofUse::Again;
        }
        if self.count >= MAX_SEEN {
            return ProofUse::Full;
        }
        self.by_end.entry(proof.until()).or_default().insert(name);
        self.count += 1;
        ProofUse::First
    }
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
    use serde_json::json;

    use super::{MAX_SEEN, ProofUse, SeenProofs};
    use crate::dpop::{Proof, ProofFor, VerifiedProof, WINDOW};
    use crate::time::{UnixMillis, UnixTime};

    const NOW: u64 = 1_800_000_000;

    fn proof(jti: &str, issued_at: u64) -> VerifiedProof {
        let part =
            |value: serde_json::Value| Base64UrlSafeNoPadding::encode_to_string(value.to_string()).unwrap();
        let coordinate = "A".repeat(43);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate});
        let header = part(json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}));
        let url = "https://x.example/";
        let claims = part(json!({"jti": jti, "htm": "GET", "htu": url, "iat": issued_at}));
        let text = format!("{header}.{claims}.{}", "A".repeat(86));
        let request = ProofFor { method: "GET", urls: &[url], access_token: None };
        let now = UnixMillis::from(UnixTime(issued_at));
        Proof::parse(&text).unwrap().examine(&request, now).unwrap().confirm(true).unwrap()
    }

    #[test]
    fn a_proof_counts_once_until_it_is_not_accepted_any_more() {
        let mut seen = SeenProofs::default();
        let (a, b) = (proof("a", NOW), proof("b", NOW));
        assert_eq!(seen.first_use(&a, UnixTime(NOW)), ProofUse::First);
        assert_eq!(seen.first_use(&b, UnixTime(NOW)), ProofUse::First);
        for now in [NOW - WINDOW, NOW, NOW + WINDOW] {
            assert_eq!(seen.first_use(&a, UnixTime(now)), ProofUse::Again, "{now}");
            assert_eq!(seen.first_use(&b, UnixTime(now)), ProofUse::Again, "{now}");
        }
        // The same id in a later proof is another proof: the first one is not accepted beside it for as long.
        assert_eq!(seen.first_use(&proof("a", NOW + 1), UnixTime(NOW)), ProofUse::First);
        assert_eq!(seen.count, 3);
        assert_eq!(seen.first_use(&proof("c", NOW + WINDOW), UnixTime(NOW + WINDOW + 1)), ProofUse::First);
        assert_eq!(seen.count, 2, "two were forgotten");
    }

    #[test]
    fn when_it_is_full_no_further_proof_counts_and_none_counts_twice() {
        let mut seen = SeenProofs::default();
        let (a, later) = (proof("a", NOW), proof("b", NOW + WINDOW));
        assert_eq!(seen.first_use(&a, UnixTime(NOW)), ProofUse::First);
        // As if as many had been used.
        seen.count = MAX_SEEN;
        assert_eq!(seen.first_use(&later, UnixTime(NOW)), ProofUse::Full);
        assert_eq!(seen.first_use(&a, UnixTime(NOW)), ProofUse::Again);
        seen.count = 1;
        assert_eq!(seen.first_use(&later, UnixTime(NOW + WINDOW + 1)), ProofUse::First);
    }
}
