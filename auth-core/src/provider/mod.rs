//! Sign-in with another provider: OpenID Connect (authorization code flow), and GitHub's OAuth.
//!
//! ```text
//! start ──► Flow, sealed in a cookie ──► the provider's page
//! callback ──► the flow of this browser and state ──► read_answer ──► a code
//! the code, PKCE's verifier ──► TokenAnswer ──► IdToken, UserInfo or GitHubUser ──► Identity
//! Identity, what the Directory knows ──► sign_in_step ──► a session, or an error at the app's page
//! ```
//!
//! Everything is decided here; the Worker sends the requests and stores the results. A provider is as
//! untrusted as a browser: it can identify its own users and nothing else.
//!
//! - [`ReturnTo`]: the page of the app to which the browser returns; never one of another origin.
//! - [`Flow`]: a sign-in that has begun, bound to a browser, a provider and ten minutes.
//! - [`Metadata`]: the part of a discovery document that the flow needs.
//! - [`read_answer`]: the parameters with which the browser returns, with RFC 9207's check against mix-up.
//! - [`IdToken`], [`Identity`]: who the user is at the provider.
//! - [`sign_in_step`]: what that means for an account here.

mod answer;
mod flow;
mod identity;
mod metadata;
mod request;
mod return_to;
mod sign_in;
mod tokens;

pub use answer::{AnswerRejection, ExpectedIssuer, read_answer};
pub use flow::{Delivery, FLOW_LIFETIME, Flow, FlowPurpose, FlowSecrets, StartedFlows};
pub use identity::{IdToken, IdTokenRejection, Identity, github_user, user_info_email};
pub use metadata::{InvalidMetadata, Metadata};
pub use request::{
    Asked, Client, ClientProof, TokenRequest, apple_client_secret, authorization_url, private_key_of_pem,
    token_request,
};
pub use return_to::{InvalidReturnTo, ReturnTo};
pub use sign_in::{SignInStep, sign_in_step};
pub use tokens::{InvalidTokenAnswer, TokenAnswer};
