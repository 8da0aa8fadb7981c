//! Whether a user has to sign in, to sign in again, or to consent, before a client gets a code; and the proof that
//! a form of the consent page belongs to this user and this request.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use form_urlencoded::Serializer;
use hmac_sha256::HMAC;

use super::authorization_request::Prompt;
use super::sealed_request::SealedRequest;
use crate::credential::Assurance;
use crate::id::SessionId;
use crate::rotation::{RefreshKey, RefreshKeys};
use crate::time::UnixTime;

/// What the client requires of the user's authentication.
#[derive(Clone, Copy, Debug)]
pub struct Required<'a> {
    /// `prompt`.
    pub prompt: Prompt,
    /// `max_age`: how long ago the user may have authenticated, in seconds.
    pub max_age: Option<u64>,
    /// `acr_values`: one of these must be met (RFC 9470 section 4).
    pub acr_values: &'a [String],
    /// When the service received the request.
    pub received_at: UnixTime,
    /// Whether the service has seen the user's browser without a session since then.
    pub signed_out: bool,
}

impl<'a> Required<'a> {
    /// What this request requires.
    #[must_use]
    pub fn of(sealed: &'a SealedRequest) -> Self {
        let SealedRequest { request, accepted_at, signed_out, .. } = sealed;
        Self {
            prompt: request.prompt,
            max_age: request.max_age,
            acr_values: &request.acr_values,
            received_at: *accepted_at,
            signed_out: *signed_out,
        }
    }

    /// Whether the user signed in for this request. Times are whole seconds, so a sign-in in the second in which the request
    /// arrived can be older or younger than the request: it is younger if the browser had no session in between.
    fn is_answered_by(&self, session: SignedIn) -> bool {
        let SignedIn { authenticated_at, .. } = session;
        authenticated_at > self.received_at || (self.signed_out && authenticated_at == self.received_at)
    }
}

/// The user's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// When the user last proved a credential.
    pub authenticated_at: UnixTime,
    /// How well the user is authenticated.
    pub assurance: Assurance,
    /// Whether the user has a second factor or a passkey, so that a new sign-in can reach [`Assurance::Aal2`].
    pub second_factor: bool,
}

/// What replaces the user's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// The deployer's own client, for which no consent is asked.
    pub first_party: bool,
    /// The user has consented to all that is requested.
    pub remembered: bool,
    /// The redirect URI proves which client gets the code: https, which only the owner of the host receives. Any
    /// program on the device can listen on a loopback address or register a private-use scheme, so there the user
    /// is always asked (RFC 8252 section 8.6).
    pub is_proved_client: bool,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The user signs in.
    SignIn,
    /// The user signs in again, although they have a session.
    SignInAgain,
    /// The user is asked for consent.
    Ask,
    /// The client gets a code.
    Issue,
    /// The client gets an error.
    Refuse(Unmet),
}

/// Why the client gets an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// `login_required`: the user would have to sign in, and no page may be shown.
    LoginRequired,
    /// `consent_required`: the user would have to consent, and no page may be shown.
    ConsentRequired,
    /// `unmet_authentication_requirements`: the user can't reach any of the `acr_values`.
    UnmetAuthenticationRequirements,
}

/// Decides what happens next.
#[must_use]
pub fn next_step(required: Required<'_>, session: Option<SignedIn>, given: Given, now: UnixTime) -> Step {
    let acr_values = required.acr_values;
    let (silent, login, consent) = match required.prompt {
        Prompt::AsNeeded => (false, false, false),
        Prompt::None => (true, false, false),
        Prompt::Again { login, consent } => (false, login, consent),
    };
    let sign_in = |step| if silent { Step::Refuse(Unmet::LoginRequired) } else { step };
    let Some(session) = session else { return sign_in(Step::SignIn) };
    if !acr_values.is_empty() && !meets(acr_values, session.assurance) {
        let reachable = session.second_factor && meets(acr_values, Assurance::Aal2);
        return if reachable {
            sign_in(Step::SignInAgain)
        } else {
            Step::Refuse(Unmet::UnmetAuthenticationRequirements)
        };
    }
    // A sign-in for this request is recent enough, whatever `max_age` is: 0 is the same as `prompt=login`. Whole seconds are
    // rounded down, so the sign-in can be nearly a second older than the difference.
    let too_old = required.max_age.is_some_and(|max_age| now.since(session.authenticated_at) >= max_age);
    if (login || too_old) && !required.is_answered_by(session) {
        return sign_in(Step::SignInAgain);
    }
    let is_given = given.is_proved_client && (given.first_party || given.remembered);
    if consent || !is_given {
        return if silent { Step::Refuse(Unmet::ConsentRequired) } else { Step::Ask };
    }
    Step::Issue
}

fn meets(acr_values: &[String], assurance: Assurance) -> bool {
    acr_values.iter().filter_map(|name| Assurance::from_claim(name)).any(|wanted| assurance >= wanted)
}

