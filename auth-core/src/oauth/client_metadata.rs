//! What a client says about itself (RFC 7591 section 2): in a client ID metadata document, in a registration, or in an
//! administrator's request. Stored clients are kept in the same form.

mod members;

use serde_json::{Map, Value, json};

use super::client::{ApplicationType, Client, ClientAuthentication, ClientOrigin, GrantType, GrantTypes};
use super::error::{OAuthError, OAuthFailure};
use super::policy::OAuthPolicy;
use super::redirect_uri::RedirectUri;
use super::scope::Scope;
use crate::id::ClientId;
use crate::token::{KeySet, VerificationKey};
use members::{
    flag, invalid, read_grants, read_keys, read_method, read_name, read_redirect_uris, read_scopes, text,
    texts,
};

pub use members::{AuthenticationMethod, MetadataOrigin};

/// Checked metadata of a client. Members that the service does not know are ignored (RFC 7591 section 2).
#[derive(Clone, Debug)]
pub struct ClientMetadata {
    name: String,
    redirect_uris: Vec<RedirectUri>,
    grants: GrantTypes,
    scopes: Scope,
    application: ApplicationType,
    method: AuthenticationMethod,
    jwks: Option<Value>,
    keys: KeySet,
    dpop: bool,
}

impl ClientMetadata {
    /// Reads metadata. `origin` says who has written it, and so what a client can get by it: only an administrator gives a
    /// client secrets, and grants by which it acts without a user. `name` is the client's name if it states none.
    /// `is_valid_key` checks that a public key is one.
    ///
    /// # Errors
    /// `invalid_redirect_uri`, `invalid_client_metadata`.
    pub fn read(
        members: &Map<String, Value>,
        policy: &OAuthPolicy,
        origin: &MetadataOrigin<'_>,
        is_valid_key: impl Fn(&VerificationKey) -> bool,
    ) -> Result<Self, OAuthFailure> {
        let is_trusted = matches!(origin, MetadataOrigin::Administrator);
        let method = read_method(members, is_trusted)?;
        let (jwks, keys) = match method {
            AuthenticationMethod::PrivateKeyJwt => read_keys(members, is_valid_key)?,
            AuthenticationMethod::None | AuthenticationMethod::Secret => (None, KeySet::default()),
        };
        let grants = read_grants(members, is_trusted)?;
        if !is_trusted
            && !grants.contains(GrantType::AuthorizationCode)
            && !grants.contains(GrantType::DeviceCode)
        {
            return Err(invalid("The grant_types have none by which a user can grant access."));
        }
        let alone = |grant| grants.contains(grant) && method == AuthenticationMethod::None;
        if alone(GrantType::ClientCredentials) || alone(GrantType::TokenExchange) {
            return Err(invalid("A client without a secret or keys may not use these grant_types."));
        }
        let redirect_uris = read_redirect_uris(members, origin)?;
        if grants.contains(GrantType::AuthorizationCode) {
            if redirect_uris.is_empty() {
                let description = "The client has no redirect_uris that the service accepts.";
                return Err(OAuthFailure::new(OAuthError::InvalidRedirectUri, description));
            }
            if texts(members, "response_types")?.is_some_and(|types| !types.contains(&"code")) {
                return Err(invalid("The only supported response_type is code."));
            }
        }
        let is_local = |uri: &RedirectUri| uri.is_loopback() || uri.is_private_use();
        let application = match text(members, "application_type")? {
            Some("web") => ApplicationType::Web,
            Some("native") => ApplicationType::Native,
            Some(_) => return Err(invalid("The application_type is web or native.")),
            None if redirect_uris.iter().any(is_local) => ApplicationType::Native,
            None => ApplicationType::Web,
        };
        let dpop = flag(members, "dpop_bound_access_tokens")?;
        Ok(Self {
            name: read_name(members, origin, &redirect_uris)?,
            scopes: read_scopes(members, policy, is_trusted)?,
            grants,
            redirect_uris,
            application,
            method,
            jwks,
            keys,
            // Most clients that register themselves can't bind tokens.
            dpop: dpop.unwrap_or(is_trusted && application == ApplicationType::Native),
        })
    }

