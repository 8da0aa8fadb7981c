//! What a token must be to be accepted.

use serde_json::{Map, Value};

use super::claim_path::ClaimPath;
use super::jws::{DEFAULT_TOKEN_BYTES, MAX_TOKEN_BYTES};
use super::key::Algorithm;
use super::numeric_date::Dates;
use super::tenants::{TENANT_PLACEHOLDER, Tenants};
use super::typ_rule::TypRule;
use crate::id::SessionId;

/// The most leeway a policy may give, in seconds.
pub const MAX_LEEWAY: u64 = 60;

/// What a token must be. Built whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    issuer: String,
    /// `None`: `issuer` is the whole identifier. Otherwise it contains [`TENANT_PLACEHOLDER`].
    tenants: Option<Tenants>,
    audiences: Vec<String>,
    /// Further audiences of tokens of OAuth clients.
    resources: Vec<String>,
    /// `None`: `aud`.
    audience_claim: Option<ClaimPath>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) typ: TypRule,
    pub(super) leeway: u64,
    pub(super) max_age: Option<u64>,
    pub(super) dates: Dates,
    pub(super) max_token_bytes: usize,
}

/// A policy that would accept more than can have been intended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidPolicy {
    /// The issuer is empty.
    Issuer,
    /// There is no audience, or an empty one.
    Audience,
    /// The identifier has [`TENANT_PLACEHOLDER`] and no tenants are given, or the other way round, or there
    /// is no tenant.
    Tenants,
    /// There is no algorithm, or one with shared secrets beside one with public keys.
    Algorithms,
    /// `typ` is empty.
    Type,
    /// The leeway is more than 60 seconds.
    Leeway,
    /// The maximum age is 0.
    MaxAge,
    /// The maximum size is 0 or more than [`MAX_TOKEN_BYTES`].
    TokenBytes,
}

impl Policy {
    /// A policy for one audience in `aud`, whole seconds, tokens of at most [`DEFAULT_TOKEN_BYTES`], no
    /// leeway and no maximum age.
    ///
    /// # Errors
    /// [`InvalidPolicy`] when one of the four is missing, or the algorithms don't go together.
    pub fn new(
        issuer: &str,
        audience: &str,
        algorithms: &[Algorithm],
        typ: TypRule,
    ) -> Result<Self, InvalidPolicy> {
        let has_types = match &typ {
            TypRule::Any => true,
            TypRule::OneOf(types) => !types.is_empty() && types.iter().all(|typ| !typ.is_empty()),
        };
        let mixed = algorithms.contains(&Algorithm::Hs256) && algorithms.len() > 1;
        if issuer.is_empty() {
            Err(InvalidPolicy::Issuer)
        } else if audience.is_empty() {
            Err(InvalidPolicy::Audience)
        } else if algorithms.is_empty() || mixed {
            Err(InvalidPolicy::Algorithms)
        } else if !has_types {
            Err(InvalidPolicy::Type)
        } else {
            Ok(Self {
                issuer: issuer.to_owned(),
                tenants: None,
                audiences: vec![audience.to_owned()],
                resources: vec![],
                audience_claim: None,
                algorithms: algorithms.to_vec(),
                typ,
                leeway: 0,
                max_age: None,
                dates: Dates::Whole,
                max_token_bytes: DEFAULT_TOKEN_BYTES,
            })
        }
    }

    /// Tolerates clocks that differ by `seconds`, at most 60.
    ///
    /// # Errors
    /// [`InvalidPolicy::Leeway`].
    pub fn with_leeway(self, seconds: u64) -> Result<Self, InvalidPolicy> {
        if seconds > MAX_LEEWAY { Err(InvalidPolicy::Leeway) } else { Ok(Self { leeway: seconds, ..self }) }
    }

    /// Refuses tokens issued more than `seconds` ago, whatever their `exp` says. `iat` becomes mandatory.
    ///
    /// # Errors
    /// [`InvalidPolicy::MaxAge`].
    pub fn with_max_age(self, seconds: u64) -> Result<Self, InvalidPolicy> {
        if seconds == 0 { Err(InvalidPolicy::MaxAge) } else { Ok(Self { max_age: Some(seconds), ..self }) }
    }

