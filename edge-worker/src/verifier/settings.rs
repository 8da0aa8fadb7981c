//! The settings of a verifier.

use core::fmt;
use std::rc::Rc;

use auth_core::token::{
    Algorithm, ClaimNames, InvalidJwks, InvalidPolicy, Policy, TYP_ACCESS_TOKEN, TypRule, parse_jwks,
};
use ct_codecs::{Encoder, Hex};

use super::Verifier;
use crate::config::{Carriers, Issuer, KeySource, SignatureBackend, is_secure_url};
use crate::signatures;

/// The settings without the source of the keys. Every setting that is not given has a safe default.
#[derive(Clone, Debug)]
#[must_use]
pub struct Settings {
    issuer: String,
    audience: String,
    algorithms: Vec<Algorithm>,
    typ: TypRule,
    leeway: u64,
    max_age: Option<u64>,
    names: ClaimNames,
    backend: SignatureBackend,
    client_scopes: Vec<String>,
}

/// Invalid settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidSettings {
    /// The policy is invalid.
    Policy(InvalidPolicy),
    /// The issuer contains a byte that is not allowed in a challenge: a quote, a backslash, or one outside
    /// visible ASCII.
    Issuer,
    /// HS256: a shared secret can't be in a public key set.
    SharedSecret,
    /// The URL is not https (or http to the same machine).
    Url,
    /// The key set can't be trusted, or has no key for these algorithms.
    Keys(InvalidJwks),
}

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(policy) => write!(f, "the verifier's policy is invalid: {policy:?}"),
            Self::Issuer => {
                f.write_str("the verifier's issuer has characters that are not allowed in a header")
            }
            Self::SharedSecret => f.write_str("the verifier accepts public keys only"),
            Self::Url => f.write_str("the verifier's URL is not https"),
            Self::Keys(cause) => write!(f, "the verifier's key set is unusable: {cause}"),
        }
    }
}

impl core::error::Error for InvalidSettings {}

impl Settings {
    pub(super) fn of(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            algorithms: vec![Algorithm::Es256],
            typ: TypRule::exactly(TYP_ACCESS_TOKEN),
            leeway: 0,
            max_age: None,
            names: ClaimNames::default(),
            backend: SignatureBackend::WebCrypto,
            client_scopes: vec![],
        }
    }

    /// The algorithms that the issuer may use. Default: ES256 only. HS256 is not supported.
    pub fn algorithms(mut self, algorithms: &[Algorithm]) -> Self {
        self.algorithms = algorithms.to_vec();
        self
    }

    /// The required `typ`. Default: `at+jwt`.
    pub fn typ(mut self, typ: TypRule) -> Self {
        self.typ = typ;
        self
    }

    /// How many seconds clocks may differ, at most 60. Default: 0.
    pub fn leeway(mut self, seconds: u64) -> Self {
        self.leeway = seconds;
        self
    }

    /// Rejects tokens issued more than this many seconds ago. Default: no limit besides `exp`.
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// The claims with the subject, the roles and the scopes. Default: those of RFC 9068.
    pub fn claims(mut self, names: ClaimNames) -> Self {
        self.names = names;
        self
    }

    /// Accepts tokens that OAuth clients of a Latchkey service hold, if they have all these scopes. The audience is then
    /// the resource's identifier, if the Worker is a resource. Default: no scopes, and no tokens of clients are
    /// accepted: such a token permits what its scopes say and no more. Tokens of users' own sessions and of API keys
    /// need none of these scopes.
    pub fn client_scopes(mut self, scopes: &[&str]) -> Self {
        self.client_scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// The signature backend. Default: WebCrypto.
    pub fn signatures(mut self, backend: SignatureBackend) -> Self {
        self.backend = backend;
        self
    }

    /// Uses the key set at this URL: fetched on demand, fresh for 10 minutes, and usable for a day while the
    /// issuer can't be reached.
    ///
    /// # Errors
    /// [`InvalidSettings`].
    pub fn jwks_url(self, url: &str) -> Result<Verifier, InvalidSettings> {
        let url = is_secure_url(url).then(|| url.to_owned()).ok_or(InvalidSettings::Url)?;
        self.build(KeySource::Jwks(url.clone()), &url)
    }

    /// Uses the key set named by the issuer's discovery document at this URL (RFC 8414, OpenID Connect
    /// Discovery).
    ///
    /// # Errors
    /// [`InvalidSettings`].
    pub fn discovery_url(self, url: &str) -> Result<Verifier, InvalidSettings> {
        let url = is_secure_url(url).then(|| url.to_owned()).ok_or(InvalidSettings::Url)?;
        self.build(KeySource::Discovery(url.clone()), &url)
    }

    /// Uses these keys: a JWK set (RFC 7517) as JSON.
    ///
    /// # Errors
    /// [`InvalidSettings`].
    pub fn keys(self, jwks: &str) -> Result<Verifier, InvalidSettings> {
        let keys = parse_jwks(jwks.as_bytes(), &self.algorithms, signatures::is_valid_key);
        let (keys, _) = keys.map_err(InvalidSettings::Keys)?;
        self.build(KeySource::Static(Rc::new(keys)), jwks)
    }

    fn build(self, keys: KeySource, whence: &str) -> Result<Verifier, InvalidSettings> {
        if self.algorithms.contains(&Algorithm::Hs256) {
            return Err(InvalidSettings::SharedSecret);
        }
        let in_quotes = |b: u8| (b.is_ascii_graphic() || b == b' ') && b != b'"' && b != b'\\';
        if !self.issuer.bytes().all(in_quotes) {
            return Err(InvalidSettings::Issuer);
        }
        let policy = Policy::new(&self.issuer, &self.audience, &self.algorithms, self.typ)
            .map(Policy::with_fractional_dates)
            .and_then(|policy| policy.with_leeway(self.leeway))
            .and_then(|policy| match self.max_age {
                Some(seconds) => policy.with_max_age(seconds),
                None => Ok(policy),
            })
            .map_err(InvalidSettings::Policy)?;
        // Verifiers that accept the same algorithms from the same source share one copy of the keys.
        let name = format!("{whence} {:?}", self.algorithms);
        let settings = format!("{policy:?} {:?} {whence}", self.names);
        let scope = Hex::encode_to_string(hmac_sha256::Hash::hash(settings.as_bytes())).unwrap_or(settings);
        let issuer = Issuer { name, policy, names: self.names, keys, carriers: Carriers::default() };
        Ok(Verifier { issuer, backend: self.backend, client_scopes: self.client_scopes, scope })
    }
}
