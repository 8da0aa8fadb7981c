//! AWS Signature Version 4 for requests whose whole body is known.

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use ct_codecs::{Encoder, Hex};
use hmac_sha256::{HMAC, Hash};

use crate::calendar::civil;

/// The parts of a request that are signed.
pub(super) struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, encoded.
    pub path: &'a str,
    /// The query, sorted and encoded.
    pub query: &'a str,
    /// Names in lower case and sorted, among them `host` and `x-amz-date`, with their values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a str,
}

/// Who signs, and for what.
pub(super) struct Signer<'a> {
    /// The id of the access key.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret: &'a SecretText,
    /// The region.
    pub region: &'a str,
    /// The service, such as `ses`.
    pub service: &'a str,
}

/// `20261129T183005Z`: the value of `x-amz-date`.
pub(super) fn timestamp(at: UnixTime) -> String {
    let (year, month, day) = civil(at);
    let (hour, minute, second) = (at.0 / 3600 % 24, at.0 / 60 % 60, at.0 % 60);
    format!("{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

impl Signer<'_> {
    /// The value of `Authorization`.
    pub(super) fn authorization(&self, request: &Request<'_>, timestamp: &str) -> String {
        let day = timestamp.split('T').next().unwrap_or_default();
        let scope = [day, self.region, self.service, "aws4_request"].join("/");
        let headers: String =
            request.headers.iter().flat_map(|(name, value)| [name, ":", value.trim(), "\n"]).collect();
        let names = request.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let body = hex(Hash::hash(request.body.as_bytes()));
        let canonical = [request.method, request.path, request.query, &headers, &names, &body].join("\n");
        let canonical = hex(Hash::hash(canonical.as_bytes()));
        let to_sign = ["AWS4-HMAC-SHA256", timestamp, &scope, &canonical].join("\n");
        let signature = hex(HMAC::mac(to_sign.as_bytes(), self.key(day)));
        let Self { access_key_id, .. } = self;
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
    }

    fn key(&self, day: &str) -> [u8; 32] {
        let mut key = HMAC::mac(day.as_bytes(), ["AWS4", self.secret.expose()].concat().as_bytes());
        for part in [self.region, self.service, "aws4_request"] {
            key = HMAC::mac(part.as_bytes(), key);
        }
        key
    }
}

/// 32 bytes always encode.
fn hex(bytes: [u8; 32]) -> String {
    Hex::encode_to_string(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use auth_core::secret::SecretText;
    use auth_core::time::UnixTime;

    use super::{Request, Signer, hex, timestamp};

    /// The example of the documentation of Signature Version 4.
    #[test]
    fn signs_as_the_documented_example() {
        let secret = SecretText::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        let signer =
            Signer { access_key_id: "AKIDEXAMPLE", secret: &secret, region: "us-east-1", service: "iam" };
        let at = timestamp(UnixTime(1_440_938_160));
        assert_eq!(at, "20150830T123600Z");
        assert_eq!(
            hex(signer.key("20150830")),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        let request = Request {
            method: "GET",
            path: "/",
            query: "Action=ListUsers&Version=2010-05-08",
            headers: &[
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("host", "iam.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
            ],
            body: "",
        };
        assert_eq!(
            signer.authorization(&request, &at),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }
}
