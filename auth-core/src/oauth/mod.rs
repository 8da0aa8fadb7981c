//! The OAuth 2.1 authorization server: clients, scopes and resources, and what a client may request.
//!
//! [`AuthorizationRequest::read`] decides about a request for authorization. Whether the client and its redirect
//! URI are known comes first, because no error may be sent to a redirect URI that is not the client's.

mod authorization_request;
mod authorization_response;
mod client;
mod client_assertion;
mod client_cache;
mod client_credentials;
mod client_metadata;
mod code;
pub mod consent;
mod delegation;
pub mod device;
mod error;
mod id_token;
mod introspection;
mod metadata_document;
mod pkce;
mod policy;
mod presented_client;
mod redirect_uri;
mod refresh_token;
mod resource;
mod scope;
mod sealed_request;
mod token_exchange;

pub use authorization_request::{AuthorizationRequest, Prompt, Rejected};
pub use authorization_response::AuthorizationResponse;
pub use client::{
    ApplicationType, Client, ClientAuthentication, ClientId, ClientOrigin, ClientSource, GrantType,
    GrantTypes, InvalidClientId, REGISTERED_CLIENT_ID, parse_client_id,
};
pub use client_assertion::{
    ASSERTION_ALGORITHMS, AssertionRefusal, CLIENT_ASSERTION_TYPE, ClientAssertion, ExaminedAssertion,
    MAX_LIFETIME as MAX_ASSERTION_LIFETIME,
};
pub use client_cache::{ClientCache, REGISTERED_CLIENT_AGE};
pub use client_credentials::ClientGrant;
pub use client_metadata::{AuthenticationMethod, ClientMetadata, MetadataOrigin, has_unknown_scope};
pub use code::{
    AuthorizationCode, CODE_LIFETIME, CodeRejection, CodeTerms, CodeVerdict, MAX_CODES, PresentedCode,
    StoredCode,
};
pub use delegation::{
    Delegation, LAST_USE_INTERVAL, MAX_GRANTS, RefreshRejection, RefreshRequest, still_permitted,
};
pub use error::{OAuthError, OAuthFailure};
pub use id_token::{IdTokenClaims, at_hash};
pub use introspection::Introspector;
pub use metadata_document::{
    DOCUMENT_TIMEOUT_MS, DocumentUrl, MAX_DOCUMENT_BYTES, UnusableDocument, document_age, is_document_type,
};
pub use pkce::{CodeChallenge, is_thumbprint};
pub use policy::{KnownScope, OAuthPolicy, Registration, Resource};
pub use presented_client::PresentedClient;
pub use redirect_uri::{InvalidRedirectUri, RedirectUri};
pub use refresh_token::{REFRESH_TOKEN_PREFIX, RefreshToken};
pub use resource::{WholeService, named_resource};
pub use scope::{InvalidScope, STANDARD_SCOPES, Scope, is_scope_token};
pub use sealed_request::{REQUEST_URI, RequestPurpose, SealedRequest};
pub use token_exchange::{ACCESS_TOKEN_TYPE, ExchangeRequest, ExchangeTerms};
