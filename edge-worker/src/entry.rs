//! The Worker's entry point: one request in, one answer out, whatever happens.

use std::rc::Rc;

use serde_json::json;
use wasm_bindgen::JsValue;
use worker::{Env, Request, Response, Result, event};

use crate::config::{self, Config};
use crate::gate;
use crate::http::{Answered, EXPOSED, Incoming, Refusal, problem};
use crate::log;
use crate::platform;
use crate::service::{self, Context};

#[event(fetch)]
async fn fetch(request: Request, env: Env, platform: worker::Context) -> Result<Response> {
    let incoming = Incoming::new(request);
    let config = match config::of(&env) {
        Ok(config) => config,
        Err(errors) => {
            for error in &errors {
                log::line("configuration", &incoming.id, json!({"error": error.to_string()}));
            }
            return finish(None, &incoming, problem(&Refusal::unavailable()));
        }
    };
    let mut context = Context::new(env, platform, Rc::clone(&config), incoming);
    let answer = dispatch(&mut context).await.unwrap_or_else(|refusal| problem(&refusal));
    finish(Some(&context), &context.incoming, answer)
}

/// The service answers for its own paths, the gate for all others.
async fn dispatch(context: &mut Context) -> Answered {
    match service::find(context.incoming.path()) {
        Some(found) => service::handle(context, found).await,
        None => gate::handle::handle(context).await,
    }
}

/// What every answer has, also that of a Worker whose configuration is wrong. `Vary` is set whoever asks, or a cache would mix
/// up what pages of different origins may read.
fn finish(context: Option<&Context>, incoming: &Incoming, answer: Response) -> Result<Response> {
    let mut lines = format!("Latchkey-Request-Id\n{}\nX-Content-Type-Options\nnosniff", incoming.id);
    if let Some(context) = context {
        lines.push_str(&for_origin(&context.config, incoming.header("origin")));
        if context.config.is_https() {
            lines.push_str("\nStrict-Transport-Security\nmax-age=63072000; includeSubDomains");
        }
        for (name, value) in context.answer_headers.borrow().iter() {
            lines.push_str(&format!("\n{name}\n{value}"));
        }
    }
    let cookies = context.and_then(|context| context.upstream_cookies.borrow_mut().take());
    let inner: web_sys::Response = answer.into();
    let dressed = platform::dress(&inner, &lines, cookies, "Origin");
    Ok(Response::from(dressed.map_err(JsValue::from)?))
}

/// Lets a page of a listed origin read the answer.
fn for_origin(config: &Config, origin: Option<&str>) -> String {
    match origin.filter(|origin| config.lists_origin(origin)) {
        Some(origin) => format!(
            "\nAccess-Control-Allow-Origin\n{origin}\nAccess-Control-Allow-Credentials\ntrue\nAccess-Control-Expose-Headers\n{EXPOSED}"
        ),
        None => String::new(),
    }
}
