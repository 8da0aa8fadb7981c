//! Converts JSON to [`Config`], or to a list of all its errors.

mod api_keys;
mod elsewhere;
mod hooks;
mod issuers;
mod keys;
mod limits;
mod mail;
mod oauth;
mod passkeys;
mod providers;
mod reachable;
mod routes;
mod second_factor;
mod upstreams;
mod user;
mod values;

pub use issuers::is_secure_url;

use auth_core::rotation::Lifetimes;
use auth_core::token::{Algorithm, ClaimNames, Policy, TYP_ACCESS_TOKEN, TypRule};
use auth_core::wire::Origin;
use serde_json::Value;

use crate::error::{ConfigError, Errors};
use crate::keys::LATCHKEY;
use crate::model::{Config, Jurisdiction, SignUpPolicy, SignatureBackend};
use crate::placeholders;
use crate::reader::Table;
use crate::{Carriers, Issuer, KeySource, OWN};
use values::{header_name, origin, sha256_hex, text};

/// Reads and checks the whole configuration.
///
/// # Errors
/// All [`ConfigError`]s, not only the first.
pub fn parse(value: &Value) -> Result<Config, Vec<ConfigError>> {
    match examine(value) {
        (Some(config), errors) if errors.is_empty() => Ok(config),
        (_, errors) => Err(errors),
    }
}

/// All errors, and the configuration if they leave enough of it for further checks.
pub(crate) fn examine(value: &Value) -> (Option<Config>, Vec<ConfigError>) {
    let mut errors = Errors::default();
    let table = Table::new("", value.clone(), &LATCHKEY, &mut errors);
    let config = table.and_then(|table| read(table, &mut errors));
    // On localhost, a value that was not filled in yet harms nothing but itself.
    let issuer = value.get("issuer").and_then(Value::as_str);
    if issuer.is_some_and(|issuer| issuer.starts_with("https://")) {
        errors.0.extend(placeholders::find(value, ""));
    }
    (config, errors.0)
}

