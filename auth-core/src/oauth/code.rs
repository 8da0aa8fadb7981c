//! Authorization codes (RFC 6749 section 4.1): what a code stands for, and the check when a client presents it.
//!
//! A code contains the id of its account, which stores its hash. So no table of codes is needed, and nothing that
//! is stored can be presented.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder, Hex};
use serde::{Deserialize, Serialize};

use super::pkce::CodeChallenge;
use super::resource::is_granted;
use super::scope::Scope;
use crate::credential::AuthenticationMethod;
use crate::id::{AccountId, ClientId, GrantId, SessionId};
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::wire::{is_id, parse_secret};

/// How long a code is valid, in seconds.
pub const CODE_LIFETIME: u64 = 60;

/// How long a code is stored after it has expired, in seconds. A second use of it is detected as long.
const CODE_KEPT: u64 = 86_400;

/// How many codes of one account are stored. One more deletes the oldest.
pub const MAX_CODES: u64 = 100;

/// An authorization code: the account's id and 256 random bits.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    account: AccountId,
    text: SecretText,
}

impl AuthorizationCode {
    /// A new code of this account.
    #[must_use]
    pub fn new(account: &AccountId, random: [u8; 32]) -> Self {
        // 32 bytes always encode; the empty fallback would be rejected by `parse`.
        let random = Base64UrlSafeNoPadding::encode_to_string(random).unwrap_or_default();
        Self { account: account.clone(), text: SecretText::new(format!("{account}.{random}")) }
    }

    /// Parses a code. Accepts only the exact text that [`AuthorizationCode::text`] returns.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (account, random) = text.split_once('.')?;
        parse_secret(random).filter(|_| is_id(account))?;
        Some(Self { account: account.into(), text: SecretText::new(text.to_owned()) })
    }

    /// The account whose user has granted access.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// The code, as the client gets it.
    #[must_use]
    pub const fn text(&self) -> &SecretText {
        &self.text
    }

    /// What the account stores: SHA-256, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        // 32 bytes always encode.
        Hex::encode_to_string(hmac_sha256::Hash::hash(self.text.expose().as_bytes())).unwrap_or_default()
    }
}

/// What the client has requested and the user has granted: everything to which a code is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeTerms {
    /// The client.
    pub client_id: ClientId,
    /// The redirect URI of the request, as the client sent it.
    pub redirect_uri: String,
    /// The PKCE challenge (RFC 7636).
    pub code_challenge: CodeChallenge,
    /// The scope that the user has granted.
    pub scope: Scope,
    /// The resource for which access was requested (RFC 8707); `None`: the configured audience.
    pub resource: Option<String>,
    /// The `nonce` for the ID token (OpenID Connect Core section 3.1.2.1).
    pub nonce: Option<String>,
    /// The thumbprint of the key that the client has announced (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
}

/// A code, as its account stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCode {
    /// What was granted.
    pub terms: CodeTerms,
    /// The grant by which the account remembers it.
    pub grant: GrantId,
    /// When the user last proved a credential in the session that granted access.
    pub authenticated_at: UnixTime,
    /// How the user proved it.
    pub methods: Vec<AuthenticationMethod>,
    /// The code expires at this second.
    pub expires_at: UnixTime,
    /// The session that the code has opened: set when it is spent.
    pub opened: Option<SessionId>,
}

/// What a client presents with a code. The client has been authenticated as far as it can be.
#[derive(Clone, Copy, Debug)]
pub struct PresentedCode<'a> {
    /// The client.
    pub client_id: &'a ClientId,
    /// The parameter `redirect_uri`, which clients of OAuth 2.0 send (RFC 6749 section 4.1.3) and those of OAuth 2.1 do
    /// not (section 10.2).
    pub redirect_uri: Option<&'a str>,
    /// The parameter `code_verifier` (RFC 7636 section 4.5).
    pub code_verifier: &'a str,
    /// The resource that the request names, as [`super::named_resource`] returns it.
    pub resource: Option<&'a str>,
    /// The thumbprint of the key of the request's DPoP proof (RFC 9449).
    pub jkt: Option<&'a str>,
}

