//! The calls to the object of a user code (RFC 8628).

use auth_core::oauth::device::PollAnswer;
use auth_core::secret::{SecretText, expose, expose_option};
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use crate::objects::call::{Done, calls};

/// What a device requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// SHA-256 of the device code, in base64url.
    pub challenge: String,
    /// The client.
    pub client_id: String,
    /// The requested scope.
    pub scope: String,
    /// The identifier of the resource, if one was named.
    pub resource: Option<String>,
    /// The address from which the device asked; empty if unknown.
    pub client_address: String,
    /// The country of the address; empty if unknown.
    pub country: String,
    /// The device's `User-Agent`; empty if it sent none.
    pub user_agent: String,
}

/// A request about which the user can still decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// What is requested.
    pub request: DeviceRequest,
    /// When the device asked.
    pub requested_at: UnixTime,
    /// When the request expires, exclusive.
    pub expires_at: UnixTime,
}

/// The user code belongs to another request that has not expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeTaken {}

/// The request has expired, was decided, or is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotOpen {}

/// The object has no request with this device code, or it is another client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownDevice {}

/// The answer to a poll.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polled {
    /// The answer.
    pub answer: PollAnswer,
    /// The authorization code, if the answer is `Approved`.
    #[serde(serialize_with = "expose_option")]
    pub code: Option<SecretText>,
}

calls! {
    /// The calls to the object of a user code.
    DevicesCalls {
        /// A device begins a request.
        BeginDevice {
            /// The request.
            request: DeviceRequest,
        } -> Result<Done, CodeTaken>;
        /// Return the request, if the user can still decide about it. Changes nothing.
        FindDevice {} -> Option<OpenRequest>;
        /// The user has approved the request with this challenge.
        ApproveDevice {
            /// The challenge.
            challenge: String,
            /// The authorization code that the account has issued, bound to the challenge.
            #[serde(serialize_with = "expose")]
            code: SecretText,
        } -> Result<Done, NotOpen>;
        /// The user has denied the request with this challenge.
        DenyDevice {
            /// The challenge.
            challenge: String,
        } -> Result<Done, NotOpen>;
        /// The device polls.
        PollDevice {
            /// The challenge.
            challenge: String,
            /// The client that polls.
            client_id: String,
        } -> Result<Polled, UnknownDevice>;
        /// The device has its tokens: delete the request.
        EndDevice {
            /// The challenge.
            challenge: String,
        } -> Done;
    }
}
