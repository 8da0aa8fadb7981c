//! `api_keys`: whether users can create keys, and what they can permit.

use auth_core::api_key::is_environment;
use auth_core::gate::ApiKeyPolicy;
use auth_core::wire::Roles;

use crate::error::Errors;
use crate::reader::Table;

/// `None` after an error; without the table there are no keys.
pub(super) fn read(table: &mut Table, errors: &mut Errors) -> Option<Option<ApiKeyPolicy>> {
    let Some(mut table) = table.optional_table("api_keys", errors) else { return Some(None) };
    let environment = table.get("environment", errors, |value| {
        value.as_str().filter(|name| is_environment(name)).map(ToOwned::to_owned)
    });
    // A key can have as many scopes as a user has roles, and of the same form.
    let scopes = table.get("scopes", errors, |value| {
        let words = value.as_array()?.iter().map(|item| item.as_str().map(ToOwned::to_owned));
        Roles::new(words.collect::<Option<_>>()?).ok().map(Roles::into_inner)
    });
    table.finish(errors);
    Some(Some(ApiKeyPolicy { environment: environment?, scopes: scopes? }))
}
