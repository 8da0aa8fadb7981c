//! `oauth`: the authorization server for other clients than the browser of the app.

use std::rc::Rc;

use auth_core::gate::Pattern;
use auth_core::id::ClientId;
use auth_core::oauth::{
    ASSERTION_ALGORITHMS, ApplicationType, Client, ClientAuthentication, ClientOrigin, ClientSource,
    GrantType, GrantTypes, KnownScope, OAuthPolicy, RedirectUri, Registration, Resource, STANDARD_SCOPES,
    Scope, is_scope_token,
};
use auth_core::wire::{Origin, Roles, paths};
use serde_json::Value;

use super::issuers::read_static;
use super::values::{path, sha256_hex};
use crate::error::Errors;
use crate::reader::Table;

/// The maximum length of a scope's description, in characters.
const MAX_DESCRIPTION: usize = 200;

/// The maximum length of a client's name, in characters.
const MAX_NAME: usize = 64;

/// The maximum number of redirect URIs of a client.
const MAX_REDIRECT_URIS: usize = 16;

/// `None` after an error; without the table there is no authorization server.
pub(super) fn read(
    table: &mut Table,
    issuer: Option<&Origin>,
    errors: &mut Errors,
) -> Option<Option<OAuthPolicy>> {
    let Some(mut table) = table.optional_table("oauth", errors) else { return Some(None) };
    let sign_in_page = table.get("sign_in_page", errors, path);
    let scopes = read_scopes(&mut table, errors);
    let resources = read_resources(&mut table, issuer, &scopes, errors);
    let tables = table.tables("clients", errors);
    let ids: Vec<ClientId> = tables.iter().map(|(id, _)| ClientId::from(id.as_str())).collect();
    let read = |(id, table): (String, Table)| read_client(&id, table, &scopes, &resources, errors);
    let clients: Vec<Rc<Client>> = tables.into_iter().filter_map(read).map(Rc::new).collect();
    check_servers(&resources, &ids, &clients, errors);
    let metadata_documents = table.flag("client_metadata_documents", errors);
    let registration = table.choice("registration", errors, |word| match word {
        "off" => Some(Registration::Off),
        "open" => Some(Registration::Open),
        _ => None,
    });
    table.finish(errors);
    Some(Some(OAuthPolicy {
        sign_in_page: sign_in_page?,
        scopes,
        resources,
        clients,
        metadata_documents: metadata_documents?,
        registration: registration?,
    }))
}

fn read_scopes(table: &mut Table, errors: &mut Errors) -> Vec<KnownScope> {
    let key = table.key("scopes");
    let tables = table.tables("scopes", errors);
    if tables.len() > Scope::MAX {
        errors.add(key, Some(&Value::from(tables.len())), "at most 32 scopes");
    }
    let read = |(name, mut table): (String, Table)| {
        if !is_scope_token(&name) || STANDARD_SCOPES.contains(&&*name) {
            let expected = "the name of a scope: at most 64 characters of visible ASCII without quotes and backslashes, and not one of \
                            openid, profile, email and offline_access, which exist in any case";
            errors.add(table.key("description"), Some(&Value::from(name.as_str())), expected);
        }
        let description = table.get("description", errors, |value| line(value, MAX_DESCRIPTION));
        let roles = table.get("roles", errors, |value| {
            let words = value.as_array()?.iter().map(|item| item.as_str().map(ToOwned::to_owned));
            Roles::new(words.collect::<Option<_>>()?).ok().map(Roles::into_inner)
        });
        table.finish(errors);
        Some(KnownScope { name, description: description?, roles: roles? })
    };
    tables.into_iter().filter_map(read).collect()
}

fn read_resources(
    table: &mut Table,
    issuer: Option<&Origin>,
    known: &[KnownScope],
    errors: &mut Errors,
) -> Vec<Resource> {
    let tables = table.tables("resources", errors);
    let read = |(path, mut table): (String, Table)| {
        if !is_resource_path(&path) {
            let expected =
                "a path such as /mcp, without a slash or * at its end, that is not one of the service's own";
            errors.add(table.key("scopes"), Some(&Value::from(path.as_str())), expected);
        }
        let scopes = read_known(&mut table, known, errors);
        let server = table.optional("server", errors, |value| {
            value.as_str().map(ClientId::from).filter(|id| ClientSource::of(id).is_some())
        });
        table.finish(errors);
        let identifier = format!("{}{path}", issuer?);
        Some(Resource { path, identifier, scopes: scopes?, server: server? })
    };
    tables.into_iter().filter_map(read).collect()
}

/// Whether each `server` can be a client that authenticates itself. A client that an administrator registers is not known
/// here. `ids`: those of all clients in the configuration, also of those with mistakes.
fn check_servers(resources: &[Resource], ids: &[ClientId], clients: &[Rc<Client>], errors: &mut Errors) {
    for Resource { path, server, .. } in resources {
        let Some(server) = server else { continue };
        let is_possible = match ClientSource::of(server) {
            Some(ClientSource::Configuration) => {
                let client = clients.iter().find(|client| client.id == *server);
                client.map_or_else(|| ids.contains(server), |client| client.is_confidential())
            }
            Some(ClientSource::Registered) => true,
            Some(ClientSource::MetadataDocument) | None => false,
        };
        if !is_possible {
            let key = format!("oauth.resources.{path}.server");
            let expected = "the id of a client in oauth.clients with secret_sha256 or keys, or of a client that an administrator \
                            has registered";
            errors.add(key, Some(&Value::from(server.as_str())), expected);
        }
    }
}