/// What becomes of a presented code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeVerdict {
    /// It is valid, and is now spent.
    Redeem,
    /// It was spent before: this session, which it has opened, must end (OAuth 2.1 section 4.1.3).
    Replayed(SessionId),
    /// It is not accepted, and stays as it is.
    Rejected(CodeRejection),
}

/// Why a code is not accepted. The client is told the same for all but [`CodeRejection::Resource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRejection {
    /// It was issued to another client.
    OtherClient,
    /// The request for it had another redirect URI.
    RedirectUri,
    /// The verifier is not that of its challenge.
    Verifier,
    /// It is bound to a key that has not signed the request.
    Key,
    /// The request names a resource that was not granted.
    Resource,
    /// It has expired.
    Expired,
}

impl CodeRejection {
    /// The reason in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherClient => "other_client",
            Self::RedirectUri => "redirect_uri",
            Self::Verifier => "code_verifier",
            Self::Key => "dpop_key",
            Self::Resource => "resource",
            Self::Expired => "expired",
        }
    }
}

impl StoredCode {
    /// What becomes of the code. Everything else is checked before whether it was spent: a party that only has the
    /// code can neither spend it nor end the session that it has opened.
    #[must_use]
    pub fn present(&self, presented: PresentedCode<'_>, now: UnixTime) -> CodeVerdict {
        let Self { terms, expires_at, opened, .. } = self;
        let is_of_key = terms.dpop_jkt.as_deref().is_none_or(|announced| presented.jkt == Some(announced));
        let rejection = if terms.client_id != *presented.client_id {
            CodeRejection::OtherClient
        } else if presented.redirect_uri.is_some_and(|uri| uri != terms.redirect_uri) {
            CodeRejection::RedirectUri
        } else if !terms.code_challenge.is_of(presented.code_verifier) {
            CodeRejection::Verifier
        } else if !is_of_key {
            CodeRejection::Key
        } else if !is_granted(terms.resource.as_deref(), presented.resource) {
            CodeRejection::Resource
        } else if let Some(session) = opened {
            return CodeVerdict::Replayed(session.clone());
        } else if now >= *expires_at {
            CodeRejection::Expired
        } else {
            return CodeVerdict::Redeem;
        };
        CodeVerdict::Rejected(rejection)
    }

    /// Codes whose expiry is not later than this time are no longer stored at `now`.
    #[must_use]
    pub const fn forgotten_at(now: UnixTime) -> UnixTime {
        now.minus(CODE_KEPT)
    }

    /// Until when a code with this expiry is stored.
    #[must_use]
    pub const fn kept_until(expires_at: UnixTime) -> UnixTime {
        expires_at.plus(CODE_KEPT)
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthorizationCode, CodeRejection, CodeTerms, CodeVerdict, PresentedCode, StoredCode};
    use crate::id::{AccountId, ClientId, SessionId};
    use crate::oauth::{CodeChallenge, Scope};
    use crate::time::UnixTime;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn stored() -> StoredCode {
        StoredCode {
            terms: CodeTerms {
                client_id: "c".into(),
                redirect_uri: "https://c.example/cb".into(),
                code_challenge: CodeChallenge::parse(CHALLENGE).unwrap(),
                scope: Scope::parse("a").unwrap(),
                resource: Some("https://s.example/mcp".into()),
                nonce: None,
                dpop_jkt: Some("k".into()),
            },
            grant: "g".into(),
            authenticated_at: UnixTime(1),
            methods: vec![],
            expires_at: UnixTime(160),
            opened: None,
        }
    }

