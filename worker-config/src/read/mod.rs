//! Converts JSON to [`Config`], or to a list of all its errors.

mod elsewhere;
mod issuers;
mod keys;
mod limits;
mod routes;
mod upstreams;
mod values;

pub use issuers::is_secure_url;

use auth_core::rotation::Lifetimes;
use auth_core::token::{Algorithm, ClaimNames, Policy, TYP_ACCESS_TOKEN, TypRule};
use auth_core::wire::Origin;
use serde_json::Value;

use crate::model::{Config, SignUpPolicy, SignatureBackend};
use crate::reader::{ConfigError, Errors, Table};
use crate::{Carriers, Issuer, KeySource, OWN};
use values::{DAY, header_name, origin, sha256_hex, text};

/// Reads and checks the whole configuration.
///
/// # Errors
/// All [`ConfigError`]s, not only the first.
pub fn parse(value: &Value) -> Result<Config, Vec<ConfigError>> {
    let mut errors = Errors::default();
    let config = Table::new("", value.clone(), &mut errors).and_then(|table| read(table, &mut errors));
    match config {
        Some(config) if errors.0.is_empty() => Ok(config),
        Some(_) | None => Err(errors.0),
    }
}

fn read(mut table: Table, errors: &mut Errors) -> Option<Config> {
    let expected = "the https origin the service is reached at (http on localhost)";
    let issuer = table.get("issuer", expected, None, errors, origin);
    let audience = table.get("audience", "a non-empty text", None, errors, text);
    let client_id = table.get("client_id", "a non-empty text", Some("latchkey".to_owned()), errors, text);
    let sign_up = table.choice(
        "sign_up",
        &[("open", SignUpPolicy::Open), ("closed", SignUpPolicy::Closed)],
        Some(SignUpPolicy::Closed),
        errors,
    );
    let elsewhere = elsewhere::read(&mut table, errors);
    if elsewhere.is_some() && sign_up == Some(SignUpPolicy::Open) {
        let expected = "\"closed\", because new users are created in the external system";
        errors.add(table.key("sign_up"), Some(&Value::from("open")), expected);
    }
    let signatures = table.choice(
        "signatures",
        &[("webcrypto", SignatureBackend::WebCrypto), ("jwt-simple", SignatureBackend::JwtSimple)],
        Some(SignatureBackend::WebCrypto),
        errors,
    );
    let expected = "a list of https origins without a path (http on localhost)";
    let allowed_origins = table.get("allowed_origins", expected, Some(None), errors, |value| {
        let origin = |item: &Value| Origin::parse(item.as_str()?).ok().filter(Origin::is_secure);
        value.as_array()?.iter().map(origin).collect::<Option<Vec<_>>>().map(Some)
    });
    let expected = "a list of SHA-256 hashes in hex";
    let service_credentials = table.list("service_credentials", expected, errors, sha256_hex);
    let admin_credentials = table.list("admin_credentials", expected, errors, sha256_hex);
    if let (Some(services), Some(admins)) = (&service_credentials, &admin_credentials) {
        for both in admins.iter().filter(|hash| services.contains(hash)) {
            let expected = "hashes that are not also in service_credentials";
            errors.add(table.key("admin_credentials"), Some(&Value::String(both.clone())), expected);
        }
    }
    let one_time_password_ttl = table.seconds("one_time_password_ttl", (1, 30 * DAY), DAY, errors);
    let strip_headers =
        table.list("strip_headers", "a list of header names in lower case", errors, header_name);
    let email_headers = table.get("email_headers", "true or false", Some(false), errors, Value::as_bool);
    let server_timing = table.get("server_timing", "true or false", Some(false), errors, Value::as_bool);
    let lifetimes = read_lifetimes(&mut table, errors);
    let local = issuer.as_ref().is_some_and(|issuer| !issuer.as_str().starts_with("https://"));
    let keys = keys::read(&mut table, local, errors);
    let reauthentication = table.seconds("reauthentication", (1, 400 * DAY), 600, errors);
    let expected = "a whole number from 1 to 1000";
    let sessions_per_account = table.get("sessions_per_account", expected, Some(100), errors, |value| {
        value.as_u64().filter(|n| (1..=1000).contains(n))
    });
    let foreign = issuers::read(&mut table, email_headers.unwrap_or_default(), errors);
    let upstreams = upstreams::read(&mut table, issuer.as_ref(), errors);
    let names: Vec<&str> =
        core::iter::once(OWN).chain(foreign.iter().map(|issuer| issuer.name.as_str())).collect();
    let routes = routes::read(&mut table, &upstreams, &names, errors);
    let limits = limits::read(&mut table, errors);
    let passwords = limits::read_passwords(&mut table, errors);
    table.finish(errors);

    let (issuer, audience) = (issuer?, audience?);
    let typ = TypRule::exactly(TYP_ACCESS_TOKEN);
    let own = Issuer {
        name: OWN.to_owned(),
        policy: Policy::new(issuer.as_str(), &audience, &[Algorithm::Es256], typ).ok()?,
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
        elsewhere,
        allowed_origins: allowed_origins?,
        lifetimes: lifetimes?,
        keys: keys?,
        reauthentication: reauthentication?,
        sessions_per_account: sessions_per_account?,
        signatures: signatures?,
        issuers: core::iter::once(own).chain(foreign).collect(),
        service_credentials: service_credentials?,
        admin_credentials: admin_credentials?,
        one_time_password_ttl: one_time_password_ttl?,
        upstreams,
        routes,
        strip_headers: [strip_headers?, token_headers].concat(),
        token_cookies,
        email_headers: email_headers?,
        server_timing: server_timing?,
        limits: limits?,
        passwords: passwords?,
    })
}

fn read_lifetimes(table: &mut Table, errors: &mut Errors) -> Option<Lifetimes> {
    let default = Lifetimes::default();
    let access_token = table.seconds("access_token_ttl", (1, DAY), default.access_token, errors);
    let replay_window = table.seconds("replay_window", (1, 600), default.replay_window, errors);
    let idle_expiry = table.seconds("idle_expiry", (1, 400 * DAY), default.idle_expiry, errors);
    // Browsers limit a cookie's Max-Age to 400 days.
    let absolute_expiry = table.seconds("absolute_expiry", (1, 400 * DAY), default.absolute_expiry, errors);
    Some(Lifetimes {
        replay_window: replay_window?,
        idle_expiry: idle_expiry?,
        absolute_expiry: absolute_expiry?,
        access_token: access_token?,
    })
}

#[cfg(test)]
mod tests;
