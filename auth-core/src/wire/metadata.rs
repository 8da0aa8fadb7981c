//! What an administrator, or the deployer's hook, says about a user.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object about a user, which only the deployer's programs set. Access tokens contain it in the claim
/// that the deployer names, so it has at most 1 KiB as JSON. It may be nested as deeply as a body of a request
/// can contain it, which is also as deeply as a token can.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Map<String, Value>);

/// The object has more than [`Metadata::MAX_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetadataTooLarge;

impl Metadata {
    /// The maximum size as JSON without white space, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Checks the size.
    ///
    /// # Errors
    /// [`MetadataTooLarge`].
    pub fn new(object: Map<String, Value>) -> Result<Self, MetadataTooLarge> {
        let metadata = Self(object);
        let fits = serde_json::to_string(&metadata).is_ok_and(|text| text.len() <= Self::MAX_BYTES);
        if fits { Ok(metadata) } else { Err(MetadataTooLarge) }
    }

    /// The object.
    #[must_use]
    pub const fn object(&self) -> &Map<String, Value> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Metadata, MetadataTooLarge};
    use crate::wire::{parse_object, read_json};

    fn metadata(value: Value) -> Result<Metadata, MetadataTooLarge> {
        let Value::Object(object) = value else { panic!() };
        Metadata::new(object)
    }

    #[test]
    fn holds_any_object_of_one_kibibyte() {
        // `{"a":""}` has eight bytes.
        let of = |length: usize| metadata(json!({"a": "x".repeat(length - 8)}));
        assert!(of(Metadata::MAX_BYTES).is_ok());
        assert_eq!(of(Metadata::MAX_BYTES + 1), Err(MetadataTooLarge));
        assert_eq!(metadata(json!({"a": "\u{1f600}".repeat(255)})), Err(MetadataTooLarge), "bytes count");
        assert_eq!(metadata(json!({})), Ok(Metadata::default()));
    }

    #[test]
    fn is_read_back_as_it_was() {
        let value =
            json!({"plan": "pro", "seats": 12, "ratio": -1.5, "tags": ["a", null, true], "of": {"x": {}}});
        let metadata = metadata(value.clone()).unwrap();
        let text = serde_json::to_string(&metadata).unwrap();
        assert_eq!(read_json::<Metadata>(text.as_bytes()).unwrap(), metadata);
        assert_eq!(Value::Object(metadata.object().clone()), value);
    }

    #[test]
    fn metadata_that_a_request_can_set_is_not_too_deep_for_a_token() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        for depth in 1..=10 {
            let body = format!(r#"{{"metadata":{}}}"#, nested(depth));
            let claims = format!(r#"{{"iss":"i","m":{}}}"#, nested(depth));
            assert_eq!(
                parse_object(body.as_bytes()).is_ok(),
                parse_object(claims.as_bytes()).is_ok(),
                "{depth}"
            );
        }
    }
}
