//! `passkeys`: the relying party.

use auth_core::webauthn::RelyingParty;
use auth_core::wire::Origin;
use serde_json::Value;

use super::values::origin;
use crate::error::Errors;
use crate::model::Passkeys;
use crate::reader::Table;

/// The maximum length of the name, in characters.
const MAX_NAME: usize = 64;

pub(super) fn read(
    table: &mut Table,
    issuer: Option<&Origin>,
    allowed_origins: Option<&[Origin]>,
    errors: &mut Errors,
) -> Option<Passkeys> {
    let mut table = table.optional_table("passkeys", errors)?;
    let id = table.optional("rp_id", errors, |value| {
        let id = value.as_str()?;
        issuer.is_none_or(|issuer| is_rp_id_of(issuer.host(), id)).then(|| id.to_owned())
    });
    let name = table.optional("rp_name", errors, |value| {
        let name = value.as_str()?;
        let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
        fits.then(|| name.to_owned())
    });
    let origins = table.optional("origins", errors, |value| {
        let origins = value.as_array()?.iter().map(origin).collect::<Option<Vec<_>>>()?;
        (!origins.is_empty()).then_some(origins)
    });
    if let (Some(None), Some(issuer)) = (&id, issuer)
        && !is_rp_id_of(issuer.host(), issuer.host())
    {
        let expected =
            "an issuer whose host is a name, because passkeys belong to a domain and not to an address";
        errors.add(table.key("rp_id"), Some(&Value::from(issuer.host())), expected);
    }
    table.finish(errors);
    let (issuer, origins) = (issuer?, origins?);
    let id = id?.unwrap_or_else(|| issuer.host().to_owned());
    let name = name?.unwrap_or_else(|| id.clone());
    let relying_party = match (origins, allowed_origins) {
        (Some(origins), _) => RelyingParty::new(id, origins),
        (None, Some(allowed)) => RelyingParty::new(id, [core::slice::from_ref(issuer), allowed].concat()),
        (None, None) if issuer.is_local() => RelyingParty::on_this_machine(id),
        (None, None) => RelyingParty::new(id, vec![issuer.clone()]),
    };
    Some(Passkeys { relying_party, name })
}

/// Whether pages of the service's host may use passkeys of this RP ID (WebAuthn section 5.1.2: a "registrable domain
/// suffix", as far as this can be decided without the list of public suffixes).
fn is_rp_id_of(host: &str, id: &str) -> bool {
    let is_above = host.strip_suffix(id).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_address = host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_above && !is_address && (id.contains('.') || id == "localhost")
}
