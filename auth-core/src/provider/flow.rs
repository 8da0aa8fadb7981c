//! A sign-in that has begun and waits for the browser to return from the provider.
//!
//! The flow is in a cookie of its browser, authenticated by a key that is derived from the Keyring's. Only its
//! `state` is in URLs. PKCE's verifier and the nonce are derived from the key and the state, so that neither
//! is stored anywhere. A flow counts once: the account stores its state in the transaction in which it takes
//! effect ([`Once`]).

use hmac_sha256::Hash;

use super::return_to::ReturnTo;
use crate::credential::Once;
use crate::id::{AccountId, SessionId};
use crate::rotation::{RefreshKey, RefreshKeys};
use crate::sealed::{self, encode};
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::wire::{find_provider_cookie, set_provider_cookie};

/// How long the user has at the provider, in seconds.
pub const FLOW_LIFETIME: u64 = 600;

/// Separates these MACs from any other use of the key.
const CONTEXT: &str = "latchkey provider flow v1";

/// A sign-in that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Identifies the flow in URLs: 128 random bits, base64url.
    pub state: String,
    /// The provider's name in the configuration.
    pub provider: String,
    /// It ends at this second.
    pub expires_at: UnixTime,
    /// How the app learns the result.
    pub delivery: Delivery,
    /// What the result is for.
    pub purpose: FlowPurpose,
    /// The page of the app.
    pub return_to: ReturnTo,
}

/// How the app learns the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The browser returns to the app's page.
    Redirect,
    /// The window closes, and tells the app's page which opened it. The page has given the window this id: 16
    /// to 64 letters, digits, `-` or `_`.
    Popup(String),
}

/// What the user of the provider is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowPurpose {
    /// To open a session.
    SignIn,
    /// To be linked to the account of this session.
    Link {
        /// The account.
        account: AccountId,
        /// The session, which must still be active when the user returns.
        session: SessionId,
    },
}

/// The secrets of a flow.
#[derive(Debug)]
pub struct FlowSecrets {
    /// PKCE's `code_verifier` (RFC 7636 section 4.1).
    pub verifier: SecretText,
    /// The `nonce` of the ID token (OpenID Connect Core section 3.1.2.1). It is in the URL of the provider's
    /// page, so it is no secret between these two.
    pub nonce: String,
}

impl FlowSecrets {
    /// Those of the flow with this state.
    #[must_use]
    pub fn of(key: &RefreshKey, state: &str) -> Self {
        let derive = |what| encode(sealed::mac(CONTEXT, what, state, key));
        Self { verifier: SecretText::new(derive("verifier")), nonce: derive("nonce") }
    }

    /// PKCE's `code_challenge` with the method S256 (RFC 7636 section 4.2).
    #[must_use]
    pub fn challenge(&self) -> String {
        encode(Hash::hash(self.verifier.expose().as_bytes()))
    }
}

impl Flow {
    /// What makes the flow count once.
    #[must_use]
    pub fn once(&self) -> Once {
        Once { id: ["provider ", &self.state].concat(), until: self.expires_at }
    }

    fn to_text(&self) -> String {
        let popup = match &self.delivery {
            Delivery::Redirect => "",
            Delivery::Popup(id) => id,
        };
        let (account, session) = match &self.purpose {
            FlowPurpose::SignIn => ("", ""),
            FlowPurpose::Link { account, session } => (account.as_str(), session.as_str()),
        };
        let expires_at = self.expires_at.0.to_string();
        // No part contains a line break: all are visible ASCII.
        let parts =
            [&*self.state, &self.provider, &expires_at, popup, account, session, self.return_to.as_str()];
        parts.join("\n")
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split('\n');
        let mut next = || parts.next();
        let (state, provider, expires_at) = (next()?, next()?, next()?.parse().ok()?);
        let delivery = match next()? {
            "" => Delivery::Redirect,
            id => Delivery::Popup(id.to_owned()),
        };
        let purpose = match (next()?, next()?) {
            ("", "") => FlowPurpose::SignIn,
            (account, session) => FlowPurpose::Link { account: account.into(), session: session.into() },
        };
        let return_to = ReturnTo::from_sealed(next()?)?;
        next().is_none().then(|| Self {
            state: state.to_owned(),
            provider: provider.to_owned(),
            expires_at: UnixTime(expires_at),
            delivery,
            purpose,
            return_to,
        })
    }

    fn seal(&self, key: &RefreshKey) -> String {
        sealed::seal(CONTEXT, "seal", &self.to_text(), key)
    }