    /// The metadata in its canonical form, as it is stored and as the client learns it.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let grants: Vec<&str> = self.grants.iter().map(GrantType::value).collect();
        let uses_codes = self.grants.contains(GrantType::AuthorizationCode);
        let method = match self.method {
            AuthenticationMethod::None => "none",
            AuthenticationMethod::Secret => "client_secret_basic",
            AuthenticationMethod::PrivateKeyJwt => "private_key_jwt",
        };
        for (name, value) in [
            ("client_name", json!(self.name)),
            ("redirect_uris", self.redirect_uris.iter().map(RedirectUri::as_str).collect()),
            ("grant_types", json!(grants)),
            ("response_types", if uses_codes { json!(["code"]) } else { json!([]) }),
            ("scope", self.scopes.to_string().into()),
            ("application_type", json!(self.application)),
            ("token_endpoint_auth_method", json!(method)),
            ("dpop_bound_access_tokens", json!(self.dpop)),
        ] {
            members.insert(name.to_owned(), value);
        }
        if let Some(jwks) = &self.jwks {
            members.insert("jwks".to_owned(), jwks.clone());
        }
        members
    }

    /// How the client wants to authenticate.
    #[must_use]
    pub const fn method(&self) -> AuthenticationMethod {
        self.method
    }

    /// The client. `secrets`: SHA-256 of each of its secrets, in hex.
    #[must_use]
    pub fn client(self, id: ClientId, origin: ClientOrigin, secrets: Vec<String>, epoch: u64) -> Client {
        let authentication = match self.method {
            AuthenticationMethod::None => ClientAuthentication::None,
            AuthenticationMethod::Secret => ClientAuthentication::Secret { sha256: secrets },
            AuthenticationMethod::PrivateKeyJwt => ClientAuthentication::PrivateKeyJwt { keys: self.keys },
        };
        Client {
            id,
            name: self.name,
            authentication,
            redirect_uris: self.redirect_uris,
            application: self.application,
            grants: self.grants,
            scopes: self.scopes,
            origin,
            first_party: false,
            dpop: self.dpop,
            epoch,
        }
    }
}

