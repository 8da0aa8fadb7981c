//! Computes one long password hash. Each hash has an object of its own, which stores nothing: no other
//! request waits for it, and it has the CPU limit of an object.

#[cfg(feature = "entry")]
use auth_core::secret::SecretText;
use auth_core::wire::Password;
use worker::Env;
#[cfg(feature = "entry")]
use worker::{DurableObject, Error, Request, Response, Result, State, durable_object};

use super::Unavailable;
#[cfg(feature = "entry")]
use super::call::Handle;
use super::client::{call, namespace};
use super::protocol::hasher::Compute;
#[cfg(feature = "entry")]
use super::protocol::hasher::HasherCalls;
#[cfg(feature = "entry")]
use super::sql_object::{read, reply};
use crate::passwords::task::{Hashed, Task};

const PART: &str = "hasher";

/// Computes a hash in a new object. The object has a random id, so that two hashes never wait for each other,
/// not even those of one account: attempts of others must not delay its user.
///
/// # Errors
/// [`Unavailable`], also if the hash took longer than the platform permits.
pub async fn compute(env: &Env, task: Task, password: &Password) -> Result<Hashed, Unavailable> {
    let namespace = namespace(env, "HASHER", PART)?;
    let stub = namespace
        .unique_id()
        .and_then(|id| id.get_stub())
        .map_err(|error| Unavailable::because(PART, error))?;
    call(stub, PART, &Compute { task, password: password.expose().to_owned() }).await
}

/// The object that computes one hash.
#[cfg(feature = "entry")]
#[durable_object(fetch)]
pub struct Hasher;

#[cfg(feature = "entry")]
impl DurableObject for Hasher {
    fn new(_: State, _: Env) -> Self {
        Self
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        reply(HasherCalls::decide(self, read(&mut request).await?)?)
    }
}

#[cfg(feature = "entry")]
impl Handle<Compute> for Hasher {
    fn handle(&self, Compute { task, password }: Compute) -> Result<Hashed> {
        let password =
            Password::new(SecretText::new(password)).map_err(|_| Error::from("password length"))?;
        task.run(&password).map_err(|error| Error::from(error.to_string()))
    }
}
