use auth_core::oauth::{ApplicationType, ClientAuthentication, GrantType, Registration};
use serde_json::{Value, json};

use super::{good, parse, with};
use crate::Config;

/// SHA-256 of a text.
const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

fn table() -> Value {
    json!({
        "sign_in_page": "/sign-in",
        "scopes": {"notes:read": {"description": "Read your notes", "roles": ["reader"]}, "mcp": {"description": "Tools"}},
        "resources": {"/mcp": {"scopes": ["mcp"]}},
        "clients": {
            "cli": {"name": "CLI", "application": "native", "redirect_uris": ["http://127.0.0.1/cb"], "scopes": ["notes:read"]},
            "robot": {"name": "Robot", "grants": ["client_credentials"], "secret_sha256": [HASH], "scopes": ["mcp"]},
        },
    })
}

fn config(oauth: Value) -> Result<Config, Vec<String>> {
    let mut config = with("/oauth", oauth);
    let route =
        json!({"path": "/mcp", "methods": ["POST"], "access": "token", "upstream": "api", "scopes": ["mcp"]});
    config["routes"].as_array_mut().unwrap().push(route);
    parse(&config).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn changed(pointer: &str, value: Value) -> Vec<String> {
    let mut table = table();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    table.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.replace("~1", "/"), value);
    config(table).map(|_| ()).err().unwrap_or_default()
}

#[test]
fn without_the_table_there_is_no_authorization_server() {
    assert!(parse(&good()).unwrap().oauth.is_none());
    let empty = parse(&with("/oauth", json!({}))).unwrap().oauth.unwrap();
    assert_eq!((&*empty.sign_in_page, empty.registration), ("/", Registration::Off));
    assert!(empty.metadata_documents && empty.clients.is_empty());
}

#[test]
fn reads_scopes_resources_and_clients() {
    let oauth = config(table()).unwrap().oauth.unwrap();
    assert_eq!(oauth.all_scopes().to_string(), "mcp notes:read");
    assert_eq!(oauth.scope("notes:read").unwrap().roles, ["reader"]);
    assert_eq!(oauth.resources[0].identifier, "https://auth.latchkey.test/mcp");
    let cli = oauth.client(&"cli".into()).unwrap();
    assert_eq!((cli.application, cli.dpop, cli.first_party), (ApplicationType::Native, true, false));
    assert!(matches!(cli.authentication, ClientAuthentication::None));
    assert!(cli.grants.contains(GrantType::RefreshToken) && !cli.grants.contains(GrantType::DeviceCode));
    let robot = oauth.client(&"robot".into()).unwrap();
    assert!(matches!(&robot.authentication, ClientAuthentication::Secret { sha256 } if *sha256 == [HASH]));
    assert!(!robot.dpop);
}

#[test]
fn the_server_of_a_resource_is_a_client_that_authenticates_itself_and_needs_no_grant() {
    let mut with_server = table();
    for server in ["robot", "c.AQEBAQEBAQEBAQEBAQEBAQ"] {
        with_server["resources"]["/mcp"]["server"] = json!(server);
        let oauth = config(with_server.clone()).unwrap().oauth.unwrap();
        assert_eq!(oauth.resources[0].server, Some(server.into()));
    }
    with_server["resources"]["/mcp"]["server"] = json!("robot");
    with_server["clients"]["robot"]["grants"] = json!([]);
    let oauth = config(with_server.clone()).unwrap().oauth.unwrap();
    assert_eq!(oauth.client(&"robot".into()).unwrap().grants.iter().count(), 0);
    // A client with another mistake is not also reported as missing.
    with_server["clients"]["robot"]["name"] = json!("");
    let errors = config(with_server).unwrap_err();
    assert!(errors.len() == 1 && errors[0].starts_with("oauth.clients.robot.name: found"), "{errors:?}");
}