    /// The flow and its key, if one of these keys has sealed it.
    fn open<'k>(sealed: &str, keys: &'k RefreshKeys) -> Option<(Self, &'k RefreshKey)> {
        let (text, key) = sealed::open(CONTEXT, "seal", sealed, keys)?;
        Self::from_text(&text).map(|flow| (flow, key))
    }
}

/// The flows that have begun in a browser, as its cookie contains them.
#[derive(Clone, Debug)]
pub struct StartedFlows(Vec<String>);

impl StartedFlows {
    /// Reads a `Cookie` header. Nothing is verified yet.
    #[must_use]
    pub fn read(header: Option<&str>) -> Self {
        Self(find_provider_cookie(header))
    }

    /// The `Set-Cookie` value that adds a flow. Flows that have ended are dropped.
    #[must_use]
    pub fn add(&self, flow: &Flow, keys: &RefreshKeys, now: UnixTime) -> String {
        let others = self.0.iter().filter(|sealed| is_alive(sealed, keys, now)).cloned();
        let flows: Vec<String> = core::iter::once(flow.seal(&keys.active)).chain(others).collect();
        set_provider_cookie(&flows, FLOW_LIFETIME)
    }

    /// The flow with this state at this provider, if this browser has begun it and it has not ended.
    #[must_use]
    pub fn find(
        &self,
        state: &str,
        provider: &str,
        keys: &RefreshKeys,
        now: UnixTime,
    ) -> Option<(Flow, FlowSecrets)> {
        let (flow, key) = self
            .0
            .iter()
            .filter_map(|sealed| Flow::open(sealed, keys))
            .find(|(flow, _)| flow.state == state)?;
        let fits = flow.provider == provider && now < flow.expires_at;
        fits.then(|| {
            let secrets = FlowSecrets::of(key, &flow.state);
            (flow, secrets)
        })
    }

    /// The `Set-Cookie` value without the flow with this state, whatever became of it.
    #[must_use]
    pub fn without(&self, state: &str, keys: &RefreshKeys, now: UnixTime) -> String {
        let other = |sealed: &&String| {
            is_alive(sealed, keys, now)
                && Flow::open(sealed, keys).is_some_and(|(flow, _)| flow.state != state)
        };
        let others: Vec<String> = self.0.iter().filter(other).cloned().collect();
        set_provider_cookie(&others, FLOW_LIFETIME)
    }
}

