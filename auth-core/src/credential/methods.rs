//! How a user has authenticated (the claim `amr`, RFC 8176), and the assurance that follows from it (the claim
//! `acr`).

use serde::{Deserialize, Serialize};

use crate::named_enum;

named_enum! {
    /// The methods of authentication, by their names in RFC 8176 where it has one (the values of the claim
    /// `amr`).
    pub enum AuthenticationMethod;

    /// A password.
    Password = "pwd";
    /// A code that was sent to the user's address. Not in RFC 8176.
    Email = "email";
    /// A one-time password: a code of an authenticator app, or a recovery code.
    OneTimePassword = "otp";
    /// A key that can't leave its device.
    HardwareKey = "hwk";
    /// A key that may be copied to other devices of the user.
    SoftwareKey = "swk";
    /// The authenticator verified that it was the user.
    User = "user";
    /// An account at another provider. Not in RFC 8176.
    Federated = "fed";
    /// More than one factor.
    MultipleFactors = "mfa";
}

/// The assurance of an authentication: the claim `acr`. The names are those of NIST SP 800-63B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assurance {
    /// One factor was proved.
    Aal1,
    /// Two factors were proved. A passkey with user verification is two: the device, and the PIN or
    /// biometric.
    Aal2,
}

impl Assurance {
    /// The value of the claim.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
        }
    }

    /// The level with this name.
    #[must_use]
    pub fn from_claim(name: &str) -> Option<Self> {
        [Self::Aal1, Self::Aal2].into_iter().find(|level| level.as_str() == name)
    }

    /// What these methods prove together.
    #[must_use]
    pub fn of(methods: &[AuthenticationMethod]) -> Self {
        let used = |method| methods.contains(&method);
        let passkey = used(AuthenticationMethod::HardwareKey) || used(AuthenticationMethod::SoftwareKey);
        let verified = passkey && used(AuthenticationMethod::User);
        if verified || used(AuthenticationMethod::MultipleFactors) { Self::Aal2 } else { Self::Aal1 }
    }

    /// Whether a token with this `acr` (of any issuer) meets a requirement. A higher level of this service
    /// meets a lower one; other values are compared as texts (OpenID Connect Core section 2).
    #[must_use]
    pub fn meets(found: &str, required: &str) -> bool {
        let levels = Self::from_claim(found).zip(Self::from_claim(required));
        found == required || levels.is_some_and(|(found, required)| found >= required)
    }
}

/// The methods of a session in which `added` were proved too. What was proved before stays: a session keeps
/// its assurance when the user proves one factor again (NIST SP 800-63B section 4.2.3).
#[must_use]
pub fn join(
    mut methods: Vec<AuthenticationMethod>,
    added: &[AuthenticationMethod],
) -> Vec<AuthenticationMethod> {
    for method in added {
        if !methods.contains(method) {
            methods.push(*method);
        }
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::AuthenticationMethod::{
        Email, Federated, HardwareKey, MultipleFactors, OneTimePassword, Password, SoftwareKey, User,
    };
    use super::{Assurance, AuthenticationMethod, join};
    use crate::wire::read_json;

    #[test]
    fn two_factors_or_a_passkey_with_user_verification_are_aal2() {
        for (methods, expected) in [
            (vec![], Assurance::Aal1),
            (vec![Password], Assurance::Aal1),
            (vec![Email], Assurance::Aal1),
            (vec![Federated], Assurance::Aal1),
            (vec![HardwareKey], Assurance::Aal1),
            (vec![User], Assurance::Aal1),
            (vec![Password, User], Assurance::Aal1),
            (vec![HardwareKey, User], Assurance::Aal2),
            (vec![SoftwareKey, User], Assurance::Aal2),
            (vec![Password, OneTimePassword, MultipleFactors], Assurance::Aal2),
        ] {
            assert_eq!(Assurance::of(&methods), expected, "{methods:?}");
        }
    }

    #[test]
    fn a_higher_level_meets_a_lower_one_and_other_values_are_texts() {
        for (found, required, meets) in [
            ("aal1", "aal1", true),
            ("aal2", "aal1", true),
            ("aal2", "aal2", true),
            ("aal1", "aal2", false),
            ("AAL2", "aal2", false),
            ("aal3", "aal2", false),
            ("urn:example:mfa", "urn:example:mfa", true),
            ("urn:example:mfa", "aal1", false),
            ("1", "0", false),
        ] {
            assert_eq!(Assurance::meets(found, required), meets, "{found} {required}");
        }
    }

    #[test]
    fn a_proof_adds_to_the_methods_of_a_session_once() {
        let joined = join(vec![Password], &[OneTimePassword, MultipleFactors]);
        assert_eq!(joined, [Password, OneTimePassword, MultipleFactors]);
        assert_eq!(join(joined.clone(), &[Password]), joined);
    }

    #[test]
    fn a_message_has_the_names_of_the_claim() {
        for method in AuthenticationMethod::ALL {
            let text = format!("\"{}\"", method.as_str());
            assert_eq!(serde_json::to_string(method).unwrap(), text);
            assert_eq!(read_json::<AuthenticationMethod>(text.as_bytes()).unwrap(), *method);
        }
        assert!(read_json::<AuthenticationMethod>(b"\"face\"").is_err());
    }
}
