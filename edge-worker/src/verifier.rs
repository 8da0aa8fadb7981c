//! The verifier alone, for use in another Worker: strict parsing of tokens, an issuer's keys with two levels
//! of caching, the cache of verified tokens, and the error responses of RFC 6750, without the gate, the token
//! service and its Durable Objects.
//!
//! Such a Worker must depend on this crate with `default-features = false`; otherwise it exports Latchkey's
//! entry point and objects as its own:
//!
//! ```toml
//! edge-worker = { version = "0.1", default-features = false }
//! ```
//!
//! ```no_run
//! use edge_worker::{Verifier, problem};
//! use worker::{Context, Env, Request, Response, Result, event};
//!
//! #[event(fetch)]
//! async fn fetch(request: Request, env: Env, platform: Context) -> Result<Response> {
//!     let keys = env.var("JWKS_URL")?.to_string();
//!     let verifier = Verifier::of("https://auth.example.com", "https://api.example.com").jwks_url(&keys);
//!     match verifier.map_err(|error| error.to_string())?.verify(&request, &platform).await {
//!         Ok(token) => Response::ok(format!("Hello, {}.", token.claims().subject)),
//!         Err(refusal) => Ok(problem(&refusal)),
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! The verifier does not check revocation: a token is valid until it expires. Use a short lifetime, or put
//! the gate in front.

use core::{fmt, slice};
use std::rc::Rc;

use auth_core::gate::{
    Bearer, Checked, Denial, Fact, Facts, IssuerKeys, KnownToken, Need, NewToken, Signature, Stop, Tokens,
    View,
};
use auth_core::time::UnixMillis;
use auth_core::token::{
    Algorithm, Caller, ClaimNames, InvalidJwks, InvalidPolicy, Policy, Refusal as Check, SignatureVerifier,
    TYP_ACCESS_TOKEN, TypRule, Verified, mask, parse_jwks,
};
use auth_core::wire::ErrorCode;
use ct_codecs::{Encoder, Hex};
use serde_json::json;
use worker::{Context, Request};

use crate::config::{Carriers, Issuer, KeySource, SignatureBackend, is_secure_url};
use crate::gate::token_cache::{self, Token};
use crate::gate::{foreign_keys, issuer_keys};
use crate::http::Refusal;
use crate::log;
use crate::objects::Unavailable;
use crate::signatures;

/// Verifies the tokens of one issuer. The isolate's caches (keys, verified tokens) are stored separately, by
/// the settings: building a verifier for every request discards nothing, and two verifiers with different
/// settings never share a verdict.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: Issuer,
    backend: SignatureBackend,
    /// The prefix of every token's cache key, so that a verdict applies only to the same settings.
    scope: String,
}

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
        Ok(Verifier { issuer, backend: self.backend, scope })
    }
}

impl Verifier {
    /// Starts with the settings that have no default: the issuer, byte for byte as in `iss`, and the
    /// audience, as in `aud`.
    pub fn of(issuer: &str, audience: &str) -> Settings {
        Settings {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            algorithms: vec![Algorithm::Es256],
            typ: TypRule::exactly(TYP_ACCESS_TOKEN),
            leeway: 0,
            max_age: None,
            names: ClaimNames::default(),
            backend: SignatureBackend::WebCrypto,
        }
    }

    /// Verifies the token in the request's `Authorization` header, which is the only place where a token is
    /// accepted.
    ///
    /// # Errors
    /// The [`Refusal`] to answer with ([`crate::problem`]): `invalid_token` with the challenge of RFC 6750,
    /// the same whichever check failed; `unavailable` if the keys can't be obtained. The log names the check,
    /// and never contains the token.
    pub async fn verify(&self, request: &Request, platform: &Context) -> Result<Verified<Caller>, Refusal> {
        let authorization = request.headers().get("Authorization")?;
        self.verify_header(authorization.as_deref(), platform).await
    }