/// The path of the app's sign-in page with the path of this origin to which the user returns from there.
#[must_use]
pub fn sign_in_url(page: &str, return_to: &str) -> String {
    let separator = if page.contains('?') { "&" } else { "?" };
    let query = Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    [page, separator, &query].concat()
}

/// Separates these MACs from any other use of the key.
const CONTEXT: &str = "latchkey oauth form v1";

/// The proof that a form was written for this session and this request: `<key id>.<MAC>`.
#[must_use]
pub fn form_proof(key: &RefreshKey, session: &SessionId, request: &str) -> String {
    [key.id.as_str(), ".", &encode(mac(key, session, request))].concat()
}

/// Whether the proof is that of this session and this request. A page of another origin can't read it, and a user
/// who is made to send the form of another session approves nothing.
#[must_use]
pub fn is_form_proof(keys: &RefreshKeys, session: &SessionId, request: &str, proof: &str) -> bool {
    let Some((id, presented)) = proof.split_once('.') else { return false };
    let key = core::iter::once(&keys.active).chain(&keys.older).find(|key| key.id.as_str() == id);
    let presented = Base64UrlSafeNoPadding::decode_to_vec(presented, None);
    key.zip(presented.ok())
        .is_some_and(|(key, presented)| ct_codecs::verify(&presented, &mac(key, session, request)))
}

fn mac(key: &RefreshKey, session: &SessionId, request: &str) -> [u8; 32] {
    // No id contains a line break.
    let message = [CONTEXT, "\n", session.as_str(), "\n", request].concat();
    HMAC::mac(message.as_bytes(), key.bytes.expose())
}

