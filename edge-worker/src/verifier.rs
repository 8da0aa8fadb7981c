//! The verifier alone, for use in another Worker: strict parsing of tokens, an issuer's keys with two levels
//! of caching, the cache of verified tokens, proofs of possession (RFC 9449), and the error responses of RFC 6750 and
//! RFC 9449, without the gate, the token service and its Durable Objects.
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
//! A token that is bound to a key (RFC 9449) needs a proof, which names the URL of the request. Where clients know the
//! Worker by another URL than the one in the request, because a proxy is in front of it, the Worker states the client's:
//!
//! ```no_run
//! use edge_worker::verifier::{Refusal, TokenRequest, Verifier};
//! use worker::{Context, Request};
//!
//! async fn subject(verifier: &Verifier, request: &Request, platform: &Context) -> Result<String, Refusal> {
//!     let url = format!("https://api.example.com/v1{}", request.path());
//!     let (method, headers) = (request.inner().method(), request.headers());
//!     let (authorization, proof) = (headers.get("Authorization")?, headers.get("DPoP")?);
//!     let as_sent = TokenRequest {
//!         method: &method,
//!         url: &url,
//!         authorization: authorization.as_deref(),
//!         proof: proof.as_deref(),
//!     };
//!     Ok(verifier.verify_as_sent(&as_sent, platform).await?.claims().subject.clone())
//! }
//! ```
//!
//! The verifier does not check revocation: a token is valid until it expires. Use a short lifetime, or put
//! the gate in front.

mod settings;

use core::slice;
use std::rc::Rc;

pub use auth_core::gate::TokenRequest;
use auth_core::gate::{
    Checked, Denial, Evidence, Fact, Facts, IssuerKeys, KnownToken, Need, NewToken, Signature, Stop, Tokens,
    View,
};
use auth_core::time::UnixMillis;
use auth_core::token::{Caller, Refusal as Check, SignatureVerifier, Verified};
use serde_json::json;
pub use settings::{InvalidSettings, Settings};
use worker::{Context, Request};

use crate::config::{Issuer, KeySource, SignatureBackend};
use crate::gate::challenge::{self, Parameters, Scheme};
use crate::gate::token_cache::{self, Token};
use crate::gate::token_denial::TokenDenial;
use crate::gate::{foreign_keys, issuer_keys, proofs};
pub use crate::http::Refusal;
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
    client_scopes: Vec<String>,
    /// The prefix of every token's cache key, so that a verdict applies only to the same settings.
    scope: String,
}

impl Verifier {
    /// Starts with the settings that have no default: the issuer, byte for byte as in `iss`, and the
    /// audience, as in `aud`.
    pub fn of(issuer: &str, audience: &str) -> Settings {
        Settings::of(issuer, audience)
    }

    /// Verifies the token in the request's `Authorization` header, which is the only place where a token is
    /// accepted. A token that is bound to a key (`cnf.jkt`, RFC 9449) needs the scheme `DPoP` and, in the header
    /// `DPoP`, a proof that was made for this request, its URL and this token within the last 60 seconds. Each isolate
    /// accepts a proof once.
    ///
    /// The URL is the one that the Worker has received. On Cloudflare its host is one of the Worker's own; another
    /// server may let clients choose the header `Host`, and should use [`Verifier::verify_as_sent`].
    ///
    /// # Errors
    /// The [`Refusal`] to answer with ([`crate::problem`]). Its challenge, which is in [`Refusal::headers`], names
    /// `invalid_token`, the same whichever check failed, `invalid_dpop_proof`, or `insufficient_scope`. `unavailable`
    /// if the keys can't be obtained, or if more proofs are in use than an isolate can remember. The log names the
    /// check, and never contains the token.
    pub async fn verify(&self, request: &Request, platform: &Context) -> Result<Verified<Caller>, Refusal> {
        // `worker::Method` takes methods that it does not know for GET.
        let (method, url) = (request.inner().method(), request.inner().url());
        let (authorization, proof) =
            (request.headers().get("Authorization")?, request.headers().get("DPoP")?);
        let request = TokenRequest {
            method: &method,
            url: &url,
            authorization: authorization.as_deref(),
            proof: proof.as_deref(),
        };
        self.verify_as_sent(&request, platform).await
    }

    /// Like [`Verifier::verify`], for a request as the client has sent it, which a proxy may have changed.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub async fn verify_as_sent(
        &self,
        request: &TokenRequest<'_>,
        platform: &Context,
    ) -> Result<Verified<Caller>, Refusal> {
        match self.judge(request, platform).await {
            Ok(known) => Ok(known.as_ref().verified.clone()),
            Err(Failure::Denied(denial)) => Err(self.refusal(&denial, Scheme::used(request.authorization))),
            Err(Failure::Unavailable(cause)) => {
                log::line("verifier_unavailable", "", json!({"part": cause.part, "cause": cause.cause}));
                Err(Refusal::from(cause))
            }
        }
    }

    /// Runs the gate's machine, of which only the part for tokens has a say here.
    async fn judge(&self, request: &TokenRequest<'_>, platform: &Context) -> Result<Token, Failure> {
        let now_ms = worker::Date::now().as_millis();
        let mut facts = Facts::default();
        loop {
            let tokens = Tokens {
                issuers: slice::from_ref(&self.issuer),
                view: self,
                facts: &facts,
                now: UnixMillis(now_ms),
            };
            match tokens.holder(request, &self.client_scopes) {
                Ok(token) => return Ok(token),
                Err(Stop::Need(Need::Keys { kid, .. })) => {
                    facts.keys = Fact::Known((0, self.fetch_keys(kid.as_deref(), platform, now_ms).await?));
                }
                Err(Stop::Need(Need::Signature(signature))) => {
                    facts.token = Fact::Known(self.check(*signature).await?);
                }
                Err(Stop::Need(Need::Proof(proof))) => {
                    let used = proofs::check(*proof, UnixMillis(now_ms).seconds()).await;
                    facts.proof = Fact::Known(used.map_err(Failure::Unavailable)?);
                }
                Err(Stop::Refuse(denial)) => return Err(Failure::Denied(denial)),
                Err(Stop::Need(_) | Stop::Answer(_)) => {
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
            let token = Token::new(KnownToken {
                verified,
                issuer,
                evidence: Evidence::Signature { keys_stamp },
                identity: String::new(),
            });
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

    /// The response, after a line in the log.
    fn refusal(&self, denial: &Denial, used: Scheme) -> Refusal {
        let Some(rejected) = TokenDenial::of(denial, used) else { return Refusal::unavailable() };
        rejected.log("", None);
        let parameters = Parameters { error: rejected.error, scope: rejected.scope, more: "" };
        let challenge = |scheme| challenge::text(scheme, self.issuer.policy.issuer(), parameters);
        let refusal = Refusal::new(rejected.code).with(challenge::NAME, challenge(rejected.scheme));
        if rejected.error.is_none() && !self.client_scopes.is_empty() {
            // Clients that read only one challenge read the first.
            return refusal.with(challenge::NAME, challenge(Scheme::DPoP));
        }
        refusal
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
    Denied(Denial),
    Unavailable(Unavailable),
}

#[cfg(test)]
mod tests;
