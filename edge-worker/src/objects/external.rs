//! Accounts whose credentials are elsewhere.
//!
//! Such an account is known by the id its user has there, and not by his address: addresses change, and are given to others. In
//! place of a password's hash the account holds its *name*, by which the Directory has it too. A name is no address and no
//! hash, because it has a space in it.

const PREFIX: &str = "elsewhere ";

/// The name of the account of whoever has this id elsewhere.
#[must_use]
pub fn name(external_id: &str) -> String {
    [PREFIX, external_id].concat()
}

/// The id elsewhere, if what stands in place of the password's hash says that there is one.
#[must_use]
pub fn external_id(password_hash: &str) -> Option<&str> {
    password_hash.strip_prefix(PREFIX)
}

/// What the Directory knows an account by.
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
