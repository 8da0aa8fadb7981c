//! The Worker's entry point: one request in, one answer out, whatever happens.

use std::rc::Rc;

use serde_json::json;
use worker::{Env, Headers, Request, Response, Result, event};

use crate::config::{self, Config};
use crate::gate;
use crate::http::{Answered, Incoming, Refusal, expose_to, problem};
use crate::log;
use crate::random;
use crate::service::{self, Context};

/// Names a request in the log and in its answer.
const REQUEST_ID: &str = "Latchkey-Request-Id";

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: worker::Context) -> Result<Response> {
    let incoming = Incoming::new(request, random::request_id());
    let config = match config::of(&env) {
        Ok(config) => config,
        Err(errors) => {
            for error in &errors {
                log::line("configuration", &incoming.id, json!({"error": error.to_string()}));
            }
            let answer = problem(&Refusal::unavailable());
            mark(&incoming, answer.headers())?;
            return Ok(answer);
        }
    };
    let mut context = Context { env, config, incoming };
    let answer = dispatch(&mut context).await.unwrap_or_else(|refusal| problem(&refusal));
    finish(&context.config, &context.incoming, answer)
}

/// The service answers for its own paths, the gate for all others.
async fn dispatch(context: &mut Context) -> Answered {
    match service::find(&context.incoming.path) {
        Some(found) => service::handle(context, found).await,
        None => gate::handle::handle(context).await,
    }
}

/// What every answer has, also that of a Worker whose configuration is wrong.
fn mark(incoming: &Incoming, headers: &Headers) -> Result<()> {
    headers.set(REQUEST_ID, &incoming.id)?;
    headers.set("X-Content-Type-Options", "nosniff")
}

/// What every answer of a Worker has that knows who it is.
fn finish(config: &Rc<Config>, incoming: &Incoming, answer: Response) -> Result<Response> {
    let headers = answer.headers();
    mark(incoming, headers)?;
    if config.is_https() {
        headers.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")?;
    }
    expose_to(incoming.header("origin").as_deref(), config, headers)?;
    Ok(answer)
}