fn read(mut table: Table, errors: &mut Errors) -> Option<Config> {
    let issuer = table.get("issuer", errors, origin);
    let audience = table.get("audience", errors, text);
    let client_id = table.get("client_id", errors, text);
    let sign_up = table.choice("sign_up", errors, |word| match word {
        "open" => Some(SignUpPolicy::Open),
        "closed" => Some(SignUpPolicy::Closed),
        _ => None,
    });
    let sign_in = elsewhere::read(&mut table, errors);
    let (email_code, elsewhere) = sign_in.map_or((None, None), |(code, elsewhere)| (Some(code), elsewhere));
    if elsewhere.is_some() && sign_up == Some(SignUpPolicy::Open) {
        let expected = "\"closed\", because new users are created in the external system";
        errors.add(table.key("sign_up"), Some(&Value::from("open")), expected);
    }
    let jurisdiction = table.optional("jurisdiction", errors, |value| match value.as_str()? {
        "eu" => Some(Jurisdiction::Eu),
        "fedramp" => Some(Jurisdiction::FedRamp),
        _ => None,
    });
    let hooks = hooks::read(&mut table, errors);
    let metadata_claim = user::read(&mut table, errors);
    let second_factor = second_factor::read(&mut table, errors);
    let guarded = second_factor.as_ref().map_or(&[][..], |second_factor| &second_factor.roles);
    let signatures = table.choice("signatures", errors, |word| match word {
        "webcrypto" => Some(SignatureBackend::WebCrypto),
        "jwt-simple" => Some(SignatureBackend::JwtSimple),
        _ => None,
    });
    let allowed_origins = table.optional("allowed_origins", errors, |value| {
        let origin = |item: &Value| Origin::parse(item.as_str()?).ok().filter(Origin::is_secure);
        value.as_array()?.iter().map(origin).collect::<Option<Vec<_>>>()
    });
    let service_credentials = table.list("service_credentials", errors, sha256_hex);
    let admin_credentials = table.list("admin_credentials", errors, sha256_hex);
    if let (Some(services), Some(admins)) = (&service_credentials, &admin_credentials) {
        for both in admins.iter().filter(|hash| services.contains(hash)) {
            let expected = "hashes that are not also in service_credentials";
            errors.add(table.key("admin_credentials"), Some(&Value::String(both.clone())), expected);
        }
    }
    let one_time_password_ttl = table.number("one_time_password_ttl", errors);
    let strip_headers = table.list("strip_headers", errors, header_name);
    let email_headers = table.flag("email_headers", errors);
    let server_timing = table.flag("server_timing", errors);
    let lifetimes = read_lifetimes(&mut table, errors);
    let local = issuer.as_ref().is_some_and(|issuer| !issuer.as_str().starts_with("https://"));
    let keys = keys::read(&mut table, local, errors);
    let reauthentication = table.number("reauthentication", errors);
    let sessions_per_account = table.number("sessions_per_account", errors);
    let foreign = issuers::read(&mut table, email_headers.unwrap_or_default(), errors);
    let seals = keys.as_ref().is_some_and(|keys| !keys.secret_bindings.is_empty());
    let providers = providers::read(&mut table, seals, errors);
    let upstreams = upstreams::read(&mut table, issuer.as_ref(), errors);
    let names: Vec<&str> =
        core::iter::once(OWN).chain(foreign.iter().map(|issuer| issuer.name.as_str())).collect();
    let api_keys = api_keys::read(&mut table, errors);
    let accepted_keys = api_keys.as_ref().and_then(Option::as_ref);
    let mut user_scopes = accepted_keys.map_or_else(Vec::new, |keys| keys.scopes.clone());
    let oauth = oauth::read(&mut table, issuer.as_ref(), errors);
    let oauth_policy = oauth.as_ref().and_then(Option::as_ref);
    let oauth_scopes = oauth_policy.iter().flat_map(|oauth| &oauth.scopes).map(|scope| scope.name.clone());
    user_scopes.extend(oauth_scopes);
    let known = routes::Known {
        upstreams: &upstreams,
        issuers: &names,
        guarded,
        api_keys: accepted_keys,
        scopes: &user_scopes,
        oauth: oauth_policy,
    };
    let routes = routes::read(&mut table, &known, errors);
    let limits = limits::read(&mut table, errors);
    let passwords = limits::read_passwords(&mut table, errors);
    let mail = mail::read(&mut table, issuer.as_ref(), errors);
    let allowed = allowed_origins.as_ref().and_then(Option::as_deref);
    let passkeys = passkeys::read(&mut table, issuer.as_ref(), allowed, errors);
    // The external system decides who may sign in.
    let passkeys = passkeys.filter(|_| elsewhere.is_none());
    table.finish(errors);

    let (issuer, audience) = (issuer?, audience?);
    let typ = TypRule::exactly(TYP_ACCESS_TOKEN);
    let policy = Policy::new(issuer.as_str(), &audience, &[Algorithm::Es256], typ).ok()?;
    let resources = oauth_policy.iter().flat_map(|oauth| &oauth.resources);
    let audiences = resources.map(|resource| resource.identifier.clone()).collect();
    let own = Issuer {
        name: OWN.to_owned(),
        policy: policy.with_resources(audiences),
        names: ClaimNames::own(email_headers?),
        keys: KeySource::Own,
        carriers: Carriers::default(),
    };
    let carriers = || foreign.iter().map(|issuer| &issuer.carriers);
    let token_cookies = carriers().filter_map(|carriers| carriers.cookie.clone()).collect();
    let token_headers: Vec<String> = carriers().filter_map(|carriers| carriers.header.clone()).collect();
    if foreign.iter().any(|other| other.policy.issuer() == issuer.as_str()) {
        errors.add("issuers".to_owned(), None, "issuers whose identifiers differ from the service's own");
    }
    Some(Config {
        issuer,
        audience,
        client_id: client_id?,
        sign_up: sign_up?,
        email_code: email_code?,
        elsewhere,
        jurisdiction: jurisdiction?,
        hooks,
        metadata_claim: metadata_claim?,
        second_factor: second_factor?,
        allowed_origins: allowed_origins?,
        lifetimes: lifetimes?,
        keys: keys?,
        reauthentication: reauthentication?,
        sessions_per_account: sessions_per_account?,
        signatures: signatures?,
        issuers: core::iter::once(own).chain(foreign).collect(),
        providers,
        service_credentials: service_credentials?,
        admin_credentials: admin_credentials?,
        one_time_password_ttl: one_time_password_ttl?,
        api_keys: api_keys?,
        user_scopes,
        oauth: oauth?,
        upstreams,
        routes,
        strip_headers: [strip_headers?, token_headers].concat(),
        token_cookies,
        email_headers: email_headers?,
        server_timing: server_timing?,
        limits: limits?,
        passwords: passwords?,
        mail,
        passkeys,
    })
}

fn read_lifetimes(table: &mut Table, errors: &mut Errors) -> Option<Lifetimes> {
    let access_token = table.number("access_token_ttl", errors);
    let replay_window = table.number("replay_window", errors);
    let idle_expiry = table.number("idle_expiry", errors);
    let absolute_expiry = table.number("absolute_expiry", errors);
    Some(Lifetimes {
        replay_window: replay_window?,
        idle_expiry: idle_expiry?,
        absolute_expiry: absolute_expiry?,
        access_token: access_token?,
    })
}

#[cfg(test)]
mod tests;
