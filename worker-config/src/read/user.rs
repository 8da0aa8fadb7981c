//! `user`: what tokens say about users.

use crate::error::Errors;
use crate::reader::Table;

/// The claims of our own tokens, and those of the registry "JSON Web Token Claims" (RFC 7519 section 10.1)
/// that a consumer of access tokens may read: the service may define each of them in a later version.
const RESERVED: &str = "iss sub aud exp nbf iat jti client_id auth_time sid epoch roles scope email email_verified \
    acr amr azp nonce at_hash c_hash s_hash sub_jwk cnf act may_act groups entitlements authorization_details \
    name given_name family_name middle_name nickname preferred_username profile picture website gender birthdate \
    zoneinfo locale phone_number phone_number_verified address updated_at events toe txn sub_id jwks \
    token_introspection verified_claims vc vp vct status htm htu ath token_type active username";

/// The maximum length of a claim's name, in bytes.
const MAX_NAME: usize = 128;

/// The claim for the metadata.
pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<Option<String>> {
    let mut table = table.table("user", errors)?;
    let claim = table.optional("metadata_claim", errors, |value| {
        value.as_str().filter(|name| is_free(name)).map(ToOwned::to_owned)
    });
    table.finish(errors);
    claim
}

fn is_free(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        && !RESERVED.split_ascii_whitespace().any(|reserved| reserved.eq_ignore_ascii_case(name))
}
