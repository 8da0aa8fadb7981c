//! What a route requires of a caller beyond a valid credential.

use super::policy::Requirements;
use super::verdict::{Denial, Lacking};
use crate::time::UnixTime;
use crate::token::Caller;

impl Requirements {
    /// Whether a caller meets all of them. Scopes and roles come first: a user who lacks them need not
    /// authenticate again.
    ///
    /// # Errors
    /// [`Denial::Insufficient`], [`Denial::TooOld`].
    pub fn check(&self, caller: &Caller, now: UnixTime) -> Result<(), Denial> {
        let has = |owned: &[String], wanted: &[String]| wanted.iter().all(|word| owned.contains(word));
        if !has(&caller.scopes, &self.scopes) || !has(&caller.roles, &self.roles) {
            let scopes = Lacking::between(&caller.scopes, &self.scopes);
            let roles = Lacking::between(&caller.roles, &self.roles);
            return Err(Denial::Insufficient { scope: self.scopes.join(" "), scopes, roles });
        }
        match self.max_auth_age {
            Some(max_age) if !caller.authenticated_within(max_age, now) => Err(Denial::TooOld(max_age)),
            Some(_) | None => Ok(()),
        }
    }
}

impl Lacking {
    fn between(found: &[String], wanted: &[String]) -> Self {
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
    fn a_caller_must_meet_all_requirements_and_authorisation_comes_before_age() {
        let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
        let caller = Caller {
            issuer: "i".into(),
            subject: "u".into(),
            session: None,
            token_id: None,
            epoch: None,
            auth_time: Some(UnixTime(1_000)),
            roles: words("admin editor"),
            scopes: words("read"),
            email: None,
        };
        let lacks = |scope: &str, scopes: &str, roles: &str| {
            let scopes = Lacking { missing: words(scopes), found: words("read") };
            let roles = Lacking { missing: words(roles), found: words("admin editor") };
            Err(Denial::Insufficient { scope: scope.into(), scopes, roles })
        };
        for (roles, scopes, max_auth_age, now, expected) in [
            ("", "", None, 9_999, Ok(())),
            ("admin editor", "read", Some(600), 1_600, Ok(())),
            ("admin", "read", Some(600), 1_601, Err(Denial::TooOld(600))),
            ("admin", "write read", Some(600), 1_601, lacks("write read", "write", "")),
            ("owner", "read", None, 1_000, lacks("read", "", "owner")),
            ("owner", "", None, 1_000, lacks("", "", "owner")),
        ] {
            let requires =
                Requirements { issuers: vec![0], scopes: words(scopes), roles: words(roles), max_auth_age };
            assert_eq!(requires.check(&caller, UnixTime(now)), expected, "{roles} {scopes} {now}");
        }
        let silent = Caller { auth_time: None, ..caller };
        let requires = Requirements { max_auth_age: Some(600), ..Requirements::default() };
        assert_eq!(requires.check(&silent, UnixTime(0)), Err(Denial::TooOld(600)));
    }
}