fn encode(bytes: [u8; 32]) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{
        Given, Prompt, Required, SignedIn, Step, Unmet, form_proof, is_form_proof, next_step, sign_in_url,
    };
    use crate::credential::Assurance::{Aal1, Aal2};
    use crate::id::SessionId;
    use crate::rotation::{RefreshKey, RefreshKeys};
    use crate::secret::SecretBytes;
    use crate::time::UnixTime;

    const REQUIRED: Required<'static> = Required {
        prompt: Prompt::AsNeeded,
        max_age: None,
        acr_values: &[],
        received_at: UnixTime(1_000),
        signed_out: false,
    };
    const SESSION: SignedIn =
        SignedIn { authenticated_at: UnixTime(400), assurance: Aal1, second_factor: false };
    const NOTHING: Given = Given { first_party: false, remembered: false, is_proved_client: true };
    const REMEMBERED: Given = Given { remembered: true, ..NOTHING };

    fn prompt(words: &str) -> Prompt {
        let has = |word| words.split(' ').any(|found| found == word);
        match words {
            "" => Prompt::AsNeeded,
            "none" => Prompt::None,
            _ => Prompt::Again { login: has("login"), consent: has("consent") },
        }
    }

    fn step(required: Required<'_>, session: Option<SignedIn>, given: Given) -> Step {
        next_step(required, session, given, UnixTime(1_010))
    }

    #[test]
    fn prompt_decides_which_pages_are_shown() {
        use Step::{Ask, Issue, Refuse, SignIn, SignInAgain};
        let login = Refuse(Unmet::LoginRequired);
        for (words, without_session, first_time, remembered) in [
            ("", SignIn, Ask, Issue),
            ("none", login, Refuse(Unmet::ConsentRequired), Issue),
            ("login", SignIn, SignInAgain, SignInAgain),
            ("consent", SignIn, Ask, Ask),
            ("login consent", SignIn, SignInAgain, SignInAgain),
        ] {
            let required = Required { prompt: prompt(words), ..REQUIRED };
            assert_eq!(step(required, None, REMEMBERED), without_session, "{words}");
            assert_eq!(step(required, Some(SESSION), NOTHING), first_time, "{words}");
            assert_eq!(step(required, Some(SESSION), REMEMBERED), remembered, "{words}");
        }
    }

    #[test]
    fn the_deployers_own_client_is_not_asked_about_unless_it_may_be_another_program() {
        let first_party = Given { first_party: true, ..NOTHING };
        assert_eq!(step(REQUIRED, Some(SESSION), first_party), Step::Issue);
        let required = Required { prompt: prompt("consent"), ..REQUIRED };
        assert_eq!(step(required, Some(SESSION), first_party), Step::Ask);
        for given in [first_party, REMEMBERED] {
            let given = Given { is_proved_client: false, ..given };
            assert_eq!(step(REQUIRED, Some(SESSION), given), Step::Ask, "{given:?}");
            let silent = Required { prompt: prompt("none"), ..REQUIRED };
            assert_eq!(step(silent, Some(SESSION), given), Step::Refuse(Unmet::ConsentRequired));
        }
    }

    #[test]
    fn a_user_signs_in_again_once_for_a_request() {
        // The request arrived at 1,000.
        for (signed_out, authenticated_at, expected) in [
            (false, 999, Step::SignInAgain),
            // In the same second, and the browser had this session when the request arrived.
            (false, 1_000, Step::SignInAgain),
            (false, 1_001, Step::Issue),
            // The session that the browser had then has ended, or it had none.
            (true, 999, Step::SignInAgain),
            (true, 1_000, Step::Issue),
            (true, 1_001, Step::Issue),
        ] {
            let session = SignedIn { authenticated_at: UnixTime(authenticated_at), ..SESSION };
            for (words, max_age) in [("login", None), ("", Some(0)), ("login", Some(3_600))] {
                let required = Required { prompt: prompt(words), max_age, signed_out, ..REQUIRED };
                let found = step(required, Some(session), REMEMBERED);
                assert_eq!(found, expected, "{words} {max_age:?} {signed_out} {authenticated_at}");
            }
        }
    }

    #[test]
    fn a_sign_in_that_may_be_older_than_max_age_does_not_count() {
        // At 1,010 the user signed in 610 seconds ago, or nearly 611.
        for (max_age, expected) in [(611, Step::Issue), (610, Step::SignInAgain), (1, Step::SignInAgain)] {
            let required = Required { max_age: Some(max_age), ..REQUIRED };
            assert_eq!(step(required, Some(SESSION), REMEMBERED), expected, "{max_age}");
        }
        // A sign-in for this request counts, however slow the user is afterwards.
        let fresh = SignedIn { authenticated_at: UnixTime(1_001), ..SESSION };
        let required = Required { max_age: Some(1), ..REQUIRED };
        assert_eq!(step(required, Some(fresh), REMEMBERED), Step::Issue);
        let silent = Required { prompt: prompt("none"), max_age: Some(609), ..REQUIRED };
        assert_eq!(step(silent, Some(SESSION), REMEMBERED), Step::Refuse(Unmet::LoginRequired));
    }

    #[test]
    fn one_of_the_requested_assurances_is_met() {
        let unmet = Step::Refuse(Unmet::UnmetAuthenticationRequirements);
        let with_factor = SignedIn { second_factor: true, ..SESSION };
        let two = SignedIn { assurance: Aal2, second_factor: true, ..SESSION };
        for (names, one_factor, has_factor, proved) in [
            ("aal1", Step::Issue, Step::Issue, Step::Issue),
            ("aal2", unmet, Step::SignInAgain, Step::Issue),
            ("aal2 aal1", Step::Issue, Step::Issue, Step::Issue),
            ("other aal2", unmet, Step::SignInAgain, Step::Issue),
            ("other", unmet, unmet, unmet),
        ] {
            let acr_values: Vec<String> = names.split(' ').map(ToOwned::to_owned).collect();
            let required = Required { acr_values: &acr_values, ..REQUIRED };
            for (session, expected) in [(SESSION, one_factor), (with_factor, has_factor), (two, proved)] {
                assert_eq!(step(required, Some(session), REMEMBERED), expected, "{names} {session:?}");
                let silent = Required { prompt: prompt("none"), ..required };
                let expected = match expected {
                    Step::SignInAgain => Step::Refuse(Unmet::LoginRequired),
                    other => other,
                };
                assert_eq!(step(silent, Some(session), REMEMBERED), expected, "{names} {session:?}");
            }
        }
    }

    #[test]
    fn the_sign_in_page_gets_the_path_as_one_parameter() {
        let path = "/oauth/consent?request=k.a-b_c&x=%20#";
        let encoded = "return_to=%2Foauth%2Fconsent%3Frequest%3Dk.a-b_c%26x%3D%2520%23";
        assert_eq!(sign_in_url("/", path), format!("/?{encoded}"));
        assert_eq!(sign_in_url("/sign-in?a=b", path), format!("/sign-in?a=b&{encoded}"));
    }

    fn key(id: &str, byte: u8) -> RefreshKey {
        RefreshKey { id: id.into(), bytes: SecretBytes::new([byte; 32]) }
    }

    #[test]
    fn a_form_counts_for_its_session_and_its_request() {
        let keys = RefreshKeys { active: key("k2", 2), older: vec![key("k1", 1)] };
        let (session, other) = (SessionId::from("s"), SessionId::from("t"));
        let proof = form_proof(&keys.active, &session, "request");
        assert!(is_form_proof(&keys, &session, "request", &proof));
        assert!(!is_form_proof(&keys, &other, "request", &proof), "another session");
        assert!(!is_form_proof(&keys, &session, "another", &proof), "another request");
        assert!(!is_form_proof(&keys, &SessionId::from("s\nrequest"), "", &proof));
        let earlier = form_proof(&key("k1", 1), &session, "request");
        assert!(is_form_proof(&keys, &session, "request", &earlier), "a key that is not active any more");
        for foreign in [key("k2", 9), key("k3", 2)] {
            assert!(!is_form_proof(&keys, &session, "request", &form_proof(&foreign, &session, "request")));
        }
        let short = proof.split_at(proof.len() - 1).0;
        for text in ["", ".", "k2", "k2.", "k2.AAAA", short, &format!("{proof}A")] {
            assert!(!is_form_proof(&keys, &session, "request", text), "{text}");
        }
    }
}
