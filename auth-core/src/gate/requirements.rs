//! What a route requires of a caller beyond a valid credential.

use super::policy::Requirements;
use super::verdict::{Denial, Lacking};
use crate::credential::Assurance;
use crate::id::SessionKind;
use crate::time::UnixTime;
use crate::token::Caller;

impl Requirements {
    /// Whether a caller meets all of them. Scopes and roles come first: a user who lacks them need not
    /// authenticate again, unless a second factor may give the user the role. `is_own`: the caller's issuer is
    /// this service. `user_scopes`: the scopes that its users have. An API key, a token for which it was exchanged,
    /// and a token of an OAuth client have only their own.
    ///
    /// # Errors
    /// [`Denial::Insufficient`], [`Denial::StepUp`].
    pub fn check(
        &self,
        caller: &Caller,
        is_own: bool,
        user_scopes: &[String],
        now: UnixTime,
    ) -> Result<(), Denial> {
        let has = |owned: &[String], wanted: &[String]| wanted.iter().all(|word| owned.contains(word));
        let is_user = is_own && caller.kind() == SessionKind::Browser;
        let has_scopes = has(&caller.scopes, &self.scopes) || (is_user && has(user_scopes, &self.scopes));
        if !has_scopes || !has(&caller.roles, &self.roles) {
            if is_user && has_scopes && self.may_be_met_by_two_factors(caller) {
                let acr = vec![Assurance::Aal2.as_str().to_owned()];
                return Err(Denial::StepUp {
                    acr,
                    max_age: self.max_auth_age,
                    account: Some(caller.account()),
                });
            }
            let scopes = Lacking::between(&caller.scopes, &self.scopes);
            let roles = Lacking::between(&caller.roles, &self.roles);
            return Err(Denial::Insufficient { scope: self.scopes.join(" "), scopes, roles });
        }
        let is_recent = self.max_auth_age.is_none_or(|max_age| caller.authenticated_within(max_age, now));
        if is_recent && caller.authenticated_as(&self.acr) {
            return Ok(());
        }
        // The user of a client authenticates for the client again (RFC 9470 section 4), not at the service's own methods.
        let account = is_user.then(|| caller.account());
        Err(Denial::StepUp { acr: self.acr.clone(), max_age: self.max_auth_age, account })
    }

    /// Whether all roles that the caller lacks are given only to sessions in which two factors were proved, and
    /// the caller's is not one. Whether the user has these roles, only the account knows.
    fn may_be_met_by_two_factors(&self, caller: &Caller) -> bool {
        let aal2 = Assurance::Aal2.as_str();
        let has = |role: &String| caller.roles.contains(role) || self.guarded_roles.contains(role);
        self.roles.iter().all(has) && caller.acr.as_deref() != Some(aal2)
    }
}

/// Requires that the caller's token has all these scopes itself, whatever its user has.
///
/// # Errors
/// [`Denial::Insufficient`].
pub(super) fn require_scopes(caller: &Caller, scopes: &[String]) -> Result<(), Denial> {
    let lacking = Lacking::between(&caller.scopes, scopes);
    if lacking.missing.is_empty() {
        return Ok(());
    }
    Err(Denial::Insufficient { scope: scopes.join(" "), scopes: lacking, roles: Lacking::default() })
}

