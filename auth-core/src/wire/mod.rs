//! The contract between the browser and the service. Besides the basic types that it uses (`id`, `secret`, `time`), they
//! share no other module.

mod bodies;
#[cfg(feature = "service")]
mod challenge_cookie;
#[cfg(feature = "service")]
mod cookie;
#[cfg(feature = "service")]
mod cookie_header;
#[cfg(feature = "service")]
mod device;
#[cfg(feature = "service")]
mod email;
mod error;
#[cfg(feature = "service")]
mod form;
#[cfg(feature = "service")]
mod json;
#[cfg(feature = "service")]
mod language_tag;
#[cfg(feature = "service")]
mod metadata;
mod origin;
#[cfg(feature = "service")]
mod password;
pub mod paths;
mod profile;
#[cfg(feature = "service")]
mod provider_cookie;
#[cfg(feature = "service")]
mod roles;
#[cfg(feature = "service")]
mod shape;
#[cfg(feature = "service")]
mod ticket;

pub use bodies::{
    AccountDeletion, EmailChangeUndo, EmailCode, EmailCodeRequest, EmailRequest, PasswordChange,
    PasswordReset, RecoveryCodesResponse, SessionList, SessionRow, SessionView, ShownCode, SignIn, SignOut,
    SignOutScope, SignUp, TicketRequest, TicketResponse, TokenResponse, TotpConfirmation, TotpEnrolment,
    TypedCode, UserResponse, UserView,
};
#[cfg(feature = "service")]
pub use challenge_cookie::{
    CHALLENGE_COOKIE_NAME, CHALLENGE_LIFETIME, ChallengeCookie, clear_challenge_cookie, find_challenge_cookie,
};
#[cfg(feature = "service")]
pub use cookie::{
    COOKIE_NAME, COOKIE_NAMES, CookieLookup, MalformedCookie, RefreshCookie, clear_cookie, find_cookie,
    find_foreign_cookie, has_our_cookie, set_cookie,
};
#[cfg(feature = "service")]
pub(crate) use cookie_header::{is_id, parse_secret};
#[cfg(feature = "service")]
pub use device::{DEVICE_COOKIE_NAME, DEVICE_COOKIE_SECONDS, DeviceCookie, find_device_cookie};
#[cfg(feature = "service")]
pub use email::{Email, InvalidEmail};
pub use error::{ErrorCode, Forgery, Method, Problem, SessionEndReason};
#[cfg(feature = "service")]
pub use form::{Form, InvalidForm};
#[cfg(feature = "service")]
pub use json::{JsonError, MAX_DEPTH, parse_body, parse_object};
#[cfg(feature = "service")]
pub use metadata::{Metadata, MetadataTooLarge};
pub use origin::{InvalidOrigin, Origin};
#[cfg(feature = "service")]
pub use password::{InvalidPassword, Password};
pub use profile::UserProfile;
#[cfg(feature = "service")]
pub use profile::{InvalidProfile, ProfileChange};
#[cfg(feature = "service")]
pub use provider_cookie::{PROVIDER_COOKIE_NAME, find_provider_cookie, set_provider_cookie};
#[cfg(feature = "service")]
pub use roles::{InvalidRoles, Roles};
#[cfg(feature = "service")]
pub use shape::{Fault, WrongField, WrongShape, read_json, read_sent, read_value, stated};
#[cfg(feature = "service")]
pub use ticket::{TICKET_PARAMETER, Ticket, TicketLookup, TicketTarget, find_ticket};

/// The header that every state-changing request to the service must carry (`<name>/<version>`). A
/// cross-origin page can set it only after a preflight, which the service allows only for listed origins.
pub const CLIENT_HEADER: &str = "Latchkey-Client";

/// The header by which a response of the service names the request that it answers: it repeats the request's
/// value. A service worker, a proxy or a captive portal that answers in the service's place does not. A
/// client requires it of responses without a body, which have nothing else that shows where they come from.
pub const NONCE_HEADER: &str = "Latchkey-Nonce";

/// Whether a request's [`NONCE_HEADER`] may be repeated: 16 to 64 letters, digits, `-` or `_`.
#[must_use]
pub fn is_nonce(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// The maximum size of a request body to the service, in bytes. The largest valid one (a password change with
/// 128 characters of four bytes, escaped) is far below.
pub const MAX_BODY_BYTES: usize = 16 * 1024;
