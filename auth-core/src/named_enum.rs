//! Enums whose variants have names: in storage, in claims, on the wire, in the log.

/// Declares an enum together with the names of its variants. `ALL` lists the variants, `as_str` returns the name of one,
/// and serde writes and reads a variant as its name.
///
/// ```text
/// named_enum! {
///     /// A kind of mail.
///     pub enum Kind;
///
///     /// The code for a sign-in.
///     SignIn = "sign_in";
/// }
/// ```
#[macro_export]
macro_rules! named_enum {
    ($(#[$doc:meta])* pub enum $name:ident; $($(#[$variant_doc:meta])* $variant:ident = $text:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every variant.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The variant's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}