#[test]
fn each_mistake_names_its_key() {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let long = "n".repeat(65);
    for (pointer, value, begin) in [
        ("/sign_in_page", json!("https://x.test"), "oauth.sign_in_page: found \"https://x.test\""),
        ("/registration", json!("closed"), "oauth.registration: found \"closed\""),
        ("/client_metadata_documents", json!(1), "oauth.client_metadata_documents: found 1"),
        (
            "/scopes/openid",
            json!({"description": "x"}),
            "oauth.scopes.openid.description: found \"openid\", expected the name",
        ),
        (
            "/scopes/a b",
            json!({"description": "x"}),
            "oauth.scopes.a b.description: found \"a b\", expected the name",
        ),
        ("/scopes/x", json!({}), "oauth.scopes.x.description: found nothing"),
        ("/scopes/x", json!({"description": "a\nb"}), "oauth.scopes.x.description: found"),
        ("/scopes/x", json!({"description": "x", "roles": ["a b"]}), "oauth.scopes.x.roles: found"),
        ("/resources/~1other", json!({"scopes": ["unknown"]}), "oauth.resources./other.scopes: found"),
        ("/resources/~1other", json!({"scopes": []}), "oauth.resources./other.scopes: found"),
        (
            "/resources/~1mcp",
            json!({"scopes": ["mcp"], "server": "cli"}),
            "oauth.resources./mcp.server: found \"cli\", expected the id of a client in oauth.clients with",
        ),
        (
            "/resources/~1mcp",
            json!({"scopes": ["mcp"], "server": "unknown"}),
            "oauth.resources./mcp.server: found \"unknown\", expected the id of a client",
        ),
        (
            "/resources/~1mcp",
            json!({"scopes": ["mcp"], "server": "https://client.test/metadata.json"}),
            "oauth.resources./mcp.server: found",
        ),
        (
            "/resources/~1mcp",
            json!({"scopes": ["mcp"], "server": "c."}),
            "oauth.resources./mcp.server: found",
        ),
        (
            "/resources/~1mcp~1",
            json!({"scopes": ["mcp"]}),
            "oauth.resources./mcp/.scopes: found \"/mcp/\", expected a path",
        ),
        (
            "/resources/~1mcp~1*",
            json!({"scopes": ["mcp"]}),
            "oauth.resources./mcp/*.scopes: found \"/mcp/*\", expected a path",
        ),
        (
            "/resources/~1auth",
            json!({"scopes": ["mcp"]}),
            "oauth.resources./auth.scopes: found \"/auth\", expected a path",
        ),
        (
            "/resources/mcp",
            json!({"scopes": ["mcp"]}),
            "oauth.resources.mcp.scopes: found \"mcp\", expected a path",
        ),
        (
            "/clients/a b",
            json!({"name": "x", "grants": ["device_code"]}),
            "oauth.clients.a b.name: found \"a b\", expected the id",
        ),
        (
            "/clients/c.x",
            json!({"name": "x", "grants": ["device_code"]}),
            "oauth.clients.c.x.name: found \"c.x\", expected the id",
        ),
        ("/clients/cli/name", json!(long), "oauth.clients.cli.name: found"),
        (
            "/clients/cli/redirect_uris",
            json!(["https://x.test/#a"]),
            "oauth.clients.cli.redirect_uris[0]: found \"https://x.test/#a\", expected a valid redirect URI. A redirect URI must not",
        ),
        (
            "/clients/cli/redirect_uris",
            json!(["http://x.test/"]),
            "oauth.clients.cli.redirect_uris[0]: found",
        ),
        (
            "/clients/cli/redirect_uris",
            json!([]),
            "oauth.clients.cli.redirect_uris: found nothing, expected at least one",
        ),
        ("/clients/cli/grants", json!(["password"]), "oauth.clients.cli.grants: found"),
        (
            "/clients/cli/grants",
            json!(["refresh_token"]),
            "oauth.clients.cli.grants: found \"refresh_token\", expected a grant by which",
        ),
        (
            "/clients/cli/grants",
            json!([]),
            "oauth.clients.cli.grants: found nothing, expected a grant by which",
        ),
        (
            "/clients/cli/grants",
            json!(["client_credentials"]),
            "oauth.clients.cli.grants: found \"client_credentials\", expected a client with",
        ),
        (
            "/clients/cli/grants",
            json!(["token_exchange"]),
            "oauth.clients.cli.grants: found \"token_exchange\", expected a client with",
        ),
        ("/clients/cli/scopes", json!(["openid"]), "oauth.clients.cli.scopes: found"),
        ("/clients/cli/application", json!("desktop"), "oauth.clients.cli.application: found"),
        ("/clients/robot/secret_sha256", json!(["secret"]), "oauth.clients.robot.secret_sha256: found"),
        ("/clients/robot/keys", json!([key]), "oauth.clients.robot.keys: found"),
        (
            "/clients/cli/keys",
            json!({"keys": []}),
            "oauth.clients.cli.keys: found {\"keys\":[]}, expected a JWK set",
        ),
        ("/clients/cli/dpop", json!("yes"), "oauth.clients.cli.dpop: found"),
        ("/clients/cli/secret", json!("x"), "oauth.clients.cli.secret: found \"x\""),
    ] {
        let errors = changed(pointer, value.clone());
        assert!(errors.iter().any(|error| error.starts_with(begin)), "{pointer} {value}: {errors:#?}");
    }
}

#[test]
fn there_are_at_most_32_scopes() {
    let scopes = |count: usize| {
        let names: serde_json::Map<String, Value> =
            (0..count).map(|i| (format!("s{i}"), json!({"description": "x"}))).collect();
        parse(&with("/oauth", json!({"scopes": names}))).map(|_| ()).map_err(|errors| errors[0].to_string())
    };
    assert_eq!(scopes(32), Ok(()));
    assert_eq!(scopes(33), Err("oauth.scopes: found 33, expected at most 32 scopes".to_owned()));
}
