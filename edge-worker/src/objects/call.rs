//! Typed calls between the Worker and its objects.
//!
//! Each call is a struct. [`Call`] states the object that it is for and the type of its reply. A message is a
//! JSON object with one member, whose name is that of the call, in both directions:
//!
//! ```json
//! {"Find": {"address": "5e88…"}}
//! {"Find": "0a1b…"}
//! ```
//!
//! During a deployment the Worker and an object may be of different versions. An object rejects a call that
//! it does not know, or that has other members than it expects. The Worker rejects a reply to another call,
//! or with other members than it expects. Either way the response is `unavailable`: no message is read as
//! what it is not.

use auth_core::wire::{WrongShape, read_value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call to an object.
pub trait Call: Serialize + DeserializeOwned {
    /// The object's calls, as declared by [`calls!`].
    type Object;
    /// The reply.
    type Reply: Serialize + DeserializeOwned;
    /// The name in messages.
    const NAME: &'static str;
}

/// The reply to a call that has nothing to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {}

/// Encodes a call.
///
/// # Errors
/// None for the calls that [`calls!`] declares.
pub fn encode<C: Call>(call: &C) -> serde_json::Result<String> {
    message(C::NAME, serde_json::to_string(call))
}

/// Encodes the reply to a call.
///
/// # Errors
/// None for the calls that [`calls!`] declares.
pub fn encode_reply<C: Call>(reply: &C::Reply) -> serde_json::Result<String> {
    message(C::NAME, serde_json::to_string(reply))
}

/// The message with this content, which is JSON. The name is that of a Rust type, so it needs no escapes. Not generic, so
/// that it is compiled only once.
fn message(name: &str, body: serde_json::Result<String>) -> serde_json::Result<String> {
    body.map(|body| ["{\"", name, "\":", &body, "}"].concat())
}

/// A received message.
pub struct Message {
    /// The name of the call.
    pub name: String,
    /// The call, or its reply.
    body: Value,
}

impl Message {
    /// Parses a message.
    ///
    /// # Errors
    /// [`WrongShape`].
    pub fn parse(text: &[u8]) -> Result<Self, WrongShape> {
        let Ok(Value::Object(members)) = serde_json::from_slice(text) else {
            return Err(WrongShape);
        };
        let mut members = members.into_iter();
        match (members.next(), members.next()) {
            (Some((name, body)), None) => Ok(Self { name, body }),
            (Some(_) | None, _) => Err(WrongShape),
        }
    }

    /// Reads the message as this call.
    ///
    /// # Errors
    /// [`WrongShape`], also for another call.
    pub fn call<C: Call>(self) -> Result<C, WrongShape> {
        read_value(self.body_of(C::NAME)?)
    }

    /// Reads the message as the reply to this call.
    ///
    /// # Errors
    /// [`WrongShape`], also for the reply to another call.
    pub fn reply<C: Call>(self) -> Result<C::Reply, WrongShape> {
        read_value(self.body_of(C::NAME)?)
    }

    /// The content of a message of this call. Not generic, so that it is compiled only once.
    fn body_of(self, name: &str) -> Result<Value, WrongShape> {
        if self.name == name { Ok(self.body) } else { Err(WrongShape) }
    }
}

/// An object's side of a call that is one synchronous decision.
#[cfg(feature = "entry")]
pub(super) trait Handle<C: Call> {
    /// Carries out the call.
    fn handle(&self, call: C) -> worker::Result<C::Reply>;
}

/// An object's side of a call that has to await something.
#[cfg(feature = "entry")]
pub(super) trait HandleLater<C: Call> {
    /// Carries out the call.
    async fn handle(&self, call: C) -> worker::Result<C::Reply>;
}

/// Declares the calls to one kind of object: a struct for each, the type of its reply, and the functions by
/// which the object finds the handler of a message. An object without a handler for each of its calls does
/// not compile. `Set of Object` declares further calls of an object, whose names no other set of it has.
macro_rules! calls {
    ($(#[$set_meta:meta])* $set:ident { $($calls:tt)* }) => {
        $crate::objects::call::calls! { $(#[$set_meta])* $set of $set { $($calls)* } }
    };
    ($(#[$set_meta:meta])* $set:ident of $object:ident { $(
        $(#[$meta:meta])*
        $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? } -> $reply:ty;
    )* }) => {
        $(
            $(#[$meta])*
            #[derive(::serde::Serialize, ::serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

            impl $crate::objects::call::Call for $name {
                type Object = $object;
                type Reply = $reply;
                const NAME: &'static str = stringify!($name);
            }
        )*

        $(#[$set_meta])*
        pub struct $set;

        #[cfg(feature = "entry")]
        #[allow(dead_code, reason = "an object's calls are either decisions or await something")]
        impl $set {
            /// Whether the message is one of these calls.
            pub(in $crate::objects) fn includes(message: &$crate::objects::call::Message) -> bool {
                [$(<$name as $crate::objects::call::Call>::NAME),*].contains(&message.name.as_str())
            }

            /// Has the object decide the call in this message. Returns the encoded reply.
            pub(in $crate::objects) fn decide<O>(
                object: &O,
                message: $crate::objects::call::Message,
            ) -> ::worker::Result<String>
            where
                O: $($crate::objects::call::Handle<$name> +)*
            {
                use $crate::objects::call;
                match message.name.as_str() {
                    $(<$name as call::Call>::NAME => {
                        let asked = message.call::<$name>().map_err($crate::objects::sql::misshapen)?;
                        let reply = call::Handle::<$name>::handle(object, asked)?;
                        Ok(call::encode_reply::<$name>(&reply)?)
                    })*
                    _ => Err("unknown call".into()),
                }
            }

            /// Like `decide`, for an object whose calls await something.
            pub(in $crate::objects) async fn carry_out<O>(
                object: &O,
                message: $crate::objects::call::Message,
            ) -> ::worker::Result<String>
            where
                O: $($crate::objects::call::HandleLater<$name> +)*
            {
                use $crate::objects::call;
                match message.name.as_str() {
                    $(<$name as call::Call>::NAME => {
                        let asked = message.call::<$name>().map_err($crate::objects::sql::misshapen)?;
                        let reply = call::HandleLater::<$name>::handle(object, asked).await?;
                        Ok(call::encode_reply::<$name>(&reply)?)
                    })*
                    _ => Err("unknown call".into()),
                }
            }
        }
    };
}
pub(super) use calls;

#[cfg(test)]
mod tests {
    use super::{Call, Message, encode, encode_reply};
    use crate::objects::protocol::account::{Check, Credentials};
    use crate::objects::protocol::directory::{Claim, Find};

    fn read<C: Call>(text: &str) -> Option<C> {
        Message::parse(text.as_bytes()).ok()?.call().ok()
    }

    fn read_reply<C: Call>(text: &str) -> Option<C::Reply> {
        Message::parse(text.as_bytes()).ok()?.reply::<C>().ok()
    }

    #[test]
    fn a_message_names_its_call_in_both_directions() {
        let call = encode(&Find { address: "a".into() }).unwrap();
        assert_eq!(call, r#"{"Find":{"address":"a"}}"#);
        assert_eq!(read::<Find>(&call).unwrap().address, "a");
        let reply = encode_reply::<Find>(&Some("b".into())).unwrap();
        assert_eq!(reply, r#"{"Find":"b"}"#);
        assert_eq!(read_reply::<Find>(&reply), Some(Some("b".into())));
        let nothing = encode_reply::<Find>(&None).unwrap();
        assert_eq!(nothing, r#"{"Find":null}"#);
        assert_eq!(read_reply::<Find>(&nothing), Some(None));
        assert_eq!(encode(&Credentials {}).unwrap(), r#"{"Credentials":{}}"#);
    }

    #[test]
    fn a_message_of_another_version_is_rejected() {
        for call in [
            "",
            "null",
            "[]",
            "{}",
            r#""Find""#,
            r#"{"Seek":{"address":"a"}}"#,
            r#"{"Find":{}}"#,
            r#"{"Find":{"address":1}}"#,
            r#"{"Find":{"address":"a","more":1}}"#,
            r#"{"Find":{"address":"a"},"Claim":{}}"#,
        ] {
            assert!(read::<Find>(call).is_none(), "{call}");
        }
        for token in [r#"{"sid":"s","epoch":1}"#, r#"{"sid":"s","epoch":1,"jti":"j","scope":"x"}"#] {
            assert!(read::<Check>(&format!(r#"{{"Check":{{"bearing":{token}}}}}"#)).is_none(), "{token}");
        }
        for reply in [
            r#"{"Claim":"b"}"#,
            r#"{"Find":{"Account":"b"}}"#,
            r#"{"Find":["b"]}"#,
            r#""Nobody""#,
            r#"{"Find":"b","Claim":"b"}"#,
        ] {
            assert!(read_reply::<Find>(reply).is_none(), "{reply}");
        }
        assert!(read_reply::<Claim>(r#"{"Claim":"Taken"}"#).is_none());
        let credentials = r#"{"credentials":[],"disabled":false,"spent":false,"vouched":false"#;
        assert!(read_reply::<Credentials>(&format!(r#"{{"Credentials":{credentials}}}}}"#)).is_some());
        let more = format!(r#"{{"Credentials":{credentials},"locked":true}}}}"#);
        assert!(read_reply::<Credentials>(&more).is_none(), "a member that this version would ignore");
        let fewer = r#"{"Credentials":{"credentials":[],"disabled":false}}"#;
        assert!(read_reply::<Credentials>(fewer).is_none());
    }
}
