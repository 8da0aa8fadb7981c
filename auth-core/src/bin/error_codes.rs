//! Prints the error codes and the requests of the client: as a TypeScript module (tools/build/codes.mjs writes it to
//! sdk-wasm/js/generated/codes.ts), or with the argument `reference` as Markdown (tools/error-reference.mjs
//! writes it to docs/errors.md).
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use auth_core::session::{ClientErrorCode, Code, Kind, Operation, Shape};
use auth_core::wire::{ErrorCode, Forgery, Method, Password, SessionEndReason};

fn main() {
    if std::env::args().nth(1).as_deref() == Some("reference") { reference() } else { typescript() }
}

fn typescript() {
    let service: Vec<_> = ErrorCode::ALL.iter().map(|code| (code.as_str(), code.title())).collect();
    let client: Vec<_> = ClientErrorCode::ALL.iter().map(|code| (code.as_str(), code.title())).collect();
    let reasons: Vec<_> = SessionEndReason::ALL.iter().map(|reason| reason.as_str()).collect();
    let methods: Vec<_> = Method::ALL.iter().map(|method| method.as_str()).collect();
    let service_names: Vec<_> = service.iter().map(|(code, _)| *code).collect();
    let client_names: Vec<_> = client.iter().map(|(code, _)| *code).collect();

    println!(
        "// Generated from auth-core by `cargo run -p auth-core --bin error_codes`. Not to be edited.\n"
    );
    list("SERVICE_ERROR_CODES", &service_names);
    println!("/** What the service or the gate answers. */");
    println!("export type ServiceErrorCode = (typeof SERVICE_ERROR_CODES)[number];\n");
    list("CLIENT_ERROR_CODES", &client_names);
    println!("/** What can go wrong on this side of the wire. */");
    println!("export type ClientErrorCode = (typeof CLIENT_ERROR_CODES)[number];\n");
    println!("/** Every code an `AuthError` can have. */");
    println!("export type AuthErrorCode = ServiceErrorCode | ClientErrorCode;\n");
    list("SESSION_END_REASONS", &reasons);
    println!("/** Why a session ended: the `reason` of an `AuthError` with the code `session_ended`. */");
    println!("export type SessionEndReason = (typeof SESSION_END_REASONS)[number];\n");
    list("AUTH_METHODS", &methods);
    println!("/** How a user can prove a credential: the `methods` of an `AuthError`. */");
    println!("export type AuthMethod = (typeof AUTH_METHODS)[number];\n");
    println!("/** How many characters (Unicode scalar values) a password has. */");
    let (min, max) = (Password::MIN_CHARS, Password::MAX_CHARS);
    println!("export const PASSWORD_LENGTH = {{ min: {min}, max: {max} }} as const;\n");
    println!("/** One line for a person, by code. */");
    println!("export const TITLES: Readonly<Record<AuthErrorCode, string>> = {{");
    for (code, title) in service.iter().chain(&client) {
        println!("  {code}: {title:?},");
    }
    println!("}};");
    operations();
}

/// What a page gets of the answer to each request.
fn operations() {
    println!("\n/** The value that each request to the service has for the page, by the request's name. */");
    println!("export interface Operations {{");
    for Operation { name, answer, .. } in Operation::all() {
        let value = if answer.is_empty() { String::from("undefined") } else { type_of(answer) };
        println!("  {name}: {value};");
    }
    println!("}}");
    println!("export type OperationName = keyof Operations;");
}

fn type_of(shape: Shape) -> String {
    let members = shape.iter().map(|member| {
        let mark = if member.required { "" } else { "?" };
        let kind = match member.kind {
            Kind::Text => String::from("string"),
            Kind::Flag => String::from("boolean"),
            Kind::Count | Kind::Time => String::from("number"),
            Kind::Any => String::from("object"),
            Kind::Texts => String::from("string[]"),
            Kind::Object(shape) => type_of(shape),
            Kind::Objects(shape) => format!("{}[]", type_of(shape)),
        };
        format!("{}{mark}: {kind}", member.name_for_page())
    });
    format!("{{ {} }}", members.collect::<Vec<_>>().join("; "))
}

fn list(name: &str, items: &[&str]) {
    println!("export const {name} = [");
    for item in items {
        println!("  {item:?},");
    }
    println!("] as const;");
}

const INTRODUCTION: &str = "# Errors

<!-- Written by `node tools/error-reference.mjs` from `auth-core/src/wire/error.rs` and `auth-core/src/session/failure.rs`. Not to be edited. -->

Every error of the service, of the gate and of the client has a code of a closed set. Branch on the code, never on a text.
*Transient* means that the same call may succeed later.

The service and the gate answer errors as `application/problem+json` (RFC 9457), with these members:

| member | with | meaning |
|---|---|---|
| `type`, `title`, `status`, `code` | every code | the code, its text and its status |
| `detail` | any code | what was wrong with this request. If the issuer is on localhost, also what has to be corrected in the set-up |";

fn reference() {
    println!("{INTRODUCTION}");
    println!(
        "| `field` | `invalid_request` | the invalid field: a member of the body (`email`, `roles[1]`), a parameter of a form \
         or a query, or a header. Missing if it is no single field |"
    );
    println!(
        "| `reason` | `session_ended` | why the session ended: {} |",
        words(SessionEndReason::ALL.iter().map(|reason| reason.as_str()))
    );
    println!(
        "| `methods` | `reauthentication_required`, `second_factor_required`, `step_up_required` | how the user can prove what is required: {} |",
        words(Method::ALL.iter().map(|method| method.as_str()))
    );
    println!(
        "| `check` | `request_forgery` | the check that failed: {} |",
        words(Forgery::ALL.iter().map(|check| check.as_str()))
    );
    println!(
        "\nThe client throws an `AuthError` with `code`, `transient`, `status`, `detail`, `reason`, `field` (by its name in the \
         client's functions, such as `newPassword`), `methods`, `retryAfter` (seconds) and `cause`.\n"
    );
    println!("## Codes of the service and the gate");
    for code in ErrorCode::ALL {
        let is_transient = Code::Service(*code).is_transient();
        entry(code.as_str(), Some(code.status()), is_transient, [code.title(), code.occurs(), code.remedy()]);
    }
    println!("\n## Codes of the client");
    for code in ClientErrorCode::ALL {
        entry(code.as_str(), None, code.is_transient(), [code.title(), code.occurs(), code.remedy()]);
    }
}

fn words<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn entry(code: &str, status: Option<u16>, is_transient: bool, [title, occurs, remedy]: [&str; 3]) {
    let status = status.map_or_else(String::new, |status| format!("{status}, "));
    let transient = if is_transient { "transient" } else { "not transient" };
    println!("\n### `{code}`\n\n{status}{transient}. \u{201c}{title}\u{201d}\n");
    println!("- **When:** {}\n- **What to do:** {remedy}", occurs.trim());
}
