//! The values that are passed between the vault and its TypeScript interface, with the types of both sides:
//! camelCase, times in milliseconds.

use auth_core::id::SessionId;
use auth_core::session::{Failure, FailureDetails, TabMessage};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use tsify::Tsify;
use wasm_bindgen::JsValue;

use crate::platform::to_js_number;

/// Converts to a JavaScript object: absent values are `undefined`. This can't fail for the types below,
/// because times and counts stay below 2⁵³.
pub(crate) fn to_js(value: &impl Serialize) -> JsValue {
    value.serialize(&Serializer::new()).unwrap_or(JsValue::UNDEFINED)
}

/// The options of the client. `js/options.ts` checks types and ranges, because error texts cost less there.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VaultOptions {
    /// The service's origin.
    pub(crate) service: String,
    /// The origins to which the access token may be sent; by default the service's.
    #[serde(default)]
    pub(crate) api_origins: Option<Vec<String>>,
    /// How long before its expiry the access token is renewed.
    pub(crate) refresh_ahead_seconds: f64,
    /// The timeout of a request to the service.
    pub(crate) timeout_seconds: f64,
    /// Whether the service is on another origin than the page.
    pub(crate) cross_origin: bool,
    /// Whether the page is in a frame, or the browser says that it keeps no cookies: then it may keep the
    /// service's cookie away, also on the page's own origin.
    pub(crate) cookie_uncertain: bool,
    /// Whether the page lets the user step up, if an API requires it.
    pub(crate) steps_up: bool,
}

/// Everything that the page may see, at one time, except the session and the last error.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    #[tsify(type = "\"loading\" | \"signed-in\" | \"signed-out\" | \"offline\"")]
    pub(crate) status: &'static str,
    /// When the access token expires, in milliseconds since the Unix epoch by this machine's clock;
    /// `undefined`: there is none.
    pub(crate) expires_at: Option<u64>,
    /// The number of refreshes that brought an access token.
    pub(crate) refreshes: u64,
}

/// A failure.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailureView {
    #[tsify(type = "AuthErrorCode")]
    code: &'static str,
    /// Whether the same may succeed later.
    transient: bool,
    /// The HTTP status, if there was a response.
    status: Option<u16>,
    /// With `session_ended`: why.
    #[tsify(type = "SessionEndReason")]
    reason: Option<&'static str>,
    /// With `reauthentication_required`: how the user can prove a credential again.
    #[tsify(type = "AuthMethod[]")]
    methods: Option<Vec<String>>,
    /// With `invalid_request`: the invalid field, by its name in the request to the service.
    field: Option<String>,
    /// The service's `detail`.
    detail: Option<String>,
    /// The service's `Retry-After`, in seconds.
    retry_after: Option<f64>,
}

/// A message between tabs. It contains no token.
#[derive(Serialize, Deserialize, Tsify)]
pub struct TabNote {
    pub(crate) kind: TabNoteKind,
    /// The session that began or ended, if known.
    #[serde(default)]
    pub(crate) session: Option<String>,
    /// With `patience`: the service's `Retry-After`, in milliseconds.
    #[serde(default)]
    pub(crate) ms: Option<u64>,
}

/// The kinds of [`TabNote`].
#[derive(Clone, Copy, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TabNoteKind {
    /// A session has begun.
    SignedIn,
    /// The user has signed out.
    SignedOut,
    /// The tab has sent a refresh.
    Refreshing,
    /// The tab has a new token.
    Refreshed,
    /// The service has sent `Retry-After`.
    Patience,
}

impl From<&Failure> for FailureView {
    fn from(failure: &Failure) -> Self {
        let FailureDetails { detail, field, methods } = failure.more.as_deref().cloned().unwrap_or_default();
        Self {
            code: failure.code.as_str(),
            transient: failure.code.is_transient(),
            status: failure.status,
            reason: failure.reason.map(auth_core::wire::SessionEndReason::as_str),
            methods: (!methods.is_empty())
                .then(|| methods.iter().map(|method| String::from(method.as_str())).collect()),
            field,
            detail,
            retry_after: failure.retry_after_ms.map(|ms| to_js_number(ms) / 1_000.0),
        }
    }
}

impl From<&TabMessage> for TabNote {
    fn from(message: &TabMessage) -> Self {
        let note = |kind, session: Option<&SessionId>, ms| {
            let session = session.map(|id| id.as_str().to_owned());
            Self { kind, session, ms }
        };
        match message {
            TabMessage::SignedIn { session } => note(TabNoteKind::SignedIn, Some(session), None),
            TabMessage::SignedOut { session } => note(TabNoteKind::SignedOut, session.as_ref(), None),
            TabMessage::Refreshing => note(TabNoteKind::Refreshing, None, None),
            TabMessage::Refreshed => note(TabNoteKind::Refreshed, None, None),
            TabMessage::Patience { ms } => note(TabNoteKind::Patience, None, Some(*ms)),
        }
    }
}

impl TabNote {
    /// The message; `None` if a member that its kind requires is missing.
    pub(crate) fn message(self) -> Option<TabMessage> {
        Some(match self.kind {
            TabNoteKind::SignedIn => TabMessage::SignedIn { session: self.session?.into() },
            TabNoteKind::SignedOut => TabMessage::SignedOut { session: self.session.map(Into::into) },
            TabNoteKind::Refreshing => TabMessage::Refreshing,
            TabNoteKind::Refreshed => TabMessage::Refreshed,
            TabNoteKind::Patience => TabMessage::Patience { ms: self.ms? },
        })
    }
}
