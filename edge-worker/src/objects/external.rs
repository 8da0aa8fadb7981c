//! Accounts with external credentials.
//!
//! Such an account is identified by the user's id in the external system, not by the e-mail address, because
//! addresses change and are reassigned. The account stores its *name* in place of a password hash, and the
//! Directory stores the same name. A name contains a space, so it can't be confused with an address or a
//! hash.

const PREFIX: &str = "elsewhere ";

/// The name of the account of the user with this external id.
#[must_use]
pub fn name(external_id: &str) -> String {
    [PREFIX, external_id].concat()
}

/// The external id, if the value stored in place of the password hash is a name.
#[must_use]
pub fn external_id(password_hash: &str) -> Option<&str> {
    password_hash.strip_prefix(PREFIX)
}

/// The key under which the Directory stores an account.
#[must_use]
pub fn directory_key<'a>(password_hash: &'a str, email: &'a str) -> &'a str {
    if external_id(password_hash).is_some() { password_hash } else { email }
}

#[cfg(test)]
mod tests {
    use auth_core::wire::Email;

    use super::{directory_key, external_id, name};
    use crate::passwords::is_known_hash;

    #[test]
    fn a_name_is_neither_an_address_nor_a_hash() {
        for id in ["7", "ada@example.com", "$argon2id$v=19", "elsewhere"] {
            let name = name(id);
            assert_eq!(external_id(&name), Some(id));
            assert!(Email::parse(&name).is_err() && !is_known_hash(&name), "{name}");
            assert_eq!(directory_key(&name, "ada@example.com"), name);
        }
        assert_eq!(external_id("$argon2id$v=19$m=19456,t=2,p=1$AA$AA"), None);
        assert_eq!(directory_key("$2b$06$x", "ada@example.com"), "ada@example.com");
    }
}
