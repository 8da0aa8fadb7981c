//! The objects the page gets: camelCase, milliseconds.

use auth_core::time::UnixTime;
use auth_core::wire::{SessionRow, SessionView};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::platform::to_js_number;

/// `Session` of `types.ts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    id: &'a str,
    user: User<'a>,
    created_at: f64,
    expires_at: f64,
    idle_expires_at: f64,
}

/// `User` of `types.ts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: &'a str,
    email: &'a str,
    email_verified: bool,
    roles: &'a [String],
}

/// `SessionInfo` of `types.ts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionInfo<'a> {
    id: &'a str,
    current: bool,
    created_at: f64,
    last_used_at: f64,
    expires_at: f64,
    user_agent: &'a str,
}

/// The session; `null` if it can't be shown, which doesn't happen to what is made of strings and numbers.
pub(crate) fn session(view: &SessionView) -> JsValue {
    to_js(&Session {
        id: &view.id,
        user: User {
            id: &view.user.id,
            email: &view.user.email,
            email_verified: view.user.email_verified,
            roles: &view.user.roles,
        },
        created_at: ms(view.created_at),
        expires_at: ms(view.expires_at),
        idle_expires_at: ms(view.idle_expires_at),
    })
}

/// The user's sessions.
pub(crate) fn sessions(rows: &[SessionRow]) -> JsValue {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| SessionInfo {
            id: &row.id,
            current: row.current,
            created_at: ms(row.created_at),
            last_used_at: ms(row.last_used_at),
            expires_at: ms(row.expires_at),
            user_agent: &row.user_agent,
        })
        .collect();
    to_js(&rows)
}

fn to_js(value: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::NULL)
}

fn ms(time: UnixTime) -> f64 {
    to_js_number(time.0) * 1_000.0
}