    fn presented(client_id: &ClientId) -> PresentedCode<'_> {
        PresentedCode {
            client_id,
            redirect_uri: Some("https://c.example/cb"),
            code_verifier: VERIFIER,
            resource: Some("https://s.example/mcp"),
            jkt: Some("k"),
        }
    }

    #[test]
    fn a_code_is_bound_to_everything_in_the_request_for_it() {
        let (client, other) = (ClientId::from("c"), ClientId::from("d"));
        let good = presented(&client);
        let judge = |presented| stored().present(presented, UnixTime(159));
        assert_eq!(judge(good), CodeVerdict::Redeem);
        assert_eq!(judge(PresentedCode { resource: None, ..good }), CodeVerdict::Redeem);
        assert_eq!(judge(PresentedCode { redirect_uri: None, ..good }), CodeVerdict::Redeem);
        for (presented, rejection) in [
            (PresentedCode { client_id: &other, ..good }, CodeRejection::OtherClient),
            (
                PresentedCode { redirect_uri: Some("https://c.example/cb/"), ..good },
                CodeRejection::RedirectUri,
            ),
            (PresentedCode { redirect_uri: Some(""), ..good }, CodeRejection::RedirectUri),
            (PresentedCode { code_verifier: "", ..good }, CodeRejection::Verifier),
            (PresentedCode { code_verifier: CHALLENGE, ..good }, CodeRejection::Verifier),
            (PresentedCode { jkt: None, ..good }, CodeRejection::Key),
            (PresentedCode { jkt: Some("l"), ..good }, CodeRejection::Key),
            (PresentedCode { resource: Some("https://s.example/other"), ..good }, CodeRejection::Resource),
        ] {
            assert_eq!(judge(presented), CodeVerdict::Rejected(rejection), "{presented:?}");
        }
        let mut unbound = stored();
        unbound.terms.dpop_jkt = None;
        unbound.terms.resource = None;
        let any = PresentedCode { resource: None, ..good };
        assert_eq!(
            unbound.present(any, UnixTime(0)),
            CodeVerdict::Redeem,
            "the client may bind its tokens later"
        );
        let resource = CodeVerdict::Rejected(CodeRejection::Resource);
        assert_eq!(unbound.present(good, UnixTime(0)), resource, "no resource was granted");
    }

    #[test]
    fn a_code_is_spent_once_and_expires() {
        let client = ClientId::from("c");
        let expired = CodeVerdict::Rejected(CodeRejection::Expired);
        assert_eq!(stored().present(presented(&client), UnixTime(160)), expired);
        let spent = StoredCode { opened: Some(SessionId::granted("s")), ..stored() };
        let replayed = CodeVerdict::Replayed(SessionId::granted("s"));
        for now in [100, 160, 1_000_000] {
            assert_eq!(spent.present(presented(&client), UnixTime(now)), replayed, "{now}");
        }
        let guess = PresentedCode { code_verifier: CHALLENGE, ..presented(&client) };
        let rejected = CodeVerdict::Rejected(CodeRejection::Verifier);
        assert_eq!(spent.present(guess, UnixTime(100)), rejected, "a copy of the code alone ends nothing");
        assert_eq!(StoredCode::kept_until(UnixTime(160)), UnixTime(86_560));
    }

    #[test]
    fn a_code_is_read_as_it_was_written() {
        let code = AuthorizationCode::new(&AccountId::from("acc1"), [0xfb; 32]);
        let text = code.text().expose();
        assert_eq!(text, "acc1.-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
        let parsed = AuthorizationCode::parse(text).unwrap();
        assert_eq!((parsed.account().as_str(), parsed.hash()), ("acc1", code.hash()));
        assert_eq!(code.hash().len(), 64);
        assert_eq!(format!("{code:?}").matches("-_v7").count(), 0);
        for malformed in [
            "",
            ".",
            "acc1",
            "acc1.",
            text.trim_start_matches("acc1"),
            &format!("{text}="),
            &format!("{text}A"),
            &format!("{text}.x"),
            &text.replace("acc1", "a/c"),
            text.trim_end_matches('s'),
            // The last character has bits that must be zero.
            &text.replace("_s", "_t"),
        ] {
            assert!(AuthorizationCode::parse(malformed).is_none(), "{malformed}");
        }
    }
}
