//! `/admin/keys`: lists the service's own keys, without their private parts, and rotates or retires them.

use auth_core::wire::ErrorCode;
use serde::{Deserialize, Serialize};

use crate::audit::{Actor, Event, Kind};
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::call::Done;
use crate::objects::keys;
use crate::objects::protocol::keyring::{KeyRow, List, NoKey, Retire, Rotate, TooEarly};
use crate::objects::protocol::keys::Purpose;
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

/// Lists all keys without their private parts, the oldest first.
pub(in crate::service) async fn list(context: &Context) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    asker.event(Kind::KeysRead, session::now()).log();
    json(200, &Keys { keys: keys::keyring(&context.env, &List {}).await? })
}

/// Retires a key immediately, because it may be compromised. When the response leaves, the successor is
/// active; the revocation bound of every route counts from then.
pub(in crate::service) async fn retire(context: &mut Context, id: &str) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let event = asker.event(Kind::KeyTakenOut, session::now()).id(id);
    match keys::keyring(&context.env, &Retire { id: id.into() }).await? {
        Ok(Done {}) => done(&event),
        Err(NoKey {}) => Err(Refusal::new(ErrorCode::NotFound)),
    }
}

/// Rotates the active key. Tokens and sessions that it signed stay valid.
pub(in crate::service) async fn rotate(context: &mut Context) -> Answered {
    let Rotation { purpose } = body::read(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let event = asker.event(Kind::KeysRotated, session::now()).reason(purpose.as_str());
    match keys::keyring(&context.env, &Rotate { purpose }).await? {
        Ok(Done {}) => done(&event),
        Err(TooEarly {}) => {
            Err(Refusal::invalid(None, "The key in waiting has not been published for long enough."))
        }
    }
}

fn done(event: &Event) -> Answered {
    event.log();
    empty(204)
}
