//! A request that the client's or the user's browser brings back, sealed so that only the service can have made it.
//!
//! It stands for a pushed request (RFC 9126), and for a request that waits for the user's consent. Nothing is stored until
//! it takes effect. The seal is a MAC: the bearer of the request can read it, and it contains no secret.

use serde::{Deserialize, Serialize};

use super::authorization_request::AuthorizationRequest;
use crate::credential::Once;
use crate::rotation::RefreshKeys;
use crate::sealed;
use crate::time::UnixTime;
use crate::wire::read_json;

/// What precedes a sealed request in `request_uri` (RFC 9126 section 2.2).
pub const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// Separates these MACs from any other use of the key.
const CONTEXT: &str = "latchkey authorization request v1";

/// What a sealed request is for. One that was sealed for something else is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestPurpose {
    /// The client has pushed it, and names it in `request_uri`.
    Pushed,
    /// The user is asked about it.
    Consent,
}

impl RequestPurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Pushed => "pushed",
            Self::Consent => "consent",
        }
    }

    /// How long it is valid, in seconds.
    #[must_use]
    pub const fn lifetime(self) -> u64 {
        match self {
            Self::Pushed => 90,
            Self::Consent => 600,
        }
    }
}

/// A request, and until when it can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedRequest {
    /// Identifies it: 128 random bits, base64url. A request that was pushed keeps its id until the user has
    /// answered.
    pub id: String,
    /// When it was sealed for this purpose. A user who must prove a credential again does so later.
    pub accepted_at: UnixTime,
    /// It can be used until this second, exclusive.
    pub expires_at: UnixTime,
    /// Whether the client pushed it, and it was authenticated.
    pub pushed: bool,
    /// Whether the service has seen the user's browser without a session since it accepted the request. A session that the
    /// browser has later was begun for this request, also if both are of the same second.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub signed_out: bool,
    /// The request.
    pub request: AuthorizationRequest,
}

impl SealedRequest {
    /// A request that can be used from now on.
    #[must_use]
    pub fn new(id: String, request: AuthorizationRequest, purpose: RequestPurpose, now: UnixTime) -> Self {
        let pushed = purpose == RequestPurpose::Pushed;
        let expires_at = now.plus(purpose.lifetime());
        Self { id, accepted_at: now, expires_at, pushed, signed_out: false, request }
    }

    /// The same request for the next step.
    #[must_use]
    pub fn for_consent(self, now: UnixTime) -> Self {
        Self { accepted_at: now, expires_at: now.plus(RequestPurpose::Consent.lifetime()), ..self }
    }

    /// The same request after the service has seen the user's browser without a session. It expires when it would have
    /// expired.
    #[must_use]
    pub fn after_sign_out(&self) -> Self {
        Self { signed_out: true, ..self.clone() }
    }

    /// As text, which can be a part of a URL: letters, digits, `-`, `_` and `.`.
    #[must_use]
    pub fn seal(&self, purpose: RequestPurpose, keys: &RefreshKeys) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        sealed::seal(CONTEXT, purpose.name(), &text, &keys.active)
    }

    /// The request, if one of these keys has sealed it for this purpose, and it has not expired.
    #[must_use]
    pub fn open(text: &str, purpose: RequestPurpose, keys: &RefreshKeys, now: UnixTime) -> Option<Self> {
        let (text, _) = sealed::open(CONTEXT, purpose.name(), text, keys)?;
        read_json::<Self>(text.as_bytes()).ok().filter(|request| now < request.expires_at)
    }

    /// What makes the request count once. An account stores it in the transaction in which the code is issued. It is
    /// stored for as long as any seal of this request can be valid.
    #[must_use]
    pub fn once(&self) -> Once {
        let until = self.expires_at.plus(RequestPurpose::Consent.lifetime());
        Once { id: ["oauth request ", &self.id].concat(), until }
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestPurpose, SealedRequest};
    use crate::oauth::authorization_request::tests::read;
    use crate::rotation::{RefreshKey, RefreshKeys};
    use crate::secret::SecretBytes;
    use crate::time::UnixTime;

    const NOW: UnixTime = UnixTime(1_000);

    fn keys(id: &str, byte: u8) -> RefreshKeys {
        let key = |id: &str, byte| RefreshKey { id: id.into(), bytes: SecretBytes::new([byte; 32]) };
        RefreshKeys { active: key(id, byte), older: vec![key("old", 9)] }
    }

    fn pushed() -> SealedRequest {
        SealedRequest::new("id".into(), read(&[]).unwrap(), RequestPurpose::Pushed, NOW)
    }

    #[test]
    fn a_sealed_request_is_opened_until_it_expires() {
        let (request, keys) = (pushed(), keys("k", 1));
        let text = request.seal(RequestPurpose::Pushed, &keys);
        let open = |at| SealedRequest::open(&text, RequestPurpose::Pushed, &keys, UnixTime(at));
        assert_eq!(open(1_000), Some(request.clone()));
        assert_eq!((open(1_089).is_some(), open(1_090)), (true, None));
        let without_session = request.after_sign_out();
        let text = without_session.seal(RequestPurpose::Pushed, &keys);
        let opened = SealedRequest::open(&text, RequestPurpose::Pushed, &keys, NOW).unwrap();
        assert_eq!((opened.signed_out, opened == request), (true, false));
        assert_eq!(SealedRequest { signed_out: false, ..opened }, request, "nothing else changes");
        let waiting = request.for_consent(UnixTime(1_080));
        assert_eq!((waiting.expires_at, waiting.pushed, &*waiting.id), (UnixTime(1_680), true, "id"));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{text}");
        assert!(text.len() < 850, "{}", text.len());
    }

    #[test]
    fn only_the_service_can_have_sealed_it_and_for_this_purpose() {
        let ours = keys("k", 1);
        let text = pushed().seal(RequestPurpose::Pushed, &ours);
        let open = |text: &str, purpose| SealedRequest::open(text, purpose, &ours, NOW).is_some();
        assert!(!open(&text, RequestPurpose::Consent));
        assert!(open(&pushed().seal(RequestPurpose::Pushed, &keys("old", 9)), RequestPurpose::Pushed));
        for other in [keys("k", 2), keys("other", 1)] {
            assert!(!open(&pushed().seal(RequestPurpose::Pushed, &other), RequestPurpose::Pushed));
        }
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed.replace_range(at..=at, if text.as_bytes()[at] == b'A' { "B" } else { "A" });
            assert!(!open(&changed, RequestPurpose::Pushed), "{at}");
        }
    }

    #[test]
    fn a_request_counts_once_for_as_long_as_any_seal_of_it_is_valid() {
        let once = pushed().once();
        assert_eq!(once.id, "oauth request id");
        assert!(once.until >= pushed().for_consent(UnixTime(1_089)).expires_at);
        assert_eq!(once.id, pushed().for_consent(UnixTime(1_050)).once().id);
    }
}