impl Lacking {
    pub(super) fn between(found: &[String], wanted: &[String]) -> Self {
        let missing = wanted.iter().filter(|word| !found.contains(word)).cloned().collect();
        Self { missing, found: found.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Denial, Lacking, Requirements};
    use crate::time::UnixTime;
    use crate::token::Caller;

    #[test]
    fn a_caller_must_meet_all_requirements_and_authorisation_comes_before_authentication() {
        let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
        let caller = Caller {
            subject: "a-1".into(),
            auth_time: Some(UnixTime(1_000)),
            acr: Some("aal1".into()),
            roles: words("admin editor"),
            scopes: words("read"),
            ..Caller::bare()
        };
        let lacks = |scope: &str, scopes: &str, roles: &str| {
            let scopes = Lacking { missing: words(scopes), found: words("read") };
            let roles = Lacking { missing: words(roles), found: words("admin editor") };
            Err(Denial::Insufficient { scope: scope.into(), scopes, roles })
        };
        let of = |account: Option<&str>, acr: &str, max_age| {
            Err(Denial::StepUp { acr: words(acr), max_age, account: account.map(Into::into) })
        };
        let step_up = |acr: &str, max_age| of(Some("a-1"), acr, max_age);
        for (roles, scopes, acr, max_auth_age, now, expected) in [
            ("", "", "", None, 9_999, Ok(())),
            ("admin editor", "read", "", Some(600), 1_600, Ok(())),
            ("admin", "read", "aal1", Some(600), 1_600, Ok(())),
            ("admin", "read", "", Some(600), 1_601, step_up("", Some(600))),
            ("", "", "aal2", None, 1_000, step_up("aal2", None)),
            ("", "", "aal2 urn:x:mfa", Some(600), 1_000, step_up("aal2 urn:x:mfa", Some(600))),
            ("", "", "aal1", Some(600), 1_601, step_up("aal1", Some(600))),
            ("admin", "write read", "aal2", Some(600), 1_601, lacks("write read", "write", "")),
            ("owner", "read", "", None, 1_000, lacks("read", "", "owner")),
            ("owner", "", "aal2", None, 1_000, lacks("", "", "owner")),
        ] {
            let (issuers, roles, scopes) = (vec![0], words(roles), words(scopes));
            let requires = Requirements {
                issuers,
                scopes,
                roles,
                acr: words(acr),
                max_auth_age,
                ..Requirements::default()
            };
            assert_eq!(requires.check(&caller, true, &[], UnixTime(now)), expected, "{requires:?} {now}");
        }
        let guarded = |roles: &str, scopes: &str| Requirements {
            roles: words(roles),
            scopes: words(scopes),
            guarded_roles: words("owner"),
            ..Requirements::default()
        };
        let strong = Caller { acr: Some("aal2".into()), ..caller.clone() };
        for (caller, is_own, requires, expected) in [
            (&caller, true, guarded("owner admin", ""), step_up("aal2", None)),
            (&caller, false, guarded("owner admin", ""), lacks("", "", "owner")),
            (&strong, true, guarded("owner admin", ""), lacks("", "", "owner")),
            (&caller, true, guarded("owner root", ""), lacks("", "", "owner root")),
            (&caller, true, guarded("owner", "write"), lacks("write", "write", "owner")),
            (&caller, true, guarded("admin", ""), Ok(())),
        ] {
            assert_eq!(
                requires.check(caller, is_own, &[], UnixTime(1_000)),
                expected,
                "{requires:?} {is_own}"
            );
        }
        let silent = Caller { auth_time: None, acr: None, ..caller };
        let requires = Requirements { max_auth_age: Some(600), ..Requirements::default() };
        assert_eq!(requires.check(&silent, true, &[], UnixTime(0)), step_up("", Some(600)));
        assert_eq!(
            requires.check(&silent, false, &[], UnixTime(0)),
            of(None, "", Some(600)),
            "another issuer's"
        );
        let requires = Requirements { acr: words("aal1"), ..Requirements::default() };
        assert_eq!(requires.check(&silent, true, &[], UnixTime(0)), step_up("aal1", None));
    }

    #[test]
    fn a_scope_limits_a_key_and_not_its_owner() {
        let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
        let caller = |session: &str, scopes: &str| Caller {
            issuer: "i".into(),
            subject: "u".into(),
            audience: None,
            jkt: None,
            client_id: None,
            session: Some(session.into()),
            token_id: None,
            epoch: None,
            auth_time: None,
            acr: None,
            roles: vec![],
            scopes: words(scopes),
            email: None,
        };
        let user_scopes = words("read write");
        for (session, scopes, is_own, wanted, passes) in [
            ("s", "", true, "read", true),
            ("s", "", true, "read write", true),
            ("s", "", true, "delete", false),
            ("s", "", false, "read", false),
            ("s", "read", false, "read", true),
            ("key.x", "", true, "read", false),
            ("key.x", "read", true, "read", true),
            ("key.x", "read", true, "read write", false),
        ] {
            let requires = Requirements { scopes: words(wanted), ..Requirements::default() };
            let checked = requires.check(&caller(session, scopes), is_own, &user_scopes, UnixTime(0));
            assert_eq!(checked.is_ok(), passes, "{session} {scopes} {is_own} {wanted}");
        }
    }
}
