//! `/admin/keys`: the service's own keys, as far as anybody may see them, and taking one out.

use auth_core::wire::ErrorCode;
use serde::{Deserialize, Serialize};

use crate::audit::{Actor, Event, Kind};
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::keys;
use crate::objects::protocol::{KeyRow, KeyringCall, Purpose, RingReply};
use crate::service::body::Empty;
use crate::service::{Context, body, credential, session};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    purpose: Purpose,
}

#[derive(Serialize)]
struct Keys {
    keys: Vec<KeyRow>,
}

/// All keys there are, without the keys themselves, the oldest first.
pub(super) async fn list(context: &Context) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    asker.event(Kind::KeysRead, session::now()).log();
    match keys::operate(&context.env, &KeyringCall::List).await? {
        RingReply::List(keys) => json(200, &Keys { keys }),
        _ => Err(Refusal::unavailable()),
    }
}

/// Takes a key out before its time, because somebody else may have it. When the answer leaves, its successor is in its place, and the
/// bound of every route counts from then.
pub(super) async fn retire(context: &mut Context, id: &str) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let event = asker.event(Kind::KeyTakenOut, session::now()).id(id);
    match keys::operate(&context.env, &KeyringCall::Retire { id: id.to_owned() }).await? {
        RingReply::Done => done(&event),
        RingReply::NoKey => Err(Refusal::new(ErrorCode::NotFound)),
        _ => Err(Refusal::unavailable()),
    }
}

/// Ends the active key's time. It stays for what it made, and nothing of that ends.
pub(super) async fn rotate(context: &mut Context) -> Answered {
    let Rotation { purpose } = body::read(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let event = asker.event(Kind::KeysRotated, session::now()).reason(purpose.as_str());
    match keys::operate(&context.env, &KeyringCall::Rotate { purpose }).await? {
        RingReply::Done => done(&event),
        RingReply::TooEarly => {
            Err(Refusal::invalid("The key in waiting has not been published for long enough."))
        }
        _ => Err(Refusal::unavailable()),
    }
}

fn done(event: &Event) -> Answered {
    event.log();
    empty(204)
}
