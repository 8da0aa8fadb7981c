//! `GET /admin/users?cursor=&limit=`: the list of all accounts, as pages of JSON or as an export (NDJSON).
//!
//! The list is divided into parts (`objects/directory.rs`), and in each part the accounts are in the order of their
//! ids. A place on it therefore means the same whatever is created or deleted in the meantime: an account that
//! exists from the first request to the last appears exactly once. A request examines a limited number of accounts,
//! a few at a time, and states the place where the next request continues.

use auth_core::id::AccountId;
use auth_core::wire::Form;
use futures_util::future::join_all;
use futures_util::stream::unfold;
use serde::Serialize;
use serde_json::json;
use worker::Env;

use crate::audit::{Asker, Kind};
use crate::http::{Answered, Refusal, json as respond, stream};
use crate::objects::client::{self, list};
use crate::objects::protocol::account::{NotConfirmed, Overview, ViewListed};
use crate::platform::{Unavailable, now};
use crate::service::Context;

/// The number of accounts that a page of JSON examines: the default and the maximum.
const PAGE: (u64, u64) = (50, 100);

/// The same for an export. The platform permits a thousand calls per request.
const EXPORT: (u64, u64) = (500, 500);

/// How many accounts are asked at the same time.
const AT_ONCE: u64 = 10;

/// How many keys without a place on the list a request handles.
const MAX_UNLISTED: usize = 200;

const NDJSON: &str = "application/x-ndjson";

/// The request for a page.
pub(super) struct Page {
    /// Where it begins; `None`: at the beginning.
    from: Option<Place>,
    /// How many accounts it examines at most.
    limit: Option<u64>,
}

/// A place on the list: after an account of a part, or at the part's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    part: u8,
    after: Option<AccountId>,
}

#[derive(Serialize)]
struct Users {
    users: Vec<Overview>,
    /// The `cursor` of the next page; null after the last one.
    next_cursor: Option<String>,
}

/// A line of an export.
#[derive(Serialize)]
struct Line<'a> {
    user: &'a Overview,
}

impl Page {
    /// Reads `cursor` and `limit`.
    pub(super) fn read(form: &Form) -> Result<Self, Refusal> {
        let from = match form.get("cursor") {
            None => None,
            Some(cursor) => Some(Place::parse(cursor).ok_or_else(|| {
                Refusal::invalid(
                    Some("cursor"),
                    "The cursor must be the `next_cursor` of an earlier response.",
                )
            })?),
        };
        let limit = match form.get("limit") {
            None => None,
            Some(text) => Some(text.parse().ok().filter(|limit| *limit >= 1).ok_or_else(|| {
                Refusal::invalid(Some("limit"), "The limit must be a whole number from 1.")
            })?),
        };
        Ok(Self { from, limit })
    }

    /// The page, or the export if the request accepts NDJSON.
    pub(super) async fn answer(&self, context: &Context, asker: &Asker) -> Answered {
        asker.event(Kind::AccountsListed, now()).log();
        let env = &context.env;
        let is_export = context.incoming.header("accept").is_some_and(accepts_ndjson);
        let (default, most) = if is_export { EXPORT } else { PAGE };
        let limit = self.limit.unwrap_or(default);
        if limit > most {
            let detail = format!("The limit must be at most {most}.");
            return Err(Refusal::invalid(Some("limit"), &detail));
        }
        if self.from.is_none() {
            complete(env).await?;
        }
        let from = self.from.clone().unwrap_or(Place { part: 0, after: None });
        let mut walk = Walk { env: env.clone(), place: Some(from), left: limit };
        if is_export {
            return export(walk);
        }
        let mut users = vec![];
        while let Some(more) = walk.next().await? {
            users.extend(more);
        }
        respond(200, &Users { users, next_cursor: walk.cursor() })
    }
}

impl Place {
    fn parse(cursor: &str) -> Option<Self> {
        let (part, after) = cursor.split_once('.')?;
        let part = part.parse().ok().filter(|part| *part < list::PARTS)?;
        let is_id =
            after.len() == 64 && after.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match after {
            "" => Some(Self { part, after: None }),
            after => is_id.then(|| Self { part, after: Some(after.into()) }),
        }
    }

    fn cursor(&self) -> String {
        let after = self.after.as_ref().map(AccountId::as_str).unwrap_or_default();
        [&self.part.to_string(), ".", after].concat()
    }

    fn next_part(&self) -> Option<Self> {
        let part = self.part + 1;
        (part < list::PARTS).then_some(Self { part, after: None })
    }
}

/// Walks along the list.
struct Walk {
    env: Env,
    /// The present place; `None` at the end of the list.
    place: Option<Place>,
    /// How many more accounts may be examined.
    left: u64,
}

impl Walk {
    /// The next few accounts, perhaps none; `None` if the walk ends here.
    async fn next(&mut self) -> Result<Option<Vec<Overview>>, Unavailable> {
        let Some(place) = self.place.clone().filter(|_| self.left > 0) else { return Ok(None) };
        let wanted = self.left.min(AT_ONCE);
        let ids = list::next(&self.env, place.part, place.after.clone(), wanted).await?;
        let users = join_all(ids.iter().map(|id| look(&self.env, id))).await;
        let users = users.into_iter().collect::<Result<Vec<_>, _>>()?;
        // Only now, so that a fault leaves out no account.
        let found = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(found);
        self.place = match ids.into_iter().last() {
            Some(last) if found == wanted => Some(Place { after: Some(last), ..place }),
            Some(_) | None => place.next_part(),
        };
        Ok(Some(users.into_iter().flatten().collect()))
    }