/// Whether the metadata has scopes that the service does not have, and would ignore.
#[must_use]
pub fn has_unknown_scope(members: &Map<String, Value>, policy: &OAuthPolicy) -> bool {
    let scope = members.get("scope").and_then(Value::as_str).unwrap_or_default();
    !scope.is_empty() && !scope.split(' ').all(|token| policy.knows(token))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{AuthenticationMethod, ClientMetadata, MetadataOrigin, OAuthError, has_unknown_scope};
    use crate::oauth::policy::tests::policy;
    use crate::oauth::{ApplicationType, Client, ClientAuthentication, ClientOrigin, GrantType};
    use crate::wire::Origin;

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!() };
        members
    }

    fn read(value: Value, origin: &MetadataOrigin<'_>) -> Result<ClientMetadata, OAuthError> {
        ClientMetadata::read(&map(value), &policy(), origin, |_| true).map_err(|failure| failure.error)
    }

    fn client(value: Value, origin: &MetadataOrigin<'_>) -> Client {
        let metadata = read(value, origin).unwrap();
        metadata.client("c.x".into(), ClientOrigin::Registered, vec!["hash".into()], 3)
    }

    fn site() -> Origin {
        Origin::parse("https://client.example").unwrap()
    }

    #[test]
    fn a_registration_without_anything_but_a_redirect_uri_is_a_public_client_of_users() {
        let client =
            client(json!({"redirect_uris": ["https://client.example/cb"]}), &MetadataOrigin::Registration);
        assert_eq!((&*client.name, client.epoch, client.dpop), ("client.example", 3, false));
        assert!(matches!(client.authentication, ClientAuthentication::None));
        assert_eq!(client.grants.iter().collect::<Vec<_>>(), [GrantType::AuthorizationCode]);
        assert_eq!(client.scopes, policy().all_scopes());
        assert!(!client.first_party);
    }

    #[test]
    fn only_an_administrator_gives_a_client_secrets_and_grants_without_users() {
        let robot = json!({
            "client_name": "Robot",
            "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": "notes:read",
        });
        let made = client(robot.clone(), &MetadataOrigin::Administrator);
        assert!(made.grants.contains(GrantType::ClientCredentials));
        assert!(matches!(made.authentication, ClientAuthentication::Secret { sha256 } if sha256 == ["hash"]));
        for origin in [MetadataOrigin::Registration, MetadataOrigin::Document(&site())] {
            assert_eq!(read(robot.clone(), &origin).unwrap_err(), OAuthError::InvalidClientMetadata);
            let with_keys = json!({
                "grant_types": ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange", "implicit"],
                "redirect_uris": ["https://client.example/cb"],
            });
            let grants = client(with_keys, &origin).grants;
            assert_eq!(grants.iter().collect::<Vec<_>>(), [GrantType::AuthorizationCode]);
        }
        let public = json!({"client_name": "Robot", "grant_types": ["client_credentials"]});
        assert_eq!(
            read(public, &MetadataOrigin::Administrator).unwrap_err(),
            OAuthError::InvalidClientMetadata
        );
    }

    #[test]
    fn a_document_has_redirect_uris_of_its_own_origin_or_of_the_user_s_machine() {
        let site = site();
        let uris = json!([
            "https://client.example/cb",
            "https://client.example:8443/cb",
            "https://other.example/cb",
            "http://127.0.0.1/cb",
            "http://localhost:3000/cb",
            "com.example.app:/cb",
        ]);
        let made = client(json!({"redirect_uris": uris}), &MetadataOrigin::Document(&site));
        let kept: Vec<_> = made.redirect_uris.iter().map(|uri| uri.as_str()).collect();
        assert_eq!(kept, ["https://client.example/cb", "http://127.0.0.1/cb", "http://localhost:3000/cb"]);
        assert_eq!((made.application, made.dpop), (ApplicationType::Native, false));
        let others = json!({"redirect_uris": ["https://other.example/cb"]});
        let document = MetadataOrigin::Document(&site);
        assert_eq!(read(others, &document).unwrap_err(), OAuthError::InvalidRedirectUri);
    }

    #[test]
    fn metadata_is_stored_in_a_form_that_is_read_as_the_same_client() {
        let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let given = json!({
            "client_name": " Notes ",
            "redirect_uris": ["com.example.app:/cb"],
            "grant_types": ["refresh_token", "authorization_code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [key]},
            "scope": "notes:read openid unknown",
            "logo_uri": "https://client.example/logo.png",
        });
        let metadata = read(given.clone(), &MetadataOrigin::Administrator).unwrap();
        assert_eq!(metadata.method(), AuthenticationMethod::PrivateKeyJwt);
        let members = metadata.members();
        assert_eq!(members["client_name"], "Notes");
        assert_eq!(members["scope"], "notes:read");
        assert_eq!(members["application_type"], "native");
        assert_eq!(members["dpop_bound_access_tokens"], true, "native clients bind their tokens");
        assert_eq!(members["response_types"], json!(["code"]));
        assert!(!members.contains_key("logo_uri"));
        let again = read(Value::Object(members.clone()), &MetadataOrigin::Administrator).unwrap();
        assert_eq!(again.members(), members);
        assert!(has_unknown_scope(&map(given), &policy()) && !has_unknown_scope(&members, &policy()));
    }

    #[test]
    fn invalid_metadata_is_rejected() {
        use OAuthError::{InvalidClientMetadata, InvalidRedirectUri};
        let good = || map(json!({"client_name": "Notes", "redirect_uris": ["https://client.example/cb"]}));
        let long = "n".repeat(65);
        let many: Vec<String> = (0..17).map(|i| format!("https://client.example/{i}")).collect();
        for (name, value, error) in [
            ("redirect_uris", json!([]), InvalidRedirectUri),
            ("redirect_uris", json!(["http://client.example/cb"]), InvalidRedirectUri),
            ("redirect_uris", json!(["javascript:alert(1)"]), InvalidRedirectUri),
            ("redirect_uris", json!(many), InvalidRedirectUri),
            ("redirect_uris", json!("https://client.example/cb"), InvalidClientMetadata),
            ("redirect_uris", json!([1]), InvalidClientMetadata),
            ("client_name", json!(long), InvalidClientMetadata),
            ("client_name", json!("a\nb"), InvalidClientMetadata),
            ("client_name", json!("a\u{202e}b"), InvalidClientMetadata),
            ("client_name", json!(7), InvalidClientMetadata),
            ("grant_types", json!([]), InvalidClientMetadata),
            ("grant_types", json!(["refresh_token"]), InvalidClientMetadata),
            ("grant_types", json!(["password"]), InvalidClientMetadata),
            ("response_types", json!(["token"]), InvalidClientMetadata),
            ("application_type", json!("desktop"), InvalidClientMetadata),
            ("token_endpoint_auth_method", json!("tls_client_auth"), InvalidClientMetadata),
            ("token_endpoint_auth_method", json!("private_key_jwt"), InvalidClientMetadata),
            ("scope", json!("a  b"), InvalidClientMetadata),
            ("dpop_bound_access_tokens", json!("yes"), InvalidClientMetadata),
        ] {
            let mut members = good();
            members.insert(name.to_owned(), value.clone());
            for origin in [MetadataOrigin::Administrator, MetadataOrigin::Registration] {
                assert_eq!(
                    read(Value::Object(members.clone()), &origin).unwrap_err(),
                    error,
                    "{name}: {value}"
                );
            }
        }
        let unnamed = json!({"redirect_uris": ["https://client.example/cb"]});
        assert_eq!(read(unnamed, &MetadataOrigin::Administrator).unwrap_err(), InvalidClientMetadata);
    }
}
