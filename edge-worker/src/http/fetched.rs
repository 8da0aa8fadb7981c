//! Answers to what we ask of others.

use futures_util::StreamExt as _;
use worker::Response;

/// A body of at most so many bytes.
///
/// # Errors
/// What went wrong, for the log.
pub async fn read_at_most(response: &mut Response, most: usize) -> Result<Vec<u8>, String> {
    let mut stream = response.stream().map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        if bytes.len() > most {
            return Err(["more than ", &(most / 1024).to_string(), " KiB"].concat());
        }
    }
    Ok(bytes)
}