    fn cursor(&self) -> Option<String> {
        self.place.as_ref().map(Place::cursor)
    }
}

/// An account of the list; `None` if it does not exist (yet). An account that was deleted is removed from the list:
/// its id is never used again.
async fn look(env: &Env, id: &AccountId) -> Result<Option<Overview>, Unavailable> {
    match client::account(env, id, &ViewListed {}).await? {
        Some(Ok(overview)) => Ok(Some(*overview)),
        Some(Err(NotConfirmed {})) => Ok(None),
        None => list::delist(env, id).await.map(|_| None),
    }
}

/// Puts the accounts of an earlier version on the list. It does so before a list is begun, because their places may
/// be anywhere on it.
async fn complete(env: &Env) -> Result<(), Unavailable> {
    let mut handled = 0;
    for part in 0..list::PARTS {
        let keys = list::unlisted(env, part, AT_ONCE * 10).await?;
        for key in &keys {
            list::enlist(env, &key.account).await?;
        }
        handled += keys.len();
        if !keys.is_empty() {
            list::listed(env, part, keys.into_iter().map(|key| key.hash).collect()).await?;
        }
        if handled >= MAX_UNLISTED {
            let cause = "accounts of an earlier version are being put on the list; repeat the request until it succeeds";
            return Err(Unavailable::because("directory", cause));
        }
    }
    Ok(())
}

/// One line for each user, and at the end a line with the cursor. A client that has not read that line has not got
/// everything. The client's reading sets the pace: the next accounts are asked when it has taken the previous ones.
fn export(walk: Walk) -> Answered {
    let chunks = unfold(Some(walk), |walk| async {
        let mut walk = walk?;
        let mut found = walk.next().await;
        while matches!(&found, Ok(Some(users)) if users.is_empty()) {
            found = walk.next().await;
        }
        let text = match found {
            Ok(Some(users)) => return Some((Ok(lines(&users)), Some(walk))),
            Ok(None) => json!({"next_cursor": walk.cursor()}),
            // The place is still the one before the accounts that could not be read.
            Err(Unavailable { part, cause, .. }) => {
                crate::log::line("export_interrupted", "", json!({"part": part, "cause": cause}));
                json!({"next_cursor": walk.cursor(), "code": "unavailable"})
            }
        };
        Some((Ok(format!("{text}\n").into_bytes()), None))
    });
    stream(NDJSON, Box::pin(chunks))
}

fn lines(users: &[Overview]) -> Vec<u8> {
    let mut lines = Vec::new();
    for user in users {
        lines.extend(serde_json::to_vec(&Line { user }).unwrap_or_default());
        lines.push(b'\n');
    }
    lines
}

/// Whether an `Accept` header names NDJSON.
fn accepts_ndjson(accept: &str) -> bool {
    let types = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    types.into_iter().any(|name| name.eq_ignore_ascii_case(NDJSON))
}

#[cfg(test)]
mod tests {
    use auth_core::wire::Form;

    use super::{Page, Place, accepts_ndjson};

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_accepted() {
        let id = "0123456789abcdef".repeat(4);
        for cursor in [format!("0.{id}"), format!("63.{id}"), "7.".to_owned()] {
            assert_eq!(Place::parse(&cursor).unwrap().cursor(), cursor);
        }
        for bad in [
            "",
            ".",
            "64.",
            "-1.",
            "256.",
            "0",
            "x.",
            "0.x",
            "0.0123",
            &format!("0.{id}0"),
            &format!("0.{}", id.to_uppercase()),
            &format!("0.{id} "),
        ] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_last_part_has_no_next_one() {
        let place = |part| Place { part, after: None };
        assert_eq!(place(0).next_part(), Some(place(1)));
        assert_eq!(place(62).next_part(), Some(place(63)));
        assert_eq!(place(63).next_part(), None);
    }

    #[test]
    fn an_invalid_parameter_is_named() {
        let field =
            |query: &str| Page::read(&Form::parse(query.as_bytes()).unwrap()).err().map(|error| error.field);
        for good in ["", "limit=1", "limit=500", "cursor=0.", "cursor=7.&limit=2"] {
            assert_eq!(field(good), None, "{good}");
        }
        for bad in ["limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=99999999999999999999999"] {
            assert_eq!(field(bad), Some(Some("limit".into())), "{bad}");
        }
        assert_eq!(field("cursor=x"), Some(Some("cursor".into())));
    }

    #[test]
    fn an_export_is_requested_by_its_type() {
        for accept in
            ["application/x-ndjson", "text/html, Application/X-NDJSON;q=0.5", "application/x-ndjson; a=b"]
        {
            assert!(accepts_ndjson(accept), "{accept}");
        }
        for accept in ["", "*/*", "application/json", "application/*", "x-ndjson"] {
            assert!(!accepts_ndjson(accept), "{accept}");
        }
    }
}