fn is_resource_path(path: &str) -> bool {
    path.len() > 1
        && !path.ends_with(['/', '*'])
        && Pattern::parse(path).is_ok()
        && !paths::is_of_service(path)
}

/// The key `scopes`, whose items are names in `oauth.scopes`.
fn read_known(table: &mut Table, known: &[KnownScope], errors: &mut Errors) -> Option<Scope> {
    let is_known = |name: &str| known.iter().any(|scope| scope.name == name);
    let expected = table.expected("scopes");
    table.get("scopes", errors, |value| {
        let names: Vec<&str> = value.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
        let fits =
            names.iter().all(|name| is_known(name)) && !(names.is_empty() && expected.contains("at least"));
        Scope::of(names).ok().filter(|_| fits)
    })
}

fn read_client(
    id: &str,
    mut table: Table,
    known: &[KnownScope],
    resources: &[Resource],
    errors: &mut Errors,
) -> Option<Client> {
    if ClientSource::of(&id.into()) != Some(ClientSource::Configuration) {
        let expected = "the id of a client: 1 to 63 letters, digits, hyphens and underscores";
        errors.add(table.key("name"), Some(&Value::from(id)), expected);
    }
    let name = table.get("name", errors, |value| line(value, MAX_NAME));
    let redirect_uris = read_redirect_uris(&mut table, errors);
    let grants = table
        .list("grants", errors, |word| GrantType::ALL.iter().copied().find(|grant| grant.word() == word));
    let scopes = read_known(&mut table, known, errors);
    let application = table.choice("application", errors, |word| match word {
        "web" => Some(ApplicationType::Web),
        "native" => Some(ApplicationType::Native),
        _ => None,
    });
    let authentication = read_authentication(&mut table, errors);
    let first_party = table.flag("first_party", errors);
    let dpop = table.optional("dpop", errors, Value::as_bool);
    let client = Client {
        id: id.into(),
        name: name?,
        authentication: authentication?,
        redirect_uris: redirect_uris?,
        application: application?,
        grants: GrantTypes::of(grants?),
        scopes: scopes?,
        origin: ClientOrigin::Configured,
        first_party: first_party?,
        dpop: dpop?.unwrap_or(application? == ApplicationType::Native),
        epoch: 0,
    };
    check(&client, resources, &table, errors);
    table.finish(errors);
    Some(client)
}

/// What the values of several keys require of each other.
fn check(client: &Client, resources: &[Resource], table: &Table, errors: &mut Errors) {
    let uses = |grant| client.grants.contains(grant);
    if uses(GrantType::AuthorizationCode) && client.redirect_uris.is_empty() {
        let expected = "at least one, because the client uses authorization codes; add one, or leave authorization_code out of grants";
        errors.add(table.key("redirect_uris"), None, expected);
    }
    let alone = [GrantType::ClientCredentials, GrantType::TokenExchange];
    if let Some(grant) = alone.into_iter().find(|grant| uses(*grant) && !client.is_confidential()) {
        let expected = "a client with secret_sha256 or keys, because a public client can't prove who it is";
        errors.add(table.key("grants"), Some(&Value::from(grant.word())), expected);
    }
    let found = client.grants.iter().next().map(|grant| Value::from(grant.word()));
    // The server of a resource needs no token of its own to introspect tokens.
    let only_introspects =
        found.is_none() && resources.iter().any(|resource| resource.server.as_ref() == Some(&client.id));
    if !only_introspects && client.grants.iter().all(|grant| grant == GrantType::RefreshToken) {
        let expected = "a grant by which the client gets its first token, such as authorization_code";
        errors.add(table.key("grants"), found.as_ref(), expected);
    }
}

fn read_redirect_uris(table: &mut Table, errors: &mut Errors) -> Option<Vec<RedirectUri>> {
    let texts = table.get("redirect_uris", errors, |value| {
        let texts = value.as_array()?.iter().map(|item| item.as_str().map(ToOwned::to_owned));
        texts.collect::<Option<Vec<_>>>().filter(|texts| texts.len() <= MAX_REDIRECT_URIS)
    })?;
    let mut uris = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        match RedirectUri::parse(&text) {
            Ok(uri) => uris.push(uri),
            Err(invalid) => {
                let key = format!("{}[{index}]", table.key("redirect_uris"));
                let expected = format!("a valid redirect URI. {}", invalid.description());
                errors.add(key, Some(&Value::from(text)), &expected);
            }
        }
    }
    Some(uris)
}

fn read_authentication(table: &mut Table, errors: &mut Errors) -> Option<ClientAuthentication> {
    let sha256 = table.list("secret_sha256", errors, sha256_hex)?;
    let Some(keys) = table.take("keys") else {
        return Some(match sha256.is_empty() {
            true => ClientAuthentication::None,
            false => ClientAuthentication::Secret { sha256 },
        });
    };
    if !sha256.is_empty() {
        errors.add(
            table.key("keys"),
            Some(&keys),
            "either keys or secret_sha256, not both; remove one of them",
        );
    }
    match read_static(&keys, &ASSERTION_ALGORITHMS) {
        Ok(keys) => Some(ClientAuthentication::PrivateKeyJwt { keys }),
        Err(why) => {
            let expected = format!("a JWK set of usable public keys (this one: {why})");
            errors.add(table.key("keys"), Some(&keys), &expected);
            None
        }
    }
}

/// A text for users, in one line.
fn line(value: &Value, max: usize) -> Option<String> {
    let text = value.as_str()?;
    let fits = (1..=max).contains(&text.chars().count()) && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}
