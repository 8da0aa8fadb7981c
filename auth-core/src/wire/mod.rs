//! The contract between the browser and the service. They share no other module.

mod bodies;
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
mod origin;
#[cfg(feature = "service")]
mod password;
pub mod paths;
#[cfg(feature = "service")]
mod roles;
#[cfg(feature = "service")]
mod shape;
#[cfg(feature = "service")]
mod ticket;

pub use bodies::{
    AccountDeletion, PasswordChange, Reauthentication, SessionList, SessionRow, SessionView, SignIn, SignOut,
    SignOutScope, SignUp, TicketRequest, TicketResponse, TokenResponse, UserView,
};
#[cfg(feature = "service")]
pub use cookie::{
    COOKIE_NAME, COOKIE_NAMES, CookieLookup, MalformedCookie, RefreshCookie, clear_cookie, find_cookie,
    find_foreign_cookie, has_our_cookie, set_cookie,
};
#[cfg(feature = "service")]
pub use device::{DEVICE_COOKIE_NAME, DEVICE_COOKIE_SECONDS, DeviceCookie, find_device_cookie};
#[cfg(feature = "service")]
pub use email::{Email, InvalidEmail};
pub use error::{ErrorCode, Forgery, Method, Problem, SessionEndReason};
#[cfg(feature = "service")]
pub use form::{Form, InvalidForm};
#[cfg(feature = "service")]
pub use json::{JsonError, MAX_DEPTH, parse_body, parse_object};
pub use origin::{InvalidOrigin, Origin};
#[cfg(feature = "service")]
pub use password::{InvalidPassword, Password};
#[cfg(feature = "service")]
pub use roles::{InvalidRoles, Roles};
#[cfg(feature = "service")]
pub use shape::{Fault, WrongField, WrongShape, read_json, read_sent, read_value};
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