    /// Accepts tokens for any of these audiences, and no others.
    ///
    /// # Errors
    /// [`InvalidPolicy::Audience`].
    pub fn with_audiences(self, audiences: Vec<String>) -> Result<Self, InvalidPolicy> {
        let whole = !audiences.is_empty() && audiences.iter().all(|audience| !audience.is_empty());
        if whole { Ok(Self { audiences, ..self }) } else { Err(InvalidPolicy::Audience) }
    }

    /// Accepts tokens that OAuth clients hold (`sid`, [`SessionId::kind`]) also for these audiences. For the service's
    /// own tokens.
    #[must_use]
    pub fn with_resources(self, resources: Vec<String>) -> Self {
        Self { resources, ..self }
    }

    /// Reads the audience from this claim instead of `aud`: a text that must equal one of the audiences. For
    /// issuers whose access tokens have no `aud` and name the client (`client_id`, `azp`).
    #[must_use]
    pub fn with_audience_claim(self, claim: ClaimPath) -> Self {
        Self { audience_claim: Some(claim), ..self }
    }

    /// Reads [`TENANT_PLACEHOLDER`] in the issuer's identifier as the id of one of these tenants, which the
    /// token repeats as `tid`.
    ///
    /// # Errors
    /// [`InvalidPolicy::Tenants`].
    pub fn with_tenants(self, tenants: Tenants) -> Result<Self, InvalidPolicy> {
        let placeholders = self.issuer.matches(TENANT_PLACEHOLDER).count();
        if tenants.are_ids() && placeholders == 1 {
            Ok(Self { tenants: Some(tenants), ..self })
        } else {
            Err(InvalidPolicy::Tenants)
        }
    }

    /// Takes dates with fractions, as RFC 7519 allows. Our own tokens have whole seconds.
    #[must_use]
    pub fn with_fractional_dates(self) -> Self {
        Self { dates: Dates::Fractional, ..self }
    }

    /// Takes tokens of at most this many bytes, up to [`MAX_TOKEN_BYTES`].
    ///
    /// # Errors
    /// [`InvalidPolicy::TokenBytes`].
    pub fn with_max_token_bytes(self, bytes: usize) -> Result<Self, InvalidPolicy> {
        if (1..=MAX_TOKEN_BYTES).contains(&bytes) {
            Ok(Self { max_token_bytes: bytes, ..self })
        } else {
            Err(InvalidPolicy::TokenBytes)
        }
    }

    /// Whether `iss` names this issuer, byte for byte; a tenant's identifier must have the token's `tid` in
    /// it.
    pub(super) fn names_issuer(&self, payload: &Map<String, Value>) -> bool {
        let text = |name| payload.get(name).and_then(Value::as_str);
        match (&self.tenants, text("iss")) {
            (None, Some(issuer)) => issuer == self.issuer,
            (Some(_), Some(issuer)) => {
                text("tid").is_some_and(|tenant| self.tenant_of(issuer) == Some(tenant))
            }
            (_, None) => false,
        }
    }

    /// The tenant in an identifier, if it is one whose tokens are accepted.
    fn tenant_of<'i>(&self, issuer: &'i str) -> Option<&'i str> {
        let (before, after) = self.issuer.split_once(TENANT_PLACEHOLDER)?;
        let tenant = issuer.strip_prefix(before)?.strip_suffix(after)?;
        self.tenants.as_ref()?.accept(tenant).then_some(tenant)
    }

    /// Whether the token is for one of the audiences: `aud` is one, or an array of texts that holds one;
    /// another claim is one.
    pub(super) fn names_audience(&self, payload: &Map<String, Value>) -> bool {
        let ours = |audience: &str| self.audiences.iter().any(|known| known == audience);
        let claim = match &self.audience_claim {
            None => payload.get("aud"),
            Some(claim) => claim.find(payload),
        };
        match claim {
            Some(Value::String(audience)) => {
                ours(audience) || (self.resources.contains(audience) && is_of_client(payload))
            }
            Some(Value::Array(audiences)) if self.audience_claim.is_none() => {
                audiences.iter().all(Value::is_string) && audiences.iter().filter_map(Value::as_str).any(ours)
            }
            Some(_) | None => false,
        }
    }

    /// Whether a token can fit this policy and another one, so that nothing but their order could tell which
    /// is meant. Policies that read the audience from different claims are distinguished by each token.
    #[must_use]
    pub fn is_ambiguous_with(&self, other: &Self) -> bool {
        let same_issuer = match (&self.tenants, &other.tenants) {
            (None, None) => self.issuer == other.issuer,
            (Some(_), None) => self.tenant_of(&other.issuer).is_some(),
            (None, Some(_)) => other.tenant_of(&self.issuer).is_some(),
            (Some(mine), Some(theirs)) => self.issuer == other.issuer && mine.overlap(theirs),
        };
        same_issuer
            && self.audience_claim == other.audience_claim
            && self.audiences.iter().any(|audience| other.audiences.contains(audience))
            && self.algorithms.iter().any(|algorithm| other.algorithms.contains(algorithm))
    }

    /// Whose tokens it is about, as configured: with [`TENANT_PLACEHOLDER`] for several tenants.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Which algorithms it takes.
    #[must_use]
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }
}

