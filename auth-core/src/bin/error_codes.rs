//! Prints the error codes as a TypeScript module. Run by tools/build.mjs into sdk-wasm/js/generated/codes.ts.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use auth_core::session::ClientErrorCode;
use auth_core::wire::{ErrorCode, Method, SessionEndReason};

fn main() {
    let service: Vec<_> = ErrorCode::ALL.iter().map(|code| (code.as_str(), code.title())).collect();
    let client: Vec<_> = ClientErrorCode::ALL.iter().map(|code| (code.as_str(), code.title())).collect();
    let reasons: Vec<_> = SessionEndReason::ALL.iter().map(|reason| reason.as_str()).collect();
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
    let methods: Vec<_> = Method::ALL.iter().map(|method| method.as_str()).collect();
    list("AUTH_METHODS", &methods);
    println!("/** How a user can prove a credential: the `methods` of an `AuthError`. */");
    println!("export type AuthMethod = (typeof AUTH_METHODS)[number];\n");
    println!("/** One line for a person, by code. */");
    println!("export const TITLES: Readonly<Record<AuthErrorCode, string>> = {{");
    for (code, title) in service.iter().chain(&client) {
        println!("  {code}: {title:?},");
    }
    println!("}};");
}

fn list(name: &str, items: &[&str]) {
    println!("export const {name} = [");
    for item in items {
        println!("  {item:?},");
    }
    println!("] as const;");
}
