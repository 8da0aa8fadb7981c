//! What the page gets to see, as JSON: camelCase, milliseconds. One string crosses where an object would take a call for
//! each of its members.

use alloc::string::String;

use auth_core::time::UnixTime;
use auth_core::wire::{SessionRow, SessionView};

/// `Session` of `types.ts`.
pub(crate) fn session(view: &SessionView) -> String {
    let mut json = Json::default();
    json.object(|json| {
        json.text("id", &view.id);
        json.member("user");
        json.object(|json| {
            json.text("id", &view.user.id);
            json.text("email", &view.user.email);
            json.bool("emailVerified", view.user.email_verified);
            json.member("roles");
            json.list(&view.user.roles, |json, role| json.string(role));
        });
        json.time("createdAt", view.created_at);
        json.time("authTime", view.auth_time);
        json.time("expiresAt", view.expires_at);
        json.time("idleExpiresAt", view.idle_expires_at);
    });
    json.0
}

/// A list of `SessionInfo` of `types.ts`.
pub(crate) fn sessions(rows: &[SessionRow]) -> String {
    let mut json = Json::default();
    json.list(rows, |json, row| {
        json.object(|json| {
            json.text("id", &row.id);
            json.bool("current", row.current);
            json.time("createdAt", row.created_at);
            json.time("lastUsedAt", row.last_used_at);
            json.time("expiresAt", row.expires_at);
            json.text("userAgent", &row.user_agent);
        });
    });
    json.0
}

/// The body of a request for a ticket.
pub(crate) fn url(url: &str) -> String {
    let mut json = Json::default();
    json.object(|json| json.text("url", url));
    json.0
}

/// Texts, one after the other. `concat` would be a hundredth of the vault.
pub(crate) fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// A text that is being written. `serde_json` would be a fifth of the vault.
#[derive(Default)]
struct Json(String);

impl Json {
    fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.0.push('{');
        members(self);
        self.0.push('}');
    }

    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.0.push('[');
        for each in items {
            self.separate();
            item(self, each);
        }
        self.0.push(']');
    }

    /// Its value is to follow.
    fn member(&mut self, name: &str) {
        self.separate();
        self.string(name);
        self.0.push(':');
    }

    fn text(&mut self, name: &str, value: &str) {
        self.member(name);
        self.string(value);
    }

    fn bool(&mut self, name: &str, value: bool) {
        self.member(name);
        self.0.push_str(if value { "true" } else { "false" });
    }

    fn time(&mut self, name: &str, value: UnixTime) {
        self.member(name);
        self.number(value.0.saturating_mul(1_000));
    }

    /// Without `core::fmt`, which isn't in the vault.
    fn number(&mut self, number: u64) {
        let rest = number / 10;
        if rest > 0 {
            self.number(rest);
        }
        self.0.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
    }

    fn separate(&mut self) {
        if !matches!(self.0.as_bytes().last(), Some(b'{' | b'[')) {
            self.0.push(',');
        }
    }

    /// RFC 8259 section 7: what must be escaped, and nothing else.
    fn string(&mut self, text: &str) {
        self.0.push('"');
        for char in text.chars() {
            match char {
                '"' | '\\' => self.0.extend(['\\', char]),
                '\0'..='\x1f' => {
                    self.0.push_str("\\u00");
                    let digit = |value| char::from_digit(value, 16).unwrap_or('0');
                    self.0.extend([digit(u32::from(char) >> 4), digit(u32::from(char) & 15)]);
                }
                _ => self.0.push(char),
            }
        }
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use auth_core::time::UnixTime;
    use auth_core::wire::{SessionRow, SessionView, UserView};

    #[test]
    fn a_session_is_json_whatever_its_texts_are() {
        let view = SessionView {
            id: "s\"\\\u{1}\u{1f}\n{[é😀".into(),
            user: UserView {
                id: "[".into(),
                email: "{".into(),
                email_verified: true,
                roles: vec!["a".into(), String::new()],
            },
            created_at: UnixTime(1),
            auth_time: UnixTime(2),
            expires_at: UnixTime(0),
            idle_expires_at: UnixTime(u64::MAX),
        };
        assert_eq!(
            super::session(&view),
            "{\"id\":\"s\\\"\\\\\\u0001\\u001f\\u000a{[é😀\",\"user\":{\"id\":\"[\",\"email\":\"{\",\
             \"emailVerified\":true,\"roles\":[\"a\",\"\"]},\"createdAt\":1000,\"authTime\":2000,\"expiresAt\":0,\
             \"idleExpiresAt\":18446744073709551615}"
        );
    }

    #[test]
    fn the_list_of_sessions_may_be_empty() {
        let row = |id: &str| SessionRow {
            id: id.into(),
            current: false,
            created_at: UnixTime(1),
            last_used_at: UnixTime(2),
            expires_at: UnixTime(3),
            user_agent: String::new(),
        };
        let one =
            "\"current\":false,\"createdAt\":1000,\"lastUsedAt\":2000,\"expiresAt\":3000,\"userAgent\":\"\"}";
        assert_eq!(super::sessions(&[]), "[]");
        assert_eq!(
            super::sessions(&[row("a"), row("b")]),
            ["[{\"id\":\"a\",", one, ",{\"id\":\"b\",", one, "]"].concat()
        );
    }
}