/// Whether an OAuth client holds the token, if it is one of this service.
fn is_of_client(payload: &Map<String, Value>) -> bool {
    let session = payload.get("sid").and_then(Value::as_str);
    session.is_some_and(|id| SessionId::from(id).kind().is_of_client())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{InvalidPolicy, Policy, Tenants, TypRule};
    use crate::token::{Algorithm, ClaimPath};

    #[test]
    fn check_10_a_policy_without_issuer_audience_algorithm_or_typ_cannot_be_built() {
        let algorithms = [Algorithm::Es256];
        let typ = || TypRule::exactly("t");
        assert_eq!(Policy::new("", "a", &algorithms, typ()), Err(InvalidPolicy::Issuer));
        assert_eq!(Policy::new("i", "", &algorithms, typ()), Err(InvalidPolicy::Audience));
        assert_eq!(Policy::new("i", "a", &[], typ()), Err(InvalidPolicy::Algorithms));
        assert_eq!(Policy::new("i", "a", &algorithms, TypRule::exactly("")), Err(InvalidPolicy::Type));
        assert_eq!(Policy::new("i", "a", &algorithms, TypRule::OneOf(vec![])), Err(InvalidPolicy::Type));
        let policy = Policy::new("i", "a", &algorithms, typ()).unwrap();
        assert_eq!(policy.clone().with_leeway(61), Err(InvalidPolicy::Leeway));
        assert_eq!(policy.clone().with_max_age(0), Err(InvalidPolicy::MaxAge));
        for bytes in [0, 16_385] {
            assert_eq!(policy.clone().with_max_token_bytes(bytes), Err(InvalidPolicy::TokenBytes));
        }
        for audiences in [vec![], vec![String::new()], vec!["a".to_owned(), String::new()]] {
            assert_eq!(policy.clone().with_audiences(audiences), Err(InvalidPolicy::Audience));
        }
        assert_eq!(policy.clone().with_tenants(Tenants::Any), Err(InvalidPolicy::Tenants));
        let template = |issuer| Policy::new(issuer, "a", &algorithms, typ()).unwrap();
        for ids in [vec![], vec![String::new()], vec!["a/b".to_owned()]] {
            let tenants = Tenants::OneOf(ids);
            assert_eq!(template("i/{tenantid}").with_tenants(tenants), Err(InvalidPolicy::Tenants));
        }
        let twice = template("i/{tenantid}/{tenantid}").with_tenants(Tenants::Any);
        assert_eq!(twice, Err(InvalidPolicy::Tenants));
        assert_eq!(policy.with_leeway(60).unwrap().leeway, 60);
    }

    fn payload(value: Value) -> Map<String, Value> {
        let Value::Object(payload) = value else { panic!() };
        payload
    }

    #[test]
    fn check_10_a_tenant_is_the_one_in_the_identifier_and_in_tid() {
        let policy = |tenants| {
            Policy::new("https://idp.example/{tenantid}/v2.0", "a", &[Algorithm::Rs256], TypRule::Any)
                .and_then(|policy| policy.with_tenants(tenants))
                .unwrap()
        };
        let listed = policy(Tenants::OneOf(vec!["t-1".into(), "t-2".into()]));
        let any = policy(Tenants::Any);
        for (iss, tid, by_list, by_any) in [
            ("https://idp.example/t-1/v2.0", json!("t-1"), true, true),
            ("https://idp.example/t-2/v2.0", json!("t-2"), true, true),
            ("https://idp.example/t-3/v2.0", json!("t-3"), false, true),
            ("https://idp.example/t-1/v2.0", json!("t-2"), false, false),
            ("https://idp.example/t-1/v2.0", json!("T-1"), false, false),
            ("https://idp.example/t-1/v2.0", Value::Null, false, false),
            ("https://idp.example/t-1/v2.0/", json!("t-1"), false, false),
            ("https://idp.example//v2.0", json!(""), false, false),
            ("https://idp.example/a/b/v2.0", json!("a/b"), false, false),
            ("https://idp.example/{tenantid}/v2.0", json!("{tenantid}"), false, false),
            ("https://evil.example/t-1/v2.0", json!("t-1"), false, false),
        ] {
            let payload = payload(json!({"iss": iss, "tid": tid}));
            assert_eq!(listed.names_issuer(&payload), by_list, "{payload:?}");
            assert_eq!(any.names_issuer(&payload), by_any, "{payload:?}");
        }
    }

    #[test]
    fn check_10_the_audience_is_one_of_several_in_the_claim_that_is_named() {
        let by_aud = Policy::new("i", "a", &[Algorithm::Es256], TypRule::Any)
            .and_then(|policy| policy.with_audiences(vec!["a".into(), "b".into()]))
            .unwrap();
        let by_client = by_aud.clone().with_audience_claim(ClaimPath::of_name("client_id"));
        for (claims, aud, client) in [
            (json!({"aud": "a"}), true, false),
            (json!({"aud": ["x", "b"]}), true, false),
            (json!({"aud": ["x"]}), false, false),
            (json!({"aud": ["a", 1]}), false, false),
            (json!({"client_id": "b"}), false, true),
            (json!({"client_id": "b", "aud": "x"}), false, true),
            (json!({"client_id": "x", "aud": "a"}), true, false),
            (json!({"client_id": ["a"]}), false, false),
            (json!({"client_id": null}), false, false),
            (json!({}), false, false),
        ] {
            let payload = payload(claims);
            assert_eq!(by_aud.names_audience(&payload), aud, "{payload:?}");
            assert_eq!(by_client.names_audience(&payload), client, "{payload:?}");
        }
    }

    #[test]
    fn check_10_policies_are_told_apart_by_issuer_audience_and_algorithm() {
        let of = |issuer: &str, audience: &str, algorithm| {
            Policy::new(issuer, audience, &[algorithm], TypRule::Any).unwrap()
        };
        let one = of("https://i/t", "a", Algorithm::Rs256);
        let by_client =
            of("https://i/t", "a", Algorithm::Rs256).with_audience_claim(ClaimPath::of_name("azp"));
        let tenants = |ids: &[&str]| {
            let ids = ids.iter().map(|id| (*id).to_owned()).collect();
            of("https://i/{tenantid}", "a", Algorithm::Rs256).with_tenants(Tenants::OneOf(ids)).unwrap()
        };
        for (other, ambiguous) in [
            (one.clone(), true),
            (one.clone().with_audiences(vec!["b".into(), "a".into()]).unwrap(), true),
            (of("https://i/t", "b", Algorithm::Rs256), false),
            (of("https://i/t", "a", Algorithm::Hs256), false),
            (of("https://i/u", "a", Algorithm::Rs256), false),
            (by_client.clone(), false),
            (tenants(&["t"]), true),
            (tenants(&["u"]), false),
        ] {
            assert_eq!(one.is_ambiguous_with(&other), ambiguous, "{other:?}");
            assert_eq!(other.is_ambiguous_with(&one), ambiguous, "{other:?}");
        }
        assert!(by_client.is_ambiguous_with(&by_client));
        assert!(tenants(&["t", "u"]).is_ambiguous_with(&tenants(&["u", "v"])));
        assert!(!tenants(&["t"]).is_ambiguous_with(&tenants(&["u"])));
    }

    #[test]
    fn check_03_shared_secrets_never_stand_beside_public_keys() {
        let policy = |algorithms: &[Algorithm]| Policy::new("i", "a", algorithms, TypRule::Any);
        assert!(policy(&[Algorithm::Hs256]).is_ok());
        assert_eq!(policy(&[Algorithm::Hs256, Algorithm::Rs256]), Err(InvalidPolicy::Algorithms));
    }
}