fn is_alive(sealed: &str, keys: &RefreshKeys, now: UnixTime) -> bool {
    Flow::open(sealed, keys).is_some_and(|(flow, _)| now < flow.expires_at)
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Flow, FlowPurpose, FlowSecrets, ReturnTo, StartedFlows};
    use crate::credential::Once;
    use crate::provider::return_to::MAX_BYTES;
    use crate::rotation::{RefreshKey, RefreshKeys};
    use crate::secret::SecretBytes;
    use crate::time::UnixTime;
    use crate::wire::Origin;

    const BEGUN: UnixTime = UnixTime(1_000);

    fn key(id: &str, byte: u8) -> RefreshKey {
        RefreshKey { id: id.into(), bytes: SecretBytes::new([byte; 32]) }
    }

    fn keys() -> RefreshKeys {
        RefreshKeys { active: key("k2", 2), older: vec![key("k1", 1)] }
    }

    fn flow(state: &str) -> Flow {
        let own = Origin::parse("https://app.example.com").unwrap();
        Flow {
            state: state.to_owned(),
            provider: "google".into(),
            expires_at: UnixTime(1_600),
            delivery: Delivery::Redirect,
            purpose: FlowPurpose::SignIn,
            return_to: ReturnTo::parse("/settings?tab=1#x", &own, |_| false).unwrap(),
        }
    }

    fn link(state: &str) -> Flow {
        let purpose = FlowPurpose::Link { account: "acc".into(), session: "ses".into() };
        Flow { purpose, delivery: Delivery::Popup("0123456789abcdef".into()), ..flow(state) }
    }

    /// The browser's state after a `Set-Cookie`.
    fn stored(set_cookie: &str) -> StartedFlows {
        StartedFlows::read(set_cookie.split(';').next())
    }

    fn begun(flows: &[Flow]) -> StartedFlows {
        flows.iter().fold(StartedFlows::read(None), |jar, flow| stored(&jar.add(flow, &keys(), BEGUN)))
    }

    fn found(jar: &StartedFlows, state: &str, at: u64) -> Option<Flow> {
        jar.find(state, "google", &keys(), UnixTime(at)).map(|(flow, _)| flow)
    }

    #[test]
    fn the_browser_that_began_a_flow_can_end_it_for_ten_minutes() {
        for flow in [flow("s"), link("s")] {
            let jar = begun(std::slice::from_ref(&flow));
            assert_eq!(found(&jar, "s", 1_000), Some(flow.clone()));
            assert_eq!(found(&jar, "s", 1_599), Some(flow));
            assert_eq!(found(&jar, "s", 1_600), None);
        }
    }

    #[test]
    fn the_longest_return_to_fits_into_the_cookie() {
        let own = Origin::parse(&format!("https://{}.example.com", "a".repeat(63))).unwrap();
        let path = format!("/?return_to={}", "a".repeat(MAX_BYTES - "/?return_to=".len()));
        let return_to = ReturnTo::parse(&path, &own, |_| false).unwrap();
        let id = "a".repeat(64);
        let purpose = FlowPurpose::Link { account: id.as_str().into(), session: id.as_str().into() };
        let long = Flow { return_to, purpose, delivery: Delivery::Popup(id), ..flow("s") };
        assert_eq!(found(&begun(&[flow("t"), long.clone()]), "s", 1_001), Some(long));
    }

    #[test]
    fn another_browser_state_or_provider_has_no_flow() {
        let jar = begun(&[flow("s")]);
        assert_eq!(found(&StartedFlows::read(None), "s", 1_001), None);
        assert_eq!(found(&begun(&[flow("t")]), "s", 1_001), None);
        for state in ["", "S", "s ", "t"] {
            assert_eq!(found(&jar, state, 1_001), None, "{state}");
        }
        assert!(jar.find("s", "github", &keys(), UnixTime(1_001)).is_none());
    }

    #[test]
    fn two_tabs_can_sign_in_at_the_same_time_and_each_once() {
        let jar = begun(&[flow("one"), link("two")]);
        assert!(found(&jar, "one", 1_001).is_some() && found(&jar, "two", 1_001).is_some());
        let jar = stored(&jar.without("one", &keys(), UnixTime(1_002)));
        assert!(found(&jar, "one", 1_003).is_none() && found(&jar, "two", 1_003).is_some());
        let last = jar.without("two", &keys(), UnixTime(1_004));
        assert!(last.contains("latchkey-provider=;") && last.ends_with("Max-Age=0"), "{last}");
        assert_eq!(flow("one").once(), Once { id: "provider one".into(), until: UnixTime(1_600) });
    }

    #[test]
    fn flows_that_have_ended_or_are_too_many_leave_the_cookie() {
        let jar = begun(&["a", "b", "c", "d", "e"].map(flow));
        assert!(found(&jar, "a", 1_001).is_none() && found(&jar, "b", 1_001).is_some());
        let late = Flow { expires_at: UnixTime(2_200), ..flow("f") };
        let set = jar.add(&late, &keys(), UnixTime(1_600));
        assert_eq!(set.matches('~').count(), 0, "{set}");
    }

    #[test]
    fn only_the_service_can_make_a_flow() {
        let sealed = flow("s").seal(&key("k2", 2));
        let is_valid = |sealed: &str| Flow::open(sealed, &keys()).is_some();
        assert!(is_valid(&sealed));
        assert!(is_valid(&flow("s").seal(&key("k1", 1))), "a key that is not active any more");
        assert!(!is_valid(&flow("s").seal(&key("k3", 3))), "a key that was removed");
        assert!(!is_valid(&flow("s").seal(&key("k2", 9))), "another service's key");
        let mut changed = 0;
        for at in 0..sealed.len() {
            for other in ["A", "B", "."] {
                let mut text = sealed.clone();
                text.replace_range(at..=at, other);
                if text != sealed {
                    assert!(!is_valid(&text), "{text}");
                    changed += 1;
                }
            }
        }
        assert!(changed > 350, "{changed}");
        for text in
            ["", ".", "..", "...", "k2..", &format!("{sealed}.x"), sealed.split_at(sealed.len() - 1).0]
        {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn the_secrets_of_a_flow_depend_on_its_key_and_state_only() {
        let secrets = FlowSecrets::of(&key("k", 1), "s");
        assert_eq!((secrets.verifier.expose().len(), secrets.nonce.len()), (43, 43));
        assert_ne!(secrets.verifier.expose(), secrets.nonce);
        for other in [FlowSecrets::of(&key("k", 2), "s"), FlowSecrets::of(&key("k", 1), "t")] {
            assert_ne!(secrets.verifier.expose(), other.verifier.expose());
            assert_ne!(secrets.nonce, other.nonce);
        }
        assert!(!format!("{secrets:?}").contains(secrets.verifier.expose()));
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = crate::secret::SecretText::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        let secrets = FlowSecrets { verifier, nonce: String::new() };
        assert_eq!(secrets.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
