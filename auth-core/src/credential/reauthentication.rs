//! How the user of a session can prove a credential again, or a second factor.

use super::{Assurance, Credential, Credentials};
use crate::wire::Method;

impl Credentials {
    /// The methods by which the user of a session can prove one of these credentials again, in the order of
    /// [`Method::ALL`]. `address`: that of the account, the only one to which codes are sent. `is_offered`: whether the
    /// configuration lets users prove such a credential.
    pub fn reauthentication_methods(
        &self,
        address: &str,
        is_offered: impl Fn(&Credential) -> bool,
    ) -> Vec<Method> {
        let provable = |credential: &Credential| match credential {
            Credential::Password(_) | Credential::External(_) => Some(Method::Password),
            Credential::Email(proved) => (proved == address).then_some(Method::EmailCode),
            Credential::Passkey(_) => Some(Method::Passkey),
            Credential::Provider(_) => Some(Method::Provider),
        };
        let offered = |credential: &&Credential| is_offered(credential);
        let found: Vec<Method> = self.iter().filter(offered).filter_map(provable).collect();
        Method::ALL.iter().copied().filter(|method| found.contains(method)).collect()
    }

    /// The methods by which the user of a session can meet a requirement for the authentication (RFC 9470): those of
    /// [`Self::reauthentication_methods`], or second factors where one factor is not enough. `acr`: the accepted
    /// values; empty: any. `second_factors`: those that the account has.
    pub fn step_up_methods(
        &self,
        acr: &[String],
        second_factors: &[Method],
        address: &str,
        is_offered: impl Fn(&Credential) -> bool,
    ) -> Vec<Method> {
        let one_factor_is_enough = acr.is_empty() || acr.iter().any(|acr| acr == Assurance::Aal1.as_str());
        let methods = self.reauthentication_methods(address, is_offered);
        if one_factor_is_enough {
            return methods;
        }
        // Passkeys are offered for both or for neither.
        let offered = |method: &Method| *method != Method::Passkey || methods.contains(method);
        second_factors.iter().copied().filter(offered).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::credential::{
        Credential, CredentialKind, CredentialVersion, Credentials, ExternalId, LinkedUser, Passkey,
        ProviderUser, VersionedCredential,
    };
    use crate::secret::SecretText;
    use crate::time::UnixTime;
    use crate::wire::Method;

    fn passkey(id: &str) -> Credential {
        Credential::Passkey(Box::new(Passkey {
            id: id.into(),
            public_key: "cHVibGlj".into(),
            counter: 0,
            backup_eligible: false,
            backed_up: false,
            transports: vec![],
            name: "Key".into(),
            created_at: UnixTime(1),
            last_used_at: None,
        }))
    }

    fn account(credentials: Vec<Credential>) -> Credentials {
        let versions = (1..).map(CredentialVersion);
        let versioned = versions.zip(credentials);
        Credentials::new(
            versioned.map(|(version, credential)| VersionedCredential { version, credential }).collect(),
        )
    }

    #[test]
    fn only_methods_that_the_account_has() {
        let password = || Credential::Password(SecretText::new("$argon2id$".to_owned()));
        let external = || Credential::External(ExternalId::parse("7").unwrap());
        let email = |address: &str| Credential::Email(address.to_owned());
        let provider = || {
            let user = ProviderUser::new("https://op.example", "ada").unwrap();
            Credential::Provider(LinkedUser::new("op", user).unwrap())
        };
        for (credentials, expected) in [
            (vec![], vec![]),
            (vec![password()], vec![Method::Password]),
            (vec![external()], vec![Method::Password]),
            (vec![email("ada@example.com")], vec![Method::EmailCode]),
            (vec![email("former@example.com")], vec![]),
            (vec![passkey("a"), passkey("b")], vec![Method::Passkey]),
            (vec![provider()], vec![Method::Provider]),
            (
                vec![provider(), passkey("a"), email("ada@example.com"), password()],
                vec![Method::Password, Method::EmailCode, Method::Passkey, Method::Provider],
            ),
        ] {
            let credentials = account(credentials);
            assert_eq!(credentials.reauthentication_methods("ada@example.com", |_| true), expected);
        }
    }

    #[test]
    fn only_methods_that_the_configuration_offers() {
        let credentials = account(vec![passkey("a"), Credential::Email("ada@example.com".to_owned())]);
        let offered = |kind| move |credential: &Credential| credential.kind() == kind;
        let methods = |kind| credentials.reauthentication_methods("ada@example.com", offered(kind));
        assert_eq!(methods(CredentialKind::Email), [Method::EmailCode]);
        assert_eq!(methods(CredentialKind::Passkey), [Method::Passkey]);
        assert_eq!(methods(CredentialKind::Password), []);
    }

    #[test]
    fn a_step_up_needs_a_second_factor_only_where_one_factor_is_not_enough() {
        let password = Credential::Password(SecretText::new("$argon2id$".to_owned()));
        let credentials = account(vec![password, passkey("a")]);
        let factors = [Method::Totp, Method::Passkey];
        let first = [Method::Password, Method::Passkey];
        for (acr, expected) in [
            (vec![], &first),
            (vec!["aal1"], &first),
            (vec!["urn:x:mfa", "aal1"], &first),
            (vec!["aal2"], &factors),
            (vec!["aal2", "urn:x:mfa"], &factors),
        ] {
            let acr: Vec<String> = acr.into_iter().map(ToOwned::to_owned).collect();
            let methods = credentials.step_up_methods(&acr, &factors, "ada@example.com", |_| true);
            assert_eq!(methods, expected, "{acr:?}");
        }
        let two = ["aal2".to_owned()];
        let only_passwords = |credential: &Credential| credential.kind() == CredentialKind::Password;
        assert_eq!(credentials.step_up_methods(&two, &factors, "", only_passwords), [Method::Totp]);
        assert_eq!(credentials.step_up_methods(&two, &[], "", |_| true), [], "the account has none");
    }
}