    /// Like [`Verifier::verify`], for the header's value, with several headers joined by commas; `None` if
    /// there is no header.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub async fn verify_header(
        &self,
        authorization: Option<&str>,
        platform: &Context,
    ) -> Result<Verified<Caller>, Refusal> {
        match Bearer::read(authorization) {
            Bearer::Absent => Err(self.challenge("")),
            Bearer::Malformed => {
                Self::log_refusal("authorization_header", &mask(""));
                Err(self.challenge(r#", error="invalid_request""#))
            }
            Bearer::Token(token) => match self.judge(token, platform).await {
                Ok(token) => Ok(token.as_ref().verified.clone()),
                Err(Failure::Denied { check, shown }) => {
                    Self::log_refusal(check, &shown);
                    Err(self.challenge(r#", error="invalid_token""#))
                }
                Err(Failure::Unavailable(cause)) => {
                    log::line("verifier_unavailable", "", json!({"part": cause.part, "cause": cause.cause}));
                    Err(Refusal::from(cause))
                }
            },
        }
    }

    /// Runs the gate's machine, of which only the part for tokens has a say here.
    async fn judge(&self, token: &str, platform: &Context) -> Result<Token, Failure> {
        let now_ms = worker::Date::now().as_millis();
        let mut facts = Facts::default();
        loop {
            let tokens = Tokens {
                issuers: slice::from_ref(&self.issuer),
                view: self,
                facts: &facts,
                now: UnixMillis(now_ms),
            };
            match tokens.verified(token, &[0]) {
                Ok(presented) => return Ok(presented.token),
                Err(Stop::Need(Need::Keys { kid, .. })) => {
                    facts.keys = Fact::Known((0, self.fetch_keys(kid.as_deref(), platform, now_ms).await?));
                }
                Err(Stop::Need(Need::Signature(signature))) => {
                    facts.token = Fact::Known(self.check(*signature).await?);
                }
                Err(Stop::Refuse(Denial::Invalid { check, token })) => {
                    return Err(Failure::Denied { check, shown: token });
                }
                Err(Stop::Need(_) | Stop::Refuse(_) | Stop::Answer(_)) => {
                    return Err(Failure::Unavailable(Unavailable::because("verifier", "no verdict")));
                }
            }
        }
    }

    async fn check(&self, signature: Signature) -> Result<Result<Token, Check>, Failure> {
        let backend = signatures::Verifier(self.backend);
        let genuine = backend.verify(&signature.key, signature.signing_input(), &signature.signature).await;
        let genuine = genuine
            .map_err(|fault| Failure::Unavailable(Unavailable::because("signature backend", fault.0)))?;
        Ok(signature.confirm(genuine).map(|NewToken { token: text, verified, issuer, keys_stamp }| {
            let token = Token::new(KnownToken { verified, issuer, keys_stamp, identity: String::new() });
            token_cache::remember(self.remembered(&text).into(), token.clone());
            token
        }))
    }

    /// The key of a token in the cache. A token can't contain a line break, so it never equals one of the
    /// gate's.
    fn remembered(&self, token: &str) -> String {
        format!("{}\n{token}", self.scope)
    }

    async fn fetch_keys(
        &self,
        kid: Option<&str>,
        platform: &Context,
        now_ms: u64,
    ) -> Result<IssuerKeys, Failure> {
        match &self.issuer.keys {
            KeySource::Static(keys) => Ok(IssuerKeys { keys: Rc::clone(keys), stamp: 0, age_ms: 0 }),
            KeySource::Jwks(_) | KeySource::Discovery(_) => {
                foreign_keys::keys(platform, &self.issuer, kid, now_ms).await.map_err(Failure::Unavailable)
            }
            KeySource::Own | KeySource::Secret(_) => Err(Failure::Unavailable(Unavailable::because(
                "issuer keys",
                "a verifier has no such source of keys",
            ))),
        }
    }

    fn challenge(&self, error: &str) -> Refusal {
        let challenge = format!(r#"Bearer realm="{}"{error}"#, self.issuer.policy.issuer());
        Refusal::new(ErrorCode::InvalidToken).with("WWW-Authenticate", challenge)
    }

    fn log_refusal(check: &'static str, token: &str) {
        let particulars = json!({"check": check, "token": token, "count": log::count(check)});
        log::line("token_refused", "", particulars);
    }
}

impl View for Verifier {
    type Token = Token;

    fn token(&self, token: &str, now: UnixMillis) -> Option<Token> {
        token_cache::find(&self.remembered(token), now)
    }

    fn keys(&self, _: usize, now: UnixMillis) -> Option<IssuerKeys> {
        issuer_keys::cached(&self.issuer, now.0)
    }

    fn are_outdated(&self, _: u64) -> bool {
        false
    }

    fn revocations(&self, _: &Caller, _: UnixMillis) -> Option<Checked> {
        None
    }
}

enum Failure {
    Denied { check: &'static str, shown: String },
    Unavailable(Unavailable),
}

#[cfg(test)]
mod tests;
